// The local extremum convolution of ASAP.
#pragma once

#include <cstdint>
#include <string>

#include "spinel/nn/conv/channels.h"
#include "spinel/nn/conv/message_passing.h"
#include "spinel/nn/dense/linear.h"

namespace spinel::nn {

struct LEConvOptions {
  Channels in_channels = -1;
  int64_t out_channels = 0;
  bool bias = true;
  MessagePassingOptions kwargs;
};

/// x_i' = Σ_j e_ji (W1 x_j − W2 x_i) + W3 x_i (Ranjan et al., arXiv:1911.07979). State: `lin1.weight`, `lin1.bias`,
/// `lin2.weight`, `lin3.weight`, `lin3.bias`.
class LEConv : public MessagePassing<LEConv> {
 public:
  explicit LEConv(LEConvOptions options);
  static OptionTable<LEConvOptions> options();

  std::string name() const override { return "LEConv"; }
  std::string to_string() const override;
  /// x [.., N, in], or of sources and targets; edge_weight [E] or undefined.
  at::Tensor forward(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_weight = {});
  ValueList call(const CallArguments& arguments) override;

  Message message(Arg<"a_j"> a_j, Arg<"b_i"> b_i, Arg<"edge_weight"> edge_weight);

 private:
  LEConvOptions options_;
  Linear lin1_, lin2_, lin3_;
};

}  // namespace spinel::nn
