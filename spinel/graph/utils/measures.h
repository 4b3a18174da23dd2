// Figures of graphs: homophily, assortativity, normalised cuts.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace spinel::graph {

/// How often edges join nodes of one class y [N] int64. "edge": the share of edges (Zhu et al., arXiv:2006.11468);
/// "node": the mean over nodes of the share of their incoming edges (Pei et al., arXiv:2002.05287);
/// "edge_insensitive": the mean over classes of what exceeds the class's share of nodes (Lim et al., arXiv:2110.14446).
/// [] floating; with batch [N] one a graph. Another method: invalid_argument.
at::Tensor homophily(const at::Tensor& edge_index, const at::Tensor& y, const at::Tensor& batch = {},
                     std::string_view method = "edge");

/// Newman's degree assortativity (arXiv:cond-mat/0209450), the correlation of the out-degree of sources with the
/// in-degree of targets: [] floating.
at::Tensor assortativity(const at::Tensor& edge_index);

/// edge_attr · (1 / deg(row) + 1 / deg(col)) of degrees over row 1: [E, …].
at::Tensor normalized_cut(const at::Tensor& edge_index, const at::Tensor& edge_attr,
                          std::optional<int64_t> num_nodes = {});

}  // namespace spinel::graph
