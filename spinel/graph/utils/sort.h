// Orders of indices and of edges.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "spinel/graph/utils/edges.h"

namespace spinel::graph {

/// inputs [n] integers → (in rising order, their positions before); equal ones keep their order. Linear in time where
/// max_value (at least the largest) is not far above n.
std::pair<at::Tensor, at::Tensor> index_sort(const at::Tensor& inputs, std::optional<int64_t> max_value = {});

/// Positions that sort by the last key, equal ones by the one before, …; stable. keys [n] each.
at::Tensor lexsort(const std::vector<at::Tensor>& keys, int64_t dim = -1, bool descending = false);

/// By row, then column, or by column, then row; stable.
Edges sort_edge_index(const at::Tensor& edge_index, const at::Tensor& edge_attr = {},
                      std::optional<int64_t> num_nodes = {}, bool sort_by_row = true);
/// The same with several attributes.
std::pair<at::Tensor, std::vector<at::Tensor>> sort_edge_index(const at::Tensor& edge_index,
                                                               const std::vector<at::Tensor>& edge_attrs,
                                                               std::optional<int64_t> num_nodes = {},
                                                               bool sort_by_row = true);

}  // namespace spinel::graph
