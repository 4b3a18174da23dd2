// Edges cut by their type, for relational convolutions.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string_view>
#include <vector>

#include "spinel/nn/conv/message_edges.h"

namespace spinel::nn {

/// edge_type [E] of integers in [0, num_relations): invalid_argument that `owner` begins where it is not.
void check_relations(const at::Tensor& edge_type, const Adjacency& edges, int64_t num_relations,
                     std::string_view owner);

/// The edge list of each relation, edges in their order. Remembered for the next call with the same edges and types.
std::vector<at::Tensor> edges_by_relation(const Adjacency& edges, const at::Tensor& edge_type, int64_t num_relations,
                                          std::string_view owner);

}  // namespace spinel::nn
