// Products along edges whose transposed matrix is remembered with the graph.
#pragma once

#include <ATen/core/Tensor.h>

#include "spinel/sparse/storage.h"

namespace spinel::nn {

/// [entries] the row of each entry of `pattern`, in the order of columns; remembered with it.
at::Tensor transposed_columns(const sparse::SparseStorage& pattern);

/// Row i: Σ_e w_e x[col_e] over the entries e of row i of `pattern`, or their mean. x [columns, F] or [b, columns, F];
/// weight [entries] in the order that `perm` (undefined: the entries' own) takes it from, or undefined. The derivative
/// by x multiplies by the transposed matrix in the order of its own rows; there is none by the weight. What belongs to
/// the pattern and to the weight is remembered with them: 8 bytes an entry, with weights or means two numbers more.
at::Tensor paired_product(const sparse::SparseStorage& pattern, const at::Tensor& x, const at::Tensor& weight,
                          const at::Tensor& perm, bool mean);

}  // namespace spinel::nn
