// CPU kernels of the least and the greatest product of a sparse matrix's row with a dense matrix's columns, and of what
// goes through the entries that they select.
#pragma once

#include <cstdint>

#include "spinel/base/parallel.h"
#include "spinel/kernels/cpu/spmm.h"

namespace spinel::kernels {

/// y[b,i,f] = max (or min) over the entries e of row i of value_e · x[b, col_e, f], and arg the first such entry e.
/// A NaN wins, and the first of several. A row without entries is 0 with the arg `entries`.
struct SpmmSelectCall {
  Dtype dtype = Dtype::f32;  ///< f64, f32, bf16, f16, i32, i64
  CsrOperand a;              ///< not transposed
  int64_t batch = 1, width = 0;
  bool largest = true;
  const void* x = nullptr;       ///< [batch, columns, width]
  void* y = nullptr;             ///< [batch, rows, width]
  Dtype arg_index = Dtype::i64;  ///< i32 or i64
  void* arg = nullptr;           ///< [batch, rows, width]; null: not wanted
};
SpmmPlan plan_spmm_select(const SpmmSelectCall& call, int num_threads);
/// Errors as of spmm; a row of more than 2147483647 entries of a type of 4 bytes or less is one too.
void spmm_select(const SpmmSelectCall& call, const SpmmPlan& plan, void* scratch, const ParallelFor& parallel);

/// What goes through selected entries, with e = arg[b,i,f]; where e is `entries` there is nothing.
struct SelectedCall {
  Dtype dtype = Dtype::f32;  ///< f64, f32, bf16, f16
  CsrOperand a;              ///< not transposed; value null: 1
  int64_t batch = 1, width = 0;
  Dtype arg_index = Dtype::i64;
  const void* arg = nullptr;    ///< [batch, rows, width], each an entry of its row or `entries`
  const void* left = nullptr;   ///< [batch, rows, width]
  const void* right = nullptr;  ///< [batch, columns, width]
  void* out = nullptr;
};
/// out[b,i,f] = value_e · right[b, col_e, f].
void selected_product(const SelectedCall& call, const ParallelFor& parallel);
/// out[b,j,f] = Σ over (i, f) with col_e = j of value_e · left[b,i,f]: the derivative by x.
void selected_transposed(const SelectedCall& call, const ParallelFor& parallel);
/// out[e] = Σ over (b, i, f) with that e of left[b,i,f] · right[b, col_e, f]: the derivative by the values.
void selected_sampled(const SelectedCall& call, const ParallelFor& parallel);

}  // namespace spinel::kernels
