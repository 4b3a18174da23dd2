// The edge convolution over nearest neighbours in feature space, of dynamic graph CNNs.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "spinel/nn/conv/message_passing.h"
#include "spinel/nn/conv/module_argument.h"

namespace spinel::nn {

struct DynamicEdgeConvOptions {
  LayerArgument nn;  ///< from 2 · in to out features
  int64_t k = 0;     ///< neighbours of each node
  Config aggr = "max";
  int64_t num_workers = 1;  ///< of the reference: torch's threads search here
  MessagePassingOptions kwargs;
};

/// x_i' = aggr over the k nearest j of nn([x_i, x_j − x_i]), a node being its own nearest one (Wang et al.,
/// arXiv:1801.07829). The graph is made anew by each call, without a gradient through it. State: `nn.*`.
class DynamicEdgeConv : public MessagePassing<DynamicEdgeConv> {
 public:
  /// Without nn, k < 1: invalid_argument.
  explicit DynamicEdgeConv(DynamicEdgeConvOptions options);
  static OptionTable<DynamicEdgeConvOptions> options();

  std::string name() const override { return "DynamicEdgeConv"; }
  std::string to_string() const override;
  /// x [N, in], or of sources and targets of equal width; batch [N] the example of each, rising, or of both.
  at::Tensor forward(const Features& x, const Features& batch = {});
  ValueList call(const CallArguments& arguments) override;

  at::Tensor message(Arg<"x_i"> x_i, Arg<"x_j"> x_j, Arg<"mapped_i"> mapped_i, Arg<"mapped_j"> mapped_j);

 private:
  int64_t k_;
  std::shared_ptr<Layer> nn_;
};

/// The edges [2, E] into each target from its k nearest sources, for layers whose graph is that of their points. What
/// graph::knn() refuses: invalid_argument that `owner` begins.
at::Tensor nearest_edges(const at::Tensor& source, const at::Tensor& target, int64_t k, const Features& batch,
                         const std::string& owner);

}  // namespace spinel::nn
