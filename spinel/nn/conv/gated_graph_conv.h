// The gated graph convolution: messages go into a recurrent cell.
#pragma once

#include <cstdint>
#include <string>

#include "spinel/nn/conv/message_passing.h"
#include "spinel/nn/dense/recurrent.h"

namespace spinel::nn {

struct GatedGraphConvOptions {
  int64_t out_channels = 0;
  int64_t num_layers = 1;
  Config aggr = "add";
  bool bias = true;  ///< of the cell
  MessagePassingOptions kwargs;
};

/// h ← GRUCell(aggr_j e_ji h_j Θ_l, h) for each layer, from h = [x, 0] (Li et al., arXiv:1511.05493). State: `weight`
/// [layers, out, out], `rnn.*`.
class GatedGraphConv : public MessagePassing<GatedGraphConv> {
 public:
  explicit GatedGraphConv(GatedGraphConvOptions options);
  static OptionTable<GatedGraphConvOptions> options();

  std::string name() const override { return "GatedGraphConv"; }
  std::string to_string() const override;
  void reset_parameters() override;
  /// x [N, at most out], edge_weight [E] or undefined → [N, out].
  at::Tensor forward(const at::Tensor& x, const Adjacency& edge_index, const at::Tensor& edge_weight = {});
  ValueList call(const CallArguments& arguments) override;

  Message message(Arg<"x_j"> x_j, Arg<"edge_weight"> edge_weight) { return weighted(edge_weight, x_j); }

 private:
  GatedGraphConvOptions options_;
  at::Tensor weight_;
  GRUCell rnn_;
};

}  // namespace spinel::nn
