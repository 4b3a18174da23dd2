// The general layer of the design space for graph networks.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "spinel/nn/conv/channels.h"
#include "spinel/nn/conv/message_passing.h"
#include "spinel/nn/dense/linear.h"

namespace spinel::nn {

struct GeneralConvOptions {
  Channels in_channels = -1;
  int64_t out_channels = 0;
  std::optional<int64_t> in_edge_channels;  ///< width of edge_attr; absent: it must not be given
  Config aggr = "add";
  bool skip_linear = false;  ///< the node itself passes a linear map even where widths are equal
  bool directed_msg = true;  ///< messages are made of the source alone
  int64_t heads = 1;         ///< whose mean is taken
  bool attention = false;
  std::string attention_type = "additive";  ///< or "dot_product"
  bool l2_normalize = false;
  bool bias = true;
  MessagePassingOptions kwargs;
};

/// Mean over heads of aggr_j α_ij m_ij plus a map of x_i, m_ij = W x_j (+ W_i x_i) (+ W_e e_ji) (You et al.,
/// arXiv:2011.08843). State: `lin_msg.*`, `lin_msg_i.*`, `lin_self.*` (none where widths are equal), `lin_edge.*`,
/// `att_msg` [1, heads, out], or for dot products the buffer `scaler`.
class GeneralConv : public MessagePassing<GeneralConv> {
 public:
  /// Another attention_type: invalid_argument.
  explicit GeneralConv(GeneralConvOptions options);
  static OptionTable<GeneralConvOptions> options();

  std::string name() const override { return "GeneralConv"; }
  std::string to_string() const override;
  void reset_parameters() override;
  /// x [N, in], or of sources and targets; edge_attr [E, in_edge_channels] → [N, out].
  at::Tensor forward(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_attr = {},
                     const Size& size = {});
  ValueList call(const CallArguments& arguments) override;

  /// msg: W x, own: W_i x of the nodes of both ends [N, heads, out]; edge: W_e e [E, heads, out].
  Message message(Arg<"msg_i"> msg_i, Arg<"msg_j"> msg_j, Arg<"own_i"> own_i, Arg<"own_j"> own_j, Arg<"edge"> edge,
                  Arg<"edges"> edges);

 private:
  GeneralConvOptions options_;
  Linear lin_msg_;
  std::unique_ptr<Linear> lin_msg_i_, lin_self_, lin_edge_;
  at::Tensor att_msg_, scaler_;
};

}  // namespace spinel::nn
