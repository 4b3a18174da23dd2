// GraphSAGE's convolution: a linear map of the aggregated neighbours beside one of the node itself.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "spinel/nn/conv/channels.h"
#include "spinel/nn/conv/message_passing.h"
#include "spinel/nn/dense/linear.h"

namespace spinel::nn {

struct SAGEConvOptions {
  Channels in_channels = -1;
  int64_t out_channels = 0;
  Config aggr = "mean";
  bool normalize = false;   ///< rows of the result get length 1
  bool root_weight = true;  ///< whether the node itself counts
  bool project = false;     ///< sources pass a linear layer and a ReLU first
  bool bias = true;
  MessagePassingOptions kwargs;
};

/// x_i' = W1 · aggr_j x_j + b + W2 x_i (Hamilton et al., arXiv:1706.02216). State: `lin_l.weight`, `lin_l.bias`,
/// `lin_r.weight`, with project `lin.weight`, `lin.bias`. Values of a sparse matrix are not looked at.
class SAGEConv : public MessagePassing<SAGEConv> {
 public:
  /// project without in_channels: invalid_argument.
  explicit SAGEConv(SAGEConvOptions options);
  static OptionTable<SAGEConvOptions> options();

  std::string name() const override { return "SAGEConv"; }
  std::string to_string() const override;
  /// x [.., N, in], or of sources and targets; without targets' features the result has no root term.
  at::Tensor forward(const Features& x, const Adjacency& edge_index, const Size& size = {});
  ValueList call(const CallArguments& arguments) override;

 private:
  /// lin_l of the reduced neighbours, of the two orders in that which is less work.
  at::Tensor map_neighbors(const Features& x, const Adjacency& edge_index, const Size& size);

  SAGEConvOptions options_;
  std::unique_ptr<Linear> lin_, lin_l_, lin_r_;
};

}  // namespace spinel::nn
