// Aggregations by recurrent networks over the elements of a group in their order: LSTM, GRU, Set2Set, LCM.
#pragma once

#include <memory>

#include "spinel/nn/aggr/aggregation.h"
#include "spinel/nn/dense/linear.h"
#include "spinel/nn/dense/recurrent.h"

namespace spinel::nn {

/// The output of a recurrent network, LSTM or GRU, at the last place of the dense batch: shorter groups go on with
/// zeros (Hamilton et al., arXiv:1706.02216). State: `lstm.*` or `gru.*`.
template <class Network>
class RecurrentAggregation : public Aggregation {
 public:
  RecurrentAggregation(int64_t in_channels, int64_t out_channels, const RecurrentOptions& options = {});
  std::string name() const override;
  std::string to_string() const override;
  int64_t out_channels(int64_t) const override { return network_.out_channels(); }

 protected:
  Needs needs() const override { return {.dense_batch = true}; }
  at::Tensor aggregate(const at::Tensor& x, const graph::Groups& groups, int64_t dim,
                       std::optional<int64_t> max_num_elements) override;

 private:
  int64_t in_channels_;
  Network network_;
};
using LSTMAggregation = RecurrentAggregation<LSTM>;
using GRUAggregation = RecurrentAggregation<GRU>;

/// q* = 0, then `processing_steps` times: q = LSTM(q*), a = softmax(x · q), r = Σ a x, q* = [q, r] (Vinyals et al.,
/// arXiv:1511.06391). [E, F] → [G, 2 F]. State: `lstm.*` of widths 2 F and F.
class Set2Set : public Aggregation {
 public:
  Set2Set(int64_t in_channels, int64_t processing_steps, const RecurrentOptions& options = {});
  std::string name() const override { return "Set2Set"; }
  std::string to_string() const override;
  int64_t out_channels(int64_t in_channels) const override { return 2 * in_channels; }

 protected:
  Needs needs() const override { return {.index = true}; }
  at::Tensor aggregate(const at::Tensor& x, const graph::Groups& groups, int64_t dim,
                       std::optional<int64_t> max_num_elements) override;

 private:
  int64_t in_channels_, processing_steps_;
  LSTM lstm_;
};

/// Learnable commutative monoid (Ong and Veličković, arXiv:2212.08541): elements are merged in pairs, by the mean of
/// GRUCell(a, b) and GRUCell(b, a), until one is left; an odd last one is carried. State: `lin.*` if projected,
/// `gru_cell.*`.
class LCMAggregation : public Aggregation {
 public:
  /// Other widths without projection: invalid_argument.
  LCMAggregation(int64_t in_channels, int64_t out_channels, bool project = true);
  std::string name() const override { return "LCMAggregation"; }
  std::string to_string() const override;
  int64_t out_channels(int64_t) const override { return out_channels_; }

 protected:
  Needs needs() const override { return {.dense_batch = true}; }
  at::Tensor aggregate(const at::Tensor& x, const graph::Groups& groups, int64_t dim,
                       std::optional<int64_t> max_num_elements) override;

 private:
  int64_t in_channels_, out_channels_;
  std::unique_ptr<Linear> lin_;
  GRUCell gru_cell_;
};

}  // namespace spinel::nn
