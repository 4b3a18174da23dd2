// The edge convolution of dynamic graph CNNs.
#pragma once

#include <memory>
#include <string>

#include "spinel/nn/conv/message_passing.h"
#include "spinel/nn/conv/module_argument.h"

namespace spinel::nn {

struct EdgeConvOptions {
  LayerArgument nn;  ///< from 2 · in to out features
  Config aggr = "max";
  MessagePassingOptions kwargs;
};

/// x_i' = aggr_j nn([x_i, x_j − x_i]) (Wang et al., arXiv:1801.07829). State: `nn.*`.
class EdgeConv : public MessagePassing<EdgeConv> {
 public:
  /// Without nn: invalid_argument.
  explicit EdgeConv(EdgeConvOptions options);
  static OptionTable<EdgeConvOptions> options();

  std::string name() const override { return "EdgeConv"; }
  std::string to_string() const override;
  /// x [N, in], or of sources and targets of equal width.
  at::Tensor forward(const Features& x, const Adjacency& edge_index);
  ValueList call(const CallArguments& arguments) override;

  at::Tensor message(Arg<"x_i"> x_i, Arg<"x_j"> x_j);

 private:
  std::shared_ptr<Layer> nn_;
};

}  // namespace spinel::nn
