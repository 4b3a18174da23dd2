#include "spinel/nn/aggr/multi.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <numeric>

#include "spinel/base/error.h"
#include "spinel/base/suggest.h"
#include "spinel/nn/aggr/basic.h"

namespace spinel::nn {

using graph::GroupReduce;
using graph::Groups;

namespace {

/// The mean and the variance of one call, each made at most once.
class Moments {
 public:
  Moments(const at::Tensor& x, const Groups& groups, int64_t dim) : x_(x), groups_(groups), dim_(dim) {}
  const at::Tensor& mean() {
    if (!mean_.defined()) mean_ = reduce_groups(x_, groups_, GroupReduce::mean, dim_);
    return mean_;
  }
  const at::Tensor& var() {
    if (!var_.defined()) var_ = reduce_groups(x_ * x_, groups_, GroupReduce::mean, dim_) - mean() * mean();
    return var_;
  }

 private:
  const at::Tensor& x_;
  const Groups& groups_;
  int64_t dim_;
  at::Tensor mean_, var_;
};

/// var and std whose gradient is the whole one.
template <typename M>
bool shares_moments(const Aggregation& aggr) {
  const auto* found = dynamic_cast<const M*>(&aggr);
  return found && !found->semi_grad();
}

}  // namespace

std::vector<at::Tensor> aggregate_all(const std::vector<std::unique_ptr<Aggregation>>& aggrs, const at::Tensor& x,
                                      const Groups& groups, int64_t dim, std::optional<int64_t> max_num_elements) {
  Moments moments(x, groups, dim);
  const bool floating = x.is_floating_point();
  std::vector<at::Tensor> results;
  for (const auto& aggr : aggrs) {
    const auto plain = aggr->plain_reduce();
    if (floating && plain == GroupReduce::mean) results.push_back(moments.mean());
    else if (floating && shares_moments<VarAggregation>(*aggr)) results.push_back(moments.var());
    else if (floating && shares_moments<StdAggregation>(*aggr)) results.push_back(std_of_var(moments.var()));
    else results.push_back(aggr->forward(x, groups, dim, max_num_elements));
  }
  return results;
}

MultiAggregation::MultiAggregation(std::vector<std::unique_ptr<Aggregation>> aggrs, MultiAggregationOptions options)
    : aggrs_(std::move(aggrs)), options_(std::move(options)) {
  require(!aggrs_.empty(), "MultiAggregation: aggrs is empty; one aggregation is needed at least");
  const std::vector<std::string> modes{"cat", "proj", "attn", "sum", "mean", "max", "min", "logsumexp", "std", "var"};
  const std::string& mode = options_.mode;
  if (std::find(modes.begin(), modes.end(), mode) == modes.end()) {
    fail(ErrorKind::invalid_argument, "MultiAggregation: there is no mode '{}'{}", mode, suggestion(mode, modes));
  }
  for (size_t k = 0; k < aggrs_.size(); ++k) {
    require(aggrs_[k] != nullptr, "MultiAggregation: aggregation {} is none; each must be one", k);
    add_child("aggrs." + std::to_string(k), *aggrs_[k]);
  }
  if (mode != "proj" && mode != "attn") return;
  require(aggrs_.size() > 1, "MultiAggregation: mode {} combines aggregations, but there is one; give several", mode);
  std::vector<int64_t>& in = options_.in_channels;
  require(!in.empty() && options_.out_channels > 0,
          "MultiAggregation: mode {} needs in_channels and out_channels; they are missing", mode);
  if (in.size() == 1) in.assign(aggrs_.size(), in[0]);
  require(in.size() == aggrs_.size(), "MultiAggregation: in_channels has {} widths but there are {} aggregations",
          in.size(), aggrs_.size());
  if (mode == "proj") {
    const int64_t width = std::accumulate(in.begin(), in.end(), int64_t{0});
    lin_ = std::make_unique<Linear>(width, options_.out_channels, LinearOptions{.bias = options_.bias});
    add_child("lin", *lin_);
    return;
  }
  std::vector<std::pair<std::string, int64_t>> widths;
  for (size_t k = 0; k < in.size(); ++k) widths.emplace_back(std::to_string(k), in[k]);
  lin_heads_ = std::make_unique<HeteroDictLinear>(std::move(widths), options_.out_channels);
  multihead_attn_ =
      std::make_unique<MultiheadAttention>(options_.out_channels, options_.num_heads, options_.dropout, options_.bias);
  add_child("lin_heads", *lin_heads_);
  add_child("multihead_attn", *multihead_attn_);
}

std::string MultiAggregation::to_string() const {
  std::vector<std::string> texts;
  for (const auto& aggr : aggrs_) texts.push_back(aggr->to_string());
  return format("MultiAggregation([{}], mode={})", join_text(texts, ", "), options_.mode);
}

int64_t MultiAggregation::out_channels(int64_t in_channels) const {
  if (options_.out_channels > 0) return options_.out_channels;
  if (options_.mode != "cat") return aggrs_.front()->out_channels(in_channels);
  int64_t width = 0;
  for (const auto& aggr : aggrs_) width += aggr->out_channels(in_channels);
  return width;
}

at::Tensor MultiAggregation::aggregate(const at::Tensor& x, const Groups& groups, int64_t dim,
                                       std::optional<int64_t> max_num_elements) {
  return combine(aggregate_all(aggrs_, x, groups, dim, max_num_elements));
}

at::Tensor MultiAggregation::combine(const std::vector<at::Tensor>& results) {
  if (results.size() == 1) return results[0];
  const std::string& mode = options_.mode;
  if (mode == "cat") return at::cat(results, -1);
  if (mode == "proj") return lin_->forward(at::cat(results, -1));
  if (mode == "attn") {
    // [groups, aggregations, channels]: the aggregations of a group attend to each other.
    std::vector<at::Tensor> projected;
    for (size_t k = 0; k < results.size(); ++k)
      projected.push_back(lin_heads_->at(std::to_string(k)).forward(results[k]));
    const at::Tensor stacked = at::stack(projected, 1);
    return multihead_attn_->forward(stacked, stacked, stacked).mean(1);
  }
  const at::Tensor stacked = at::stack(results);
  if (mode == "sum") return stacked.sum(0);
  if (mode == "mean") return stacked.mean(0);
  if (mode == "max") return std::get<0>(stacked.max(0));
  if (mode == "min") return std::get<0>(stacked.min(0));
  if (mode == "logsumexp") return stacked.logsumexp(0);
  return mode == "std" ? stacked.std(0) : stacked.var(0);
}

FusedAggregation::FusedAggregation(std::vector<std::unique_ptr<Aggregation>> aggrs) : aggrs_(std::move(aggrs)) {
  require(!aggrs_.empty(), "FusedAggregation: aggrs is empty; one aggregation is needed at least");
  for (size_t k = 0; k < aggrs_.size(); ++k) {
    const Aggregation* aggr = aggrs_[k].get();
    const bool known = aggr && (aggr->plain_reduce() || dynamic_cast<const VarAggregation*>(aggr) ||
                                dynamic_cast<const StdAggregation*>(aggr));
    require(known, "FusedAggregation: {} is no sum, mean, min, max, mul, var or std; those alone are fused",
            aggr ? aggr->name() : "none");
    add_child("aggrs." + std::to_string(k), *aggrs_[k]);
  }
}

std::string FusedAggregation::to_string() const {
  std::vector<std::string> texts;
  for (const auto& aggr : aggrs_) texts.push_back(aggr->to_string());
  return "FusedAggregation([" + join_text(texts, ", ") + "])";
}

std::vector<at::Tensor> FusedAggregation::forward(const at::Tensor& x, const at::Tensor& index,
                                                  std::optional<int64_t> dim_size) {
  require(index.defined(), "FusedAggregation: no index is given; the group of each element is needed");
  require(x.dim() == 2, "FusedAggregation: x has {} dimensions; 2 are needed, [elements, features]", x.dim());
  const Groups groups = Groups::from_index(index, dim_size, "FusedAggregation: index");
  return aggregate_all(aggrs_, x, groups, 0, std::nullopt);
}

ValueList FusedAggregation::call(const CallArguments& arguments) {
  const Parameter parameters[] = {{"x"}, {"index"}, {"dim_size", Config()}};
  const ValueList values = bind_arguments(name(), parameters, arguments);
  at::Tensor x, index;
  std::optional<int64_t> dim_size;
  read_value(values[0], x, name() + ": x");
  read_value(values[1], index, name() + ": index");
  read_value(values[2], dim_size, name() + ": dim_size");
  ValueList results;
  for (at::Tensor& result : forward(x, index, dim_size)) results.emplace_back(std::move(result));
  return results;
}

}  // namespace spinel::nn
