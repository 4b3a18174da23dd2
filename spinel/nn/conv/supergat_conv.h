// Graph attention that is trained to tell edges from pairs without one.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

#include "spinel/nn/conv/message_passing.h"
#include "spinel/nn/dense/linear.h"

namespace spinel::nn {

struct SuperGATConvOptions {
  int64_t in_channels = -1;  ///< -1: the width of the first input
  int64_t out_channels = 0;  ///< of each head
  int64_t heads = 1;
  bool concat = true;  ///< heads side by side, or their mean
  double negative_slope = 0.2;
  double dropout = 0;  ///< of the attention weights, in training
  bool add_self_loops = true;
  bool bias = true;
  std::string attention_type = "MX";  ///< "MX" or "SD"
  double neg_sample_ratio = 0.5;      ///< pairs without an edge for each edge of the loss
  double edge_sample_ratio = 1;       ///< share of the edges in the loss
  bool is_undirected = false;         ///< edges come in both directions, so that this need not be found out
  MessagePassingOptions kwargs;
};

/// x_i' = Σ_j α_ij W x_j with α_ij = softmax_j LeakyReLU(e_ij) for each head. MX: e_ij = (a_l · W x_j + a_r · W x_i)
/// σ(W x_i · W x_j); SD: e_ij = W x_i · W x_j / √out (Kim and Oh, openreview Wi5KUNlqWty). State: `lin.weight`, of MX
/// `att_l`, `att_r` [1, heads, out], `bias`. Per edge it holds a few numbers a head.
class SuperGATConv : public MessagePassing<SuperGATConv> {
 public:
  /// No head, an unknown attention_type, neg_sample_ratio ≤ 0, edge_sample_ratio outside (0, 1]: invalid_argument.
  explicit SuperGATConv(SuperGATConvOptions options);
  static OptionTable<SuperGATConvOptions> options();

  std::string name() const override { return "SuperGATConv"; }
  std::string to_string() const override;
  void reset_parameters() override;
  /// x [N, in] → [N, heads · out] or [N, out]. In training it keeps what get_attention_loss() needs: scores of edges
  /// (drawn, where edge_sample_ratio is below 1) and of neg_edge_index [2, n], or of pairs without edges that are drawn
  /// within the graphs of batch [N].
  at::Tensor forward(const at::Tensor& x, const Adjacency& edge_index, const at::Tensor& neg_edge_index = {},
                     const at::Tensor& batch = {});
  ValueList call(const CallArguments& arguments) override;

  /// Binary cross-entropy of "is an edge" by the mean score of the heads, of the last forward in training. In
  /// evaluation int64 [1] of 0.
  at::Tensor get_attention_loss() const;

  /// x_i · x_j of each edge and head, of SD over √out.
  at::Tensor edge_update(Arg<"x_i"> x_i, Arg<"x_j"> x_j, Arg<"edges"> edges);
  Message message(Arg<"x_j"> x_j, Arg<"score_i"> score_i, Arg<"score_j"> score_j, Arg<"logits"> logits,
                  Arg<"edges"> edges);

 private:
  at::Tensor negative_edges(const Adjacency& edges, int64_t nodes, const at::Tensor& batch) const;
  void keep_scores(const at::Tensor& x, const Adjacency& edges, const at::Tensor& logits,
                   const at::Tensor& neg_edge_index, const at::Tensor& batch);
  bool is_mixed() const { return options_.attention_type == "MX"; }

  SuperGATConvOptions options_;
  Linear lin_;
  at::Tensor att_l_, att_r_, bias_;
  at::Tensor att_x_, att_y_;  ///< scores [n, heads] and whether they are of edges
};

}  // namespace spinel::nn
