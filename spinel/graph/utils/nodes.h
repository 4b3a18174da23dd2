// Small functions on node indices: numbers of nodes, degrees, masks, one-hot codes.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace spinel::graph {

/// `num_nodes`, or the largest number of edge_index [2, E] and one (0 of none).
int64_t num_nodes_of(const at::Tensor& edge_index, std::optional<int64_t> num_nodes = {});

/// edge_index as every function here takes it: integers [2, E], int32 converted. Another rank, first size or type:
/// invalid_argument that `owner` begins.
at::Tensor checked_edge_index(const at::Tensor& edge_index, const char* owner);

/// index [E] → [num_nodes] how often each number occurs. dtype absent: torch's default floating type.
at::Tensor degree(const at::Tensor& index, std::optional<int64_t> num_nodes = {},
                  std::optional<at::ScalarType> dtype = {});
/// [n] along `dim` → [n + 1]: sums of what stands before, from 0.
at::Tensor cumsum(const at::Tensor& x, int64_t dim = 0);
/// index [n] → [n, num_classes] of dtype (absent: torch's default).
at::Tensor one_hot(const at::Tensor& index, std::optional<int64_t> num_classes = {},
                   std::optional<at::ScalarType> dtype = {});
/// index [n] → [size] boolean.
at::Tensor index_to_mask(const at::Tensor& index, std::optional<int64_t> size = {});
/// mask [N] boolean → positions of true.
at::Tensor mask_to_index(const at::Tensor& mask);
/// The elements of src along `dim` by a mask [N] or positions.
at::Tensor select(const at::Tensor& src, const at::Tensor& index_or_mask, int64_t dim);
/// src cut into the graphs of batch [N], which rises.
std::vector<at::Tensor> unbatch(const at::Tensor& src, const at::Tensor& batch, int64_t dim = 0,
                                std::optional<int64_t> batch_size = {});
/// edge_index cut into those of the graphs, whose nodes are numbered from 0.
std::vector<at::Tensor> unbatch_edge_index(const at::Tensor& edge_index, const at::Tensor& batch,
                                           std::optional<int64_t> batch_size = {});

}  // namespace spinel::graph
