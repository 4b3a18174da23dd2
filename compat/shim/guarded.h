// How the C functions of the stable ABI fail: with a code, and a text that is kept for the thread.
#pragma once

#include <exception>
#include <string>

#include "compat/include/torch/csrc/inductor/aoti_torch/c/shim.h"
#include "compat/shim/stable_value.h"
#include "spinel/registry/call_error.h"

namespace spinel::shim {

/// What the calling thread's last failed function has to say.
std::string& last_failure();
void keep_failure(const char* text) noexcept;

/// Runs it and lets no exception out.
template <typename F>
AOTITorchError guarded(F&& run) noexcept {
  try {
    run();
    return AOTI_TORCH_SUCCESS;
  } catch (const std::exception& error) {
    keep_failure(error.what());
  } catch (...) {
    keep_failure("an exception that is none of the standard library's");
  }
  return AOTI_TORCH_FAILURE;
}

/// Of a defined tensor; the caller looks at what it gives only until the tensor goes.
template <typename F>
AOTITorchError look(AtenTensorHandle handle, F&& at) noexcept {
  return guarded([&] {
    const registry::Tensor& tensor = tensor_of(handle);
    if (!tensor.defined()) registry::fail_call(registry::ErrorClass::runtime, "tensor: it is undefined");
    at(tensor);
  });
}

}  // namespace spinel::shim
