// Aggregations with a fixed number of elements of each group: in order of a feature, or as they stand.
#pragma once

#include "spinel/nn/aggr/aggregation.h"
#include "spinel/nn/dense/mlp.h"

namespace spinel::nn {

/// The first k elements by falling last feature, side by side, zeros where there are fewer: [E, F] → [G, k F] (Zhang et
/// al., AAAI 2018). Entries equal to the least of x less one become 0, as in the reference.
class SortAggregation : public Aggregation {
 public:
  explicit SortAggregation(int64_t k);
  std::string name() const override { return "SortAggregation"; }
  std::string to_string() const override;
  int64_t out_channels(int64_t in_channels) const override { return k_ * in_channels; }

 protected:
  Needs needs() const override { return {.dense_batch = true}; }
  at::Tensor aggregate(const at::Tensor& x, const graph::Groups& groups, int64_t dim,
                       std::optional<int64_t> max_num_elements) override;

 private:
  int64_t k_;
};

/// A network on the first max_num_elements elements side by side, zeros where there are fewer; not invariant to their
/// order (Buterez et al., arXiv:2211.04952). State: `mlp.*`.
class MLPAggregation : public Aggregation {
 public:
  /// `options`: hidden_channels, num_layers, …; its widths at both ends are those here.
  MLPAggregation(int64_t in_channels, int64_t out_channels, int64_t max_num_elements, MLPOptions options);
  std::string name() const override { return "MLPAggregation"; }
  std::string to_string() const override;
  int64_t out_channels(int64_t) const override { return mlp_.out_channels(); }

 protected:
  Needs needs() const override { return {.dense_batch = true}; }
  at::Tensor aggregate(const at::Tensor& x, const graph::Groups& groups, int64_t dim,
                       std::optional<int64_t> max_num_elements) override;

 private:
  int64_t in_channels_, max_num_elements_;
  MLP mlp_;
};

}  // namespace spinel::nn
