// CUB's sort by radix on the CPU, beside cuda_runtime.h.
#pragma once

#include <numeric>
#include <vector>

#include "tests/support/cuda/cuda_runtime.h"

namespace cub {

struct DeviceRadixSort {
  /// Stable, by the bits [begin_bit, end_bit). Without memory: asks for it.
  template <typename Key, typename Value>
  static cudaError_t SortPairs(void* memory, size_t& bytes, const Key* keys, Key* keys_out, const Value* values,
                               Value* values_out, int64_t n, int begin_bit, int end_bit, cudaStream_t) {
    if (memory == nullptr) {
      bytes = 1;
      return cudaSuccess;
    }
    const cuda_emulation::DeviceAccess access;
    const auto part = [&](int64_t i) {
      const Key high = end_bit < static_cast<int>(8 * sizeof(Key)) ? (Key{1} << end_bit) - 1 : ~Key{0};
      return (keys[i] & high) >> begin_bit;
    };
    std::vector<int64_t> order(static_cast<size_t>(n));
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return part(a) < part(b); });
    for (int64_t i = 0; i < n; ++i) {
      keys_out[i] = keys[order[static_cast<size_t>(i)]];
      values_out[i] = values[order[static_cast<size_t>(i)]];
    }
    return cudaSuccess;
  }
};

}  // namespace cub
