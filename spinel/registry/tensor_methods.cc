#include "spinel/registry/tensor_methods.h"

#include <atomic>

#include "spinel/base/error.h"

namespace spinel::registry::inline v1 {
namespace {

std::atomic<const TensorMethods*> default_methods{nullptr};

}  // namespace

const TensorMethods& tensor_methods(const Tensor& tensor) {
  require(tensor.defined(), "tensor: it is undefined; a defined one is needed");
  const TensorMethods* methods = tensor.impl()->methods();
  if (methods == nullptr) {
    fail(ErrorKind::unavailable, "tensor: its host {} supplies no tensor functions", tensor.impl()->host());
  }
  return *methods;
}

const TensorMethods& default_tensor_methods() {
  const TensorMethods* methods = default_methods.load(std::memory_order_acquire);
  if (methods == nullptr) {
    fail(ErrorKind::unavailable, "tensor: no host is set up to make new tensors; set one up before the call");
  }
  return *methods;
}

const TensorMethods* set_default_tensor_methods(const TensorMethods* methods) noexcept {
  return default_methods.exchange(methods, std::memory_order_acq_rel);
}

}  // namespace spinel::registry::inline v1
