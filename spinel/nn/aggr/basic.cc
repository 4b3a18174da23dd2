#include "spinel/nn/aggr/basic.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>

namespace spinel::nn {

using graph::GroupReduce;
using graph::Groups;

at::Tensor per_group(const at::Tensor& numbers, int64_t dim, int64_t dims) {
  std::vector<int64_t> sizes(static_cast<size_t>(dims), 1);
  sizes.at(static_cast<size_t>(dim)) = numbers.numel();
  return numbers.view(sizes);
}

at::Tensor std_of_var(const at::Tensor& var) {
  constexpr double least = 1e-5;
  const at::Tensor out = var.clamp_min(least).sqrt();
  return out.masked_fill(out.le(std::sqrt(least)), 0);
}

at::Tensor VarAggregation::aggregate(const at::Tensor& x, const Groups& groups, int64_t dim, std::optional<int64_t>) {
  const at::Tensor mean = reduce_groups(x, groups, GroupReduce::mean, dim);
  const at::Tensor values = semi_grad_ ? x.detach() : x;
  return reduce_groups(values * values, groups, GroupReduce::mean, dim) - mean * mean;
}

StdAggregation::StdAggregation(bool semi_grad) : var_(semi_grad) { add_child("var_aggr", var_); }

at::Tensor StdAggregation::aggregate(const at::Tensor& x, const Groups& groups, int64_t dim, std::optional<int64_t>) {
  return std_of_var(var_.forward(x, groups, dim));
}

at::Tensor VariancePreservingAggregation::aggregate(const at::Tensor& x, const Groups& groups, int64_t dim,
                                                    std::optional<int64_t>) {
  const at::Tensor root = groups.count().to(x.scalar_type()).sqrt().clamp_min(1);
  return reduce_groups(x, groups, GroupReduce::sum, dim) / per_group(root, dim, x.dim());
}

}  // namespace spinel::nn
