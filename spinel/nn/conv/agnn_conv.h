// The attention-based propagation layer of AGNN.
#pragma once

#include <string>

#include "spinel/nn/conv/message_passing.h"

namespace spinel::nn {

struct AGNNConvOptions {
  bool requires_grad = true;  ///< beta is a parameter, not a buffer
  bool add_self_loops = true;
  MessagePassingOptions kwargs;
};

/// x_i' = Σ_j α_ij x_j, α_ij = softmax_j(β cos(x_i, x_j)) (Thekumparampil et al., arXiv:1803.03735). State: `beta` [1].
/// Per edge it holds a few numbers.
class AGNNConv : public MessagePassing<AGNNConv> {
 public:
  explicit AGNNConv(AGNNConvOptions options = {});
  static OptionTable<AGNNConvOptions> options();

  std::string name() const override { return "AGNNConv"; }
  void reset_parameters() override;
  /// x [N, F] → [N, F].
  at::Tensor forward(const at::Tensor& x, const Adjacency& edge_index);
  ValueList call(const CallArguments& arguments) override;

  Message message(Arg<"x_j"> x_j, Arg<"norm_i"> norm_i, Arg<"norm_j"> norm_j, Arg<"edges"> edges);

 private:
  bool add_self_loops_;
  at::Tensor beta_;
};

}  // namespace spinel::nn
