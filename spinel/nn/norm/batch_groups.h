// The graphs of a batch as groups of rows.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>

#include "spinel/graph/groups.h"

namespace spinel::nn {

/// batch [N] the graph of each row of x (undefined: one graph). Another length, a graph beyond batch_size:
/// invalid_argument that `owner` begins.
graph::Groups batch_groups(const at::Tensor& x, const at::Tensor& batch, std::optional<int64_t> batch_size,
                           const std::string& owner);

}  // namespace spinel::nn
