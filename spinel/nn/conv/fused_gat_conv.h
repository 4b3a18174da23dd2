// Graph attention on a graph that is given in compressed form.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <utility>

#include "spinel/nn/conv/gat_conv.h"

namespace spinel::nn {

/// GATConv without loops and features of edges, on the two compressed forms of a graph that dgNN's fused kernels take
/// (Zhang et al., MLSys 2022). The rows of csr take messages from its columns, as there: over the result of
/// to_graph_format() a directed edge carries its message from row 1 of edge_index to row 0. State: as GATConv.
class FusedGATConv : public GATConv {
 public:
  using Pair = std::pair<at::Tensor, at::Tensor>;
  struct GraphFormat {
    Pair csr;         ///< (rowptr [N0 + 1], col [E])
    Pair csc;         ///< (row [E], colptr [N1 + 1])
    at::Tensor perm;  ///< [E] which entry of csr each one of csc is
  };

  /// add_self_loops or edge_dim: invalid_argument.
  explicit FusedGATConv(GATConvOptions options);
  /// GATConv's; add_self_loops, on by default there, must be turned off.
  static OptionTable<GATConvOptions> options();

  /// edge_index [2, E] → int32 tensors. size: numbers of nodes of both rows; absent: what the edges need.
  static GraphFormat to_graph_format(const at::Tensor& edge_index, const Size& size = {});

  std::string name() const override { return "FusedGATConv"; }
  std::string to_string() const override;
  /// x [N, in] → [N, heads · out] or [N, out]. csr that is no graph of N nodes, csc or perm of other sizes:
  /// invalid_argument.
  at::Tensor forward(const at::Tensor& x, const Pair& csr, const Pair& csc, const at::Tensor& perm);
  ValueList call(const CallArguments& arguments) override;
};

}  // namespace spinel::nn
