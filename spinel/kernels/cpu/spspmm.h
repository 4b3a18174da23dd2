// CPU kernels of the product of two sparse matrices in CSR form, row by row (Gustavson, ACM Trans. Math. Softw. 4, 250
// (1978)), and of the sampled sparse products that its derivatives are.
#pragma once

#include <cstdint>
#include <vector>

#include "spinel/base/parallel.h"
#include "spinel/base/safetensors.h"
#include "spinel/kernels/cpu/spmm.h"

namespace spinel::kernels {

/// C = A · B. Columns of A are rows of B; both have one index type. Values of both have the type `dtype` or are
/// null: 1.
struct SpspmmCall {
  Dtype dtype = Dtype::f32;  ///< f64, f32, bf16, f16, i32, i64; 16-bit floats are summed in float
  CsrOperand a, b;
};

/// The rows of a product in pieces of equal work, which is the number of multiplications, and what is known of B.
struct SpspmmPlan {
  std::vector<int64_t> cuts;  ///< first rows of the pieces, and the end
  int64_t products = 0;       ///< multiplications
  bool is_checked = false;    ///< all columns of B are in range; else each row is checked when it is read
  bool rises = false;         ///< columns rise within all rows of B
  /// [rows of A], or empty where there are few: not 0 where a row of C is the row before moved on by one column,
  /// because A's row is, and so are all rows of B that it names. Rows of grids and other stencils, numbered line by
  /// line.
  std::vector<uint8_t> is_moved;
};
/// Checks A and the rowptr of B, and where the product reads most of B its columns. Errors as of spmm:
/// invalid_argument.
SpspmmPlan plan_spspmm(const SpspmmCall& call, const ParallelFor& parallel);

/// rowptr [rows + 1] of C, of the index type. An entry is every (i, j) that some a_il, b_lj reach, also where the sum
/// is 0. More entries than an int32 counts: invalid_argument; so is a column of B out of range.
void spspmm_count(const SpspmmCall& call, const SpspmmPlan& plan, void* rowptr, const ParallelFor& parallel);

/// col of C, rising within each row, and its values, where `value` is not null. Sums are taken in the order of A's
/// entries, so they do not depend on the number of threads.
void spspmm_fill(const SpspmmCall& call, const SpspmmPlan& plan, const void* rowptr, void* col, void* value,
                 const ParallelFor& parallel);

/// Sums over the triples (i, l), (l, j), (i, j) of entries of A, B and C, where C is any pattern of A's rows and B's
/// columns. What is summed over has values in `call` and `c`; the result's own are not read. Columns within a row of C
/// must rise: invalid_argument.
/// out_ij = Σ_l a_il b_lj for the entries of C.
void sampled_spspmm(const SpspmmCall& call, const CsrOperand& c, void* out, const ParallelFor& parallel);
/// out_il = Σ_j c_ij b_lj for the entries of A: C · Bᵀ on A's pattern.
void sampled_left(const SpspmmCall& call, const CsrOperand& c, void* out, const ParallelFor& parallel);
/// out_lj = Σ_i a_il c_ij for the entries of B: Aᵀ · C on B's pattern.
void sampled_right(const SpspmmCall& call, const CsrOperand& c, void* out, const ParallelFor& parallel);

}  // namespace spinel::kernels
