// The crystal graph convolution.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "spinel/nn/conv/channels.h"
#include "spinel/nn/conv/message_passing.h"
#include "spinel/nn/dense/linear.h"

namespace spinel::nn {

struct CGConvOptions {
  Channels channels = 0;
  int64_t dim = 0;  ///< width of edge_attr
  Config aggr = "add";
  bool batch_norm = false;  ///< of what is aggregated
  bool bias = true;
  MessagePassingOptions kwargs;
};

/// x_i' = x_i + aggr_j σ(W_f z + b_f) ⊙ softplus(W_s z + b_s), z = [x_i, x_j, e_ji] (Xie and Grossman, Phys. Rev. Lett.
/// 120, 145301). State: `lin_f.*`, `lin_s.*`, `bn.*`. The columns of W for nodes are applied to nodes, not to edges.
class CGConv : public MessagePassing<CGConv> {
 public:
  explicit CGConv(CGConvOptions options);
  static OptionTable<CGConvOptions> options();

  std::string name() const override { return "CGConv"; }
  std::string to_string() const override;
  /// x [N, channels], or of sources and targets; edge_attr [E, dim], undefined for dim 0.
  at::Tensor forward(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_attr = {});
  ValueList call(const CallArguments& arguments) override;

  /// f_i, s_i: what the targets add to both maps, f_j, s_j: what the sources do.
  Message message(Arg<"both_i"> both_i, Arg<"both_j"> both_j, Arg<"edge_attr"> edge_attr);

 private:
  CGConvOptions options_;
  Linear lin_f_, lin_s_;
  std::unique_ptr<Layer> bn_;
};

}  // namespace spinel::nn
