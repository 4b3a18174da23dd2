// Layer normalisation over all nodes and channels of a graph, or over the channels of each node.
#pragma once

#include <cstdint>
#include <string>

#include "spinel/nn/norm/norm.h"

namespace spinel::nn {

struct LayerNormOptions {
  int64_t in_channels = 0;
  double eps = 1e-5;
  bool affine = true;
  std::string mode = "graph";  ///< "graph" or "node"
};

/// Ba et al. (arXiv:1607.06450). Mode node: torch.nn.LayerNorm. Mode graph: mean and variance over all nodes and
/// channels of a graph; without batch the result is x / (std + eps), with one x / √(var + eps), as in
/// torch_geometric. State: `weight`, `bias` [channels].
class LayerNorm : public Norm {
 public:
  /// Another mode: invalid_argument.
  explicit LayerNorm(LayerNormOptions options);

  std::string name() const override { return "LayerNorm"; }
  std::string to_string() const override;
  void reset_parameters() override;
  using Norm::forward;
  /// Mode node: [..., channels].
  at::Tensor forward(const at::Tensor& x, const at::Tensor& batch, std::optional<int64_t> batch_size) override;
  /// Mode node in steps, whose derivatives of third order are right too: those of torch's fused layer norm are not.
  at::Tensor forward_in_steps(const at::Tensor& x) const;
  bool takes_batch() const override { return options_.mode == "graph"; }
  std::optional<int64_t> in_channels() const override { return options_.in_channels; }

 private:
  at::Tensor of_graphs(const at::Tensor& x, const at::Tensor& batch, std::optional<int64_t> batch_size) const;

  LayerNormOptions options_;
  at::Tensor weight_, bias_;
};

}  // namespace spinel::nn
