// The convolution of point transformers: attention for each channel, with positions.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "spinel/nn/conv/channels.h"
#include "spinel/nn/conv/message_passing.h"
#include "spinel/nn/conv/module_argument.h"
#include "spinel/nn/dense/linear.h"

namespace spinel::nn {

struct PointTransformerConvOptions {
  Channels in_channels = -1;
  int64_t out_channels = 0;
  LayerArgument pos_nn;   ///< from differences of positions to [E, out]; none: Linear(3, out)
  LayerArgument attn_nn;  ///< of the scores; none: they are as they are
  bool add_self_loops = true;
  MessagePassingOptions kwargs;
};

/// x_i' = Σ_j α_ij ⊙ (W x_j + δ_ij), α = softmax_j attn_nn(D x_i − S x_j + δ_ij), δ = pos_nn(p_i − p_j) (Zhao et al.,
/// arXiv:2012.09164). State: `lin.weight`, `lin_src.weight`, `lin_dst.weight`, `pos_nn.*`, `attn_nn.*`.
class PointTransformerConv : public MessagePassing<PointTransformerConv> {
 public:
  explicit PointTransformerConv(PointTransformerConvOptions options);
  static OptionTable<PointTransformerConvOptions> options();

  std::string name() const override { return "PointTransformerConv"; }
  std::string to_string() const override;
  /// x [N, in] and pos [N, 3], each one tensor or those of sources and targets → [N, out].
  at::Tensor forward(const Features& x, const Features& pos, const Adjacency& edge_index);
  ValueList call(const CallArguments& arguments) override;

  at::Tensor message(Arg<"x_j"> x_j, Arg<"pos_i"> pos_i, Arg<"pos_j"> pos_j, Arg<"alpha_i"> alpha_i,
                     Arg<"alpha_j"> alpha_j, Arg<"edges"> edges);

 private:
  /// Whether scores and values are sums of what nodes and the edge bring, so that no message is stored.
  bool is_sum_of_terms(const Features& x) const;
  at::Tensor forward_terms(const Features& x, const Features& pos, const Adjacency& edges);

  PointTransformerConvOptions options_;
  std::shared_ptr<Layer> pos_nn_, attn_nn_;
  Linear lin_, lin_src_, lin_dst_;
};

}  // namespace spinel::nn
