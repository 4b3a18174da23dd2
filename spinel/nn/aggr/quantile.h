// Quantiles and medians of groups.
#pragma once

#include <string>
#include <vector>

#include "spinel/nn/aggr/aggregation.h"

namespace spinel::nn {

struct QuantileAggregationOptions {
  std::vector<double> q;                 ///< each in [0, 1]
  std::string interpolation = "linear";  ///< linear, lower, higher, nearest (half to even), midpoint
  double fill_value = 0;                 ///< of a group without elements
};

/// The value at position q (n − 1) of a group's n elements in order, for each channel. Several q: blocks, one a q,
/// along the dimension behind the groups' ([G, Q · F] of [E, F]). State: buffer `q` [Q, 1].
class QuantileAggregation : public Aggregation {
 public:
  /// No q or one outside [0, 1], another interpolation: invalid_argument.
  explicit QuantileAggregation(QuantileAggregationOptions options);
  std::string name() const override { return "QuantileAggregation"; }
  std::string to_string() const override;
  int64_t out_channels(int64_t in_channels) const override;

 protected:
  Needs needs() const override { return {.index = true}; }
  at::Tensor aggregate(const at::Tensor& x, const graph::Groups& groups, int64_t dim, std::optional<int64_t>) override;

  QuantileAggregationOptions options_;

 private:
  at::Tensor q_;
};

/// The lower median: q = 0.5, of an even number the smaller of both.
class MedianAggregation : public QuantileAggregation {
 public:
  explicit MedianAggregation(double fill_value = 0);
  std::string name() const override { return "MedianAggregation"; }
  std::string to_string() const override { return "MedianAggregation()"; }
};

}  // namespace spinel::nn
