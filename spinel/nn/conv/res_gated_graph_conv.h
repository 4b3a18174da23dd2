// The residual gated graph convolution.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "spinel/nn/conv/channels.h"
#include "spinel/nn/conv/message_passing.h"
#include "spinel/nn/conv/module_argument.h"
#include "spinel/nn/dense/linear.h"

namespace spinel::nn {

struct ResGatedGraphConvOptions {
  Channels in_channels = 0;
  int64_t out_channels = 0;
  LayerArgument act = "Sigmoid";  ///< of the gates
  std::optional<int64_t> edge_dim;
  bool root_weight = true;
  bool bias = true;
  MessagePassingOptions kwargs;
};

/// x_i' = S x_i + Σ_j act(K [x_i, e_ji] + Q [x_j, e_ji]) ⊙ V [x_j, e_ji] + b (Bresson and Laurent, arXiv:1711.07553).
/// State: `lin_key.*`, `lin_query.*`, `lin_value.*`, `lin_skip.weight`, `bias`. K, Q and V are applied to nodes, and
/// to edges apart.
class ResGatedGraphConv : public MessagePassing<ResGatedGraphConv> {
 public:
  explicit ResGatedGraphConv(ResGatedGraphConvOptions options);
  static OptionTable<ResGatedGraphConvOptions> options();

  std::string name() const override { return "ResGatedGraphConv"; }
  std::string to_string() const override;
  void reset_parameters() override;
  /// x [N, in], or of sources and targets; edge_attr [E, edge_dim], given exactly if edge_dim is.
  at::Tensor forward(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_attr = {});
  ValueList call(const CallArguments& arguments) override;

  Message message(Arg<"sums_i"> sums_i, Arg<"sums_j"> sums_j, Arg<"edge_attr"> edge_attr);

 private:
  /// The part of a map that takes nodes, and the one that takes edges.
  at::Tensor of_nodes(const Linear& lin, const at::Tensor& x, int64_t width) const;
  at::Tensor weight_of_edges(const Linear& lin) const;

  ResGatedGraphConvOptions options_;
  std::shared_ptr<Layer> act_;
  Linear lin_key_, lin_query_, lin_value_;
  std::unique_ptr<Linear> lin_skip_;
  at::Tensor bias_;
};

}  // namespace spinel::nn
