// The heterogeneous edge-enhanced graph attention convolution.
#pragma once

#include <cstdint>
#include <string>

#include "spinel/nn/conv/message_passing.h"
#include "spinel/nn/dense/hetero_linear.h"
#include "spinel/nn/dense/linear.h"

namespace spinel::nn {

struct HEATConvOptions {
  int64_t in_channels = -1;
  int64_t out_channels = 0;  ///< of each head
  int64_t num_node_types = 0;
  int64_t num_edge_types = 0;
  int64_t edge_type_emb_dim = 0;
  int64_t edge_dim = 0;           ///< width of edge_attr
  int64_t edge_attr_emb_dim = 0;  ///< width that edge_attr is mapped to
  int64_t heads = 1;
  bool concat = true;  ///< heads side by side, or their mean
  double negative_slope = 0.2;
  double dropout = 0;  ///< of the attention weights, in training
  bool root_weight = true;
  bool bias = true;
  MessagePassingOptions kwargs;
};

/// x_i' = Σ_j α_ij W [h_j, ê_ji] for each head, plus h_i, where h = W_type x, ê = LeakyReLU(W_e e_ji), t the embedding
/// of the edge's type through a LeakyReLU, and α_ij = softmax_j LeakyReLU(a · [h_i, h_j, t_ji, ê_ji]) (Mo et al.,
/// arXiv:2106.07161). State: `hetero_lin.*`, `edge_type_emb.weight`, `edge_attr_emb.weight`, `att.weight` [heads, …],
/// `lin.*`. W and a are applied to nodes and edges apart, so that [h_j, ê_ji] is never made.
class HEATConv : public MessagePassing<HEATConv> {
 public:
  explicit HEATConv(HEATConvOptions options);
  static OptionTable<HEATConvOptions> options();

  std::string name() const override { return "HEATConv"; }
  std::string to_string() const override;
  void reset_parameters() override;
  /// x [N, in]; node_type [N] in [0, num_node_types); edge_type [E] in [0, num_edge_types); edge_attr [E, edge_dim], or
  /// the values of a sparse matrix → [N, heads · out], or without concat [N, out].
  at::Tensor forward(const at::Tensor& x, const Adjacency& edge_index, const at::Tensor& node_type,
                     const at::Tensor& edge_type, const at::Tensor& edge_attr = {});
  ValueList call(const CallArguments& arguments) override;

  at::Tensor edge_update(Arg<"score_i"> score_i, Arg<"score_j"> score_j, Arg<"of_edge"> of_edge, Arg<"edges"> edges);
  /// Each head's alpha times value_j + weight · features, features [E, K] of edges.
  Message message(Arg<"value_j"> value_j, Arg<"features"> features, Arg<"weight"> weight, Arg<"alpha"> alpha);

 private:
  HEATConvOptions options_;
  HeteroLinear hetero_lin_;
  at::Tensor edge_type_emb_;  ///< [num_edge_types, edge_type_emb_dim]
  Linear edge_attr_emb_, att_, lin_;
};

}  // namespace spinel::nn
