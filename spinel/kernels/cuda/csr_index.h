// CUDA kernels of the indices of sparse matrices: pointers, orders, unions, intersections and selections of entries.
#pragma once

#include <cstddef>
#include <cstdint>

#include "spinel/kernels/cpu/coo_entries.h"
#include "spinel/kernels/cpu/csr_select.h"
#include "spinel/kernels/cpu/spmm.h"
#include "spinel/kernels/cuda/workspace.h"

namespace spinel::kernels::cuda {

/// list[place], once all that is queued is done.
int64_t number_at(const int32_t* list, int64_t place, Workspace& workspace);
int64_t number_at(const int64_t* list, int64_t place, Workspace& workspace);
/// Copies numbers of the host's memory.
void put_numbers(size_t count, const int64_t* from, int64_t* to, Workspace& workspace);

}  // namespace spinel::kernels::cuda

namespace spinel::kernels {

// Overloads of the CPU's functions (csr_check.h, csr_pointer.h, index_sort.h, coo_entries.h, csr_select.h,
// csr_transpose.h) with a workspace in place of threads: all pointers are of the current device. What returns a number,
// facts or places, and what may throw, waits for the device; the rest is queued. Sorts are CUB's by radix, sums of
// counts CUB's too; nothing depends on the order in which threads run.

template <typename Index>
void check_pointers(const CsrNames& names, int64_t rows, const Index* pointers, int64_t entries,
                    cuda::Workspace& workspace);
/// The first position in list [n] whose number is outside [0, limit), or all_sound.
template <typename Index>
int64_t first_outside(int64_t n, const Index* list, int64_t limit, cuda::Workspace& workspace);

template <typename Index>
int64_t ind2ptr(int64_t n, const Index* ind, int64_t rows, Index* ptr, cuda::Workspace& workspace);
template <typename Index>
void ptr2ind(int64_t rows, const Index* ptr, Index* ind, cuda::Workspace& workspace);

template <typename Index>
int64_t index_sort(int64_t n, const Index* key, int64_t num_keys, Index* ptr, Index* perm, cuda::Workspace& workspace);
/// Of numbers that come several times any but one, so not always the CPU's.
template <typename Index>
int64_t invert_permutation(int64_t n, const Index* perm, Index* inverse, cuda::Workspace& workspace);
template <typename Index>
void sort_coo(int64_t n, const Index* row, const Index* col, int64_t rows, Index* row_out, Index* col_out, Index* perm,
              cuda::Workspace& workspace);
void transpose_csr(const CsrOperand& a, void* colptr, void* row, void* csr2csc, cuda::Workspace& workspace);

template <typename Index>
CooFacts inspect_coo(int64_t n, const Index* row, const Index* col, cuda::Workspace& workspace);

/// Where the second pass writes: at[i] things come before the i-th, `total` in all. As long as the workspace.
struct DevicePlaces {
  const int64_t* at = nullptr;
  int64_t total = 0;
  int64_t back() const { return total; }
};
template <typename Index>
DevicePlaces count_distinct(int64_t n, const Index* row, const Index* col, cuda::Workspace& workspace);
template <typename Index>
void fill_distinct(int64_t n, const Index* row, const Index* col, const DevicePlaces& places, Index* row_out,
                   Index* col_out, Index* ptr, cuda::Workspace& workspace);
template <typename Index>
void merge_coo(const CooList<Index>& a, const CooList<Index>& b, Index* row, Index* col, Index* perm,
               cuda::Workspace& workspace);
template <typename Index>
DevicePlaces count_common(const CooList<Index>& a, const CooList<Index>& b, cuda::Workspace& workspace);
template <typename Index>
void fill_common(const CooList<Index>& a, const CooList<Index>& b, const DevicePlaces& places, Index* in_a, Index* in_b,
                 cuda::Workspace& workspace);

template <typename Index>
void non_diag_mask(int64_t n, const Index* row, const Index* col, int64_t rows, int64_t cols, int64_t k, bool* mask,
                   cuda::Workspace& workspace);
template <typename Index>
int64_t reshape_coo(int64_t n, const Index* row, const Index* col, int64_t cols, int64_t new_cols, Index* row_out,
                    Index* col_out, cuda::Workspace& workspace);

template <typename Index>
void count_rows(const CsrGraph<Index>& matrix, int64_t count, const Index* index, Index* out_ptr,
                cuda::Workspace& workspace);
template <typename Index>
void fill_rows(const CsrGraph<Index>& matrix, int64_t count, const Index* index, const Index* out_ptr, Index* out_col,
               Index* perm, cuda::Workspace& workspace);
template <typename Index>
void count_columns(const CsrGraph<Index>& matrix, const ColumnMap<Index>& map, Index* out_ptr,
                   cuda::Workspace& workspace);
template <typename Index>
void fill_columns(const CsrGraph<Index>& matrix, const ColumnMap<Index>& map, const Index* out_ptr, Index* out_col,
                  Index* perm, cuda::Workspace& workspace);
template <typename Index>
void count_narrowed(const CsrGraph<Index>& matrix, int64_t start, int64_t length, Index* out_ptr,
                    cuda::Workspace& workspace);
template <typename Index>
void fill_narrowed(const CsrGraph<Index>& matrix, int64_t start, int64_t length, const Index* out_ptr, Index* out_col,
                   Index* perm, cuda::Workspace& workspace);

}  // namespace spinel::kernels
