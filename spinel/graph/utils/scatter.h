// Reductions by index and by pointers, as torch_geometric.utils has them.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace spinel::graph {

/// out[…, i, …] = reduce of src[…, e, …] over all e with index[e] = i along `dim`. index [E] integers; reduce: see
/// parse_group_reduce. An index that is not one-dimensional, a dim out of range, another reduction: invalid_argument.
at::Tensor scatter(const at::Tensor& src, const at::Tensor& index, int64_t dim = 0,
                   std::optional<int64_t> dim_size = {}, std::string_view reduce = "sum");

/// src [E, …], ptr [G + 1] → [G, …].
at::Tensor segment(const at::Tensor& src, const at::Tensor& ptr, std::string_view reduce = "sum");

/// src [E], index [E] → [dim_size] the position of the largest element of each group, of equal ones the first; E of
/// none, as torch_scatter has it.
at::Tensor scatter_argmax(const at::Tensor& src, const at::Tensor& index, std::optional<int64_t> dim_size = {});

/// src [E], index [E] → [E] the rank of each element inside its group. return_consecutive: the ranks over all groups
/// one after another. stable: equal ones keep their order.
at::Tensor group_argsort(const at::Tensor& src, const at::Tensor& index, std::optional<int64_t> num_groups = {},
                         bool descending = false, bool return_consecutive = false, bool stable = false);

/// The tensors' elements one after another along `dim`, in stable order of their indices.
struct GroupCat {
  at::Tensor out;
  at::Tensor index;
};
GroupCat group_cat(const std::vector<at::Tensor>& tensors, const std::vector<at::Tensor>& indices, int64_t dim = 0);

}  // namespace spinel::graph
