#include "spinel/nn/aggr/quantile.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "spinel/base/error.h"
#include "spinel/base/suggest.h"
#include "spinel/nn/aggr/basic.h"

namespace spinel::nn {

using graph::Groups;

QuantileAggregation::QuantileAggregation(QuantileAggregationOptions options) : options_(std::move(options)) {
  require(!options_.q.empty(), "QuantileAggregation: q is empty; at least one quantile is needed");
  for (const double q : options_.q) {
    require(q >= 0 && q <= 1, "QuantileAggregation: q is {}; it must lie in [0, 1]", q);
  }
  const std::vector<std::string> known{"linear", "lower", "higher", "nearest", "midpoint"};
  if (std::find(known.begin(), known.end(), options_.interpolation) == known.end()) {
    fail(ErrorKind::invalid_argument, "QuantileAggregation: there is no interpolation '{}'{}", options_.interpolation,
         suggestion(options_.interpolation, known));
  }
  q_ = at::tensor(options_.q, at::kDouble).to(at::get_default_dtype()).view({-1, 1});
  add_buffer("q", q_);
}

MedianAggregation::MedianAggregation(double fill_value)
    : QuantileAggregation({.q = {0.5}, .interpolation = "lower", .fill_value = fill_value}) {}

std::string QuantileAggregation::to_string() const {
  return format("{}(q={})", name(),
                options_.q.size() == 1 ? format("{}", options_.q[0]) : "[" + join_text(options_.q, ", ") + "]");
}

int64_t QuantileAggregation::out_channels(int64_t in_channels) const {
  return in_channels * static_cast<int64_t>(options_.q.size());
}

namespace {

/// x [E, …] in order of groups and, within a group, of values, for each column by itself.
at::Tensor sorted_within(const at::Tensor& x, const Groups& groups) {
  auto [values, order] = x.sort(/*stable=*/true, 0, /*descending=*/false);
  const at::Tensor group = groups.index().index_select(0, order.reshape({-1})).view(order.sizes());
  return values.gather(0, group.argsort(/*stable=*/true, 0, /*descending=*/false));
}

}  // namespace

at::Tensor QuantileAggregation::aggregate(const at::Tensor& x, const Groups& groups, int64_t dim,
                                          std::optional<int64_t>) {
  const at::Tensor rows = x.movedim(dim, 0);
  const int64_t quantiles = q_.numel();
  const at::Tensor count = groups.count();
  // [Q, G] positions among all elements in order; those of an empty group are never used.
  const at::Tensor position = q_.to(at::kDouble) * (count - 1).clamp_min(0).unsqueeze(0);
  const at::Tensor first = groups.ptr().narrow(0, 0, groups.size()).unsqueeze(0);
  const at::Tensor ordered = sorted_within(rows, groups);
  // The elements at these offsets, [G · Q, …], a group's quantiles side by side; of an empty group any.
  const auto pick = [&](const at::Tensor& offset) {
    at::Tensor index = (first + offset.to(at::kLong)).t().reshape({-1});
    if (ordered.size(0) > 0) return ordered.index_select(0, index.clamp_max(ordered.size(0) - 1));
    std::vector<int64_t> sizes = ordered.sizes().vec();
    sizes[0] = index.numel();
    return at::zeros(sizes, ordered.options());
  };
  const auto column = [&](const at::Tensor& numbers) {
    return per_group(numbers.t().reshape({-1}), 0, rows.dim()).to(rows.scalar_type());
  };
  const std::string& kind = options_.interpolation;
  at::Tensor out;
  if (kind == "lower") out = pick(position.floor());
  else if (kind == "higher") out = pick(position.ceil());
  else if (kind == "nearest") out = pick(position.round());
  else {
    const at::Tensor low = pick(position.floor()), high = pick(position.ceil());
    out = kind == "midpoint" ? 0.5 * low + 0.5 * high : low + (high - low) * column(position - position.floor());
  }
  const at::Tensor is_empty = per_group(at::repeat_interleave(count.eq(0), quantiles), 0, rows.dim());
  out = out.masked_fill(is_empty, options_.fill_value);
  out = out.movedim(0, dim);
  if (quantiles == 1) return out;
  std::vector<int64_t> sizes = out.sizes().vec();
  const auto at_dim = static_cast<size_t>(dim);
  sizes[at_dim] = groups.size();
  if (at_dim + 1 < sizes.size()) sizes[at_dim + 1] *= quantiles;
  else sizes.push_back(quantiles);
  return out.reshape(sizes);
}

}  // namespace spinel::nn
