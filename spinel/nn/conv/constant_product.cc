#include "spinel/nn/conv/constant_product.h"

#include <ATen/ATen.h>

#include <mutex>

#include "spinel/base/format.h"
#include "spinel/nn/conv/remembered.h"

namespace spinel::nn {
namespace {

bool is_constant(const at::Tensor& tensor) {
  return !tensor.defined() || !(tensor.requires_grad() || tensor.is_inference());
}

/// What is remembered is constant but for these.
struct KeptProduct {
  mutable std::mutex mutex;
  mutable bool was_asked = false;
  mutable at::Tensor product;
};

}  // namespace

at::Tensor constant_product(const at::Tensor& x, const at::Tensor& weight, const MessageEdges& edges,
                            sparse::Reduce reduce) {
  if (!at::GradMode::is_enabled() || !is_constant(x) || !is_constant(weight)) return edges.product(x, weight, reduce);
  const std::string key = format("product {} {} {}", static_cast<int>(reduce), edges.number(),
                                 weight.defined() ? remembered_number(weight) : 0);
  const auto kept = std::static_pointer_cast<const KeptProduct>(
      remembered_object(x, key, [] { return std::make_shared<KeptProduct>(); }));
  const std::lock_guard lock(kept->mutex);
  if (kept->product.defined()) return kept->product;
  const at::Tensor product = edges.product(x, weight, reduce);
  if (kept->was_asked) kept->product = product;
  kept->was_asked = true;
  return product;
}

}  // namespace spinel::nn
