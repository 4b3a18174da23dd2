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
/// Unsound (see csr_pointer.h): a key outside [0, num_keys).
int64_t index_sort(int64_t n, const int64_t* key, int64_t num_keys, int64_t* ptr, int64_t* perm,
                   const ParallelFor& parallel);

/// inverse[perm[i]] = i. Unsound: a number outside [0, n), or one of those that come a second time.
int64_t invert_permutation(int64_t n, const int64_t* perm, int64_t* inverse, const ParallelFor& parallel);

/// Sorts lists of (column, source) stably by column. One object a thread: it keeps its buffers.
class RowSorter {
 public:
  /// column, source [n], in place. Columns are not negative.
  void sort(int64_t n, int64_t* column, int64_t* source);

 private:
  void sort_packed(int64_t n, int64_t* column, int64_t* source);

  std::vector<uint64_t> packed_;
  std::vector<int64_t> column_, source_, perm_;
};

/// The entries of a matrix in rising order of (row, column), equal ones in order: row_out, col_out [n], and perm [n],
/// their positions before. Indices are in [0, rows) and [0, cols).
void sort_coo(int64_t n, const int64_t* row, const int64_t* col, int64_t rows, int64_t* row_out, int64_t* col_out,
              int64_t* perm, const ParallelFor& parallel);

}  // namespace spinel::kernels
