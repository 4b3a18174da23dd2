#!/usr/bin/env bash
# Line coverage of the tests by room, from clang's source-based counts. Fails where a room is under 80 %.
# Usage: tools/coverage.sh [least percentage]
set -euo pipefail
cd "$(dirname "$0")/.."
least=${1:-80}
build=build/coverage

cmake --preset coverage > /dev/null
cmake --build --preset coverage
rm -rf "$build/profiles"
LLVM_PROFILE_FILE=$PWD/$build/profiles/%p-%m.profraw ctest --preset coverage -LE 'lint|slow' --output-on-failure -Q
# What is tested with other hosts' packages, where `tools/setup.sh hosts` has installed them.
if [[ -x .venv-paddle/bin/python ]]; then
  LLVM_PROFILE_FILE=$PWD/$build/profiles/%p-%m.profraw \
    cmake --build --preset coverage --target spinel_tvm_ffi_python_tests
fi

compiler=$(sed -n 's/^CMAKE_CXX_COMPILER:[A-Z]*=//p' "$build/CMakeCache.txt")
suffix=$(sed -n 's/.*clang++\(-[0-9]*\)$/\1/p' <<< "$compiler")
find "$build/profiles" -name '*.profraw' > "$build/profiles.txt"
"llvm-profdata$suffix" merge -sparse -f "$build/profiles.txt" -o "$build/tests.profdata"
objects=()
# The registry and the libraries that tests load have their counts in files of their own.
while read -r file; do objects+=(-object "$file"); done < <(
  find "$build/bin" -maxdepth 1 -type f -executable
  find "$build" -name '*.so' -type f)
"llvm-cov$suffix" export -summary-only -instr-profile "$build/tests.profdata" "${objects[@]}" \
  --ignore-filename-regex '(^|/)(tests|fuzz|bench|\.venv)/|^/usr' > "$build/coverage.json"

python3 - "$build/coverage.json" "$least" << 'END'
import collections, json, os, sys
# A file may stand there by its own path and by one that leads out of the build folder: the fuller entry counts.
files = {}
for file in json.load(open(sys.argv[1]))["data"][0]["files"]:
    name, lines = os.path.relpath(file["filename"]), file["summary"]["lines"]
    files[name] = max(files.get(name, (0, 0)), (lines["count"], lines["covered"]))
rooms = collections.defaultdict(lambda: [0, 0])
for name, (count, covered) in files.items():
    parts = name.split("/")
    if parts[0] == "spinel" and len(parts) > 2:
        for room in (parts[1], "all"):
            rooms[room][0] += covered
            rooms[room][1] += count
low = []
print(f"{'room':<10} {'lines':>7} {'covered':>8}   %")
for room, (covered, count) in sorted(rooms.items(), key=lambda item: (item[0] == "all", item[0])):
    share = 100 * covered / max(count, 1)
    print(f"{room:<10} {count:>7} {covered:>8} {share:5.1f}")
    if share < float(sys.argv[2]):
        low.append(room)
if low:
    sys.exit(f"coverage: {', '.join(low)} under {sys.argv[2]} % of lines")
END
