// The hypergraph convolution, with attention over incidences or without.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "spinel/nn/conv/message_passing.h"
#include "spinel/nn/dense/linear.h"

namespace spinel::nn {

struct HypergraphConvOptions {
  int64_t in_channels = -1;
  int64_t out_channels = 0;
  bool use_attention = false;
  std::string attention_mode = "node";  ///< over the nodes of a hyperedge, or "edge": over the hyperedges of a node
  int64_t heads = 1;                    ///< with attention alone
  bool concat = true;
  double negative_slope = 0.2;
  double dropout = 0;
  bool bias = true;
  MessagePassingOptions kwargs;
};

/// x' = D^-1 H B^-1 Hᵀ x Θ + b, H the incidences, B the members of each hyperedge, D the sum of the weights of each
/// node's hyperedges (Bai et al., arXiv:1901.08150); attention multiplies both H. As in the reference the weights count
/// in D alone. State: `lin.weight`, `att` [1, heads, 2 · out], `bias`.
class HypergraphConv : public MessagePassing<HypergraphConv> {
 public:
  /// Several heads without attention, another mode: invalid_argument.
  explicit HypergraphConv(HypergraphConvOptions options);
  static OptionTable<HypergraphConvOptions> options();

  std::string name() const override { return "HypergraphConv"; }
  std::string to_string() const override;
  void reset_parameters() override;
  /// x [N, in], hyperedge_index [2, n] nodes over hyperedges, hyperedge_weight [M], hyperedge_attr [M, in] (needed for
  /// attention), num_edges M (absent: the largest hyperedge and one) → [N, heads · out].
  at::Tensor forward(const at::Tensor& x, const at::Tensor& hyperedge_index, const at::Tensor& hyperedge_weight = {},
                     const at::Tensor& hyperedge_attr = {}, std::optional<int64_t> num_edges = {});
  ValueList call(const CallArguments& arguments) override;

  Message message(Arg<"x_j"> x_j, Arg<"alpha"> alpha) {
    return alpha.defined() ? alpha.unsqueeze(-1) * x_j : Message(x_j);
  }

 private:
  at::Tensor attention(const at::Tensor& nodes, const at::Tensor& attr, const MessageEdges& to_edges);

  HypergraphConvOptions options_;
  Linear lin_;
  at::Tensor att_, bias_;
};

}  // namespace spinel::nn
