#include "spinel/nn/conv/constant_product.h"

#include <ATen/ATen.h>

#include <atomic>
#include <mutex>

#include "spinel/base/format.h"
#include "spinel/nn/conv/remembered.h"

namespace spinel::nn {
namespace {

bool is_constant(const at::Tensor& tensor) {
  return !tensor.defined() || !(tensor.requires_grad() || tensor.is_inference());
}

/// That something was asked for, in objects which are otherwise constant.
struct Asked {
  mutable std::atomic<bool> before = false;
};

struct KeptProduct {
  mutable std::mutex mutex;
  mutable at::Tensor product;
};

std::string product_key(const at::Tensor& weight, const MessageEdges& edges) {
  return format("{} {}", edges.number(), weight.defined() ? remembered_number(weight) : 0);
}

template <typename T>
std::shared_ptr<const T> kept(const at::Tensor& x, const std::string& key) {
  return std::static_pointer_cast<const T>(remembered_object(x, key, [] { return std::make_shared<T>(); }));
}

bool was_asked(const at::Tensor& x, const std::string& key) {
  return kept<Asked>(x, "asked " + key)->before.exchange(true);
}

}  // namespace

bool recurs(const at::Tensor& x, const at::Tensor& weight, const MessageEdges& edges) {
  if (!at::GradMode::is_enabled() || !is_constant(x) || !is_constant(weight)) return false;
  return was_asked(x, product_key(weight, edges));
}

at::Tensor constant_product(const at::Tensor& x, const at::Tensor& weight, const MessageEdges& edges,
                            sparse::Reduce reduce) {
  if (!at::GradMode::is_enabled() || !is_constant(x) || !is_constant(weight)) return edges.product(x, weight, reduce);
  const std::string key = format("product {} {}", static_cast<int>(reduce), product_key(weight, edges));
  if (!was_asked(x, key)) return edges.product(x, weight, reduce);
  const auto object = kept<KeptProduct>(x, key);
  const std::lock_guard lock(object->mutex);
  if (!object->product.defined()) object->product = edges.product(x, weight, reduce);
  return object->product;
}

}  // namespace spinel::nn
