// Aggregations by sums, means, extremes, products and variances.
#pragma once

#include "spinel/nn/aggr/aggregation.h"

namespace spinel::nn {

/// One reduction (graph::reduce_groups): a group without elements is 0, of products 1; gradients of min and max are
/// shared equally among equal elements.
template <graph::GroupReduce reduce>
class PlainAggregation : public Aggregation {
 public:
  std::optional<graph::GroupReduce> plain_reduce() const override { return reduce; }

 protected:
  Needs needs() const override { return {.index = reduce == graph::GroupReduce::mul}; }
  at::Tensor aggregate(const at::Tensor& x, const graph::Groups& groups, int64_t dim, std::optional<int64_t>) override {
    return reduce_groups(x, groups, reduce, dim);
  }
};

struct SumAggregation : PlainAggregation<graph::GroupReduce::sum> {
  std::string name() const override { return "SumAggregation"; }
};
struct MeanAggregation : PlainAggregation<graph::GroupReduce::mean> {
  std::string name() const override { return "MeanAggregation"; }
};
struct MaxAggregation : PlainAggregation<graph::GroupReduce::max> {
  std::string name() const override { return "MaxAggregation"; }
};
struct MinAggregation : PlainAggregation<graph::GroupReduce::min> {
  std::string name() const override { return "MinAggregation"; }
};
struct MulAggregation : PlainAggregation<graph::GroupReduce::mul> {
  std::string name() const override { return "MulAggregation"; }
};

/// mean(x²) − mean(x)², which round-off may make slightly negative. semi_grad: no gradient through mean(x²).
class VarAggregation : public Aggregation {
 public:
  explicit VarAggregation(bool semi_grad = false) : semi_grad_(semi_grad) {}
  std::string name() const override { return "VarAggregation"; }
  bool semi_grad() const { return semi_grad_; }

 protected:
  at::Tensor aggregate(const at::Tensor& x, const graph::Groups& groups, int64_t dim, std::optional<int64_t>) override;

 private:
  bool semi_grad_;
};

/// √max(var, 1e-5), and 0 where that is √1e-5.
class StdAggregation : public Aggregation {
 public:
  explicit StdAggregation(bool semi_grad = false);
  std::string name() const override { return "StdAggregation"; }
  bool semi_grad() const { return var_.semi_grad(); }

 protected:
  at::Tensor aggregate(const at::Tensor& x, const graph::Groups& groups, int64_t dim, std::optional<int64_t>) override;

 private:
  VarAggregation var_;
};

/// Σ x / max(√count, 1): keeps the variance of independent elements (Schneckenreiter et al., arXiv:2403.04747).
class VariancePreservingAggregation : public Aggregation {
 public:
  std::string name() const override { return "VariancePreservingAggregation"; }

 protected:
  at::Tensor aggregate(const at::Tensor& x, const graph::Groups& groups, int64_t dim, std::optional<int64_t>) override;
};

/// A tensor with one number for each group, to be broadcast against [.., G, ..] of `dims` dimensions.
at::Tensor per_group(const at::Tensor& numbers, int64_t dim, int64_t dims);
/// var → std as StdAggregation does it.
at::Tensor std_of_var(const at::Tensor& var);

}  // namespace spinel::nn
