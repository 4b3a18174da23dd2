// The fully connected layer, whose input width may be left to its first input.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "spinel/nn/layer.h"

namespace spinel::nn {

struct LinearOptions {
  bool bias = true;
  /// "glorot", "uniform" (±1/√in) or "kaiming_uniform"; absent: kaiming_uniform with a = √5, torch's own.
  std::optional<std::string> weight_initializer;
  /// "zeros"; absent: uniform ±1/√in.
  std::optional<std::string> bias_initializer;
};

/// x Wᵀ + b. State: `weight` [out, in], `bias` [out].
class Linear : public Layer {
 public:
  /// in_channels -1: the width of the first input, or of the weight that is loaded; `weight` is empty until then.
  /// Another initialiser, widths below 0: invalid_argument.
  Linear(int64_t in_channels, int64_t out_channels, LinearOptions options = {});

  std::string name() const override { return "Linear"; }
  std::string to_string() const override;
  void reset_parameters() override;
  /// [..., in_channels] → [..., out_channels].
  at::Tensor forward(const at::Tensor& x) override;

  /// Absent while it is not known.
  std::optional<int64_t> in_channels() const override;
  int64_t out_channels() const { return out_channels_; }
  int64_t result_width(int64_t) const override { return out_channels_; }
  std::vector<LayerStep> steps() override;
  const at::Tensor& weight() const { return weight_; }
  /// The same, made for the width of x where that is not known yet. Another width: invalid_argument.
  const at::Tensor& weight_for(const at::Tensor& x);
  /// Undefined for a layer without bias.
  const at::Tensor& bias() const { return bias_; }

 protected:
  void on_materialized() override;

 private:
  int64_t in_channels_, out_channels_;
  LinearOptions options_;
  at::Tensor weight_, bias_;
};

}  // namespace spinel::nn
