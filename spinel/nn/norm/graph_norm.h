// Normalisations by the statistics of each graph: GraphNorm, GraphSizeNorm, PairNorm, MeanSubtractionNorm.
#pragma once

#include <cstdint>

#include "spinel/nn/norm/norm.h"

namespace spinel::nn {

/// (x − α mean) / √(var + eps) · weight + bias for each channel of each graph (Cai et al., arXiv:2009.03294). State:
/// `weight`, `bias`, `mean_scale` [channels].
class GraphNorm : public Norm {
 public:
  explicit GraphNorm(int64_t in_channels, double eps = 1e-5);

  std::string name() const override { return "GraphNorm"; }
  std::string to_string() const override;
  void reset_parameters() override;
  using Norm::forward;
  at::Tensor forward(const at::Tensor& x, const at::Tensor& batch, std::optional<int64_t> batch_size) override;
  std::optional<int64_t> in_channels() const override { return in_channels_; }

 private:
  int64_t in_channels_;
  double eps_;
  at::Tensor weight_, bias_, mean_scale_;
};

/// x / √n, n the graph's number of nodes (Dwivedi et al., arXiv:2003.00982).
class GraphSizeNorm : public Norm {
 public:
  std::string name() const override { return "GraphSizeNorm"; }
  using Norm::forward;
  at::Tensor forward(const at::Tensor& x, const at::Tensor& batch, std::optional<int64_t> batch_size) override;
};

struct PairNormOptions {
  double scale = 1;
  bool scale_individually = false;  ///< each row by its own norm: scale · x / (eps + ‖x‖)
  double eps = 1e-5;
};

/// scale · x / √(eps + mean ‖x‖²) of centred rows (Zhao and Akoglu, arXiv:1909.12223).
class PairNorm : public Norm {
 public:
  explicit PairNorm(const PairNormOptions& options = {}) : options_(options) {}
  std::string name() const override { return "PairNorm"; }
  using Norm::forward;
  at::Tensor forward(const at::Tensor& x, const at::Tensor& batch, std::optional<int64_t> batch_size) override;

 private:
  PairNormOptions options_;
};

/// x − mean of its graph (Yang et al., Revisiting Over-smoothing in Deep GCNs, arXiv:2003.13663).
class MeanSubtractionNorm : public Norm {
 public:
  std::string name() const override { return "MeanSubtractionNorm"; }
  using Norm::forward;
  at::Tensor forward(const at::Tensor& x, const at::Tensor& batch, std::optional<int64_t> batch_size) override;
};

}  // namespace spinel::nn
