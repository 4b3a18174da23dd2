#!/usr/bin/env bash
# Runs each fuzz target of the asan build for a bounded time: tools/fuzz.sh [SECONDS] [TARGET...]
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
for target in "${targets[@]}"; do
  if [[ ! -x build/asan/bin/$target ]]; then
    echo "fuzz: $target is not part of this build"
    continue
  fi
  reader=${target%_fuzz}
  work=build/asan/fuzz/$reader
  mkdir -p "$work"
  dictionary=()
  if [[ -e fuzz/$reader.dict ]]; then dictionary=(-dict="fuzz/$reader.dict"); fi
  log=$work.log
  if ! "build/asan/bin/$target" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=2048 -max_len=65536 \
      -print_final_stats=1 -artifact_prefix="$work-" "${dictionary[@]}" "$work" "fuzz/corpus/$reader" > "$log" 2>&1; then
    tail -40 "$log"
    echo "fuzz: $target crashed; its input is kept as $work-*" >&2
    exit 1
  fi
  echo "fuzz: $target, $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs in $seconds s, no crash"
done
