// The feature-steered convolution of FeaStNet.
#pragma once

#include <cstdint>
#include <string>

#include "spinel/nn/conv/message_passing.h"
#include "spinel/nn/dense/linear.h"

namespace spinel::nn {

struct FeaStConvOptions {
  int64_t in_channels = -1;
  int64_t out_channels = 0;
  int64_t heads = 1;
  bool add_self_loops = true;
  bool bias = true;
  MessagePassingOptions kwargs;
};

/// x_i' = mean_j Σ_h q_h W_h x_j + b with q = softmax_h(u_h · (x_j − x_i) + c_h) (Verma et al., arXiv:1706.05206).
/// State: `lin.weight` [heads · out, in], `u.weight` [heads, in], `c` [heads], `bias`. Per edge it holds one number a
/// head.
class FeaStConv : public MessagePassing<FeaStConv> {
 public:
  explicit FeaStConv(FeaStConvOptions options);
  static OptionTable<FeaStConvOptions> options();

  std::string name() const override { return "FeaStConv"; }
  std::string to_string() const override;
  void reset_parameters() override;
  /// x [N, in], or of sources and targets of equal width.
  at::Tensor forward(const Features& x, const Adjacency& edge_index);
  ValueList call(const CallArguments& arguments) override;

  Message message(Arg<"x_j"> x_j, Arg<"u_i"> u_i, Arg<"u_j"> u_j);

 private:
  FeaStConvOptions options_;
  Linear lin_, u_;
  at::Tensor c_, bias_;
  bool is_linear_;  ///< the aggregation is a sum or mean, so that heads may be added behind it
};

}  // namespace spinel::nn
