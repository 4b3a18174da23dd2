// The relational graph attention convolution.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "spinel/nn/conv/attention.h"
#include "spinel/nn/conv/message_passing.h"
#include "spinel/nn/conv/relation_pairs.h"
#include "spinel/nn/dense/linear.h"

namespace spinel::nn {

struct RGATConvOptions {
  int64_t in_channels = 0;
  int64_t out_channels = 0;  ///< of each head and dimension of attention
  int64_t num_relations = 0;
  std::optional<int64_t> num_bases;   ///< weights are mixtures of so many matrices
  std::optional<int64_t> num_blocks;  ///< weights are block diagonal
  std::optional<std::string> mod;     ///< additive, scaled, f-additive, f-scaled: the degree of a node shall count
  std::string attention_mechanism = "across-relation";     ///< or within-relation: which edges a softmax is over
  std::string attention_mode = "additive-self-attention";  ///< or multiplicative-self-attention
  int64_t heads = 1;
  int64_t dim = 1;  ///< scores of each head; above 1 only with multiplicative attention
  bool concat = true;
  double negative_slope = 0.2;
  double dropout = 0;  ///< of the attention weights, in training, without mod
  std::optional<int64_t> edge_dim;
  bool bias = true;
  MessagePassingOptions kwargs;
};

/// x_i' = Σ_j α_ij W_r x_j over edges of relation r, where α is the softmax, over the edges of the relation or over all
/// that end at i, of LeakyReLU(Q W_r x_i + K W_r x_j + E W_e e_ji), or of the product of the three (Busbridge et al.,
/// arXiv:1904.05811). mod lets the number of edges count (Zhang and Xie, arXiv:1910.12503): additive, α h + w ⊙ h;
/// scaled, α h ⊙ (ReLU(d_i l1 + b1) l2 + b2); f-additive, α + 1; f-scaled, α d_i.
///
/// State: `weight` [relations, in, heads · out], or `basis` and `att`, or blocks; `q`, `k`, `e` [heads · out, heads ·
/// dim]; `w`, `l1`, `b1`, `l2`, `b2`; `lin_edge.weight`; `bias`. l2 begins as 1 / out everywhere, which the reference
/// means but leaves undefined. W_r x is made once for each node and relation that an edge joins.
class RGATConv : public MessagePassing<RGATConv> {
 public:
  /// Names that are none of the above, dim above 1 with additive attention, dropout with mod, bases and blocks
  /// together, blocks that do not divide the widths: invalid_argument.
  explicit RGATConv(RGATConvOptions options);
  static OptionTable<RGATConvOptions> options();

  std::string name() const override { return "RGATConv"; }
  std::string to_string() const override;
  void reset_parameters() override;
  /// x [N, in]; edge_type [E] in [0, relations), or the values of a sparse matrix; edge_attr [E, edge_dim] or undefined
  /// → [N, heads · dim · out], or without concat [N, dim · out].
  at::Tensor forward(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_type = {},
                     const at::Tensor& edge_attr = {}, const Size& size = {});
  /// With the softmax [E, heads · dim], before mod and dropout.
  AttentionResult forward_with_attention(const Features& x, const Adjacency& edge_index,
                                         const at::Tensor& edge_type = {}, const at::Tensor& edge_attr = {},
                                         const Size& size = {});
  ValueList call(const CallArguments& arguments) override;

  Message message(Arg<"x_j"> x_j, Arg<"alpha"> alpha, Arg<"scale_i"> scale_i);

 private:
  ValueList call_values(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_type,
                        const at::Tensor& edge_attr, const Size& size,
                        const std::optional<bool>& return_attention_weights);
  void add_weights();
  /// x of sources and of targets, after checks.
  Features checked_ends(const Features& x, const Adjacency& edge_index, const Size& size) const;
  /// [relations, in, heads · out] or blocks.
  at::Tensor relation_weights() const;
  /// The softmax [E, heads · dim]; h [P, heads · out] are the features of the pairs of sources.
  at::Tensor attention(const RelationEdges& relations, const MessageEdges& ends, const at::Tensor& h,
                       const at::Tensor& target, const at::Tensor& weight, const at::Tensor& edge_attr);
  /// Messages summed with these attention weights [E, heads · dim]: [N, heads · dim, out].
  at::Tensor aggregate_pairs(const RelationEdges& relations, const MessageEdges& ends, const at::Tensor& h,
                             at::Tensor alpha);

  RGATConvOptions options_;
  at::Tensor weight_, basis_, att_, q_, k_, e_, w_, l1_, b1_, l2_, b2_, bias_;
  std::unique_ptr<Linear> lin_edge_;
  bool is_linear_;  ///< the aggregation is a sum or mean, so that what depends on targets may follow it
};

}  // namespace spinel::nn
