// The aggregation that scales by degrees, of principal neighbourhood aggregation.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "spinel/nn/aggr/aggregation.h"

namespace spinel::nn {

struct DegreeScalerOptions {
  std::vector<std::string> scaler;  ///< identity, amplification, attenuation, linear, inverse_linear
  std::vector<int64_t> deg;         ///< the histogram of degrees of the training graphs
  bool train_norm = false;          ///< its averages are parameters
};

/// An aggregation times each scaler, side by side (Corso et al., arXiv:2004.05718), d the group's size: 1,
/// log(d + 1) / δ_log, δ_log / log(max(d, 1) + 1), d / δ_lin, δ_lin / max(d, 1). State: `aggr.*`; `avg_deg_lin`,
/// `avg_deg_log` [1], buffers, or parameters with train_norm.
class DegreeScalerAggregation : public Aggregation {
 public:
  /// An unknown scaler, a histogram without entries: invalid_argument.
  DegreeScalerAggregation(std::unique_ptr<Aggregation> aggr, DegreeScalerOptions options);
  std::string name() const override { return "DegreeScalerAggregation"; }
  void reset_parameters() override;
  int64_t out_channels(int64_t in_channels) const override {
    return aggr_->out_channels(in_channels) * static_cast<int64_t>(options_.scaler.size());
  }

 protected:
  Needs needs() const override { return {.index = true}; }
  at::Tensor aggregate(const at::Tensor& x, const graph::Groups& groups, int64_t dim,
                       std::optional<int64_t> max_num_elements) override;

 private:
  std::unique_ptr<Aggregation> aggr_;
  DegreeScalerOptions options_;
  at::Tensor avg_deg_lin_, avg_deg_log_;
};

}  // namespace spinel::nn
