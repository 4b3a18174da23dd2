// The path integral based convolution.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "spinel/nn/conv/message_passing.h"
#include "spinel/nn/dense/linear.h"

namespace spinel::nn {

struct PANConvOptions {
  int64_t in_channels = -1;  ///< -1: the width of the first input
  int64_t out_channels = 0;
  int64_t filter_size = 0;  ///< length of the longest paths
  MessagePassingOptions kwargs;
};

/// x' = M x W + b with M = Z^-½ (Σ_{n=0..L} e_n A^n) Z^-½, e_n = w_0 · … · w_n, Z the number of entries of each row (Ma
/// et al., arXiv:2006.16811). A counts edges; weights of a matrix are not looked at. The numbers of paths of each
/// length depend on the edges alone and are remembered. State: `weight` [L + 1], `lin.weight`, `lin.bias`.
class PANConv : public MessagePassing<PANConv> {
 public:
  explicit PANConv(PANConvOptions options);
  static OptionTable<PANConvOptions> options();

  std::string name() const override { return "PANConv"; }
  std::string to_string() const override;
  void reset_parameters() override;
  /// x [N, in] → ([N, out], M [N, N] with targets as rows). Gradients pass through M to `weight`.
  std::pair<at::Tensor, sparse::SparseTensor> forward(const at::Tensor& x, const Adjacency& edge_index);
  ValueList call(const CallArguments& arguments) override;

  Message message(Arg<"x_j"> x_j, Arg<"edge_weight"> edge_weight) { return weighted(edge_weight, x_j); }

 private:
  PANConvOptions options_;
  Linear lin_;
  at::Tensor weight_;
};

}  // namespace spinel::nn
