// The dynamic neighbourhood aggregation convolution.
#pragma once

#include <cstdint>
#include <string>

#include "spinel/nn/conv/message_passing.h"
#include "spinel/nn/conv/normalized_edges.h"

namespace spinel::nn {

struct DNAConvOptions {
  int64_t channels = 0;
  int64_t heads = 1;
  int64_t groups = 1;  ///< of channels that are mapped apart from each other
  double dropout = 0;  ///< of the attention weights, in training
  bool cached = false;
  bool normalize = true;
  bool add_self_loops = true;
  bool bias = true;
  MessagePassingOptions kwargs;
};

/// A linear map of groups of channels. State: `weight` [groups, in / groups, out / groups], `bias` [out].
class GroupedLinear : public Module {
 public:
  GroupedLinear(int64_t channels, int64_t groups, bool bias);
  void reset_parameters() override;
  /// [.., channels] → [.., channels].
  at::Tensor forward(const at::Tensor& x) const;

 private:
  at::Tensor weight_, bias_;
};

/// x_i' = Σ_j ã_ji MultiHead(x_i^(t); x_j^(1) … x_j^(t)): what a node takes of a neighbour is attention of the node's
/// last representation over all that the neighbour has had (Fey, arXiv:1904.04849). The softmax has an implicit score 0
/// beside its own. State: `multi_head.lin_q.*`, `multi_head.lin_k.*`, `multi_head.lin_v.*`. It holds a few numbers an
/// edge, layer and head.
class DNAConv : public MessagePassing<DNAConv> {
 public:
  /// heads or groups that do not divide channels, or of which neither divides the other: invalid_argument.
  explicit DNAConv(DNAConvOptions options);
  static OptionTable<DNAConvOptions> options();

  std::string name() const override { return "DNAConv"; }
  std::string to_string() const override;
  void reset_parameters() override;
  /// x [N, layers, channels] with at least one layer; edge_weight [E] or undefined, needed without normalize →
  /// [N, channels].
  at::Tensor forward(const at::Tensor& x, const Adjacency& edge_index, const at::Tensor& edge_weight = {});
  ValueList call(const CallArguments& arguments) override;

  /// The weight of each layer and head of each edge: [E, layers · heads].
  at::Tensor edge_update(Arg<"query_i"> query_i, Arg<"key_j"> key_j, Arg<"edge_weight"> edge_weight,
                         Arg<"edges"> edges);
  Message message(Arg<"value_j"> value_j, Arg<"weight"> weight);

 private:
  DNAConvOptions options_;
  GroupedLinear lin_q_, lin_k_, lin_v_;
  CachedEdges cached_;
  bool is_linear_;  ///< the aggregation is a sum or mean, so that layers may be added behind it
};

}  // namespace spinel::nn
