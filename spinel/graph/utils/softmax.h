// The softmax within groups.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>

#include "spinel/graph/groups.h"

namespace spinel::graph {

/// exp(src − m) / (Σ exp(src − m) + 1e-16) over the group of each element along `dim`, m the group's maximum, which is
/// no variable. One operator, with derivatives of every order. src […, E, …] floating → the same.
at::Tensor softmax(const at::Tensor& src, const Groups& groups, int64_t dim = 0);

/// torch_geometric.utils.softmax: groups by `ptr` [G + 1] or, without it, `index` [E]; neither is an error. num_nodes:
/// the number of groups; absent: the largest index and one.
at::Tensor softmax(const at::Tensor& src, const at::Tensor& index, const at::Tensor& ptr = {},
                   std::optional<int64_t> num_nodes = {}, int64_t dim = 0);

}  // namespace spinel::graph
