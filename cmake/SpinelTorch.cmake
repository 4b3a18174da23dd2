# libtorch for our own build: the imported target, and the precompiled header of the rooms that use it.
include(SpinelFindTorch)

# One precompiled header serves all torch rooms and their tests.
file(WRITE ${PROJECT_BINARY_DIR}/pch/pch.cc "")
add_library(spinel_pch OBJECT ${PROJECT_BINARY_DIR}/pch/pch.cc)
target_link_libraries(spinel_pch PRIVATE spinel::torch spinel_flags)
target_precompile_headers(spinel_pch PRIVATE <ATen/ATen.h> <torch/csrc/autograd/custom_function.h>
  <torch/csrc/autograd/autograd.h> <functional> <map> <memory> <string> <vector>)
function(spinel_torch_pch target)
  if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
    # The header is compiled with -fPIC; clang refuses it in a program compiled with -fPIE.
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${target} PRIVATE -fPIC)
    target_precompile_headers(${target} REUSE_FROM spinel_pch)
  endif()
endfunction()
