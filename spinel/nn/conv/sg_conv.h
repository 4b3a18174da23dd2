// Convolutions that propagate K times and then map once: SGC and SSGC.
#pragma once

#include <cstdint>
#include <string>

#include "spinel/nn/conv/message_passing.h"
#include "spinel/nn/conv/normalized_edges.h"
#include "spinel/nn/dense/linear.h"

namespace spinel::nn {

struct SGConvOptions {
  int64_t in_channels = -1;
  int64_t out_channels = 0;
  int64_t K = 1;        ///< hops
  bool cached = false;  ///< the propagated features of the first call serve all later ones, which ignore their inputs
  bool add_self_loops = true;
  bool bias = true;
  MessagePassingOptions kwargs;
};

/// (D^-½ (A + I) D^-½)^K x W + b (Wu et al., arXiv:1902.07153). State: `lin.weight`, `lin.bias`.
class SGConv : public MessagePassing<SGConv> {
 public:
  explicit SGConv(SGConvOptions options);
  static OptionTable<SGConvOptions> options();

  std::string name() const override { return "SGConv"; }
  std::string to_string() const override;
  void reset_parameters() override;
  /// x [.., N, in], edge_weight [E] or undefined → [.., N, out].
  at::Tensor forward(const at::Tensor& x, const Adjacency& edge_index, const at::Tensor& edge_weight = {});
  ValueList call(const CallArguments& arguments) override;

  Message message(Arg<"x_j"> x_j, Arg<"edge_weight"> edge_weight) { return weighted(edge_weight, x_j); }

 private:
  SGConvOptions options_;
  Linear lin_;
  at::Tensor cached_x_;
};

struct SSGConvOptions {
  int64_t in_channels = -1;
  int64_t out_channels = 0;
  double alpha = 0.1;  ///< share of the node itself
  int64_t K = 1;
  bool cached = false;
  bool add_self_loops = true;
  bool bias = true;
  MessagePassingOptions kwargs;
};

/// (1/K Σ_k (1 − α) (D^-½ (A + I) D^-½)^k x + α x) W + b (Zhu and Koniusz, ICLR 2021). State: `lin.weight`, `lin.bias`.
class SSGConv : public MessagePassing<SSGConv> {
 public:
  explicit SSGConv(SSGConvOptions options);
  static OptionTable<SSGConvOptions> options();

  std::string name() const override { return "SSGConv"; }
  std::string to_string() const override;
  void reset_parameters() override;
  at::Tensor forward(const at::Tensor& x, const Adjacency& edge_index, const at::Tensor& edge_weight = {});
  ValueList call(const CallArguments& arguments) override;

  Message message(Arg<"x_j"> x_j, Arg<"edge_weight"> edge_weight) { return weighted(edge_weight, x_j); }

 private:
  SSGConvOptions options_;
  Linear lin_;
  at::Tensor cached_h_;
};

}  // namespace spinel::nn
