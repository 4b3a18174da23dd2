#include "spinel/registry/tensor_methods.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <string>

#include "spinel/base/error.h"
#include "spinel/base/log.h"
#include "spinel/base/platform/demangle.h"

namespace spinel::registry::inline v1 {
namespace {

std::atomic<const TensorMethods*> default_methods{nullptr};

}  // namespace

GradientNode::GradientNode(const char* cpp_type) : name_(demangle(cpp_type)) {}

std::vector<Tensor> TensorMethods::connect(const std::vector<Tensor>& inputs, std::vector<Tensor> outputs,
                                           intrusive_ptr<GradientNode> node) const {
  const bool is_wanted = std::any_of(inputs.begin(), inputs.end(), [&](const Tensor& input) {
    return input.defined() && input.impl()->methods() == this && requires_grad(input);
  });
  if (!is_wanted) return outputs;
  static std::mutex mutex;
  static auto* const told = new std::set<std::string, std::less<>>;
  {
    const std::lock_guard lock(mutex);
    if (!told->emplace(node->name()).second) return outputs;
  }
  log_warning("{}: an input requires a gradient, but the host {} does not pass it on; it stops here", node->name(),
              host());
  return outputs;
}

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
