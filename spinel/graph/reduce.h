// Reductions of groups of elements along one dimension, with derivatives of every order.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string_view>

#include "spinel/graph/groups.h"

namespace spinel::graph {

enum class GroupReduce { sum, mean, min, max, mul, any };

/// "sum" or "add", "mean", "min" or "amin", "max" or "amax", "mul", "any"; another: invalid_argument that `owner`
/// begins and that names the nearest.
GroupReduce parse_group_reduce(std::string_view name, std::string_view owner);

/// src […, E, …] with the elements along `dim` → […, G, …]. A group without elements is 0, of mul 1, of any false. mean
/// of integers is a floating number of torch's default type. Gradients of min and max are shared equally among equal
/// ones. any: boolean, whether an element is not 0.
at::Tensor reduce_groups(const at::Tensor& src, const Groups& groups, GroupReduce reduce, int64_t dim = 0);

/// The transposed of the sum: src [G, …] along `dim` → [E, …], each element its group's row.
at::Tensor spread_groups(const at::Tensor& src, const Groups& groups, int64_t dim = 0);

}  // namespace spinel::graph
