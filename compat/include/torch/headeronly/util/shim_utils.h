// Turns the codes of the stable ABI's functions into exceptions.
#pragma once

#include <stdexcept>
#include <string>

#include "torch/csrc/inductor/aoti_torch/c/shim.h"

#define TORCH_SUCCESS 0
#define TORCH_FAILURE 1

namespace torch {
namespace headeronly {
inline namespace spinel_v1 {
/// A runtime_error with the text that the function left behind.
[[noreturn]] inline void throw_failure(const char* call) {
  throw std::runtime_error(std::string(torch_exception_get_what_without_backtrace()) + " (" + call + ")");
}
}  // namespace spinel_v1
}  // namespace headeronly
}  // namespace torch

#define TORCH_ERROR_CODE_CHECK(call)                                        \
  do {                                                                      \
    if ((call) != TORCH_SUCCESS) ::torch::headeronly::throw_failure(#call); \
  } while (false)
#define STABLE_TORCH_ERROR_CODE_CHECK(call) TORCH_ERROR_CODE_CHECK(call)
