// The Gaussian mixture model convolution of MoNet.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "spinel/nn/conv/channels.h"
#include "spinel/nn/conv/message_passing.h"
#include "spinel/nn/dense/linear.h"

namespace spinel::nn {

struct GMMConvOptions {
  Channels in_channels = -1;
  int64_t out_channels = 0;
  int64_t dim = 1;                  ///< pseudo-coordinates of an edge
  int64_t kernel_size = 1;          ///< number of Gaussians
  bool separate_gaussians = false;  ///< Gaussians of their own for each pair of input and output channels
  Config aggr = "mean";
  bool root_weight = true;
  bool bias = true;
  MessagePassingOptions kwargs;
};

/// x_i' = aggr_j Σ_k w_k(e_ji) g_k x_j + root x_i + b, w_k(e) = exp(−½ Σ_d (e_d − μ_kd)² / (10^-15 + σ_kd²)) (Monti et
/// al., arXiv:1611.08402). State: `g` [in, out · K], `mu`, `sigma` [K, D] or [in, out, K, D], `root.weight`, `bias`.
/// With shared Gaussians and a sum or mean it holds K numbers an edge.
class GMMConv : public MessagePassing<GMMConv> {
 public:
  explicit GMMConv(GMMConvOptions options);
  static OptionTable<GMMConvOptions> options();

  std::string name() const override { return "GMMConv"; }
  std::string to_string() const override;
  void reset_parameters() override;
  /// x [N, in], or of sources and targets (which may be undefined); edge_attr [E, dim], needed.
  at::Tensor forward(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_attr = {},
                     const Size& size = {});
  ValueList call(const CallArguments& arguments) override;

  Message message(Arg<"x_j"> x_j, Arg<"edge_attr"> edge_attr);

 protected:
  void on_materialized() override;

 private:
  void create(int64_t in);
  /// w_k of each edge: [E, K], or [E, in, out, K].
  at::Tensor gaussians(const at::Tensor& edge_attr) const;

  GMMConvOptions options_;
  at::Tensor g_, mu_, sigma_, bias_;
  std::unique_ptr<Linear> root_;
  bool is_linear_;  ///< the aggregation is a sum or mean, so that kernels may be added behind it
};

}  // namespace spinel::nn
