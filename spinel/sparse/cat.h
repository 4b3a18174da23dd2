// Sparse matrices joined along rows, columns, the diagonal, or the dimensions of their values.
#pragma once

#include <vector>

#include "spinel/sparse/sparse_tensor.h"

namespace spinel::sparse {

/// dim 0: below each other, as wide as the widest; 1: beside each other, as high as the highest; from 2 on along the
/// values of matrices of one pattern, the first one's. Values only if all have them; what all have derived is carried
/// on. A dimension out of range, no matrix: invalid_argument.
SparseTensor cat(const std::vector<SparseTensor>& tensors, int64_t dim);
/// Blocks along the diagonal.
SparseTensor cat_diag(const std::vector<SparseTensor>& tensors);
/// {0, 1} in any order: cat_diag(); one dimension: as above.
SparseTensor cat(const std::vector<SparseTensor>& tensors, const std::vector<int64_t>& dims);

}  // namespace spinel::sparse
