# libtorch for our own build: the imported target, and the precompiled header of the rooms that use it.
include(SpinelFindTorch)

# One precompiled header serves all torch rooms and their tests.
file(WRITE ${PROJECT_BINARY_DIR}/pch/pch.cc "")
add_library(spinel_pch OBJECT ${PROJECT_BINARY_DIR}/pch/pch.cc)
target_link_libraries(spinel_pch PRIVATE spinel::torch spinel_flags)
set(pch_headers <ATen/ATen.h> <torch/csrc/autograd/custom_function.h> <torch/csrc/autograd/autograd.h>
  <functional> <map> <memory> <string> <vector>)
target_precompile_headers(spinel_pch PRIVATE ${pch_headers})
if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
  # CMake also includes the header itself, by a path that ccache cannot make relative; the compiled one is enough.
  set(CMAKE_CXX_COMPILE_OPTIONS_USE_PCH -include-pch <PCH_FILE>)
endif()
# What ccache hashes instead of the precompiled header itself (CCACHE_PCH_EXTSUM): that holds the paths of this checkout,
# so without it no two checkouts would share objects. It must name all that the header's content comes from.
file(READ ${SPINEL_TORCH_DIR}/include/torch/headeronly/version.h spinel_torch_version_header)
file(WRITE ${PROJECT_BINARY_DIR}/CMakeFiles/spinel_pch.dir/cmake_pch.hxx.pch.sum
  "${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION} ${CMAKE_BUILD_TYPE} ${SPINEL_SANITIZE} ${SPINEL_FUZZ} "
  "${SPINEL_COVERAGE} ${pch_headers}\n${spinel_torch_version_header}")
function(spinel_torch_pch target)
  if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
    # The header is compiled with -fPIC; clang refuses it in a program compiled with -fPIE.
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${target} PRIVATE -fPIC)
    target_precompile_headers(${target} REUSE_FROM spinel_pch)
  endif()
endfunction()
