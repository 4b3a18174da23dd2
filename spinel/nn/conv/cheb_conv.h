// The Chebyshev spectral graph convolution.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "spinel/nn/conv/message_passing.h"
#include "spinel/nn/conv/numbered_modules.h"
#include "spinel/nn/dense/linear.h"

namespace spinel::nn {

struct ChebConvOptions {
  int64_t in_channels = -1;
  int64_t out_channels = 0;
  int64_t K = 1;                                     ///< number of polynomials, at least 1
  std::optional<std::string> normalization = "sym";  ///< of the Laplacian: "sym", "rw", absent: none
  bool bias = true;
  MessagePassingOptions kwargs;
};

/// Σ_k Z_k Θ_k + b with Z_1 = x, Z_2 = L̂ x, Z_k = 2 L̂ Z_{k−1} − Z_{k−2}, L̂ = 2 L / λ_max − I (Defferrard et al.,
/// arXiv:1606.09375). State: `lins.<k>.weight`, `bias`.
class ChebConv : public MessagePassing<ChebConv> {
 public:
  /// K below 1, another normalization: invalid_argument.
  explicit ChebConv(ChebConvOptions options);
  static OptionTable<ChebConvOptions> options();

  std::string name() const override { return "ChebConv"; }
  std::string to_string() const override;
  void reset_parameters() override;
  /// x [.., N, in], edge_weight [E] or undefined. lambda_max: the largest eigenvalue, one number or with batch [N] one
  /// for each graph; undefined: twice the largest entry of the Laplacian. Loops of the edges do not count.
  at::Tensor forward(const at::Tensor& x, const Adjacency& edge_index, const at::Tensor& edge_weight = {},
                     const at::Tensor& batch = {}, const at::Tensor& lambda_max = {});
  ValueList call(const CallArguments& arguments) override;

  Message message(Arg<"x_j"> x_j, Arg<"norm"> norm) { return weighted(norm, x_j); }

 private:
  at::Tensor call_value(const at::Tensor& x, const Adjacency& edge_index, const at::Tensor& edge_weight,
                        const at::Tensor& batch, const Value& lambda_max);

  ChebConvOptions options_;
  NumberedModules<Linear> lins_;
  at::Tensor bias_;
};

}  // namespace spinel::nn
