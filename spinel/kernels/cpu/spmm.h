// CPU kernels of products of a sparse matrix in CSR form with a dense one: sums and means over the stored entries, and
// the products of rows that their derivatives are.
#pragma once

#include <cstdint>
#include <vector>

#include "spinel/base/parallel.h"
#include "spinel/kernels/cpu/csr_check.h"

namespace spinel::kernels {

/// A sparse matrix A of `rows` × `columns`: the entries of row i are [rowptr[i], rowptr[i + 1]).
/// Its transpose is the same structure over columns with `entry`: then rowptr is colptr, col[entry[t]] the row of A and
/// value[entry[t]] the number of the t-th entry in column order.
struct CsrOperand {
  Dtype index = Dtype::i64;  ///< of rowptr, col and entry: i32 or i64
  int64_t rows = 0, columns = 0, entries = 0;
  const void* rowptr = nullptr;  ///< [rows + 1], from 0 to `entries`, nowhere falling
  const void* col = nullptr;     ///< [entries] in [0, columns)
  const void* value = nullptr;   ///< [entries] of the elements' type; null: all 1
  const void* entry = nullptr;   ///< [entries] in [0, entries): where the t-th entry's col and value stand; null: at t
  /// [columns + 1] rowptr of the matrix that this one is the transpose of; where set, each entry is divided by the
  /// number of entries of its row there: the derivative of a mean.
  const void* counts = nullptr;
  CsrNames names = {.op = "spmm", .counted = "columns"};
};

/// y[b,i,f] = Σ_e value_e · x[b, col_e, f] over the entries e of row i; with `mean` divided by their number.
/// A row without entries is 0. Half and bfloat16 are summed in float, integers wrap around.
struct SpmmCall {
  Dtype dtype = Dtype::f32;  ///< f64, f32, bf16, f16, i32, i64
  CsrOperand a;
  int64_t batch = 1, width = 0;
  bool mean = false;
  const void* x = nullptr;  ///< [batch, columns, width]
  void* y = nullptr;        ///< [batch, rows, width]
};

/// Part of the work: rows [first_row, last_row) as far as their entries lie in [first_entry, last_entry). Rows at both
/// ends may be shared with the pieces beside.
struct SpmmPiece {
  int64_t first_row = 0, last_row = 0, first_entry = 0, last_entry = 0;
};

/// How a call is cut, by entries and not by rows, so that a few long rows do not keep one thread busy. A row longer
/// than a fraction of a piece is cut too; its parts are summed in order, so results depend on the number of threads
/// alone.
struct SpmmPlan {
  std::vector<SpmmPiece> pieces;
  int64_t scratch_bytes = 0;  ///< memory that the kernel needs, aligned as malloc does
};
SpmmPlan plan_spmm(const SpmmCall& call, int num_threads);

/// Indices are checked while they are read: a rowptr that falls or leaves [0, entries], an index out of range:
/// invalid_argument, and y is not valid.
void spmm(const SpmmCall& call, const SpmmPlan& plan, void* scratch, const ParallelFor& parallel);

/// out[e] = Σ_b Σ_f left[b,i,f] · right[b,col_e,f] for the entries e of row i, divided by their number with `mean`:
/// the derivative of spmm by its values, and the product that attention samples (SDDMM).
struct SampledProductCall {
  Dtype dtype = Dtype::f32;  ///< as of spmm
  CsrOperand a;              ///< its pattern; value, entry and counts are not used
  int64_t batch = 1, width = 0;
  bool mean = false;
  const void* left = nullptr;   ///< [batch, rows, width]
  const void* right = nullptr;  ///< [batch, columns, width]
  void* out = nullptr;          ///< [entries]
};
/// Errors as of spmm.
void sampled_product(const SampledProductCall& call, const ParallelFor& parallel);

}  // namespace spinel::kernels
