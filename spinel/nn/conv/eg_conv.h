// The efficient graph convolution with adaptive filters and several aggregators.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "spinel/nn/conv/message_passing.h"
#include "spinel/nn/conv/normalized_edges.h"
#include "spinel/nn/dense/linear.h"

namespace spinel::nn {

struct EGConvOptions {
  int64_t in_channels = -1;
  int64_t out_channels = 0;
  std::vector<std::string> aggregators = {"symnorm"};  ///< of sum, mean, symnorm, min, max, var, std
  int64_t num_heads = 8;
  int64_t num_bases = 4;
  bool cached = false;
  bool add_self_loops = true;
  bool bias = true;
  MessagePassingOptions kwargs;
};

/// y_i = ‖_h Σ_aggr Σ_b w_{i,h,aggr,b} aggr_j Θ_b x_j (Tailor et al., arXiv:2104.01481). State: `bases_lin.weight`
/// [out / heads · bases, in], `comb_lin.*`, `bias`. The edges of symnorm, with loops, serve all aggregators. std is
/// √max(var, 10^-5) over an edge list and √(max(var, 0) + 10^-5) over a sparse matrix, as in the reference.
class EGConv : public MessagePassing<EGConv> {
 public:
  /// Heads that do not divide out_channels, another aggregator: invalid_argument.
  explicit EGConv(EGConvOptions options);
  static OptionTable<EGConvOptions> options();

  std::string name() const override { return "EGConv"; }
  std::string to_string() const override;
  void reset_parameters() override;
  /// x [N, in] → [N, out].
  at::Tensor forward(const at::Tensor& x, const Adjacency& edge_index);
  ValueList call(const CallArguments& arguments) override;

  at::Tensor aggregate(const Message& message, Arg<"symnorm_weight"> symnorm_weight, Arg<"edges"> edges);

 private:
  EGConvOptions options_;
  Linear bases_lin_, comb_lin_;
  at::Tensor bias_;
  CachedEdges cached_;
};

}  // namespace spinel::nn
