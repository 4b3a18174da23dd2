// Graph attention with dynamic scores (GATv2).
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

struct GATv2ConvOptions {
  Channels in_channels = -1;
  int64_t out_channels = 0;  ///< of each head
  int64_t heads = 1;
  bool concat = true;  ///< heads side by side, or their mean
  double negative_slope = 0.2;
  double dropout = 0;  ///< of the attention weights, in training
  bool add_self_loops = true;
  std::optional<int64_t> edge_dim;
  graph::FillValue fill_value = std::string("mean");  ///< edge_attr of the loops
  bool bias = true;
  bool share_weights = false;  ///< one map for sources and targets
  bool residual = false;
  MessagePassingOptions kwargs;
};

/// x_i' = Σ_j α_ij W_l x_j with α_ij = softmax_j a · LeakyReLU(W_l x_j + W_r x_i + W_e e_ji) for each head (Brody et
/// al., arXiv:2105.14491). State: `lin_l.weight`, `lin_l.bias`, `lin_r.*` (the same tensors with share_weights), `att`
/// [1, heads, out], `lin_edge.weight`, `res.weight`, `bias`.
class GATv2Conv : public MessagePassing<GATv2Conv> {
 public:
  explicit GATv2Conv(GATv2ConvOptions options);
  static OptionTable<GATv2ConvOptions> options();

  std::string name() const override { return "GATv2Conv"; }
  std::string to_string() const override;
  void reset_parameters() override;
  /// x [N, in], or of sources and targets; edge_attr [E, D] → [N, heads · out] or [N, out].
  at::Tensor forward(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_attr = {});
  /// The same with the weights of all edges, loops among them.
  AttentionResult forward_with_attention(const Features& x, const Adjacency& edge_index,
                                         const at::Tensor& edge_attr = {});
  ValueList call(const CallArguments& arguments) override;

  at::Tensor edge_update(Arg<"x_j"> x_j, Arg<"x_i"> x_i, Arg<"edge_attr"> edge_attr, Arg<"edges"> edges);
  Message message(Arg<"x_j"> x_j, Arg<"alpha"> alpha) { return alpha.unsqueeze(-1) * x_j; }

 private:
  AttentionResult run(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_attr, bool keep_order);
  ValueList call_values(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_attr,
                        const std::optional<bool>& return_attention_weights);

  GATv2ConvOptions options_;
  Linear lin_l_;
  std::unique_ptr<Linear> lin_r_, lin_edge_, res_;
  at::Tensor att_, bias_;
};

}  // namespace spinel::nn
