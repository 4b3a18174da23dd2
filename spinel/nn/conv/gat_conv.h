// The graph attention convolution of Veličković et al.
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

struct GATConvOptions {
  Channels in_channels = -1;
  int64_t out_channels = 0;  ///< of each head
  int64_t heads = 1;
  bool concat = true;  ///< heads side by side, or their mean
  double negative_slope = 0.2;
  double dropout = 0;  ///< of the attention weights, in training
  bool add_self_loops = true;
  std::optional<int64_t> edge_dim;                    ///< width of edge_attr; absent: it does not count
  graph::FillValue fill_value = std::string("mean");  ///< edge_attr of the loops
  bool bias = true;
  bool residual = false;
  MessagePassingOptions kwargs;
};

/// x_i' = Σ_j α_ij W x_j with α_ij = softmax_j LeakyReLU(a_s · W x_j + a_d · W x_i + a_e · W_e e_ji) for each head
/// (arXiv:1710.10903). State: `lin.weight` (of a pair of widths `lin_src.weight`, `lin_dst.weight`), `att_src`,
/// `att_dst` [1, heads, out], `lin_edge.weight`, `att_edge`, `res.weight`, `bias`. Holds one number an edge and head
/// where edges have features, weights are dropped or asked for, and else none.
class GATConv : public MessagePassing<GATConv> {
 public:
  explicit GATConv(GATConvOptions options);
  static OptionTable<GATConvOptions> options();

  std::string name() const override { return "GATConv"; }
  std::string to_string() const override;
  void reset_parameters() override;
  /// x [N, in], or of sources and targets (which may be undefined); edge_attr [E, D] → [N, heads · out] or [N, out].
  at::Tensor forward(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_attr = {},
                     const Size& size = {});
  /// The same with the weights of all edges, loops among them.
  AttentionResult forward_with_attention(const Features& x, const Adjacency& edge_index,
                                         const at::Tensor& edge_attr = {}, const Size& size = {});
  ValueList call(const CallArguments& arguments) override;

  at::Tensor edge_update(Arg<"alpha_j"> alpha_j, Arg<"alpha_i"> alpha_i, Arg<"edge_attr"> edge_attr,
                         Arg<"edges"> edges);
  Message message(Arg<"x_j"> x_j, Arg<"alpha"> alpha) { return alpha.unsqueeze(-1) * x_j; }

 protected:
  static OptionTable<GATConvOptions> options_of(const char* component);

 private:
  AttentionResult run(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_attr, const Size& size,
                      bool keep_order);
  /// Whether no edge has a number of its own: neither features nor a chance to be dropped.
  bool attends_in_one_pass() const;
  at::Tensor finish(const at::Tensor& heads, const Features& x);
  ValueList call_values(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_attr, const Size& size,
                        const std::optional<bool>& return_attention_weights);
  Linear& add_linear(const char* name, std::unique_ptr<Linear>& lin, int64_t in, int64_t out);

  GATConvOptions options_;
  std::unique_ptr<Linear> lin_, lin_src_, lin_dst_, lin_edge_, res_;
  at::Tensor att_src_, att_dst_, att_edge_, bias_;
};

}  // namespace spinel::nn
