// The convolution of pathfinder discovery networks: weights of edges are learnt from their features.
#pragma once

#include <cstdint>
#include <string>

#include "spinel/nn/conv/message_passing.h"
#include "spinel/nn/dense/linear.h"

namespace spinel::nn {

struct PDNConvOptions {
  int64_t in_channels = -1;
  int64_t out_channels = 0;
  int64_t edge_dim = 0;
  int64_t hidden_channels = 0;
  bool add_self_loops = true;  ///< of weight 1
  bool normalize = true;
  bool bias = true;
  MessagePassingOptions kwargs;
};

/// GCNConv with the weights σ(MLP(e_ji)) (Rozemberczki et al., arXiv:2010.12878). State: `lin.weight`, `mlp.0.*`,
/// `mlp.2.*`, `bias`.
class PDNConv : public MessagePassing<PDNConv> {
 public:
  explicit PDNConv(PDNConvOptions options);
  static OptionTable<PDNConvOptions> options();

  std::string name() const override { return "PDNConv"; }
  std::string to_string() const override;
  void reset_parameters() override;
  /// x [.., N, in]; edge_attr [E, edge_dim], or the values of a sparse matrix; undefined: all weights are 1.
  at::Tensor forward(const at::Tensor& x, const Adjacency& edge_index, const at::Tensor& edge_attr = {});
  ValueList call(const CallArguments& arguments) override;

  Message message(Arg<"x_j"> x_j, Arg<"edge_weight"> edge_weight) { return weighted(edge_weight, x_j); }

 private:
  /// Layers 0 and 2 of a Sequential, whose others have no state.
  struct Mlp : Module {
    Mlp(int64_t in, int64_t hidden);
    Linear first, second;
  };

  PDNConvOptions options_;
  Linear lin_;
  Mlp mlp_;
  at::Tensor bias_;
};

}  // namespace spinel::nn
