# libtorch for our own build: the imported target, and the precompiled header of the rooms that use it.
include(SpinelFindTorch)

# One precompiled header serves all torch rooms.
file(READ ${SPINEL_TORCH_DIR}/include/torch/headeronly/version.h spinel_torch_version_header)
set(spinel_torch_headers <ATen/ATen.h> <torch/csrc/autograd/custom_function.h> <torch/csrc/autograd/autograd.h>
  <functional> <map> <memory> <string> <vector>)
spinel_add_pch(spinel_pch LINK spinel::torch CONTENT "${spinel_torch_version_header}" HEADERS ${spinel_torch_headers})
