// The reverse Cuthill-McKee order of a matrix, which brings its entries near the diagonal.
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>

#include "spinel/sparse/sparse_tensor.h"

namespace spinel::sparse {

struct ReverseCuthillMcKee {
  SparseTensor adj;  ///< rows and columns in the new order
  at::Tensor perm;   ///< [n] the old number of each
};
/// SciPy's reverse_cuthill_mckee(A, symmetric_mode=True), equal degrees in a stable order. A matrix that is not
/// symmetric (`is_symmetric`, found out if absent) is replaced by to_symmetric() first. Square matrices only.
ReverseCuthillMcKee reverse_cuthill_mckee(const SparseTensor& src, std::optional<bool> is_symmetric = std::nullopt);

}  // namespace spinel::sparse
