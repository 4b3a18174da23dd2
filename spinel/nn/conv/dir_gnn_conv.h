// A convolution of each direction of a directed graph.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "spinel/nn/conv/module_argument.h"
#include "spinel/nn/dense/linear.h"
#include "spinel/nn/typing.h"

namespace spinel::nn {

struct DirGNNConvOptions {
  ConvArgument conv;
  double alpha = 0.5;       ///< share of the edges that leave a node
  bool root_weight = true;  ///< whether the node itself counts
  /// Widths of the root's map, where conv is not a config that says them.
  int64_t in_channels = -1, out_channels = 0;
};

/// x' = α conv_out(x, reversed edges) + (1 − α) conv_in(x, edges) + W x + b (Rossi et al., arXiv:2305.10498), with two
/// copies of conv that add no loops and have no root term (their parameters for it stay, unused). State: `conv_in.*`,
/// `conv_out.*`, `lin.weight`, `lin.bias`.
class DirGNNConv : public CallableModule {
 public:
  /// A conv without widths, while the root counts: invalid_argument.
  explicit DirGNNConv(DirGNNConvOptions options);
  static OptionTable<DirGNNConvOptions> options();

  std::string name() const override { return "DirGNNConv"; }
  std::string to_string() const override;
  /// x [N, in], edge_index [2, E] → [N, out].
  at::Tensor forward(const at::Tensor& x, const at::Tensor& edge_index);
  ValueList call(const CallArguments& arguments) override;

 private:
  double alpha_;
  std::unique_ptr<CallableModule> conv_in_, conv_out_;
  std::unique_ptr<Linear> lin_;
};

}  // namespace spinel::nn
