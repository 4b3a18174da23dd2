// The graph convolution of Kipf and Welling.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "spinel/nn/conv/message_passing.h"
#include "spinel/nn/conv/normalized_edges.h"
#include "spinel/nn/dense/linear.h"

namespace spinel::nn {

struct GCNConvOptions {
  int64_t in_channels = -1;  ///< -1: the width of the first input
  int64_t out_channels = 0;
  bool improved = false;               ///< loops of weight 2
  bool cached = false;                 ///< the normalised edges of the first call serve all later ones
  std::optional<bool> add_self_loops;  ///< absent: the value of normalize
  bool normalize = true;
  bool bias = true;
  MessagePassingOptions kwargs;
};

/// x' = D^-½ (A + I) D^-½ x W + b (Kipf and Welling, arXiv:1609.02907). State: `lin.weight` [out, in], `bias` [out].
class GCNConv : public MessagePassing<GCNConv> {
 public:
  /// add_self_loops without normalize: invalid_argument.
  explicit GCNConv(GCNConvOptions options);
  static OptionTable<GCNConvOptions> options();

  std::string name() const override { return "GCNConv"; }
  std::string to_string() const override;
  /// Also forgets cached edges.
  void reset_parameters() override;
  /// x [N, in] or [batch, N, in], edge_weight [E] or undefined → [.., N, out]. A pair of features, other widths:
  /// invalid_argument.
  at::Tensor forward(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_weight = {});
  ValueList call(const CallArguments& arguments) override;

  Message message(Arg<"x_j"> x_j, Arg<"edge_weight"> edge_weight) { return weighted(edge_weight, x_j); }

 private:
  GCNConvOptions options_;
  Linear lin_;
  at::Tensor bias_;
  CachedEdges cached_;
};

}  // namespace spinel::nn
