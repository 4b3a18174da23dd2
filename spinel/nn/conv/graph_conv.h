// The convolution of the Weisfeiler-Leman hierarchy: weighted neighbours and the node itself.
#pragma once

#include <cstdint>
#include <string>

#include "spinel/nn/conv/channels.h"
#include "spinel/nn/conv/message_passing.h"
#include "spinel/nn/dense/linear.h"

namespace spinel::nn {

struct GraphConvOptions {
  Channels in_channels = -1;
  int64_t out_channels = 0;
  Config aggr = "add";
  bool bias = true;
  MessagePassingOptions kwargs;
};

/// x_i' = W1 · aggr_j e_ji x_j + b + W2 x_i (Morris et al., arXiv:1810.02244). State: `lin_rel.weight`, `lin_rel.bias`,
/// `lin_root.weight`.
class GraphConv : public MessagePassing<GraphConv> {
 public:
  explicit GraphConv(GraphConvOptions options);
  static OptionTable<GraphConvOptions> options();

  std::string name() const override { return "GraphConv"; }
  std::string to_string() const override;
  /// x [.., N, in], or of sources and targets (whose may be undefined), edge_weight [E] or undefined → [.., N, out].
  at::Tensor forward(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_weight = {},
                     const Size& size = {});
  ValueList call(const CallArguments& arguments) override;

  Message message(Arg<"x_j"> x_j, Arg<"edge_weight"> edge_weight) { return weighted(edge_weight, x_j); }

 private:
  GraphConvOptions options_;
  Linear lin_rel_, lin_root_;
};

}  // namespace spinel::nn
