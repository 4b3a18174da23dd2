// Cuts of loops whose pieces are known before they run, and of rows by what they hold.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "spinel/base/parallel.h"
#include "spinel/kernels/cpu/csr_check.h"

namespace spinel::kernels {

/// [0, n) in one piece a thread, for loops of two passes over the same pieces (count, then fill).
struct WorkPieces {
  WorkPieces(int64_t n, int64_t grain, const ParallelFor& parallel)
      : n(n), count(std::clamp<int64_t>(n / std::max<int64_t>(grain, 1), 1, std::max(1, parallel.num_threads()))) {}

  int64_t begin(int64_t piece) const { return n / count * piece + std::min(piece, n % count); }
  /// Calls function(piece, begin, end) for all pieces.
  template <typename F>
  void run(const ParallelFor& parallel, F&& function) const {
    parallel.run(count, 1, [&](int64_t first, int64_t last) {
      for (int64_t piece = first; piece < last; ++piece) function(piece, begin(piece), begin(piece + 1));
    });
  }

  int64_t n;
  int64_t count;
};

/// Pieces of rows that hold about equally many rows and entries together, so that one with many entries does not keep a
/// thread busy alone with its neighbours: at most one a thread, none empty. ptr [rows + 1] rises from 0.
template <typename Index>
std::vector<CsrRow> balanced_rows(int64_t rows, const Index* ptr, int64_t grain, const ParallelFor& parallel) {
  // The first row whose work begins at or after `work`.
  const auto row_at = [&](int64_t work) {
    int64_t low = 0, high = rows;
    while (low < high) {
      const int64_t middle = low + (high - low) / 2;
      if (ptr[middle] + middle < work) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  const WorkPieces pieces(rows == 0 ? 0 : int64_t{ptr[rows]} + rows, grain, parallel);
  std::vector<CsrRow> cut;
  for (int64_t piece = 0; piece < pieces.count; ++piece) {
    const int64_t first = row_at(pieces.begin(piece));
    const int64_t last = piece + 1 == pieces.count ? rows : row_at(pieces.begin(piece + 1));
    if (first < last) cut.push_back({first, last});
  }
  return cut;
}

/// Calls function(first row, end row) on such pieces.
template <typename Index, typename F>
void for_balanced_rows(int64_t rows, const Index* ptr, int64_t grain, const ParallelFor& parallel, F&& function) {
  const std::vector<CsrRow> pieces = balanced_rows(rows, ptr, grain, parallel);
  parallel.run(static_cast<int64_t>(pieces.size()), 1, [&](int64_t begin, int64_t end) {
    for (int64_t k = begin; k < end; ++k) {
      const CsrRow& piece = pieces[static_cast<size_t>(k)];
      function(piece.begin, piece.end);
    }
  });
}

}  // namespace spinel::kernels
