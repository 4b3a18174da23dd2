// The graph transformer convolution with scaled dot-product attention.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "spinel/nn/conv/attention.h"
#include "spinel/nn/conv/channels.h"
#include "spinel/nn/conv/message_passing.h"
#include "spinel/nn/dense/linear.h"

namespace spinel::nn {

struct TransformerConvOptions {
  Channels in_channels = -1;
  int64_t out_channels = 0;  ///< of each head
  int64_t heads = 1;
  bool concat = true;  ///< heads side by side, or their mean
  bool beta = false;   ///< neighbours and the node itself are mixed by a learnt gate
  double dropout = 0;  ///< of the attention weights, in training
  std::optional<int64_t> edge_dim;
  bool bias = true;  ///< of the node itself; keys, queries and values always have one
  bool root_weight = true;
  MessagePassingOptions kwargs;
};

/// m_i = Σ_j α_ij (V x_j + E e_ji) with α_ij = softmax_j (Q x_i) · (K x_j + E e_ji) / √C for each head; x_i' = m_i +
/// S x_i, or β S x_i + (1 − β) m_i with β = σ(w · [m_i, S x_i, m_i − S x_i]) (Shi et al., arXiv:2009.03509). State:
/// `lin_key.*`, `lin_query.*`, `lin_value.*`, `lin_edge.weight`, `lin_skip.*`, `lin_beta.weight`. Without edge_attr it
/// holds a few numbers a head and edge.
class TransformerConv : public MessagePassing<TransformerConv> {
 public:
  explicit TransformerConv(TransformerConvOptions options);
  static OptionTable<TransformerConvOptions> options();

  std::string name() const override { return "TransformerConv"; }
  std::string to_string() const override;
  /// x [N, in], or of sources and targets; edge_attr [E, D], needed with edge_dim → [N, heads · out] or [N, out].
  at::Tensor forward(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_attr = {});
  AttentionResult forward_with_attention(const Features& x, const Adjacency& edge_index,
                                         const at::Tensor& edge_attr = {});
  ValueList call(const CallArguments& arguments) override;

  /// columns: edge_attr [E, D].
  at::Tensor edge_update(Arg<"query_i"> query_i, Arg<"key_j"> key_j, Arg<"columns"> columns, Arg<"edges"> edges);
  Message message(Arg<"value_j"> value_j, Arg<"columns"> columns, Arg<"alpha"> alpha);

 private:
  AttentionResult run(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_attr, bool keep_order);
  ValueList call_values(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_attr,
                        const std::optional<bool>& return_attention_weights);
  /// x_j and what the edge's attributes add to it, all heads side by side.
  EdgeTerms with_columns(const Lifted& x_j, const at::Tensor& columns) const;
  at::Tensor with_root(const at::Tensor& out, const at::Tensor& target);

  TransformerConvOptions options_;
  Linear lin_key_, lin_query_, lin_value_;
  std::unique_ptr<Linear> lin_edge_, lin_skip_, lin_beta_;
};

}  // namespace spinel::nn
