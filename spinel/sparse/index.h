// What stands between the brackets of A[...]: one index a dimension.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

namespace spinel::sparse {

/// start:stop, as Python's: negative ones count from the end, what reaches out is cut. A step is refused.
struct Slice {
  std::optional<int64_t> start, stop, step;
};
/// All dimensions that no other index stands for; at most one.
struct Ellipsis {};

/// An integer (keeps the dimension, of length 1), a slice, an int64 tensor or list, a boolean mask or list, an
/// ellipsis.
struct Index : std::variant<int64_t, Slice, at::Tensor, std::vector<int64_t>, std::vector<bool>, Ellipsis> {
  using variant::variant;
  Index(int number) : variant(static_cast<int64_t>(number)) {}
};

}  // namespace spinel::sparse
