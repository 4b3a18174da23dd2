#include "spinel/nn/aggr/attention_blocks.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/nn/inits.h"

namespace spinel::nn {

MultiheadAttentionBlock::MultiheadAttentionBlock(const AttentionBlockOptions& options)
    : options_(options),
      attn_(options.channels, options.heads, options.dropout),
      lin_(options.channels, options.channels) {
  add_child("attn", attn_);
  add_child("lin", lin_);
  if (!options.layer_norm) return;
  layer_norm1_ = std::make_unique<LayerNorm>(LayerNormOptions{.in_channels = options.channels, .mode = "node"});
  layer_norm2_ = std::make_unique<LayerNorm>(LayerNormOptions{.in_channels = options.channels, .mode = "node"});
  add_child("layer_norm1", *layer_norm1_);
  add_child("layer_norm2", *layer_norm2_);
}

std::string MultiheadAttentionBlock::to_string() const {
  return format("MultiheadAttentionBlock({}, heads={}, layer_norm={}, dropout={})", options_.channels, options_.heads,
                options_.layer_norm ? "True" : "False", options_.dropout);
}

at::Tensor MultiheadAttentionBlock::forward(const at::Tensor& x, const at::Tensor& y, const at::Tensor& x_mask,
                                            const at::Tensor& y_mask) {
  at::Tensor out = attn_.forward(x, y, y, y_mask);
  if (x_mask.defined()) out = out.masked_fill(x_mask.logical_not().unsqueeze(-1), 0);
  out = out + x;
  if (layer_norm1_) out = layer_norm1_->forward(out, {}, {});
  out = out + lin_.forward(out).relu();
  return layer_norm2_ ? layer_norm2_->forward(out, {}, {}) : out;
}

ValueList MultiheadAttentionBlock::call(const CallArguments& arguments) {
  return call_forward(*this, &MultiheadAttentionBlock::forward,
                      {{"x"}, {"y"}, {"x_mask", Config()}, {"y_mask", Config()}}, arguments);
}

SetAttentionBlock::SetAttentionBlock(const AttentionBlockOptions& options) : mab_(options) { add_child("mab", mab_); }

ValueList SetAttentionBlock::call(const CallArguments& arguments) {
  return call_forward(*this, &SetAttentionBlock::forward, {{"x"}, {"mask", Config()}}, arguments);
}

InducedSetAttentionBlock::InducedSetAttentionBlock(const AttentionBlockOptions& options, int64_t num_induced_points)
    : mab1_(options), mab2_(options) {
  require(num_induced_points >= 1, "InducedSetAttentionBlock: num_induced_points is {}; it must be at least 1",
          num_induced_points);
  add_parameter("ind", ind_ = at::empty({1, num_induced_points, options.channels}));
  add_child("mab1", mab1_);
  add_child("mab2", mab2_);
  glorot(ind_);
}

void InducedSetAttentionBlock::reset_parameters() {
  CallableModule::reset_parameters();
  glorot(ind_);
}

at::Tensor InducedSetAttentionBlock::forward(const at::Tensor& x, const at::Tensor& mask) {
  require(x.dim() == 3, "InducedSetAttentionBlock: x has {} dimensions; [batch, elements, channels] is needed",
          x.dim());
  const at::Tensor h = mab1_.forward(ind_.expand({x.size(0), -1, -1}), x, {}, mask);
  return mab2_.forward(x, h, mask);
}

ValueList InducedSetAttentionBlock::call(const CallArguments& arguments) {
  return call_forward(*this, &InducedSetAttentionBlock::forward, {{"x"}, {"mask", Config()}}, arguments);
}

PoolingByMultiheadAttention::PoolingByMultiheadAttention(const AttentionBlockOptions& options, int64_t num_seed_points)
    : lin_(options.channels, options.channels), mab_(options) {
  require(num_seed_points >= 1, "PoolingByMultiheadAttention: num_seed_points is {}; it must be at least 1",
          num_seed_points);
  add_child("lin", lin_);
  add_parameter("seed", seed_ = at::empty({1, num_seed_points, options.channels}));
  add_child("mab", mab_);
  glorot(seed_);
}

void PoolingByMultiheadAttention::reset_parameters() {
  CallableModule::reset_parameters();
  glorot(seed_);
}

at::Tensor PoolingByMultiheadAttention::forward(const at::Tensor& x, const at::Tensor& mask) {
  require(x.dim() == 3, "PoolingByMultiheadAttention: x has {} dimensions; [batch, elements, channels] is needed",
          x.dim());
  return mab_.forward(seed_.expand({x.size(0), -1, -1}), lin_.forward(x).relu(), {}, mask);
}

ValueList PoolingByMultiheadAttention::call(const CallArguments& arguments) {
  return call_forward(*this, &PoolingByMultiheadAttention::forward, {{"x"}, {"mask", Config()}}, arguments);
}

}  // namespace spinel::nn
