// Several aggregations of the same elements, and how their results are combined.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "spinel/nn/aggr/aggregation.h"
#include "spinel/nn/dense/attention.h"
#include "spinel/nn/dense/hetero_linear.h"

namespace spinel::nn {

struct MultiAggregationOptions {
  /// cat; proj: a linear layer on the concatenation; attn: a linear layer each, attention among the aggregations, mean;
  /// sum, mean, max, min, logsumexp, std, var (unbiased) over the results.
  std::string mode = "cat";
  std::vector<int64_t> in_channels;  ///< of proj and attn: the width of each result, or one for all
  int64_t out_channels = 0;          ///< of proj and attn
  int64_t num_heads = 1;             ///< of attn
  double dropout = 0;                ///< of attn
  bool bias = true;                  ///< of proj, and of the projections of attn
};

/// Sum, mean, min, max, mul, var and std of one call share their groups, sums and squares. State: `aggrs.<i>.*`,
/// `lin.*`, `lin_heads.lins.<i>.*`, `multihead_attn.*`.
class MultiAggregation : public Aggregation {
 public:
  /// No aggregation, one with proj or attn, widths that are missing, another mode: invalid_argument.
  explicit MultiAggregation(std::vector<std::unique_ptr<Aggregation>> aggrs, MultiAggregationOptions options = {});
  std::string name() const override { return "MultiAggregation"; }
  std::string to_string() const override;
  int64_t out_channels(int64_t in_channels) const override;
  const std::vector<std::unique_ptr<Aggregation>>& aggregations() const { return aggrs_; }

 protected:
  at::Tensor aggregate(const at::Tensor& x, const graph::Groups& groups, int64_t dim,
                       std::optional<int64_t> max_num_elements) override;

 private:
  at::Tensor combine(const std::vector<at::Tensor>& results);

  std::vector<std::unique_ptr<Aggregation>> aggrs_;
  MultiAggregationOptions options_;
  std::unique_ptr<Linear> lin_;
  std::unique_ptr<HeteroDictLinear> lin_heads_;
  std::unique_ptr<MultiheadAttention> multihead_attn_;
};

/// Several of sum, mean, min, max, mul, var and std in one call: a list of results (torch_geometric's
/// FusedAggregation). Each agrees with the separate aggregation.
class FusedAggregation : public CallableModule {
 public:
  /// Another aggregation than these seven, or none: invalid_argument.
  explicit FusedAggregation(std::vector<std::unique_ptr<Aggregation>> aggrs);
  std::string name() const override { return "FusedAggregation"; }
  std::string to_string() const override;
  /// x [E, F], index [E] → [G, F] each.
  std::vector<at::Tensor> forward(const at::Tensor& x, const at::Tensor& index, std::optional<int64_t> dim_size = {});
  ValueList call(const CallArguments& arguments) override;

 private:
  std::vector<std::unique_ptr<Aggregation>> aggrs_;
};

/// The results of aggregations on the same elements; what they need in common is calculated once.
std::vector<at::Tensor> aggregate_all(const std::vector<std::unique_ptr<Aggregation>>& aggrs, const at::Tensor& x,
                                      const graph::Groups& groups, int64_t dim,
                                      std::optional<int64_t> max_num_elements);

}  // namespace spinel::nn
