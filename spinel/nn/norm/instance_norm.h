// Instance normalisation: each channel of each graph by its own mean and variance.
#pragma once

#include <cstdint>

#include "spinel/nn/norm/norm.h"

namespace spinel::nn {

struct InstanceNormOptions {
  int64_t in_channels = 0;
  double eps = 1e-5;
  double momentum = 0.1;
  bool affine = false;
  bool track_running_stats = false;
};

/// Ulyanov et al. (arXiv:1607.08022). State: `weight`, `bias` if affine; `running_mean`, `running_var`,
/// `num_batches_tracked` if tracked.
class InstanceNorm : public Norm {
 public:
  explicit InstanceNorm(const InstanceNormOptions& options);

  std::string name() const override { return "InstanceNorm"; }
  std::string to_string() const override;
  void reset_parameters() override;
  using Norm::forward;
  at::Tensor forward(const at::Tensor& x, const at::Tensor& batch, std::optional<int64_t> batch_size) override;
  std::optional<int64_t> in_channels() const override { return options_.in_channels; }

 private:
  InstanceNormOptions options_;
  at::Tensor weight_, bias_, running_mean_, running_var_, num_batches_tracked_;
};

}  // namespace spinel::nn
