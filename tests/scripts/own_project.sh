#!/usr/bin/env bash
# Installs the build given as argument, builds examples/own_project against it in a new folder, and runs it.
# Usage: own_project.sh SOURCE BUILD COMPILER
set -euo pipefail
source_folder=$1 build=$2 compiler=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake --install "$build" --prefix "$work/installed" > "$work/install.log" || { cat "$work/install.log"; exit 1; }
cmake -S "$source_folder/examples/own_project" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
  -DCMAKE_PREFIX_PATH="$work/installed" -DCMAKE_CXX_COMPILER="$compiler" > "$work/configure.log" 2>&1 ||
  { cat "$work/configure.log"; exit 1; }
cmake --build "$work/build"
"$work/build/energy"
"$work/build/propagate"

# The program's own commands are a library too, with more below it (CLI11, cairo, libcurl).
mkdir "$work/program"
cat > "$work/program/CMakeLists.txt" << 'END'
cmake_minimum_required(VERSION 3.25)
project(OwnProgram LANGUAGES CXX)
find_package(Spinel REQUIRED COMPONENTS cli)
add_executable(own_program main.cc)
target_compile_features(own_program PRIVATE cxx_std_20)
target_link_libraries(own_program PRIVATE spinel::cli)
END
cat > "$work/program/main.cc" << 'END'
#include "spinel/cli/command.h"
int main(int argc, char** argv) { return spinel::cli::run_program(argc, argv); }
END
cmake -S "$work/program" -B "$work/program/build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
  -DCMAKE_PREFIX_PATH="$work/installed" -DCMAKE_CXX_COMPILER="$compiler" > "$work/program.log" 2>&1 ||
  { cat "$work/program.log"; exit 1; }
cmake --build "$work/program/build"
"$work/program/build/own_program" data info qm9 > "$work/qm9.txt"
grep -q '^qm9: ' "$work/qm9.txt"

# A library of PyTorch operators finds the layer of compat/ by its own find_package(Torch).
mkdir "$work/operators"
cat > "$work/operators/CMakeLists.txt" << END
cmake_minimum_required(VERSION 3.18)
project(TheirOperators LANGUAGES CXX)
find_package(Torch 2.0 REQUIRED)
add_library(their_operators SHARED "$source_folder/tests/compat/extension.cc")
target_link_libraries(their_operators PRIVATE "\${TORCH_LIBRARIES}" -Wl,-z,defs)
END
cmake -S "$work/operators" -B "$work/operators/build" -DCMAKE_CXX_COMPILER="$compiler" \
  -DTorch_DIR="$work/installed/share/spinel/torch_layer" > "$work/operators.log" 2>&1 ||
  { cat "$work/operators.log"; exit 1; }
cmake --build "$work/operators/build"
# It defines no symbol under PyTorch's own names, which a libtorch in the same process would have too.
if nm -DC --defined-only "$work/operators/build/libtheir_operators.so" | grep -E ' (at|c10|torch)::' |
    grep -v spinel_v1; then
  echo "the library defines symbols of libtorch's; all must be in the inline namespace spinel_v1" >&2
  exit 1
fi

# A component that does not exist is refused by name.
mkdir "$work/wrong"
cat > "$work/wrong/CMakeLists.txt" << 'END'
cmake_minimum_required(VERSION 3.25)
project(Wrong LANGUAGES CXX)
find_package(Spinel REQUIRED COMPONENTS cellar)
END
if cmake -S "$work/wrong" -B "$work/wrong/build" -DCMAKE_PREFIX_PATH="$work/installed" > "$work/wrong.log" 2>&1; then
  echo "find_package(Spinel COMPONENTS cellar) succeeded; it must fail" >&2
  exit 1
fi
grep -q "no component is named 'cellar'" "$work/wrong.log"
