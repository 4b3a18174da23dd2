// CUDA kernels of the indices of sparse matrices: pointers, orders, unions, intersections and selections of entries.
#pragma once

#include <cstdint>

#include "spinel/kernels/cpu/coo_entries.h"
#include "spinel/kernels/cpu/csr_select.h"
#include "spinel/kernels/cuda/workspace.h"

namespace spinel::kernels::cuda {

// As the functions of the same names on the CPU (csr_pointer.h, index_sort.h, coo_entries.h, csr_select.h), but all
// pointers are of the current device. What returns a position, facts or a total waits for the device; the rest is
// queued. Sorts are CUB's by radix, sums of counts CUB's too; nothing depends on the order in which threads run.

template <typename Index>
int64_t ind2ptr(int64_t n, const Index* ind, int64_t rows, Index* ptr, Workspace& workspace);
template <typename Index>
void ptr2ind(int64_t rows, const Index* ptr, int64_t n, Index* ind, Workspace& workspace);
/// Throws as the CPU's.
template <typename Index>
void check_pointers(const CsrNames& names, int64_t rows, const Index* pointers, int64_t entries, Workspace& workspace);

/// `ptr` may be null.
template <typename Index>
int64_t index_sort(int64_t n, const Index* key, int64_t num_keys, Index* ptr, Index* perm, Workspace& workspace);
/// The position of one of those that come a second time: not always the CPU's.
template <typename Index>
int64_t invert_permutation(int64_t n, const Index* perm, Index* inverse, Workspace& workspace);
template <typename Index>
void sort_coo(int64_t n, const Index* row, const Index* col, int64_t rows, int64_t cols, Index* row_out, Index* col_out,
              Index* perm, Workspace& workspace);

template <typename Index>
CooFacts inspect_coo(int64_t n, const Index* row, const Index* col, Workspace& workspace);

/// The total; `places` [n + 1] is for the second pass.
template <typename Index>
int64_t count_distinct(int64_t n, const Index* row, const Index* col, int64_t* places, Workspace& workspace);
template <typename Index>
void fill_distinct(int64_t n, const Index* row, const Index* col, const int64_t* places, Index* row_out, Index* col_out,
                   Index* ptr, Workspace& workspace);
template <typename Index>
void merge_coo(const CooList<Index>& a, const CooList<Index>& b, Index* row, Index* col, Index* perm,
               Workspace& workspace);
/// The total; `places` [a.n + 1] is for the second pass.
template <typename Index>
int64_t count_common(const CooList<Index>& a, const CooList<Index>& b, int64_t* places, Workspace& workspace);
template <typename Index>
void fill_common(const CooList<Index>& a, const CooList<Index>& b, const int64_t* places, Index* in_a, Index* in_b,
                 Workspace& workspace);

template <typename Index>
void non_diag_mask(int64_t n, const Index* row, const Index* col, int64_t rows, int64_t cols, int64_t k, bool* mask,
                   Workspace& workspace);
template <typename Index>
int64_t reshape_coo(int64_t n, const Index* row, const Index* col, int64_t cols, int64_t new_cols, Index* row_out,
                    Index* col_out, Workspace& workspace);

/// The total; `starts` [count + 1] gets the pointers. An index out of range: invalid_argument, as on the CPU.
template <typename Index>
int64_t count_rows(const CsrGraph<Index>& matrix, int64_t count, const Index* index, int64_t* starts,
                   Workspace& workspace);
template <typename Index>
void fill_rows(const CsrGraph<Index>& matrix, int64_t count, const Index* index, const int64_t* starts, Index* out_ptr,
               Index* out_col, Index* perm, Workspace& workspace);
/// The total; `places` [matrix.num_edges + 1] is for the second pass.
template <typename Index>
int64_t count_columns(const CsrGraph<Index>& matrix, const ColumnMap<Index>& map, int64_t* places,
                      Workspace& workspace);
template <typename Index>
void fill_columns(const CsrGraph<Index>& matrix, const ColumnMap<Index>& map, int64_t new_columns,
                  const int64_t* places, int64_t total, Index* out_ptr, Index* out_col, Index* perm,
                  Workspace& workspace);
template <typename Index>
int64_t count_narrowed(const CsrGraph<Index>& matrix, int64_t start, int64_t length, int64_t* places,
                       Workspace& workspace);
template <typename Index>
void fill_narrowed(const CsrGraph<Index>& matrix, int64_t start, int64_t length, const int64_t* places, Index* out_ptr,
                   Index* out_col, Index* perm, Workspace& workspace);

/// As transpose_csr() on the CPU; throws as it does.
void transpose_csr(const CsrOperand& a, void* colptr, void* row, void* csr2csc, Workspace& workspace);

}  // namespace spinel::kernels::cuda
