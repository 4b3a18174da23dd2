#include "spinel/nn/aggr/set_transformer.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "spinel/base/error.h"
#include "spinel/base/suggest.h"
#include "spinel/graph/utils/dense.h"

namespace spinel::nn {

using graph::Groups;

namespace {

template <typename Options>
AttentionBlockOptions block_options(const Options& options) {
  return {options.channels, options.heads, options.layer_norm, options.dropout};
}

std::vector<std::unique_ptr<SetAttentionBlock>> blocks(const AttentionBlockOptions& options, int64_t count,
                                                       const char* owner) {
  require(count >= 0, "{}: the number of blocks is {}; it must not be negative", owner, count);
  std::vector<std::unique_ptr<SetAttentionBlock>> all;
  for (int64_t k = 0; k < count; ++k) all.push_back(std::make_unique<SetAttentionBlock>(options));
  return all;
}

std::string place(const char* list, size_t k) { return std::string(list) + "." + std::to_string(k); }

}  // namespace

SetTransformerAggregation::SetTransformerAggregation(const SetTransformerOptions& options)
    : options_(options),
      encoders_(blocks(block_options(options), options.num_encoder_blocks, "SetTransformerAggregation")),
      decoders_(blocks(block_options(options), options.num_decoder_blocks, "SetTransformerAggregation")),
      pma_(block_options(options), options.num_seed_points) {
  for (size_t k = 0; k < encoders_.size(); ++k) add_child(place("encoders", k), *encoders_[k]);
  add_child("pma", pma_);
  for (size_t k = 0; k < decoders_.size(); ++k) add_child(place("decoders", k), *decoders_[k]);
}

std::string SetTransformerAggregation::to_string() const {
  return format("SetTransformerAggregation({}, num_seed_points={}, heads={}, layer_norm={}, dropout={})",
                options_.channels, options_.num_seed_points, options_.heads, options_.layer_norm ? "True" : "False",
                options_.dropout);
}

at::Tensor SetTransformerAggregation::aggregate(const at::Tensor& x, const Groups& groups, int64_t,
                                                std::optional<int64_t> max_num_elements) {
  const graph::DenseBatch dense = graph::to_dense_batch(x, groups, 0, max_num_elements);
  at::Tensor out = dense.x;
  for (const auto& encoder : encoders_) out = encoder->forward(out, dense.mask);
  out = pma_.forward(out, dense.mask);
  for (const auto& decoder : decoders_) out = decoder->forward(out);
  // Attention over no elements is NaN.
  out = out.nan_to_num();
  return options_.concat ? out.flatten(1, 2) : out.mean(1);
}

GraphMultisetTransformer::GraphMultisetTransformer(const GraphMultisetTransformerOptions& options)
    : options_(options),
      pma1_(block_options(options), options.k),
      pma2_(block_options(options), 1),
      encoders_(blocks(block_options(options), options.num_encoder_blocks, "GraphMultisetTransformer")) {
  add_child("pma1", pma1_);
  for (size_t k = 0; k < encoders_.size(); ++k) add_child(place("encoders", k), *encoders_[k]);
  add_child("pma2", pma2_);
}

std::string GraphMultisetTransformer::to_string() const {
  return format("GraphMultisetTransformer({}, k={}, heads={}, layer_norm={}, dropout={})", options_.channels,
                options_.k, options_.heads, options_.layer_norm ? "True" : "False", options_.dropout);
}

at::Tensor GraphMultisetTransformer::aggregate(const at::Tensor& x, const Groups& groups, int64_t,
                                               std::optional<int64_t> max_num_elements) {
  const graph::DenseBatch dense = graph::to_dense_batch(x, groups, 0, max_num_elements);
  at::Tensor out = pma1_.forward(dense.x, dense.mask);
  for (const auto& encoder : encoders_) out = encoder->forward(out);
  return pma2_.forward(out).squeeze(1);
}

namespace {

PatchTransformerOptions checked(PatchTransformerOptions options) {
  const char* const owner = "PatchTransformerAggregation";
  require(options.patch_size >= 1, "{}: patch_size is {}; it must be at least 1", owner, options.patch_size);
  require(options.hidden_channels >= 2 && options.hidden_channels % 2 == 0,
          "{}: hidden_channels is {}; positions need an even number", owner, options.hidden_channels);
  require(!options.aggr.empty(), "{}: aggr is empty; one reduction is needed at least", owner);
  const std::vector<std::string> known{"sum", "mean", "min", "max", "var", "std"};
  for (const std::string& name : options.aggr) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    fail(ErrorKind::invalid_argument, "{}: there is no reduction '{}'{}", owner, name, suggestion(name, known));
  }
  return options;
}

at::Tensor reduced(const at::Tensor& x, const std::string& name) {
  if (name == "sum") return x.sum(1);
  if (name == "mean") return x.mean(1);
  if (name == "min") return std::get<0>(x.min(1));
  if (name == "max") return std::get<0>(x.max(1));
  return name == "var" ? x.var(1) : x.std(1);
}

}  // namespace

PatchTransformerAggregation::PatchTransformerAggregation(PatchTransformerOptions options)
    : options_(checked(std::move(options))),
      lin_(options_.in_channels, options_.hidden_channels),
      pad_projector_(options_.patch_size * options_.hidden_channels, options_.hidden_channels),
      fc_(options_.hidden_channels * static_cast<int64_t>(options_.aggr.size()), options_.out_channels) {
  add_child("lin", lin_);
  add_child("pad_projector", pad_projector_);
  // Positions (Vaswani et al., arXiv:1706.03762): frequencies from 1 down to 1e-4.
  constexpr double base_frequency = 1e-4;
  add_buffer("pe.frequency", frequency_ = at::logspace(0, 1, options_.hidden_channels / 2, base_frequency));
  const AttentionBlockOptions block{options_.hidden_channels, options_.heads, true, options_.dropout};
  for (int64_t k = 0; k < options_.num_transformer_blocks; ++k) {
    blocks_.push_back(std::make_unique<MultiheadAttentionBlock>(block));
    add_child(place("blocks", static_cast<size_t>(k)), *blocks_.back());
  }
  add_child("fc", fc_);
}

std::string PatchTransformerAggregation::to_string() const {
  return format("PatchTransformerAggregation({}, {}, patch_size={})", options_.in_channels, options_.out_channels,
                options_.patch_size);
}

at::Tensor PatchTransformerAggregation::aggregate(const at::Tensor& x, const Groups& groups, int64_t,
                                                  std::optional<int64_t> max_num_elements) {
  const int64_t largest = max_num_elements.value_or(groups.max_count() + 1);
  const int64_t patches = largest / options_.patch_size;
  require(patches >= 1, "{}: there are {} places for elements but patch_size is {}; one patch is needed at least",
          name(), largest, options_.patch_size);
  const at::Tensor dense = graph::to_dense_batch(lin_.forward(x), groups, 0, patches * options_.patch_size).x;
  at::Tensor out =
      pad_projector_.forward(dense.reshape({groups.size(), patches, options_.patch_size * options_.hidden_channels}));
  const at::Tensor angle = at::arange(patches, frequency_.options()).unsqueeze(1) * frequency_.unsqueeze(0);
  out = out + at::cat({angle.sin(), angle.cos()}, -1);
  for (const auto& block : blocks_) out = block->forward(out, out);
  std::vector<at::Tensor> parts;
  for (const std::string& name : options_.aggr) parts.push_back(reduced(out, name));
  return fc_.forward(at::cat(parts, 1));
}

}  // namespace spinel::nn
