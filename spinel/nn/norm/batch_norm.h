// Batch normalisation of rows of features.
#pragma once

#include <cstdint>
#include <optional>

#include "spinel/nn/norm/norm.h"

namespace spinel::nn {

struct BatchNormOptions {
  int64_t in_channels = 0;
  double eps = 1e-5;
  std::optional<double> momentum = 0.1;  ///< absent: the mean over all batches
  bool affine = true;
  bool track_running_stats = true;
  bool allow_single_element = false;  ///< one row is normalised by the running statistics
};

/// torch.nn.BatchNorm1d (Ioffe and Szegedy, arXiv:1502.03167). State: `weight`, `bias`, `running_mean`, `running_var`
/// [channels], `num_batches_tracked`.
class BatchNorm1d : public Layer {
 public:
  explicit BatchNorm1d(const BatchNormOptions& options);

  std::string name() const override { return "BatchNorm1d"; }
  std::string to_string() const override;
  void reset_parameters() override;
  /// [N, channels] or [N, channels, L]. In training more than one value a channel is needed.
  at::Tensor forward(const at::Tensor& x) override;
  std::optional<int64_t> in_channels() const override { return options_.in_channels; }

 private:
  BatchNormOptions options_;
  at::Tensor weight_, bias_, running_mean_, running_var_, num_batches_tracked_;
};

/// The same as torch_geometric.nn.BatchNorm has it: its state lies under `module.`.
class BatchNorm : public Norm {
 public:
  explicit BatchNorm(const BatchNormOptions& options);

  std::string name() const override { return "BatchNorm"; }
  std::string to_string() const override;
  using Norm::forward;
  at::Tensor forward(const at::Tensor& x, const at::Tensor& batch, std::optional<int64_t> batch_size) override;
  bool takes_batch() const override { return false; }
  std::optional<int64_t> in_channels() const override { return module_.in_channels(); }

 private:
  BatchNorm1d module_;
};

}  // namespace spinel::nn
