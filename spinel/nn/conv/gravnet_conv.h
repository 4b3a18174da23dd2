// The GravNet convolution over nearest neighbours in a learnt space.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "spinel/nn/conv/message_passing.h"
#include "spinel/nn/dense/linear.h"

namespace spinel::nn {

struct GravNetConvOptions {
  int64_t in_channels = -1;
  int64_t out_channels = 0;
  int64_t space_dimensions = 0;        ///< of the learnt space
  int64_t propagate_dimensions = 0;    ///< width of messages
  int64_t k = 0;                       ///< neighbours of each node
  std::optional<int64_t> num_workers;  ///< deprecated in the reference: torch's threads search
  MessagePassingOptions kwargs;
};

/// x_i' = W1 x_i + W2 [mean_j w_ij h_j, max_j w_ij h_j] + b over the k nearest j of s = W_s x + b_s, with h = W_h x +
/// b_h and w_ij = exp(−10 ‖s_i − s_j‖²) (Qasim et al., arXiv:1902.07987). State: `lin_s.*`, `lin_h.*`,
/// `lin_out1.weight`, `lin_out2.*`. Gradients reach lin_s through w, not through the choice of neighbours.
class GravNetConv : public MessagePassing<GravNetConv> {
 public:
  explicit GravNetConv(GravNetConvOptions options);
  static OptionTable<GravNetConvOptions> options();

  std::string name() const override { return "GravNetConv"; }
  std::string to_string() const override;
  /// x [N, in], whose nodes are their own nearest ones, or of sources and targets; batch [N] the example of each,
  /// rising, or of both.
  at::Tensor forward(const Features& x, const Features& batch = {});
  ValueList call(const CallArguments& arguments) override;

  Message message(Arg<"x_j"> x_j, Arg<"edge_weight"> edge_weight);

 private:
  GravNetConvOptions options_;
  Linear lin_s_, lin_h_, lin_out1_, lin_out2_;
};

}  // namespace spinel::nn
