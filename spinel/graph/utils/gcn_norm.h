// Normalised adjacencies: that of graph convolutional networks, and Laplacians.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string_view>

#include "spinel/graph/utils/edges.h"
#include "spinel/sparse/sparse_tensor.h"

namespace spinel::graph {

struct GcnNormOptions {
  bool improved = false;  ///< loops of weight 2, not 1, where edges have weights (a matrix always)
  bool add_self_loops = true;
  Flow flow = Flow::source_to_target;  ///< degrees of the targets: over row 1, or row 0
  std::optional<int64_t> num_nodes;
  /// Of the weights of edges that have none; absent: torch's default.
  std::optional<at::ScalarType> dtype;
};

/// D^-½ Ã D^-½ with Ã = A + fI (Kipf and Welling, arXiv:1609.02907): remaining loops are added, deg^-½ of 0 is 0, of a
/// negative degree NaN. edge_weight [E] or undefined (1) → weights of the returned edges.
Edges gcn_norm(const at::Tensor& edge_index, const at::Tensor& edge_weight = {}, const GcnNormOptions& options = {});
/// The same of a square adj_t (row: target). Values of an existing diagonal are overwritten, which the list of edges
/// keeps; flow must be source_to_target.
sparse::SparseTensor gcn_norm(const sparse::SparseTensor& adj_t, const GcnNormOptions& options = {});

enum class LaplacianNormalization { none, sym, rw };
/// null or "none", "sym", "rw".
LaplacianNormalization parse_laplacian(std::string_view name, std::string_view owner);

/// Loops are removed, degrees are over row 0. none: D − A; sym: I − D^-½ A D^-½; rw: I − D^-1 A. The edges, then the
/// diagonal.
Edges get_laplacian(const at::Tensor& edge_index, const at::Tensor& edge_weight = {},
                    LaplacianNormalization normalization = LaplacianNormalization::none,
                    std::optional<at::ScalarType> dtype = {}, std::optional<int64_t> num_nodes = {});

}  // namespace spinel::graph
