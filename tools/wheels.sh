#!/usr/bin/env bash
# Makes dist/*.whl of the Python packages that build/release has: spinel for PyTorch, paddle_spinel for PaddlePaddle,
# shared libraries inside. Nothing is downloaded. Each wheel is installed into a fresh environment and used there.
set -euo pipefail
cd "$(dirname "$0")/.."
build=build/release
version=$(sed -n 's/^CMAKE_PROJECT_VERSION:[A-Z]*=//p' "$build/CMakeCache.txt")
system=$(uname -s | tr '[:upper:]' '[:lower:]')_$(uname -m)
staging=$build/wheels

# Libraries that every Linux has, and those of the framework, which `import torch` or `import paddle` has loaded.
of_others='/(libc|libm|libdl|librt|libpthread|libresolv|libutil|libstdc\+\+|libgcc_s|libgomp|ld-linux[^/]*)\.so|/site-packages/'

stage() {  # PACKAGE: a copy of the build folder's, with what its libraries need beside them
  local folder=$staging/$1/$1
  rm -rf "${staging:?}/$1" && mkdir -p "$staging/$1"
  cp -rL "$build/python/$1" "$folder"
  if [[ $1 == paddle_spinel ]]; then cp -rL "$build/lib/torch_names" "$folder/"; fi
  local -a own
  mapfile -t own < <(find "$folder" -name '*.so' -o -name '*.so.*')
  for library in "${own[@]}"; do ldd "$library"; done | awk '$2 == "=>" && $3 ~ /^\// {print $3}' | sort -u |
    grep -vE "$of_others" | while read -r needed; do cp -Ln "$needed" "$folder/"; done
  for library in "${own[@]}" "$folder/libspinel_registry.so"; do
    local origin='$ORIGIN'
    if [[ $library == */torch_names/* ]]; then origin='$ORIGIN/..'; fi
    LIBRARY=$library ORIGIN=$origin cmake -P tools/set_rpath.cmake
    strip --strip-unneeded "$library"
  done
  cp LICENSE "$folder/"
}

check() {  # WHEEL PYTHON: the wheel alone in a new environment beside that interpreter's framework
  local place
  place=$(mktemp -d)
  python3 -m venv "$place/venv"
  "$2" -c 'import sysconfig; print(sysconfig.get_path("purelib"))' > "$(echo "$place"/venv/lib/python3*/site-packages)/framework.pth"
  "$place/venv/bin/python" -m pip install --quiet --no-deps --no-index "$1"
  (cd / && env -i PATH=/usr/bin:/bin "$place/venv/bin/python" "$OLDPWD/tests/scripts/wheel_check.py")
  rm -rf "$place"
}

mkdir -p dist && rm -f dist/*.whl
if [[ -e $build/python/spinel/libspinel_torch.so ]]; then
  stage spinel
  release=$(.venv/bin/python -c 'import importlib.metadata as m; print(m.version("torch").split("+")[0])')
  wheel=$(tools/wheel.py "$staging/spinel" spinel "$version" "py3-none-$system" dist "torch==$release" numpy)
  check "$wheel" .venv/bin/python
fi
module=$(echo "$build"/python/paddle_spinel/_host*.so)
if [[ -e $module ]]; then
  stage paddle_spinel
  python=$(echo "$module" | sed -E 's/.*cpython-([0-9]+).*/cp\1/')
  release=$(.venv-paddle/bin/python -c 'import importlib.metadata as m; print(m.version("paddlepaddle"))')
  wheel=$(tools/wheel.py "$staging/paddle_spinel" paddle_spinel "$version" "$python-$python-$system" dist "paddlepaddle==$release" numpy)
  check "$wheel" .venv-paddle/bin/python
fi
ls -sh dist/*.whl
