#include "spinel/kernels/cpu/csr_pointer.h"

#include <algorithm>
#include <vector>

#include "spinel/kernels/cpu/work_pieces.h"

namespace spinel::kernels {
namespace {

constexpr int64_t grain = 1 << 15;

/// The lowest position that some piece found unsound.
int64_t first_unsound(const std::vector<int64_t>& found) {
  for (const int64_t position : found) {
    if (position != all_sound) return position;
  }
  return all_sound;
}

}  // namespace

int64_t ind2ptr(int64_t n, const int64_t* ind, int64_t rows, int64_t* ptr, const ParallelFor& parallel) {
  const WorkPieces pieces(n, grain, parallel);
  std::vector<int64_t> found(static_cast<size_t>(pieces.count), all_sound);
  pieces.run(parallel, [&](int64_t piece, int64_t begin, int64_t end) {
    int64_t before = begin == 0 ? -1 : ind[begin - 1];
    for (int64_t e = begin; e < end; ++e) {
      const int64_t row = ind[e];
      // The neighbour piece may hold anything before it has been looked at: its last entry must be in range too.
      if (row < std::max<int64_t>(before, 0) || row >= rows || (before < 0 && e > 0)) {
        found[static_cast<size_t>(piece)] = e;
        return;
      }
      for (int64_t r = before + 1; r <= row; ++r) ptr[r] = e;
      before = row;
    }
  });
  const int64_t unsound = first_unsound(found);
  if (unsound != all_sound) return unsound;
  std::fill(ptr + (n == 0 ? 0 : ind[n - 1] + 1), ptr + rows + 1, n);
  return all_sound;
}

int64_t check_pointers(int64_t rows, const int64_t* ptr, int64_t n, const ParallelFor& parallel) {
  if (ptr[0] != 0 || ptr[rows] != n) return rows;
  const WorkPieces pieces(rows, grain, parallel);
  std::vector<int64_t> found(static_cast<size_t>(pieces.count), all_sound);
  pieces.run(parallel, [&](int64_t piece, int64_t begin, int64_t end) {
    bool falls = false;
    for (int64_t r = begin; r < end; ++r) falls |= ptr[r + 1] < ptr[r];
    if (!falls) return;
    int64_t r = begin;
    while (ptr[r + 1] >= ptr[r]) ++r;
    found[static_cast<size_t>(piece)] = r;
  });
  return first_unsound(found);
}

void ptr2ind(int64_t rows, const int64_t* ptr, int64_t* ind, const ParallelFor& parallel) {
  for_balanced_rows(rows, ptr, grain, parallel, [&](int64_t first, int64_t last) {
    for (int64_t r = first; r < last; ++r) {
      for (int64_t e = ptr[r]; e < ptr[r + 1]; ++e) ind[e] = r;
    }
  });
}

}  // namespace spinel::kernels
