// The continuous Weisfeiler-Leman operator.
#pragma once

#include <string>

#include "spinel/nn/conv/message_passing.h"

namespace spinel::nn {

struct WLConvContinuousOptions {
  MessagePassingOptions kwargs;
};

/// x_i' = ½ (x_i + Σ_j w_ji x_j / Σ_j w_ji) (Togninalli et al., arXiv:1906.01277); without features of the targets the
/// mean alone. No state. The weights are summed over the second row of edge_index whatever the flow, as in the
/// reference.
class WLConvContinuous : public MessagePassing<WLConvContinuous> {
 public:
  explicit WLConvContinuous(WLConvContinuousOptions options = {});
  static OptionTable<WLConvContinuousOptions> options();

  std::string name() const override { return "WLConvContinuous"; }
  /// x [N, F], or of sources and targets; edge_weight [E], or the values of a sparse matrix; undefined: all 1.
  at::Tensor forward(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_weight = {},
                     const Size& size = {});
  ValueList call(const CallArguments& arguments) override;

  Message message(Arg<"x_j"> x_j, Arg<"edge_weight"> edge_weight) { return weighted(edge_weight, x_j); }
};

}  // namespace spinel::nn
