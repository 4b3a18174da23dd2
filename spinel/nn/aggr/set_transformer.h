// Aggregations by attention among the elements of a group: SetTransformer, GraphMultisetTransformer, PatchTransformer.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "spinel/nn/aggr/aggregation.h"
#include "spinel/nn/aggr/attention_blocks.h"

namespace spinel::nn {

struct SetTransformerOptions {
  int64_t channels = 0;
  int64_t num_seed_points = 1;
  int64_t num_encoder_blocks = 1;
  int64_t num_decoder_blocks = 1;
  int64_t heads = 1;
  bool concat = true;  ///< seeds side by side, else their mean
  bool layer_norm = false;
  double dropout = 0;
};

/// Set attention blocks, pooling by seeds, set attention blocks (Lee et al., arXiv:1810.00825). [E, C] → [G, seeds · C]
/// or [G, C]; a group without elements is 0. State: `encoders.<i>.mab.*`, `pma.*`, `decoders.<i>.mab.*`.
class SetTransformerAggregation : public Aggregation {
 public:
  explicit SetTransformerAggregation(const SetTransformerOptions& options);
  std::string name() const override { return "SetTransformerAggregation"; }
  std::string to_string() const override;
  int64_t out_channels(int64_t in_channels) const override {
    return options_.concat ? in_channels * options_.num_seed_points : in_channels;
  }

 protected:
  Needs needs() const override { return {.dense_batch = true}; }
  at::Tensor aggregate(const at::Tensor& x, const graph::Groups& groups, int64_t dim,
                       std::optional<int64_t> max_num_elements) override;

 private:
  SetTransformerOptions options_;
  std::vector<std::unique_ptr<SetAttentionBlock>> encoders_, decoders_;
  PoolingByMultiheadAttention pma_;
};

struct GraphMultisetTransformerOptions {
  int64_t channels = 0;
  int64_t k = 1;  ///< seeds of the first pooling
  int64_t num_encoder_blocks = 1;
  int64_t heads = 1;
  bool layer_norm = false;
  double dropout = 0;
};

/// Pooling by k seeds, set attention blocks, pooling by one (Baek et al., arXiv:2102.11533). [E, C] → [G, C]. State:
/// `pma1.*`, `encoders.<i>.mab.*`, `pma2.*`.
class GraphMultisetTransformer : public Aggregation {
 public:
  explicit GraphMultisetTransformer(const GraphMultisetTransformerOptions& options);
  std::string name() const override { return "GraphMultisetTransformer"; }
  std::string to_string() const override;

 protected:
  Needs needs() const override { return {.dense_batch = true}; }
  at::Tensor aggregate(const at::Tensor& x, const graph::Groups& groups, int64_t dim,
                       std::optional<int64_t> max_num_elements) override;

 private:
  GraphMultisetTransformerOptions options_;
  PoolingByMultiheadAttention pma1_, pma2_;
  std::vector<std::unique_ptr<SetAttentionBlock>> encoders_;
};

struct PatchTransformerOptions {
  int64_t in_channels = 0;
  int64_t out_channels = 0;
  int64_t patch_size = 1;  ///< elements that become one token
  int64_t hidden_channels = 0;
  int64_t num_transformer_blocks = 1;
  int64_t heads = 1;
  double dropout = 0;
  std::vector<std::string> aggr = {"mean"};  ///< of sum, mean, min, max, var, std over the patches
};

/// Patches of elements as tokens with sinusoidal positions, attention blocks, reductions.
/// Groups are cut or padded with zeros to ⌊max / patch⌋ · patch elements, max one more than the largest group has, or
/// max_num_elements. State: `lin.*`, `pad_projector.*`, `blocks.<i>.*`, `fc.*`; buffer `pe.frequency` [hidden / 2].
class PatchTransformerAggregation : public Aggregation {
 public:
  /// An odd hidden_channels, another reduction: invalid_argument.
  explicit PatchTransformerAggregation(PatchTransformerOptions options);
  std::string name() const override { return "PatchTransformerAggregation"; }
  std::string to_string() const override;
  int64_t out_channels(int64_t) const override { return options_.out_channels; }

 protected:
  Needs needs() const override { return {.dense_batch = true}; }
  at::Tensor aggregate(const at::Tensor& x, const graph::Groups& groups, int64_t dim,
                       std::optional<int64_t> max_num_elements) override;

 private:
  PatchTransformerOptions options_;
  Linear lin_, pad_projector_, fc_;
  at::Tensor frequency_;
  std::vector<std::unique_ptr<MultiheadAttentionBlock>> blocks_;
};

}  // namespace spinel::nn
