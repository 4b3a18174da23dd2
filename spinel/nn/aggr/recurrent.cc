#include "spinel/nn/aggr/recurrent.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/graph/utils/dense.h"
#include "spinel/graph/utils/softmax.h"

namespace spinel::nn {

using graph::GroupReduce;
using graph::Groups;

template <class Network>
RecurrentAggregation<Network>::RecurrentAggregation(int64_t in_channels, int64_t out_channels,
                                                    const RecurrentOptions& options)
    : in_channels_(in_channels), network_(in_channels, out_channels, options) {
  add_child(std::is_same_v<Network, LSTM> ? "lstm" : "gru", network_);
}

template <class Network>
std::string RecurrentAggregation<Network>::name() const {
  return std::is_same_v<Network, LSTM> ? "LSTMAggregation" : "GRUAggregation";
}

template <class Network>
std::string RecurrentAggregation<Network>::to_string() const {
  return format("{}({}, {})", name(), in_channels_, network_.hidden_size());
}

template <class Network>
at::Tensor RecurrentAggregation<Network>::aggregate(const at::Tensor& x, const Groups& groups, int64_t,
                                                    std::optional<int64_t> max_num_elements) {
  const at::Tensor dense = graph::to_dense_batch(x, groups, 0, max_num_elements).x;
  if (dense.size(0) == 0 || dense.size(1) == 0) return x.new_zeros({dense.size(0), network_.out_channels()});
  return network_.forward(dense).select(1, -1);
}

template class RecurrentAggregation<LSTM>;
template class RecurrentAggregation<GRU>;

Set2Set::Set2Set(int64_t in_channels, int64_t processing_steps, const RecurrentOptions& options)
    : in_channels_(in_channels), processing_steps_(processing_steps), lstm_(2 * in_channels, in_channels, options) {
  require(processing_steps >= 0, "Set2Set: processing_steps is {}; it must not be negative", processing_steps);
  require(!options.bidirectional, "Set2Set: bidirectional is set, but a query has no second direction");
  add_child("lstm", lstm_);
}

std::string Set2Set::to_string() const { return format("Set2Set({}, {})", in_channels_, 2 * in_channels_); }

at::Tensor Set2Set::aggregate(const at::Tensor& x, const Groups& groups, int64_t dim, std::optional<int64_t>) {
  require(x.dim() == 2 && dim == 0 && x.size(1) == in_channels_,
          "Set2Set: x has the sizes [{}]; [elements, {}] is needed", join_text(x.sizes(), ", "), in_channels_);
  at::Tensor state = x.new_zeros({groups.size(), 2 * in_channels_}), h, c, steps;
  if (groups.size() == 0) return state;
  for (int64_t k = 0; k < processing_steps_; ++k) {
    std::tie(steps, h, c) = lstm_.forward(state.unsqueeze(1), h, c);
    const at::Tensor query = steps.select(1, 0);
    const at::Tensor score = (x * spread_groups(query, groups)).sum(-1, /*keepdim=*/true);
    const at::Tensor read = reduce_groups(softmax(score, groups, 0) * x, groups, GroupReduce::sum, 0);
    state = at::cat({query, read}, -1);
  }
  return state;
}

namespace {

int64_t projected_width(int64_t in_channels, int64_t out_channels, bool project) {
  require(project || in_channels == out_channels,
          "LCMAggregation: project is not set, but in_channels is {} and out_channels {}; elements must be projected",
          in_channels, out_channels);
  return out_channels;
}

}  // namespace

LCMAggregation::LCMAggregation(int64_t in_channels, int64_t out_channels, bool project)
    : in_channels_(in_channels),
      out_channels_(projected_width(in_channels, out_channels, project)),
      gru_cell_(out_channels, out_channels) {
  if (project) {
    lin_ = std::make_unique<Linear>(in_channels, out_channels);
    add_child("lin", *lin_);
  }
  add_child("gru_cell", gru_cell_);
}

std::string LCMAggregation::to_string() const {
  return format("LCMAggregation({}, {}, project={})", in_channels_, out_channels_, lin_ ? "True" : "False");
}

at::Tensor LCMAggregation::aggregate(const at::Tensor& x, const Groups& groups, int64_t,
                                     std::optional<int64_t> max_num_elements) {
  const at::Tensor projected = lin_ ? lin_->forward(x).relu() : x;
  // [places, groups, features].
  at::Tensor level = graph::to_dense_batch(projected, groups, 0, max_num_elements).x.transpose(0, 1);
  const int64_t count = groups.size();
  if (level.size(0) == 0) return projected.new_zeros({count, out_channels_});
  while (level.size(0) > 1) {
    const int64_t pairs = level.size(0) / 2;
    const at::Tensor paired = level.narrow(0, 0, 2 * pairs).reshape({pairs, 2, count, out_channels_});
    const at::Tensor merged =
        gru_cell_.forward(paired.reshape({-1, out_channels_}), paired.flip(1).reshape({-1, out_channels_}))
            .view({pairs, 2, count, out_channels_})
            .mean(1);
    level = level.size(0) % 2 == 0 ? merged : at::cat({merged, level.narrow(0, 2 * pairs, 1)});
  }
  return level[0];
}

}  // namespace spinel::nn
