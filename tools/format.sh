#!/usr/bin/env bash
# Formats our C++ sources with clang-format 16, whose output .clang-format is written for; --check only names files.
set -euo pipefail
cd "$(dirname "$0")/.."
formatter=${CLANG_FORMAT:-clang-format-16}
mapfile -t files < <(git ls-files '*.h' '*.cc' '*.cu')
if [[ ${1:-} == --check ]]; then
  "$formatter" --dry-run --Werror "${files[@]}" 2>&1 | sed -n 's/^\([^:]*\):[0-9]*:[0-9]*: error:.*/\1/p' | sort | uniq -c |
    awk '{print $2 ": " $1 " places differ; run make format"} END {exit NR > 0}'
else
  "$formatter" -i "${files[@]}"
fi
