// Attention that is linear in the number of elements, by random features.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "spinel/base/options.h"
#include "spinel/nn/dense/linear.h"

namespace spinel::nn {

struct PerformerOptions {
  int64_t head_channels = 64;
  bool qkv_bias = false;
  bool attn_out_bias = true;
  double dropout = 0;  ///< of the result, in training
};

/// Performer (Choromanski et al., arXiv:2009.14794) with the ReLU kernel: φ(q) = ReLU(q Pᵀ) + 1e-3, each head's result
/// φ(q) (φ(k)ᵀ v) / (φ(q) · Σ φ(k)), P random orthogonal rows. State: `q.*`, `k.*`, `v.*`, `attn_out.*`,
/// `fast_attn.projection_matrix` [⌊c ln c⌋, c] for c head_channels.
class PerformerAttention : public Module {
 public:
  /// heads that do not divide the channels, head_channels below 2: invalid_argument.
  PerformerAttention(int64_t channels, int64_t heads, const PerformerOptions& options = {});
  static OptionTable<PerformerOptions> options();

  void reset_parameters() override;
  /// x [B, N, channels], mask [B, N] boolean, the places that are filled (undefined: all) → [B, N, channels]. Values at
  /// other places count as 0, though their keys stay in the denominator, as in torch_geometric.
  at::Tensor forward(const at::Tensor& x, const at::Tensor& mask = {});
  /// Draws P anew, from the global generator.
  void redraw_projection_matrix();

 private:
  /// Holds P under the reference's key.
  class Projection : public Module {
   public:
    explicit Projection(int64_t columns);
    at::Tensor matrix_;
  };

  int64_t channels_, heads_;
  PerformerOptions options_;
  Projection fast_attn_;
  Linear q_, k_, v_, attn_out_;
};

}  // namespace spinel::nn
