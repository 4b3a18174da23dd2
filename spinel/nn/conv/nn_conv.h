// The edge-conditioned convolution, whose weights a network makes from the edges.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "spinel/nn/conv/channels.h"
#include "spinel/nn/conv/message_passing.h"
#include "spinel/nn/conv/module_argument.h"
#include "spinel/nn/dense/linear.h"

namespace spinel::nn {

struct NNConvOptions {
  Channels in_channels = 0;
  int64_t out_channels = 0;
  LayerArgument nn;  ///< from edge_attr [E, D] to [E, in · out]
  Config aggr = "add";
  bool root_weight = true;
  bool bias = true;
  MessagePassingOptions kwargs;
};

/// x_i' = Θ x_i + aggr_j x_j · nn(e_ji) + b, nn(e) as a matrix [in, out] (Gilmer et al., arXiv:1704.01212). State:
/// `nn.*`, `lin.weight`, `bias`. Where nn ends with a linear map V h + c of K hidden numbers, and there are more edges
/// than nodes, V takes the features of a source first and then h: x_j · nn(e) = (x_j V) h + x_j c. That makes N · in ·
/// out · K instead of E · in · out · K products, and a matrix for each node instead of one for each edge.
class NNConv : public MessagePassing<NNConv> {
 public:
  explicit NNConv(NNConvOptions options);
  static OptionTable<NNConvOptions> options();

  std::string name() const override { return "NNConv"; }
  std::string to_string() const override;
  void reset_parameters() override;
  /// x [N, in], or of sources and targets (which may be undefined); edge_attr [E, D], needed.
  at::Tensor forward(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_attr = {},
                     const Size& size = {});
  ValueList call(const CallArguments& arguments) override;

  at::Tensor message(Arg<"x_j"> x_j, Arg<"edge_attr"> edge_attr, Arg<"attr_by_source"> attr_by_source);

 private:
  /// Whether messages may be made by sources, and pay.
  bool is_made_by_source(const Features& x, const Adjacency& edge_index) const;
  at::Tensor message_by_source(const Lifted& x_j, const at::Tensor& edge_attr) const;

  NNConvOptions options_;
  std::shared_ptr<Layer> nn_;
  std::unique_ptr<Linear> lin_;
  at::Tensor bias_;
};

}  // namespace spinel::nn
