// The convolution with auto-regressive moving average filters.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "spinel/nn/conv/message_passing.h"
#include "spinel/nn/conv/module_argument.h"

namespace spinel::nn {

struct ARMAConvOptions {
  int64_t in_channels = -1;
  int64_t out_channels = 0;
  int64_t num_stacks = 1;
  int64_t num_layers = 1;
  bool shared_weights = false;  ///< all layers of a stack have the same weights
  LayerArgument act = "ReLU";
  double dropout = 0;  ///< of the root's features, in training
  bool bias = true;
  MessagePassingOptions kwargs;
};

/// Mean over K stacks of X_{t+1} = act(D^-½ A D^-½ X_t W_t + x V_t + b_t) (Bianchi et al., arXiv:1901.01343). State:
/// `init_weight` [K, in, out], `weight` [max(1, T − 1), K, out, out], `root_weight` [T, K, in, out], `bias`
/// [T, K, 1, out]; T is 1 with shared weights.
class ARMAConv : public MessagePassing<ARMAConv> {
 public:
  explicit ARMAConv(ARMAConvOptions options);
  static OptionTable<ARMAConvOptions> options();

  std::string name() const override { return "ARMAConv"; }
  std::string to_string() const override;
  void reset_parameters() override;
  /// x [.., N, in], edge_weight [E] or undefined → [.., N, out].
  at::Tensor forward(const at::Tensor& x, const Adjacency& edge_index, const at::Tensor& edge_weight = {});
  ValueList call(const CallArguments& arguments) override;

  Message message(Arg<"x_j"> x_j, Arg<"edge_weight"> edge_weight) { return weighted(edge_weight, x_j); }

 protected:
  void on_materialized() override;

 private:
  ARMAConvOptions options_;
  std::shared_ptr<Layer> act_;
  at::Tensor weight_, init_weight_, root_weight_, bias_;
};

}  // namespace spinel::nn
