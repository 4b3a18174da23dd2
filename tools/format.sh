#!/usr/bin/env bash
# Formats our C++ sources with clang-format 16, whose output .clang-format is written for; --check only names files.
set -euo pipefail
cd "$(dirname "$0")/.."
formatter=${CLANG_FORMAT:-clang-format-16}
mapfile -t files < <(git ls-files '*.h' '*.cc' '*.cu')
if [[ ${1:-} == --check ]]; then
  # --dry-run also reports places that formatting leaves as they are (comments after inline namespaces): look again.
  mapfile -t suspects < <("$formatter" --dry-run --Werror "${files[@]}" 2>&1 |
    sed -n 's/^\([^:]*\):[0-9]*:[0-9]*: error:.*/\1/p' | sort -u)
  status=0
  for file in "${suspects[@]}"; do
    if ! "$formatter" "$file" | cmp --quiet - "$file"; then
      echo "$file: differs from its formatted text; run make format"
      status=1
    fi
  done
  exit $status
else
  "$formatter" -i "${files[@]}"
fi
