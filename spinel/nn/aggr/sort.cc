#include "spinel/nn/aggr/sort.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/graph/utils/dense.h"

namespace spinel::nn {

using graph::Groups;

SortAggregation::SortAggregation(int64_t k) : k_(k) {
  require(k >= 1, "SortAggregation: k is {}; it must be at least 1", k);
}

std::string SortAggregation::to_string() const { return format("SortAggregation(k={})", k_); }

at::Tensor SortAggregation::aggregate(const at::Tensor& x, const Groups& groups, int64_t,
                                      std::optional<int64_t> max_num_elements) {
  const int64_t width = x.size(1);
  if (x.size(0) == 0 || width == 0) return x.new_zeros({groups.size(), k_ * width});
  // Empty places sort behind all elements.
  const double fill = x.detach().min().item<double>() - 1;
  at::Tensor dense = graph::to_dense_batch(x, groups, fill, max_num_elements).x;
  const at::Tensor order = dense.select(2, width - 1).argsort(/*stable=*/true, 1, /*descending=*/true);
  dense = dense.gather(1, order.narrow(1, 0, std::min(k_, order.size(1))).unsqueeze(-1).expand({-1, -1, width}));
  dense = dense.masked_fill(dense.eq(fill), 0);
  if (dense.size(1) < k_) {
    dense = at::cat({dense, dense.new_zeros({groups.size(), k_ - dense.size(1), width})}, 1);
  }
  return dense.reshape({groups.size(), k_ * width});
}

namespace {

MLPOptions with_ends(MLPOptions options, int64_t in_channels, int64_t out_channels) {
  require(options.channel_list.empty(),
          "MLPAggregation: channel_list is given; num_layers and hidden_channels are "
          "needed, as its own arguments tell both ends");
  options.in_channels = in_channels;
  options.out_channels = out_channels;
  return options;
}

}  // namespace

MLPAggregation::MLPAggregation(int64_t in_channels, int64_t out_channels, int64_t max_num_elements, MLPOptions options)
    : in_channels_(in_channels),
      max_num_elements_(max_num_elements),
      mlp_(with_ends(std::move(options), in_channels * max_num_elements, out_channels)) {
  require(max_num_elements >= 1, "MLPAggregation: max_num_elements is {}; it must be at least 1", max_num_elements);
  add_child("mlp", mlp_);
}

std::string MLPAggregation::to_string() const {
  return format("MLPAggregation({}, {}, max_num_elements={})", in_channels_, mlp_.out_channels(), max_num_elements_);
}

at::Tensor MLPAggregation::aggregate(const at::Tensor& x, const Groups& groups, int64_t, std::optional<int64_t>) {
  const at::Tensor dense = graph::to_dense_batch(x, groups, 0, max_num_elements_).x;
  return mlp_.forward(dense.reshape({groups.size(), max_num_elements_ * x.size(1)}),
                      at::arange(groups.size(), groups.ptr().options()), groups.size());
}

}  // namespace spinel::nn
