#!/usr/bin/env bash
# Makes dist/spinel-<version>-<system>: the program with libtorch and all other libraries but the C library inside, in
# a folder that runs from wherever it is put. Tests it by moving it.
set -euo pipefail
cd "$(dirname "$0")/.."
build=build/release
version=$(sed -n 's/^CMAKE_PROJECT_VERSION:[A-Z]*=//p' "$build/CMakeCache.txt")
folder=dist/spinel-$version-$(uname -s | tr '[:upper:]' '[:lower:]')-$(uname -m)

rm -rf "$folder"
cmake --install "$build" --prefix "$folder" --component program > /dev/null
mkdir -p "$folder/lib"
# Of the system only what every Linux has stays outside: the C library and the dynamic linker.
ldd "$folder/bin/spinel" | awk '$2 == "=>" && $3 ~ /^\// {print $3}' |
  grep -vE '/(libc|libm|libdl|librt|libpthread|libresolv|libutil|ld-linux[^/]*)\.so' |
  grep -v "/$folder/" |
  while read -r library; do cp -L "$library" "$folder/lib/"; done
strip --strip-unneeded "$folder/bin/spinel"

moved=$(mktemp -d)
trap 'rm -rf "$moved"' EXIT
mv "$folder" "$moved/elsewhere"
missing=$(ldd "$moved/elsewhere/bin/spinel" | grep -E 'not found|=> /' | grep -v "$moved" |
  grep -vE '/(libc|libm|libdl|librt|libpthread|libresolv|libutil|ld-linux[^/]*)\.so' || true)
if [[ -n $missing ]]; then echo "dist: found outside of the folder: $missing" >&2; exit 1; fi
env -i PATH=/usr/bin:/bin "$moved/elsewhere/bin/spinel" --help > /dev/null
mv "$moved/elsewhere" "$folder"
echo "dist: $folder, $(du -sh "$folder" | cut -f1), runs after being moved"
