#!/usr/bin/env bash
# Runs each fuzz target of the asan build for a bounded time, one per processor at once:
# tools/fuzz.sh [SECONDS] [TARGET...]
# New inputs go to build/asan/fuzz/<reader>, not into the committed corpus; a crash is kept there and ends the run.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-20}
shift || true
targets=("$@")
if [[ ${#targets[@]} == 0 ]]; then
  for source in fuzz/*_fuzz.cc; do targets+=("$(basename "$source" .cc)"); done
fi
export ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1

fuzz() {
  local target=$1 reader=${1%_fuzz} work log dictionary=()
  if [[ ! -x build/asan/bin/$target ]]; then
    echo "fuzz: $target is not part of this build"
    return
  fi
  work=build/asan/fuzz/$reader
  log=$work.log
  mkdir -p "$work"
  if [[ -e fuzz/$reader.dict ]]; then dictionary=(-dict="fuzz/$reader.dict"); fi
  if ! "build/asan/bin/$target" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=2048 -max_len=65536 \
      -print_final_stats=1 -artifact_prefix="$work-" "${dictionary[@]}" "$work" "fuzz/corpus/$reader" > "$log" 2>&1; then
    tail -40 "$log"
    echo "fuzz: $target crashed; its input is kept as $work-*" >&2
    return 1
  fi
  echo "fuzz: $target, $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs in $seconds s, no crash"
}
export -f fuzz
export seconds
printf '%s\n' "${targets[@]}" | xargs -P "$(nproc)" -I TARGET bash -euo pipefail -c 'fuzz TARGET'
