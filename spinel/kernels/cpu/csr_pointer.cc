#include "spinel/kernels/cpu/csr_pointer.h"

#include <algorithm>
#include <vector>

#include "spinel/kernels/cpu/work_pieces.h"

namespace spinel::kernels {
namespace {

constexpr int64_t grain = 1 << 15;

}  // namespace

template <typename Index>
int64_t ind2ptr(int64_t n, const Index* ind, int64_t rows, Index* ptr, const ParallelFor& parallel) {
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
      for (int64_t r = before + 1; r <= row; ++r) ptr[r] = static_cast<Index>(e);
      before = row;
    }
  });
  if (const int64_t at = first_unsound(found); at != all_sound) return at;
  std::fill(ptr + (n == 0 ? 0 : int64_t{ind[n - 1]} + 1), ptr + rows + 1, static_cast<Index>(n));
  return all_sound;
}

template <typename Index>
void ptr2ind(int64_t rows, const Index* ptr, Index* ind, const ParallelFor& parallel) {
  for_balanced_rows(rows, ptr, grain, parallel, [&](int64_t first, int64_t last) {
    for (int64_t r = first; r < last; ++r) {
      std::fill(ind + ptr[r], ind + ptr[r + 1], static_cast<Index>(r));
    }
  });
}

#define SPINEL_INSTANTIATE(Index)                                                       \
  template int64_t ind2ptr(int64_t, const Index*, int64_t, Index*, const ParallelFor&); \
  template void ptr2ind(int64_t, const Index*, Index*, const ParallelFor&);
SPINEL_INSTANTIATE(int32_t)
SPINEL_INSTANTIATE(int64_t)

}  // namespace spinel::kernels
