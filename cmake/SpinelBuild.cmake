# Flags and the functions by which rooms, tests and benchmarks are declared.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

find_program(SPINEL_CCACHE ccache)
if(SPINEL_CCACHE)
  # The two sloppiness settings are what ccache needs to accept a precompiled header.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros
      CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 CCACHE_PCH_EXTSUM=1 ${SPINEL_CCACHE})
endif()

add_library(spinel_flags INTERFACE)
target_compile_options(spinel_flags INTERFACE -Wall -Wextra -Wno-missing-field-initializers)
if(SPINEL_WERROR)
  target_compile_options(spinel_flags INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # Warns about std::string's own operator+ and vector (GCC bugs 105329, 105562).
  target_compile_options(spinel_flags INTERFACE -Wno-restrict -Wno-maybe-uninitialized)
endif()
if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
  target_compile_options(spinel_flags INTERFACE "SHELL:-Xclang -fno-pch-timestamp")
  if(CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 17)
    # From 17 on clang blames our calls for what libstdc++ 12's stable_sort uses inside.
    target_compile_options(spinel_flags INTERFACE -Wno-deprecated-declarations)
  endif()
endif()
if(NOT WIN32 AND CMAKE_CXX_COMPILER_ID MATCHES Clang)
  # The quickest linker that is right: Debian 12's mold 1.10 misplaces RELRO and hangs on some of our programs.
  include(CheckLinkerFlag)
  check_linker_flag(CXX -fuse-ld=lld SPINEL_HAVE_LLD)
  if(SPINEL_HAVE_LLD)
    add_link_options(-fuse-ld=lld)
  endif()
endif()
# O2: what O3 adds outside the kernels is time to compile; they ask for it.
string(REPLACE -O3 -O2 CMAKE_CXX_FLAGS_RELEASE "${CMAKE_CXX_FLAGS_RELEASE}")
# Build types of the presets: fast enough to run, with lines in reports. No NDEBUG: assertions of libraries hold.
set(CMAKE_CXX_FLAGS_SANITIZE "-O1 -gline-tables-only")
set(CMAKE_CXX_FLAGS_COVERAGE "-O1")
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  set(CMAKE_CXX_FLAGS_SANITIZE "-O1 -g1")
endif()
if(SPINEL_SANITIZE)
  add_compile_options(-fsanitize=${SPINEL_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${SPINEL_SANITIZE})
  # With checks each level of vector extensions takes minutes to compile: the least one is that of the machine, up to
  # AVX2. For all sources, as precompiled headers are refused under other options than their own.
  if(EXISTS /proc/cpuinfo)
    file(STRINGS /proc/cpuinfo cpu_flags REGEX "^flags" LIMIT_COUNT 1)
  endif()
  if(cpu_flags MATCHES " avx2 ")
    add_compile_options(-mavx2 -mfma -mbmi -mbmi2 -mf16c -maes -mpclmul)
  elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    add_compile_options(-msse4.2 -maes -mpclmul)
  endif()
endif()
if(SPINEL_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(SPINEL_COVERAGE)
  add_compile_options(-fprofile-instr-generate -fcoverage-mapping)
  add_link_options(-fprofile-instr-generate)
endif()

# spinel_add_pch(<name> HEADERS <header>... [LINK <library>...] [CONTENT <text>])
# A header that is precompiled once for many targets. CONTENT: text that changes with the headers.
function(spinel_add_pch name)
  cmake_parse_arguments(PCH "" "CONTENT" "LINK;HEADERS" ${ARGN})
  file(WRITE ${PROJECT_BINARY_DIR}/pch/${name}.cc "")
  add_library(${name} OBJECT ${PROJECT_BINARY_DIR}/pch/${name}.cc)
  target_link_libraries(${name} PRIVATE ${PCH_LINK} spinel_flags)
  target_precompile_headers(${name} PRIVATE ${PCH_HEADERS})
  # What ccache hashes instead of the precompiled header itself (CCACHE_PCH_EXTSUM): that holds the paths of this
  # checkout, so without it no two checkouts would share objects. It must name all that the content comes from.
  file(WRITE ${PROJECT_BINARY_DIR}/CMakeFiles/${name}.dir/cmake_pch.hxx.pch.sum
    "${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION} ${CMAKE_BUILD_TYPE} ${SPINEL_SANITIZE} ${SPINEL_FUZZ} "
    "${SPINEL_COVERAGE} ${PCH_HEADERS}\n${PCH_CONTENT}")
endfunction()

# spinel_use_pch(<target> <name>)
function(spinel_use_pch target name)
  if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND name STREQUAL spinel_std_pch)
    # g++ refuses it under the options of the kernels, and mingw-w64's headers give false warnings in it.
    return()
  endif()
  # The header is compiled with -fPIC; compilers refuse it in a program compiled with -fPIE.
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(${target} PRIVATE -fPIC)
  target_precompile_headers(${target} REUSE_FROM ${name})
endfunction()
if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
  # CMake also includes the header itself, by a path that ccache cannot make relative; the compiled one is enough.
  set(CMAKE_CXX_COMPILE_OPTIONS_USE_PCH -include-pch <PCH_FILE>)
endif()
# Of the rooms without libtorch: what of the standard library most of their files include.
set(spinel_std_headers <algorithm> <functional> <map> <memory> <optional> <stdexcept> <string> <string_view> <utility>
  <variant> <vector>)
spinel_add_pch(spinel_std_pch HEADERS ${spinel_std_headers})

# spinel_room(<name> [TORCH] [SHARED] [DEPS <library>...] [EXCLUDE <regex>])
# The library spinel_<name> of all sources of the current folder and those below it; TORCH: it may include libtorch.
# SHARED: a shared library, for what must exist once in a process.
function(spinel_room name)
  cmake_parse_arguments(ROOM "TORCH;SHARED" "" "DEPS;EXCLUDE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  if(ROOM_EXCLUDE)
    list(FILTER sources EXCLUDE REGEX "${ROOM_EXCLUDE}")
  endif()
  if(NOT sources)
    file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/empty.cc "")
    set(sources ${CMAKE_CURRENT_BINARY_DIR}/empty.cc)
  endif()
  set(kind)
  if(ROOM_SHARED)
    set(kind SHARED)
  endif()
  add_library(spinel_${name} ${kind} ${sources})
  add_library(spinel::${name} ALIAS spinel_${name})
  set_target_properties(spinel_${name} PROPERTIES EXPORT_NAME ${name})
  target_include_directories(spinel_${name} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(spinel_${name} PUBLIC ${ROOM_DEPS} PRIVATE $<BUILD_INTERFACE:spinel_flags>)
  # Not the kernels: Highway compiles each of their sources once per vector extension.
  if(SPINEL_UNITY AND NOT name STREQUAL kernels)
    set_target_properties(spinel_${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 12)
  endif()
  if(ROOM_TORCH)
    target_link_libraries(spinel_${name} PUBLIC spinel::torch)
    spinel_use_pch(spinel_${name} spinel_pch)
  else()
    spinel_use_pch(spinel_${name} spinel_std_pch)
  endif()
  set_property(GLOBAL APPEND PROPERTY SPINEL_ROOMS spinel_${name})
endfunction()

# spinel_tests(<room> [TORCH] [OPTIMIZED] [DEPS <library>...] [EXCLUDE <regex>]): one program of all *_test.cc in
# tests/<room>. OPTIMIZED: what they compare with takes long unless it is compiled as the rooms are.
function(spinel_tests room)
  cmake_parse_arguments(TESTS "TORCH;OPTIMIZED" "" "DEPS;EXCLUDE" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${room}/*_test.cc)
  if(TESTS_EXCLUDE)
    list(FILTER sources EXCLUDE REGEX "${TESTS_EXCLUDE}")
  endif()
  if(NOT sources)
    return()
  endif()
  set(target spinel_${room}_tests)
  add_executable(${target} ${sources})
  target_link_libraries(${target} PRIVATE ${TESTS_DEPS} spinel_test_paths spinel_flags GTest::gmock GTest::gtest_main)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR})
  if(TESTS_OPTIMIZED)
    target_compile_options(${target} PRIVATE -O2)
    spinel_use_pch(${target} spinel_std_pch)
  elseif(TESTS_TORCH)
    spinel_use_pch(${target} spinel_test_pch)
  else()
    spinel_use_pch(${target} spinel_std_test_pch)
  endif()
  if(SPINEL_SANITIZE)
    # One process for all: under a sanitizer each start of a program on libtorch takes seconds.
    add_test(NAME ${room} COMMAND ${target} --gtest_brief=1)
    set_tests_properties(${room} PROPERTIES TIMEOUT 1800)
    return()
  endif()
  # Two processes share them: one for each test would spend most of its time on loading libtorch.
  foreach(part RANGE 1)
    add_test(NAME ${room}.${part} COMMAND ${target} --gtest_brief=1)
    set_tests_properties(${room}.${part} PROPERTIES TIMEOUT 900
      ENVIRONMENT "GTEST_TOTAL_SHARDS=2;GTEST_SHARD_INDEX=${part}")
  endforeach()
endfunction()
