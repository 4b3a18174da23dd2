// Between graphs in a batch and dense tensors with a row for each place.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <utility>

#include "spinel/graph/groups.h"
#include "spinel/graph/utils/edges.h"

namespace spinel::graph {

struct DenseBatch {
  at::Tensor x;     ///< [B, M, …]
  at::Tensor mask;  ///< [B, M] boolean, places of nodes
};
/// x [N, …] with the graph of each node, in order (undefined: one graph) → a row of max_num_nodes places (absent: the
/// largest graph's) a graph; what is beyond is dropped, what is empty is fill_value.
DenseBatch to_dense_batch(const at::Tensor& x, const at::Tensor& batch = {}, double fill_value = 0,
                          std::optional<int64_t> max_num_nodes = {}, std::optional<int64_t> batch_size = {});
/// The same of groups whose elements are in order.
DenseBatch to_dense_batch(const at::Tensor& x, const Groups& groups, double fill_value = 0,
                          std::optional<int64_t> max_num_nodes = {});

/// [B, M, M, …]: attributes (1 without) of the edges of each graph, duplicates summed; edges that touch nodes beyond
/// max_num_nodes are dropped.
at::Tensor to_dense_adj(const at::Tensor& edge_index, const at::Tensor& batch = {}, const at::Tensor& edge_attr = {},
                        std::optional<int64_t> max_num_nodes = {}, std::optional<int64_t> batch_size = {});

/// adj [N, M] or [B, N, M] → its entries that are not 0. mask [B, N] of the nodes that are there: those of graph b
/// begin after all of those before, else every graph has N.
Edges dense_to_sparse(const at::Tensor& adj, const at::Tensor& mask = {});

}  // namespace spinel::graph
