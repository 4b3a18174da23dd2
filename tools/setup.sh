#!/usr/bin/env bash
# Installs what is missing for building Spinel: Debian or Ubuntu packages, and libtorch in .venv.
# Usage: tools/setup.sh [demo|test|hosts|bench|ci]
#   demo   what `make demo` needs: compiler, CMake, libraries, libtorch
#   test   also what the tests need (the default)
#   hosts  what the tests inside other hosts need, with PaddlePaddle and TVM-FFI in .venv-paddle
#   bench  also what the side-by-side programs need, with the peers in .venv-bench and .venv-dgl
#   ci     also what .ci/run needs: sanitizers, clang-format, g++ 12, mingw-w64
# Runs as root or with sudo. Does nothing, quickly, where all is there. An existing libtorch 2.11 or newer is taken
# from a folder of CMAKE_PREFIX_PATH instead of the wheel.
set -euo pipefail
cd "$(dirname "$0")/.."

kind=${1:-test}
case $kind in demo | test | hosts | bench | ci) ;; *)
  echo "setup: '$kind' is no kind of set-up; known: demo, test, hosts, bench, ci" >&2
  exit 2 ;;
esac
torch_version=2.13.0

say() { echo "setup: $*"; }
die() { echo "setup: $*" >&2; exit 1; }

# The version of SPINEL_CXX, else of the newest clang++ from 16 on, as cmake/SpinelCompiler.cmake finds it.
chosen_clang() {
  local version
  if [[ ${SPINEL_CXX:-} =~ clang\+\+-([0-9]+)$ ]]; then echo "${BASH_REMATCH[1]}"; return; fi
  for version in {30..16}; do
    if command -v "clang++-$version" > /dev/null; then echo "$version"; return; fi
  done
}

# One line per need; several names: whichever this distribution has, the first being the one that is preferred.
needed_packages() {
  local clang
  clang=$(chosen_clang)
  cat << END
build-essential
cmake
ninja-build
pkg-config
git
python3
python3-venv
ccache
libboost-json1.81-dev libboost-json1.83-dev libboost-json-dev
libboost1.81-dev libboost1.83-dev libboost-dev
libyaml-cpp-dev
libcli11-dev
libspdlog-dev
libfmt-dev
libhwy-dev
libcairo2-dev
libgloo-dev
libcurl4-openssl-dev libcurl4-gnutls-dev libcurl4-nss-dev
zlib1g-dev
libarchive-dev
libsqlite3-dev
libzip-dev
libmetis-dev
END
  if [[ -n $clang ]]; then
    printf '%s\n' "clang-$clang" "lld-$clang"
  elif [[ -z ${SPINEL_CXX:-} ]]; then
    printf '%s\n' "clang-16 clang-18 clang-17 clang-19" "lld-16 lld-18 lld-17 lld-19"
  fi
  if [[ $kind == demo ]]; then return; fi
  printf '%s\n' libgtest-dev libgmock-dev libfiu-dev fiu-utils strace ocl-icd-opencl-dev pocl-opencl-icd
  if [[ $kind == bench ]]; then echo libbenchmark-dev; fi
  if [[ $kind == hosts ]]; then echo python3-dev; fi
  if [[ $kind == ci ]]; then
    clang=${clang:-16}
    printf '%s\n' "clang-$clang" "libclang-rt-$clang-dev libclang-common-$clang-dev" "llvm-$clang" \
      "clang-format-16" g++-12 g++-mingw-w64-x86-64-posix
  fi
}

as_root() {
  if [[ $(id -u) == 0 ]]; then "$@"
  elif command -v sudo > /dev/null; then sudo "$@"
  else die "packages are missing, and neither is this root nor is there sudo; as root run: $*"
  fi
}

# Sets `missing` to those lines of needed_packages of which no name is installed.
find_missing() {
  local line name found
  declare -A installed=()
  while read -r name found; do installed[$name]=$found; done < <(
    dpkg-query -W -f '${Package} ${db:Status-Status}\n' $(needed_packages) 2> /dev/null || true)
  missing=()
  while read -r line; do
    found=
    for name in $line; do
      if [[ ${installed[$name]:-} == installed ]]; then found=yes; fi
    done
    if [[ -z $found ]]; then missing+=("$line"); fi
  done < <(needed_packages)
}

