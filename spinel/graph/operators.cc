#include "spinel/graph/operators.h"

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include "spinel/hosts/torch/operators.h"

namespace spinel::graph::op {
namespace {

using Tensor = at::Tensor;
using Optional = std::optional<at::Tensor>;
using Signature = Tensor(const Tensor&, const Tensor&, const Optional&);

Optional optional(const Tensor& tensor) { return tensor.defined() ? Optional(tensor) : std::nullopt; }

}  // namespace

Tensor softmax_csr(const Tensor& src, const Groups& groups) {
  static const auto op = hosts::torch_operator("softmax_csr").typed<Signature>();
  return op.call(src, groups.ptr(), optional(groups.perm()));
}

Tensor segment_amin(const Tensor& src, const Groups& groups) {
  static const auto op = hosts::torch_operator("segment_amin_csr").typed<Signature>();
  return op.call(src, groups.ptr(), optional(groups.perm()));
}

Tensor segment_amax(const Tensor& src, const Groups& groups) {
  static const auto op = hosts::torch_operator("segment_amax_csr").typed<Signature>();
  return op.call(src, groups.ptr(), optional(groups.perm()));
}

Tensor segment_argmax(const Tensor& src, const Groups& groups) {
  using WithArg = std::tuple<Tensor, Tensor>(const Tensor&, const Tensor&, const Optional&);
  static const auto op = hosts::torch_operator("segment_max_csr").typed<WithArg>();
  return std::get<1>(op.call(src, groups.ptr(), optional(groups.perm())));
}

Tensor gather(const Tensor& src, const Groups& groups) {
  using Gather = Tensor(const Tensor&, const Tensor&, const Optional&, c10::SymIntArrayRef);
  static const auto op = hosts::torch_operator("gather_csr").typed<Gather>();
  std::vector<c10::SymInt> sizes(src.sizes().begin(), src.sizes().end());
  sizes.at(0) = groups.num_elements();
  return op.call(src, groups.ptr(), optional(groups.perm()), sizes);
}

}  // namespace spinel::graph::op
