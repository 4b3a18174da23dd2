// Jumping knowledge: one embedding a node from those of all layers.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "spinel/nn/dense/linear.h"
#include "spinel/nn/dense/recurrent.h"

namespace spinel::nn {

/// Xu et al., arXiv:1806.03536. cat: side by side; max: the largest of each channel; lstm: a weighted sum whose weights
/// a bidirectional LSTM over the layers gives. State of lstm: `lstm.*`, `att.weight`, `att.bias`.
class JumpingKnowledge : public Module {
 public:
  /// `channels` and `num_layers` size the LSTM; the other modes do without. Another mode, or lstm without them:
  /// invalid_argument.
  explicit JumpingKnowledge(std::string mode, int64_t channels = 0, int64_t num_layers = 0);

  /// xs: at least one tensor [N, channels] a layer → [N, channels], of cat [N, layers · channels].
  at::Tensor forward(std::span<const at::Tensor> xs);
  const std::string& mode() const { return mode_; }

 private:
  std::string mode_;
  std::unique_ptr<LSTM> lstm_;
  std::unique_ptr<Linear> att_;
};

}  // namespace spinel::nn
