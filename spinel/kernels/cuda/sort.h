// Stable sorts and prefix sums on the GPU (CUB), and searches that CUDA kernels do.
#pragma once

#include <cstdint>

#include "spinel/kernels/cuda/launch.h"

namespace spinel::kernels::cuda {

/// Keys, not changed, in rising order of their lowest `bits` bits and where each stood; equal ones in order.
struct SortedKeys {
  const uint64_t* keys;
  const int64_t* perm;
};
SortedKeys sort_keys(const char* op, int64_t n, const uint64_t* keys, int bits, Workspace& workspace);
/// The bits that numbers in [0, limit) have.
int bits_below(int64_t limit);

/// In place: counts [n] become the sums of those before, and counts[n] the total, which is returned: it is waited for.
int64_t sum_counts(const char* op, int64_t n, int64_t* counts, Workspace& workspace);

/// The first of [low, high) for which is_above(i), which once true stays so; `high` if none.
template <typename F>
__device__ int64_t first_where(int64_t low, int64_t high, F is_above) {
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;
    if (is_above(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
/// The row of entry e: pointers [rows + 1] rise from 0 to more than e.
template <typename Index>
__device__ int64_t row_of(const Index* pointers, int64_t rows, int64_t e) {
  return first_where(0, rows, [&](int64_t r) { return static_cast<int64_t>(pointers[r + 1]) > e; });
}

/// The least position that a kernel has found unsound.
class FirstUnsound {
 public:
  FirstUnsound(const char* op, Workspace& workspace);
  using Place = unsigned long long;
  Place* get() const { return place_; }
  __device__ static void note(Place* least, int64_t position) { atomicMin(least, static_cast<Place>(position)); }
  /// Waits for all that is queued; all_sound if there is none.
  int64_t wait() const;

 private:
  const char* op_;
  Workspace& workspace_;
  Place* place_;
};

}  // namespace spinel::kernels::cuda
