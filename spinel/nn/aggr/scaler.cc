#include "spinel/nn/aggr/scaler.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "spinel/base/error.h"
#include "spinel/base/suggest.h"
#include "spinel/nn/aggr/basic.h"
#include "spinel/nn/inits.h"

namespace spinel::nn {

using graph::Groups;

DegreeScalerAggregation::DegreeScalerAggregation(std::unique_ptr<Aggregation> aggr, DegreeScalerOptions options)
    : aggr_(std::move(aggr)), options_(std::move(options)) {
  require(aggr_ != nullptr, "DegreeScalerAggregation: aggr is none; an aggregation is needed");
  require(!options_.scaler.empty(), "DegreeScalerAggregation: scaler is empty; one is needed at least");
  const std::vector<std::string> known{"identity", "amplification", "attenuation", "linear", "inverse_linear"};
  for (const std::string& name : options_.scaler) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    fail(ErrorKind::invalid_argument, "DegreeScalerAggregation: there is no scaler '{}'{}", name,
         suggestion(name, known));
  }
  int64_t nodes = 0;
  for (const int64_t count : options_.deg) {
    require(count >= 0, "DegreeScalerAggregation: deg holds {}; numbers of nodes are not negative", count);
    nodes += count;
  }
  require(nodes > 0, "DegreeScalerAggregation: deg counts no node; the histogram of degrees is needed");
  add_child("aggr", *aggr_);
  avg_deg_lin_ = at::empty({1});
  avg_deg_log_ = at::empty({1});
  if (options_.train_norm) {
    add_parameter("avg_deg_lin", avg_deg_lin_);
    add_parameter("avg_deg_log", avg_deg_log_);
  } else {
    add_buffer("avg_deg_lin", avg_deg_lin_);
    add_buffer("avg_deg_log", avg_deg_log_);
  }
  DegreeScalerAggregation::reset_parameters();
}

void DegreeScalerAggregation::reset_parameters() {
  double nodes = 0, linear = 0, logarithm = 0;
  for (size_t degree = 0; degree < options_.deg.size(); ++degree) {
    const auto count = static_cast<double>(options_.deg[degree]);
    nodes += count;
    linear += static_cast<double>(degree) * count;
    logarithm += std::log(static_cast<double>(degree) + 1) * count;
  }
  constant(avg_deg_lin_, linear / nodes);
  constant(avg_deg_log_, logarithm / nodes);
  aggr_->reset_parameters();
}

at::Tensor DegreeScalerAggregation::aggregate(const at::Tensor& x, const Groups& groups, int64_t dim,
                                              std::optional<int64_t> max_num_elements) {
  const at::Tensor out = aggr_->forward(x, groups, dim, max_num_elements);
  const at::Tensor degree = per_group(groups.count().to(out.scalar_type()), dim, out.dim());
  std::vector<at::Tensor> parts;
  for (const std::string& name : options_.scaler) {
    if (name == "identity") parts.push_back(out);
    else if (name == "amplification") parts.push_back(out * ((degree + 1).log() / avg_deg_log_));
    else if (name == "attenuation") parts.push_back(out * (avg_deg_log_ / (degree.clamp_min(1) + 1).log()));
    else if (name == "linear") parts.push_back(out * (degree / avg_deg_lin_));
    else parts.push_back(out * (avg_deg_lin_ / degree.clamp_min(1)));
  }
  return parts.size() == 1 ? parts[0] : at::cat(parts, -1);
}

}  // namespace spinel::nn
