// Sums and products of sparse matrices, element by element.
#pragma once

#include <ATen/core/Tensor.h>

#include "spinel/sparse/sparse_tensor.h"

namespace spinel::sparse {

/// With dense (M, 1, …), row by row, or (1, N, …), column by column: a's pattern; without values an entry counts as 1.
/// The result has the type of a's values. Other sizes: invalid_argument.
SparseTensor add(const SparseTensor& a, const at::Tensor& dense);
SparseTensor mul(const SparseTensor& a, const at::Tensor& dense);

/// The union of the entries, equal ones summed; the larger sizes of both; values only if both have them.
SparseTensor add(const SparseTensor& a, const SparseTensor& b);
/// The entries in both, multiplied. Matrices that are not coalesced or have no values: invalid_argument.
SparseTensor mul(const SparseTensor& a, const SparseTensor& b);

inline SparseTensor operator+(const SparseTensor& a, const at::Tensor& dense) { return add(a, dense); }
inline SparseTensor operator+(const at::Tensor& dense, const SparseTensor& a) { return add(a, dense); }
inline SparseTensor operator+(const SparseTensor& a, const SparseTensor& b) { return add(a, b); }
inline SparseTensor operator*(const SparseTensor& a, const at::Tensor& dense) { return mul(a, dense); }
inline SparseTensor operator*(const at::Tensor& dense, const SparseTensor& a) { return mul(a, dense); }
inline SparseTensor operator*(const SparseTensor& a, const SparseTensor& b) { return mul(a, b); }
inline SparseTensor& operator+=(SparseTensor& a, const at::Tensor& dense) { return a = add(a, dense); }
inline SparseTensor& operator+=(SparseTensor& a, const SparseTensor& b) { return a = add(a, b); }
inline SparseTensor& operator*=(SparseTensor& a, const at::Tensor& dense) { return a = mul(a, dense); }
inline SparseTensor& operator*=(SparseTensor& a, const SparseTensor& b) { return a = mul(a, b); }

}  // namespace spinel::sparse
