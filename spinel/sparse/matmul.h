// Products of sparse matrices, with dense ones and with each other.
#pragma once

#include <ATen/core/Tensor.h>

#include <string_view>

#include "spinel/sparse/sparse_tensor.h"

namespace spinel::sparse {

/// Row i of [M, k] or [b, M, k]: a_ij · x_j over the entries of row i, reduced by "sum"/"add", "mean" (by their
/// number), "min" or "max"; 0 for a row without entries. x is [N, k] or [b, N, k], or a vector [N], which gives [M];
/// values are taken in x's type, and none are 1. Gradients go to x and the values, of min and max to the first entry
/// that gives it. A vector for each entry, sizes that do not meet, another reduction: invalid_argument.
at::Tensor matmul(const SparseTensor& a, const at::Tensor& x, std::string_view reduce = "sum");
at::Tensor spmm(const SparseTensor& a, const at::Tensor& x, std::string_view reduce = "sum");

/// A · B in order of columns; entries that cancel stay. It has values if one of both has. Gradients are those of the
/// product on the patterns of A and B. Only "sum" ("add"): another reduction is invalid_argument.
SparseTensor matmul(const SparseTensor& a, const SparseTensor& b, std::string_view reduce = "sum");
SparseTensor spspmm(const SparseTensor& a, const SparseTensor& b, std::string_view reduce = "sum");

}  // namespace spinel::sparse
