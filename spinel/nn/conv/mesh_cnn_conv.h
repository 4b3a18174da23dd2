// The convolution on the edges of a triangle mesh.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "spinel/nn/conv/message_passing.h"
#include "spinel/nn/conv/module_argument.h"

namespace spinel::nn {

struct MeshCNNConvOptions {
  int64_t in_channels = 0;
  int64_t out_channels = 0;
  std::optional<std::vector<LayerArgument>> kernels;  ///< five, from in to out channels; absent: linear maps
};

/// x_e' = K₀(x_e) + K₁(|a − c|) + K₂(a + c) + K₃(|b − d|) + K₄(b + d) of an edge e of a mesh of triangles with its four
/// neighbours a, b, c, d around both triangles (Hanocka et al., arXiv:1809.05910). State: `kernels.0.*` …
/// `kernels.4.*`.
class MeshCNNConv : public MessagePassing<MeshCNNConv> {
 public:
  explicit MeshCNNConv(MeshCNNConvOptions options);
  static OptionTable<MeshCNNConvOptions> options();

  std::string name() const override { return "MeshCNNConv"; }
  std::string to_string() const override;
  /// x [N, in] of the N edges of the mesh; edge_index [2, 4 N] goes from neighbours to edges, of each edge from a, b, c
  /// and d one after another. A matrix, which has no such order, is refused.
  at::Tensor forward(const at::Tensor& x, const Adjacency& edge_index);
  ValueList call(const CallArguments& arguments) override;

  at::Tensor message(Arg<"x_j"> x_j);

 private:
  MeshCNNConvOptions options_;
  std::vector<std::shared_ptr<Layer>> kernels_;
};

}  // namespace spinel::nn
