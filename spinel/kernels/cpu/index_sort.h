// Stable sorts of indices: by one key in linear time, and of pairs of row and column.
#pragma once

#include <cstdint>
#include <vector>

#include "spinel/base/parallel.h"

namespace spinel::kernels {

/// Whether keys below num_keys are few enough for n of them to be counted rather than compared.
bool is_countable(int64_t n, int64_t num_keys);

/// perm [n]: the positions of key [n] in rising order of keys, equal ones in order. ptr [num_keys + 1], or null: where
/// each key's positions begin. A radix pass over the high bits cuts the keys into buckets whose counters stay in the
/// cache, then each bucket is counted by itself; where keys are not countable (and ptr is null) they are compared.
/// Index counts n. Unsound (see all_sound): a key outside [0, num_keys).
template <typename Index>
int64_t index_sort(int64_t n, const Index* key, int64_t num_keys, Index* ptr, Index* perm, const ParallelFor& parallel);

/// inverse[perm[i]] = i. Unsound: a number outside [0, n), or one of those that come a second time.
template <typename Index>
int64_t invert_permutation(int64_t n, const Index* perm, Index* inverse, const ParallelFor& parallel);

/// Sorts lists of (column, source) stably by column. One object a thread: it keeps its buffers.
template <typename Index>
class RowSorter {
 public:
  /// column, source [n], in place. Columns are not negative.
  void sort(int64_t n, Index* column, Index* source);

 private:
  void sort_packed(int64_t n, Index* column, Index* source);

  std::vector<uint64_t> packed_;
  std::vector<Index> column_, source_, perm_;
};

/// The entries of a matrix in rising order of (row, column), equal ones in order: row_out, col_out [n], and perm [n],
/// their positions before. Indices are in [0, rows) and [0, cols); Index counts n.
template <typename Index>
void sort_coo(int64_t n, const Index* row, const Index* col, int64_t rows, Index* row_out, Index* col_out, Index* perm,
              const ParallelFor& parallel);

}  // namespace spinel::kernels
