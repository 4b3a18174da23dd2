// Loops on several threads: those of the process-wide pool, through the C functions of the stable ABI.
#pragma once

#include <cstdint>
#include <vector>

#include "torch/headeronly/util/shim_utils.h"

namespace at {
inline namespace spinel_v1 {

constexpr int64_t divup(int64_t x, int64_t y) { return (x + y - 1) / y; }
namespace internal {
/// Fewer iterations than this are not worth a thread.
constexpr int64_t GRAIN_SIZE = 32768;
}  // namespace internal

inline int get_num_threads() {
  uint32_t count;
  TORCH_ERROR_CODE_CHECK(torch_get_num_threads(&count));
  return static_cast<int>(count);
}
/// Below get_num_threads(); 0 outside of loops.
inline int get_thread_num() {
  uint32_t index;
  TORCH_ERROR_CODE_CHECK(torch_get_thread_idx(&index));
  return static_cast<int>(index);
}

/// Calls f(first, last) for pieces of [begin, end) of at least `grain_size`. The first exception of a piece is thrown.
template <typename F>
void parallel_for(int64_t begin, int64_t end, int64_t grain_size, const F& f) {
  const auto run = [](int64_t first, int64_t last, void* context) { (*static_cast<const F*>(context))(first, last); };
  TORCH_ERROR_CODE_CHECK(torch_parallel_for(begin, end, grain_size, run, const_cast<F*>(&f)));
}

/// f(first, last, identity) of pieces, taken together by `combine` in their order.
template <typename T, typename F, typename C>
T parallel_reduce(int64_t begin, int64_t end, int64_t grain_size, T identity, const F& f, const C& combine) {
  if (begin >= end) return identity;
  const int64_t grain = grain_size < 1 ? 1 : grain_size;
  std::vector<T> results(static_cast<size_t>(divup(end - begin, grain)), identity);
  parallel_for(0, static_cast<int64_t>(results.size()), 1, [&](int64_t first, int64_t last) {
    for (int64_t piece = first; piece < last; ++piece) {
      const int64_t from = begin + piece * grain, to = from + grain < end ? from + grain : end;
      results[static_cast<size_t>(piece)] = f(from, to, identity);
    }
  });
  T result = identity;
  for (const T& one : results) result = combine(result, one);
  return result;
}

}  // namespace spinel_v1
}  // namespace at
