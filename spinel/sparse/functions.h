// The functions of torch_sparse on plain tensors: a matrix is index [2, nnz] int64, rows over columns, and value [nnz,
// …].
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace spinel::sparse {

/// index and value; an undefined value is none.
using IndexValue = std::pair<at::Tensor, at::Tensor>;

/// Sorted by row, then column, duplicates reduced by op: "add"/"sum", "mean", "min", "max".
IndexValue coalesce(const at::Tensor& index, const at::Tensor& value, int64_t m, int64_t n,
                    std::string_view op = "add");
/// Of an m × n matrix; coalesced, unless asked not to be.
IndexValue transpose(const at::Tensor& index, const at::Tensor& value, int64_t m, int64_t n, bool coalesced = true);
IndexValue eye(int64_t m, std::optional<at::ScalarType> dtype = std::nullopt, at::Device device = at::kCPU);
/// The sum of two m × n matrices, coalesced.
IndexValue spadd(const at::Tensor& indexA, const at::Tensor& valueA, const at::Tensor& indexB, const at::Tensor& valueB,
                 int64_t m, int64_t n);
/// index in any order, duplicates add; matrix [n], [n, k] or [b, n, k] → [m, 1], [m, k] or [b, m, k].
at::Tensor spmm(const at::Tensor& index, const at::Tensor& value, int64_t m, int64_t n, const at::Tensor& matrix);
/// The product of an m × k and a k × n matrix, in order. Both must be in order, unless `coalesced` asks to sort them.
IndexValue spspmm(const at::Tensor& indexA, const at::Tensor& valueA, const at::Tensor& indexB,
                  const at::Tensor& valueB, int64_t m, int64_t k, int64_t n, bool coalesced = false);

/// A sparse COO tensor of torch, and back.
at::Tensor to_torch_sparse(const at::Tensor& index, const at::Tensor& value, int64_t m, int64_t n);
IndexValue from_torch_sparse(const at::Tensor& coalesced);

}  // namespace spinel::sparse
