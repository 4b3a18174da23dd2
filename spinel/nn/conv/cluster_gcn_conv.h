// Cluster-GCN's convolution with diagonal enhancement.
#pragma once

#include <cstdint>
#include <string>

#include "spinel/nn/conv/message_passing.h"
#include "spinel/nn/dense/linear.h"

namespace spinel::nn {

struct ClusterGCNConvOptions {
  int64_t in_channels = -1;
  int64_t out_channels = 0;
  double diag_lambda = 0;  ///< how much more the node itself counts
  bool add_self_loops = true;
  bool bias = true;
  MessagePassingOptions kwargs;
};

/// x' = (Â + λ diag(Â)) x W1 + b + x W2, Â = (D + I)^-1 (A + I) (Chiang et al., arXiv:1905.07953). State:
/// `lin_out.weight`, `lin_out.bias`, `lin_root.weight`. Loops of the edges count as Â's diagonal where none are added.
class ClusterGCNConv : public MessagePassing<ClusterGCNConv> {
 public:
  explicit ClusterGCNConv(ClusterGCNConvOptions options);
  static OptionTable<ClusterGCNConvOptions> options();

  std::string name() const override { return "ClusterGCNConv"; }
  std::string to_string() const override;
  /// x [.., N, in] → [.., N, out].
  at::Tensor forward(const at::Tensor& x, const Adjacency& edge_index);
  ValueList call(const CallArguments& arguments) override;

  Message message(Arg<"x_j"> x_j, Arg<"edge_weight"> edge_weight) { return weighted(edge_weight, x_j); }

 private:
  ClusterGCNConvOptions options_;
  Linear lin_out_, lin_root_;
};

}  // namespace spinel::nn
