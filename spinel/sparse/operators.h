// Calls of the operators that sparse matrices are made with.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <tuple>

#include "spinel/sparse/layout.h"

namespace spinel::sparse::op {

using Two = std::tuple<at::Tensor, at::Tensor>;
using Three = std::tuple<at::Tensor, at::Tensor, at::Tensor>;

// See spinel/ops/sparse_index.h.
at::Tensor ind2ptr(const at::Tensor& ind, int64_t rows);
at::Tensor ptr2ind(const at::Tensor& ptr, int64_t entries);
at::Tensor non_diag_mask(const at::Tensor& row, const at::Tensor& col, int64_t rows, int64_t cols, int64_t k);
at::Tensor inspect_coo(const at::Tensor& row, const at::Tensor& col);
Two index_sort(const at::Tensor& index, int64_t size);
Three sort_coo(const at::Tensor& row, const at::Tensor& col, int64_t rows, int64_t cols);
Three distinct_coo(const at::Tensor& row, const at::Tensor& col);
Three merge_coo(const at::Tensor& row_a, const at::Tensor& col_a, const at::Tensor& row_b, const at::Tensor& col_b);
Two common_coo(const at::Tensor& row_a, const at::Tensor& col_a, const at::Tensor& row_b, const at::Tensor& col_b);
Two reshape_coo(const at::Tensor& row, const at::Tensor& col, int64_t cols, int64_t new_cols);
at::Tensor invert_permutation(const at::Tensor& perm);
Three select_rows(const at::Tensor& rowptr, const at::Tensor& col, const at::Tensor& index);
Three select_columns(const at::Tensor& rowptr, const at::Tensor& col, int64_t cols, const at::Tensor& index);
Three narrow_columns(const at::Tensor& rowptr, const at::Tensor& col, int64_t start, int64_t length);

// See spinel/ops/segment.h. An undefined perm is none.
at::Tensor segment_reduce(const at::Tensor& src, const at::Tensor& ptr, const at::Tensor& perm, Reduce reduce);
/// Row s of src for each entry of segment s: [entries, …].
at::Tensor gather_csr(const at::Tensor& src, const at::Tensor& ptr, int64_t entries);

}  // namespace spinel::sparse::op
