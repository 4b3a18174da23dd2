// Multi-head attention with torch.nn.MultiheadAttention's parameters.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "spinel/nn/dense/linear.h"

namespace spinel::nn {

/// softmax(Q Kᵀ / √d) V of `heads` parts of the channels (Vaswani et al., arXiv:1706.03762). State: `in_proj_weight`
/// [3 C, C] (query, key, value), `in_proj_bias` [3 C], `out_proj.weight` [C, C], `out_proj.bias`.
class MultiheadAttention : public Module {
 public:
  /// channels must be a multiple of heads, dropout in [0, 1], else invalid_argument.
  MultiheadAttention(int64_t channels, int64_t heads, double dropout = 0, bool bias = true);

  void reset_parameters() override;
  /// query [B, Q, C], key and value [B, K, C] → [B, Q, C]. key_mask [B, K] boolean: true for keys that are there
  /// (undefined: all); a query without any gets NaN, as in torch. Dropout falls on the weights, in training.
  at::Tensor forward(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                     const at::Tensor& key_mask = {});

 private:
  /// Parts [first, last) of the projection of x, each [B, heads, length, C / heads].
  std::vector<at::Tensor> project(const at::Tensor& x, int64_t first, int64_t last) const;

  int64_t channels_, heads_;
  double dropout_;
  at::Tensor in_proj_weight_, in_proj_bias_;
  Linear out_proj_;
};

}  // namespace spinel::nn