install_packages() {
  local line name chosen=()
  if ! command -v dpkg-query > /dev/null; then
    say "this is not Debian or Ubuntu; please see to these (Debian's names): $(needed_packages | cut -d' ' -f1 | xargs)"
    return
  fi
  find_missing
  if [[ ${#missing[@]} == 0 ]]; then return; fi
  as_root apt-get update -qq
  for line in "${missing[@]}"; do
    name=$(for name in $line; do
      if apt-cache show "$name" > /dev/null 2>&1; then echo "$name"; break; fi
    done)
    if [[ -z $name ]]; then die "no package of this system is named ${line// / or }; is 'universe' enabled?"; fi
    chosen+=("$name")
  done
  say "installing ${chosen[*]}"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${chosen[@]}" > /dev/null
}

# True where a folder of CMAKE_PREFIX_PATH (separated by ':' or ';') or SPINEL_TORCH_DIR holds libtorch.
has_own_libtorch() {
  local folder folders
  IFS=':;' read -r -a folders <<< "${SPINEL_TORCH_DIR:-}:${CMAKE_PREFIX_PATH:-}"
  for folder in "${folders[@]}"; do
    if [[ -n $folder && -e $folder/include/ATen/core/Tensor.h ]]; then
      say "libtorch of $folder is used"
      return 0
    fi
  done
  return 1
}

install_libtorch() {
  if has_own_libtorch; then return; fi
  local packages
  packages=$(echo .venv/lib/python3*/site-packages)
  if grep -qs "$torch_version" "$packages/torch/version.py" && [[ -e $packages/numpy ]]; then return; fi
  say "installing torch $torch_version into .venv"
  if [[ ! -e .venv/bin/pip ]]; then python3 -m venv .venv; fi
  # NumPy: for the tests of the Python package.
  .venv/bin/pip install --quiet "torch==$torch_version" numpy
}

install_peers() {
  local stamp=.venv-bench/requirements.txt
  if cmp -s bench/requirements.txt "$stamp"; then return; fi
  say "installing the peers of bench/requirements.txt into .venv-bench"
  if [[ ! -e .venv-bench/bin/pip ]]; then python3 -m venv .venv-bench; fi
  .venv-bench/bin/pip install --quiet -r bench/requirements.txt
  # Its metadata ask for Python 3.12, which Debian 12 lacks; it runs on 3.11.
  .venv-bench/bin/pip install --quiet --no-deps --ignore-requires-python schnetpack==2.2.0
  # There are no wheels: they are compiled against the torch that is there now, in some minutes.
  say "compiling torch_sparse, torch_scatter, torch_cluster and torch_spline_conv"
  FORCE_ONLY_CPU=1 .venv-bench/bin/pip install --quiet --no-build-isolation --no-deps torch_scatter==2.1.2 \
    torch_sparse==0.6.18 torch_cluster==1.6.3 torch_spline_conv==1.2.2 ||
    say "that failed: what needs them takes no part in the benchmarks; to try again, delete $stamp"
  cp bench/requirements.txt "$stamp"
}

# DGL, which cannot live beside what the other peers need of setuptools.
install_dgl() {
  local stamp=.venv-dgl/requirements.txt
  if cmp -s bench/requirements-dgl.txt "$stamp"; then return; fi
  say "installing DGL into .venv-dgl"
  if [[ ! -e .venv-dgl/bin/pip ]]; then python3 -m venv .venv-dgl; fi
  .venv-dgl/bin/pip install --quiet -r bench/requirements-dgl.txt &&
    .venv-dgl/bin/pip install --quiet 'setuptools<70' && cp bench/requirements-dgl.txt "$stamp" ||
    say "that failed: DGL takes no part in the benchmarks"
}

# The frameworks whose hosts `make test-hosts` builds, apart from libtorch: each brings its own libraries along.
install_hosts() {
  local wanted="paddlepaddle==3.3.1 apache-tvm-ffi==0.1.15.post2 numpy pytest" stamp=.venv-paddle/hosts.txt
  if [[ -e $stamp && $(< "$stamp") == "$wanted" ]]; then return; fi
  say "installing $wanted into .venv-paddle"
  if [[ ! -e .venv-paddle/bin/pip ]]; then python3 -m venv .venv-paddle; fi
  # shellcheck disable=SC2086
  .venv-paddle/bin/pip install --quiet $wanted
  echo "$wanted" > "$stamp"
}

install_packages
install_libtorch
if [[ $kind == hosts ]]; then install_hosts; fi
if [[ $kind == bench && -e bench/requirements.txt ]]; then install_peers && install_dgl; fi
say "all is there for $kind"
