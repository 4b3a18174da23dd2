// Blocks of set transformers (Lee et al., arXiv:1810.00825).
#pragma once

#include <memory>

#include "spinel/nn/call.h"
#include "spinel/nn/dense/attention.h"
#include "spinel/nn/dense/linear.h"
#include "spinel/nn/norm/layer_norm.h"

namespace spinel::nn {

struct AttentionBlockOptions {
  int64_t channels = 0;
  int64_t heads = 1;
  bool layer_norm = true;
  double dropout = 0;
};

/// h = LN(x + MHA(x, y, y)), LN(h + ReLU(h W + b)). State: `attn.*`, `lin.*`, `layer_norm1.*`, `layer_norm2.*`.
class MultiheadAttentionBlock : public CallableModule {
 public:
  explicit MultiheadAttentionBlock(const AttentionBlockOptions& options);
  std::string name() const override { return "MultiheadAttentionBlock"; }
  std::string to_string() const override;
  /// x [B, N, C], y [B, M, C], masks [B, N] and [B, M] boolean of the elements that are there (undefined: all) →
  /// [B, N, C]. Elements of x that are not there attend to nothing.
  at::Tensor forward(const at::Tensor& x, const at::Tensor& y, const at::Tensor& x_mask = {},
                     const at::Tensor& y_mask = {});
  ValueList call(const CallArguments& arguments) override;

 private:
  AttentionBlockOptions options_;
  MultiheadAttention attn_;
  Linear lin_;
  std::unique_ptr<LayerNorm> layer_norm1_, layer_norm2_;
};

/// MAB(x, x). State: `mab.*`.
class SetAttentionBlock : public CallableModule {
 public:
  explicit SetAttentionBlock(const AttentionBlockOptions& options);
  std::string name() const override { return "SetAttentionBlock"; }
  at::Tensor forward(const at::Tensor& x, const at::Tensor& mask = {}) { return mab_.forward(x, x, mask, mask); }
  ValueList call(const CallArguments& arguments) override;

 private:
  MultiheadAttentionBlock mab_;
};

/// MAB2(x, MAB1(I, x)) with learnt points I. State: `ind` [1, points, C], `mab1.*`, `mab2.*`.
class InducedSetAttentionBlock : public CallableModule {
 public:
  InducedSetAttentionBlock(const AttentionBlockOptions& options, int64_t num_induced_points);
  std::string name() const override { return "InducedSetAttentionBlock"; }
  void reset_parameters() override;
  at::Tensor forward(const at::Tensor& x, const at::Tensor& mask = {});
  ValueList call(const CallArguments& arguments) override;

 private:
  at::Tensor ind_;
  MultiheadAttentionBlock mab1_, mab2_;
};

/// MAB(S, ReLU(x W + b)) with learnt seeds S: [B, N, C] → [B, seeds, C]. State: `lin.*`, `seed` [1, seeds, C], `mab.*`.
class PoolingByMultiheadAttention : public CallableModule {
 public:
  PoolingByMultiheadAttention(const AttentionBlockOptions& options, int64_t num_seed_points = 1);
  std::string name() const override { return "PoolingByMultiheadAttention"; }
  void reset_parameters() override;
  at::Tensor forward(const at::Tensor& x, const at::Tensor& mask = {});
  ValueList call(const CallArguments& arguments) override;

 private:
  Linear lin_;
  at::Tensor seed_;
  MultiheadAttentionBlock mab_;
};

}  // namespace spinel::nn
