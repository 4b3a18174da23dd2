# libtorch as the imported target spinel::torch, for our own build and for projects that use the installed libraries.
# Not through TorchConfig.cmake: that of a CUDA build demands a CUDA toolkit, which a user of the plain wheel lacks.
# Looked for in SPINEL_TORCH_DIR, then in CMAKE_PREFIX_PATH, then in the wheel of .venv; an installed Spinel looks last
# where it was built (SPINEL_TORCH_FALLBACK).
set(SPINEL_TORCH_DIR "" CACHE PATH "Folder that holds libtorch's include/ and lib/")
if(NOT SPINEL_TORCH_DIR)
  file(GLOB wheel ${PROJECT_SOURCE_DIR}/.venv/lib/python3*/site-packages/torch)
  set(prefixes ${CMAKE_PREFIX_PATH} $ENV{CMAKE_PREFIX_PATH})
  string(REPLACE ":" ";" prefixes "${prefixes}")
  find_path(spinel_torch_include NAMES ATen/core/Tensor.h PATH_SUFFIXES include
            HINTS ${prefixes} ${wheel} ${SPINEL_TORCH_FALLBACK} NO_DEFAULT_PATH)
  if(NOT spinel_torch_include)
    message(FATAL_ERROR "libtorch: not found in CMAKE_PREFIX_PATH or .venv; run tools/setup.sh, or set SPINEL_TORCH_DIR")
  endif()
  cmake_path(GET spinel_torch_include PARENT_PATH found)
  set(SPINEL_TORCH_DIR ${found} CACHE PATH "" FORCE)
endif()
file(STRINGS ${SPINEL_TORCH_DIR}/include/torch/headeronly/version.h version_lines REGEX "define TORCH_VERSION_(MAJOR|MINOR) ")
string(REGEX REPLACE ".*MAJOR ([0-9]+).*MINOR ([0-9]+).*" "\\1.\\2" SPINEL_TORCH_VERSION "${version_lines}")
if(SPINEL_TORCH_VERSION VERSION_LESS 2.11)
  message(FATAL_ERROR "libtorch: ${SPINEL_TORCH_DIR} holds ${SPINEL_TORCH_VERSION}; version 2.11 or newer is needed")
endif()
message(STATUS "libtorch ${SPINEL_TORCH_VERSION} in ${SPINEL_TORCH_DIR}")

add_library(spinel::torch INTERFACE IMPORTED GLOBAL)
target_include_directories(spinel::torch SYSTEM INTERFACE
  ${SPINEL_TORCH_DIR}/include ${SPINEL_TORCH_DIR}/include/torch/csrc/api/include)
set(torch_libraries ${SPINEL_TORCH_DIR}/lib/libtorch_cpu.so ${SPINEL_TORCH_DIR}/lib/libc10.so)
if(EXISTS ${SPINEL_TORCH_DIR}/lib/libtorch_cuda.so)
  # Nothing refers to its symbols by name: without --no-as-needed the linker drops the CUDA backend.
  list(APPEND torch_libraries -Wl,--no-as-needed ${SPINEL_TORCH_DIR}/lib/libtorch_cuda.so
       ${SPINEL_TORCH_DIR}/lib/libc10_cuda.so -Wl,--as-needed)
endif()
target_link_libraries(spinel::torch INTERFACE ${torch_libraries})
