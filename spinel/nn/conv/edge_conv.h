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

/// The first linear map of nn([x_i, x_j − x_i]) at both ends of the edges: (W_a − W_b) x_i + b and W_b x_j; undefined
/// where linear_of_nodes() finds none. For EdgeConv and DynamicEdgeConv.
Features mapped_pairs(Layer& nn, const MessagePassingBase& conv, const Features& x, const Adjacency& edges);

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

  at::Tensor message(Arg<"x_i"> x_i, Arg<"x_j"> x_j, Arg<"mapped_i"> mapped_i, Arg<"mapped_j"> mapped_j);

 private:
  std::shared_ptr<Layer> nn_;
};

}  // namespace spinel::nn
