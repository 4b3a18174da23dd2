#include <bit>
#include <cub/device/device_radix_sort.cuh>
#include <cub/device/device_scan.cuh>

#include "spinel/kernels/cuda/fault.h"
#include "spinel/kernels/cuda/sort.h"

namespace spinel::kernels::cuda {

SortedKeys sort_keys(const char* op, int64_t n, const uint64_t* keys, int bits, Workspace& workspace) {
  auto* const positions = workspace.array<int64_t>(n);
  auto* const perm = workspace.array<int64_t>(n);
  auto* const sorted = workspace.array<uint64_t>(n);
  if (n == 0) return {sorted, perm};
  for_each(op, workspace, n, [=] __device__(int64_t i) { positions[i] = i; });
  size_t bytes = 0;
  void* memory = nullptr;
  for (int pass = 0; pass < 2; ++pass) {
    if (pass == 1) memory = workspace.allocate(static_cast<int64_t>(bytes));
    check_cuda(cub::DeviceRadixSort::SortPairs(memory, bytes, keys, sorted, positions, perm, n, 0, std::max(bits, 1),
                                               queue_of(workspace)),
               op);
  }
  return {sorted, perm};
}

int bits_below(int64_t limit) { return limit <= 1 ? 0 : std::bit_width(static_cast<uint64_t>(limit) - 1); }

int64_t sum_counts(const char* op, int64_t n, int64_t* counts, Workspace& workspace) {
  check_cuda(cudaMemsetAsync(counts + n, 0, sizeof(int64_t), queue_of(workspace)), op);
  size_t bytes = 0;
  void* memory = nullptr;
  for (int pass = 0; pass < 2; ++pass) {
    if (pass == 1) memory = workspace.allocate(static_cast<int64_t>(bytes));
    check_cuda(cub::DeviceScan::ExclusiveSum(memory, bytes, counts, counts, n + 1, queue_of(workspace)), op);
  }
  return read_index(op, workspace, counts + n);
}

FirstUnsound::FirstUnsound(const char* op, Workspace& workspace)
    : op_(op), workspace_(workspace), place_(workspace.array<Place>(1)) {
  check_cuda(cudaMemsetAsync(place_, 0xff, sizeof(Place), queue_of(workspace)), op);
}

int64_t FirstUnsound::wait() const {
  // All bits set, which is what it begins with, is −1: all_sound.
  return read_index(op_, workspace_, reinterpret_cast<const int64_t*>(place_));
}

}  // namespace spinel::kernels::cuda
