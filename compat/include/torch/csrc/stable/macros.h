// Checks of CUDA calls for sources on the stable ABI.
#pragma once

#include <stdexcept>
#include <string>

#include "torch/headeronly/macros/Macros.h"
#include "torch/headeronly/util/shim_utils.h"

/// Throws a runtime_error for another cudaError_t than 0. In sources that include CUDA's headers themselves.
#define STD_CUDA_CHECK(call)                                                                                  \
  do {                                                                                                        \
    char* spinel_message = nullptr;                                                                           \
    TORCH_ERROR_CODE_CHECK(torch_c10_cuda_check_msg(static_cast<int32_t>(call), __FILE__, __func__,           \
                                                    static_cast<uint32_t>(__LINE__), true, &spinel_message)); \
    if (spinel_message != nullptr) {                                                                          \
      const std::string spinel_text(spinel_message);                                                          \
      torch_c10_cuda_free_error_msg(spinel_message);                                                          \
      throw std::runtime_error(spinel_text);                                                                  \
    }                                                                                                         \
  } while (false)
#define STD_CUDA_KERNEL_LAUNCH_CHECK() STD_CUDA_CHECK(cudaGetLastError())
