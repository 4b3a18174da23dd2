// Edges without duplicates, and undirected ones.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "spinel/graph/utils/edges.h"

namespace spinel::graph {

/// An edge_index with any number of attributes, each [E, …] or undefined.
using EdgesWithAttributes = std::pair<at::Tensor, std::vector<at::Tensor>>;

/// Sorted by row, then column (or the reverse), each edge once; attributes of equal ones reduced (parse_group_reduce).
/// is_sorted: the edges are in this order already. num_nodes² beyond int64: invalid_argument.
EdgesWithAttributes coalesce(const at::Tensor& edge_index, const std::vector<at::Tensor>& edge_attrs,
                             std::optional<int64_t> num_nodes = {}, std::string_view reduce = "sum",
                             bool is_sorted = false, bool sort_by_row = true);
Edges coalesce(const at::Tensor& edge_index, const at::Tensor& edge_attr = {}, std::optional<int64_t> num_nodes = {},
               std::string_view reduce = "sum", bool is_sorted = false, bool sort_by_row = true);

/// Edges and reversed edges, coalesced: attributes of edges that were there in both directions are reduced too.
EdgesWithAttributes to_undirected(const at::Tensor& edge_index, const std::vector<at::Tensor>& edge_attrs,
                                  std::optional<int64_t> num_nodes = {}, std::string_view reduce = "add");
Edges to_undirected(const at::Tensor& edge_index, const at::Tensor& edge_attr = {},
                    std::optional<int64_t> num_nodes = {}, std::string_view reduce = "add");

/// Whether each edge is there in both directions, with equal attributes.
bool is_undirected(const at::Tensor& edge_index, const std::vector<at::Tensor>& edge_attrs = {},
                   std::optional<int64_t> num_nodes = {});

}  // namespace spinel::graph
