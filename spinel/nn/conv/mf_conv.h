// The convolution of neural molecular fingerprints: weights for each degree.
#pragma once

#include <cstdint>
#include <string>

#include "spinel/nn/conv/channels.h"
#include "spinel/nn/conv/message_passing.h"
#include "spinel/nn/conv/numbered_modules.h"
#include "spinel/nn/dense/linear.h"

namespace spinel::nn {

struct MFConvOptions {
  Channels in_channels = -1;
  int64_t out_channels = 0;
  int64_t max_degree = 10;  ///< larger degrees count as this
  bool bias = true;
  MessagePassingOptions kwargs;
};

/// x_i' = W1_d Σ_j x_j + b_d + W2_d x_i, d the number of edges into i, at most max_degree (Duvenaud et al.,
/// arXiv:1509.09292). State: `lins_l.<d>.weight`, `lins_l.<d>.bias`, `lins_r.<d>.weight`.
class MFConv : public MessagePassing<MFConv> {
 public:
  explicit MFConv(MFConvOptions options);
  static OptionTable<MFConvOptions> options();

  std::string name() const override { return "MFConv"; }
  std::string to_string() const override;
  /// x [N, in], or of sources and targets (which may be undefined).
  at::Tensor forward(const Features& x, const Adjacency& edge_index, const Size& size = {});
  ValueList call(const CallArguments& arguments) override;

 private:
  MFConvOptions options_;
  NumberedModules<Linear> lins_l_, lins_r_;
};

}  // namespace spinel::nn
