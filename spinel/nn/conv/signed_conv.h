// The convolution of graphs with positive and negative edges.
#pragma once

#include <cstdint>
#include <string>

#include "spinel/nn/conv/message_passing.h"
#include "spinel/nn/dense/linear.h"

namespace spinel::nn {

struct SignedConvOptions {
  int64_t in_channels = 0;   ///< of a later layer: the width of one half of the input
  int64_t out_channels = 0;  ///< of one half of the result
  bool first_aggr = true;    ///< the first layer; a later one takes [positive | negative] halves
  bool bias = true;
  MessagePassingOptions kwargs;
};

/// Positive and negative halves side by side (Derr et al., arXiv:1808.06354). First layer: W_l mean of the neighbours
/// by positive (negative) edges + W_r x_i. Later ones: the positive half takes the positive half over positive edges,
/// the negative half over negative edges, and its own; the negative half the reverse. State: `lin_pos_l.weight`,
/// `lin_pos_r.*`, `lin_neg_l.weight`, `lin_neg_r.*`.
class SignedConv : public MessagePassing<SignedConv> {
 public:
  explicit SignedConv(SignedConvOptions options);
  static OptionTable<SignedConvOptions> options();

  std::string name() const override { return "SignedConv"; }
  std::string to_string() const override;
  /// x [N, in], or of sources and targets → [N, 2 · out].
  at::Tensor forward(const Features& x, const Adjacency& pos_edge_index, const Adjacency& neg_edge_index);
  ValueList call(const CallArguments& arguments) override;

 private:
  SignedConvOptions options_;
  Linear lin_pos_l_, lin_pos_r_, lin_neg_l_, lin_neg_r_;
};

}  // namespace spinel::nn
