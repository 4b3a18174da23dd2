#include "spinel/kernels/cuda/csr_index.h"
#include "spinel/kernels/cuda/fault.h"
#include "spinel/kernels/cuda/sort.h"

namespace spinel::kernels::cuda {

int64_t number_at(const int32_t* list, int64_t place, Workspace& workspace) {
  return read_index("index", workspace, list + place);
}
int64_t number_at(const int64_t* list, int64_t place, Workspace& workspace) {
  return read_index("index", workspace, list + place);
}
void put_numbers(size_t count, const int64_t* from, int64_t* to, Workspace& workspace) {
  check_cuda(cudaMemcpyAsync(to, from, count * sizeof(int64_t), cudaMemcpyHostToDevice, queue_of(workspace)), "index");
  check_cuda(cudaStreamSynchronize(queue_of(workspace)), "index");
}

}  // namespace spinel::kernels::cuda

namespace spinel::kernels {

using namespace cuda;

using Place = FirstUnsound::Place;

template <typename Index>
int64_t ind2ptr(int64_t n, const Index* ind, int64_t rows, Index* ptr, Workspace& workspace) {
  const char* const op = "ind2ptr";
  const FirstUnsound unsound(op, workspace);
  Place* const least = unsound.get();
  for_each(op, workspace, n, [=] __device__(int64_t e) {
    const auto row = static_cast<int64_t>(ind[e]);
    if (row < 0 || row >= rows || (e > 0 && row < static_cast<int64_t>(ind[e - 1]))) FirstUnsound::note(least, e);
  });
  // By bisection, so that a long run of empty rows is not one thread's work.
  for_each(op, workspace, rows + 1, [=] __device__(int64_t r) {
    ptr[r] = static_cast<Index>(first_where(0, n, [&](int64_t e) { return static_cast<int64_t>(ind[e]) >= r; }));
  });
  return unsound.wait();
}

template <typename Index>
void ptr2ind(int64_t rows, const Index* ptr, Index* ind, Workspace& workspace) {
  const int64_t n = read_index("ptr2ind", workspace, ptr + rows);
  for_each("ptr2ind", workspace, n, [=] __device__(int64_t e) { ind[e] = static_cast<Index>(row_of(ptr, rows, e)); });
}

template <typename Index>
void check_pointers(const CsrNames& names, int64_t rows, const Index* pointers, int64_t entries, Workspace& workspace) {
  const FirstUnsound unsound(names.op, workspace);
  Place* const least = unsound.get();
  for_each(names.op, workspace, rows, [=] __device__(int64_t r) {
    if (pointers[r + 1] < pointers[r]) FirstUnsound::note(least, r);
  });
  const int64_t row = unsound.wait();
  const auto at = [&](int64_t r) { return read_index(names.op, workspace, pointers + r); };
  if (row != all_sound) fail_row(names, row, {at(row), at(row + 1)}, entries);
  check_ends(names, at(0), at(rows), entries);
}

template <typename Index>
int64_t first_outside(int64_t n, const Index* list, int64_t limit, Workspace& workspace) {
  const FirstUnsound unsound("index", workspace);
  Place* const least = unsound.get();
  for_each("index", workspace, n, [=] __device__(int64_t i) {
    const auto number = static_cast<int64_t>(list[i]);
    if (number < 0 || number >= limit) FirstUnsound::note(least, i);
  });
  return unsound.wait();
}

template <typename Index>
int64_t index_sort(int64_t n, const Index* key, int64_t num_keys, Index* ptr, Index* perm, Workspace& workspace) {
  const char* const op = "index_sort";
  const FirstUnsound unsound(op, workspace);
  Place* const least = unsound.get();
  auto* const keys = workspace.array<uint64_t>(n);
  for_each(op, workspace, n, [=] __device__(int64_t i) {
    const auto k = static_cast<int64_t>(key[i]);
    if (k < 0 || k >= num_keys) FirstUnsound::note(least, i);
    keys[i] = static_cast<uint64_t>(k);
  });
  const SortedKeys sorted = sort_keys(op, n, keys, bits_below(num_keys), workspace);
  for_each(op, workspace, n, [=] __device__(int64_t i) { perm[i] = static_cast<Index>(sorted.perm[i]); });
  if (ptr != nullptr) {
    for_each(op, workspace, num_keys + 1, [=] __device__(int64_t k) {
      const auto is_above = [&](int64_t i) { return sorted.keys[i] >= static_cast<uint64_t>(k); };
      ptr[k] = static_cast<Index>(first_where(0, n, is_above));
    });
  }
  return unsound.wait();
}

template <typename Index>
int64_t invert_permutation(int64_t n, const Index* perm, Index* inverse, Workspace& workspace) {
  const char* const op = "invert_permutation";
  const FirstUnsound unsound(op, workspace);
  Place* const least = unsound.get();
  check_cuda(cudaMemsetAsync(inverse, 0xff, static_cast<size_t>(n) * sizeof(Index), queue_of(workspace)), op);
  for_each(op, workspace, n, [=] __device__(int64_t i) {
    const auto p = static_cast<int64_t>(perm[i]);
    if (p < 0 || p >= n) FirstUnsound::note(least, i);
    else inverse[p] = static_cast<Index>(i);
  });
  // Of several that go to one place one is left there; the others find it.
  for_each(op, workspace, n, [=] __device__(int64_t i) {
    const auto p = static_cast<int64_t>(perm[i]);
    if (p >= 0 && p < n && static_cast<int64_t>(inverse[p]) != i) FirstUnsound::note(least, i);
  });
  return unsound.wait();
}

template <typename Index>
void sort_coo(int64_t n, const Index* row, const Index* col, int64_t rows, Index* row_out, Index* col_out, Index* perm,
              Workspace& workspace) {
  const char* const op = "sort_coo";
  // The fewer bits there are, the fewer passes.
  const int row_bits = bits_below(rows), col_bits = bits_below(inspect_coo(n, row, col, workspace).max_col + 1);
  auto* const keys = workspace.array<uint64_t>(n);
  SortedKeys sorted{};
  if (row_bits + col_bits <= 64) {
    for_each(op, workspace, n, [=] __device__(int64_t i) {
      keys[i] = (col_bits == 64 ? 0 : static_cast<uint64_t>(row[i]) << col_bits) | static_cast<uint64_t>(col[i]);
    });
    sorted = sort_keys(op, n, keys, row_bits + col_bits, workspace);
  } else {
    for_each(op, workspace, n, [=] __device__(int64_t i) { keys[i] = static_cast<uint64_t>(col[i]); });
    const SortedKeys by_col = sort_keys(op, n, keys, col_bits, workspace);
    for_each(op, workspace, n, [=] __device__(int64_t i) { keys[i] = static_cast<uint64_t>(row[by_col.perm[i]]); });
    const SortedKeys by_row = sort_keys(op, n, keys, row_bits, workspace);
    auto* const both = workspace.array<int64_t>(n);
    for_each(op, workspace, n, [=] __device__(int64_t i) { both[i] = by_col.perm[by_row.perm[i]]; });
    sorted.perm = both;
  }
  for_each(op, workspace, n, [=] __device__(int64_t i) {
    const int64_t from = sorted.perm[i];
    row_out[i] = row[from];
    col_out[i] = col[from];
    perm[i] = static_cast<Index>(from);
  });
}

void transpose_csr(const CsrOperand& a, void* colptr, void* row, void* csr2csc, Workspace& workspace) {
  by_index(a.index, [&](auto zero) {
    using Index = decltype(zero);
    const auto *rowptr = static_cast<const Index*>(a.rowptr), *col = static_cast<const Index*>(a.col);
    check_pointers(a.names, a.rows, rowptr, a.entries, workspace);
    if (row) ptr2ind(a.rows, rowptr, static_cast<Index*>(row), workspace);
    if (!csr2csc) return;
    const int64_t bad =
        index_sort(a.entries, col, a.columns, static_cast<Index*>(colptr), static_cast<Index*>(csr2csc), workspace);
    if (bad != all_sound) fail_column(a.names, bad, read_index(a.names.op, workspace, col + bad), a.columns);
  });
}

#define SPINEL_INSTANTIATE(Index)                                                            \
  template int64_t ind2ptr(int64_t, const Index*, int64_t, Index*, Workspace&);              \
  template void ptr2ind(int64_t, const Index*, Index*, Workspace&);                          \
  template void check_pointers(const CsrNames&, int64_t, const Index*, int64_t, Workspace&); \
  template int64_t index_sort(int64_t, const Index*, int64_t, Index*, Index*, Workspace&);   \
  template int64_t invert_permutation(int64_t, const Index*, Index*, Workspace&);            \
  template int64_t first_outside(int64_t, const Index*, int64_t, Workspace&);                \
  template void sort_coo(int64_t, const Index*, const Index*, int64_t, Index*, Index*, Index*, Workspace&);
SPINEL_INSTANTIATE(int32_t)
SPINEL_INSTANTIATE(int64_t)

}  // namespace spinel::kernels
