// What functions on edges take and give: an edge_index with attributes.
#pragma once

#include <ATen/core/Tensor.h>

#include <string_view>

namespace spinel::graph {

/// edge_index [2, E] int64 (row 0 source, row 1 target) and edge_attr [E, …], undefined where there is none.
struct Edges {
  at::Tensor edge_index;
  at::Tensor edge_attr;
};

/// Which row of an edge_index the messages come from: row 0 (source_to_target) or row 1.
enum class Flow { source_to_target, target_to_source };

/// "source_to_target" or "target_to_source"; another: invalid_argument that `owner` begins.
Flow parse_flow(std::string_view name, std::string_view owner);

}  // namespace spinel::graph
