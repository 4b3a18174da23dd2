// The generalised graph convolution of DeeperGCN.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "spinel/nn/conv/channels.h"
#include "spinel/nn/conv/message_passing.h"
#include "spinel/nn/dense/linear.h"
#include "spinel/nn/norm/diff_group_norm.h"

namespace spinel::nn {

struct GENConvOptions {
  Channels in_channels = -1;
  int64_t out_channels = 0;
  /// Also "softmax_sg" (no gradient through the weights) and "power".
  Config aggr = "softmax";
  double t = 1;  ///< of the softmax
  bool learn_t = false;
  double p = 1;  ///< of the power mean
  bool learn_p = false;
  bool msg_norm = false;  ///< what is aggregated gets the length of the node's features
  bool learn_msg_scale = false;
  std::optional<std::string> norm = "batch";  ///< in the MLP: "batch", "layer", "instance" or none
  int64_t num_layers = 2;
  int64_t expansion = 2;  ///< hidden width of the MLP over out_channels
  double eps = 1e-7;
  bool bias = false;
  std::optional<int64_t> edge_dim;  ///< absent: edge_attr has out_channels features
  MessagePassingOptions kwargs;
};

/// MLP(x_i + aggr_j (ReLU(x_j + e_ji) + ε)) (Li et al., arXiv:2006.07739). State: where widths differ `lin_src.*`,
/// `lin_dst.*`, `lin_edge.*`, `lin_aggr_out.*`; `aggr_module.*`, `msg_norm.scale`, `mlp.<i>.*`. Without edge_attr the
/// messages are made of nodes.
class GENConv : public MessagePassing<GENConv> {
 public:
  /// Another norm: invalid_argument.
  explicit GENConv(GENConvOptions options);
  static OptionTable<GENConvOptions> options();

  std::string name() const override { return "GENConv"; }
  std::string to_string() const override;
  /// x [N, in], or of sources and targets (which may be undefined); edge_attr [E, D], or the values of a matrix.
  at::Tensor forward(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_attr = {},
                     const Size& size = {});
  ValueList call(const CallArguments& arguments) override;

  Message message(Arg<"x_j"> x_j, Arg<"edge_attr"> edge_attr);

 private:
  /// Linear, norm, ReLU, dropout, …, Linear under the numbers of a Sequential.
  class Mlp : public Module {
   public:
    void add_linear(int64_t in, int64_t out, bool bias);
    void add_norm(const std::string& kind, int64_t width);
    void skip(int64_t layers) { next_ += layers; }
    at::Tensor forward(at::Tensor x) const;

   private:
    struct Block {
      std::unique_ptr<Linear> lin;
      std::unique_ptr<Layer> norm;
      bool of_rows = false;  ///< instance norm of [N, C], which normalises each row
    };
    std::vector<Block> blocks_;
    int64_t next_ = 0;
  };
  void add(const char* name, std::unique_ptr<Linear>& lin, int64_t in);

  GENConvOptions options_;
  std::unique_ptr<Linear> lin_src_, lin_dst_, lin_edge_, lin_aggr_out_;
  std::unique_ptr<MessageNorm> msg_norm_;
  Mlp mlp_;
};

}  // namespace spinel::nn
