#include "spinel/kernels/cpu/segment.h"

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "spinel/kernels/cpu/segment_element.h"
#include "spinel/kernels/cpu/work_pieces.h"

namespace spinel::kernels {
namespace {

using namespace segment_internal;

/// What elements are summed in: integers wrap around.
template <typename T>
using Sum = std::conditional_t<std::is_integral_v<T>, uint64_t, ElementNumber<T>>;

/// A sum divided by a positive count. Integers are summed modulo 2⁶⁴ and divided with their sign.
template <typename T>
Sum<T> divided(Sum<T> sum, int64_t count) {
  if constexpr (std::is_integral_v<T>) {
    if constexpr (std::is_signed_v<T>) return static_cast<uint64_t>(static_cast<int64_t>(sum) / count);
    else return sum / static_cast<uint64_t>(count);
  } else {
    return sum / static_cast<Sum<T>>(count);
  }
}

template <typename T, typename Index>
void reduce_sum(const Segments<Index>& s, bool mean, const T* src, T* out, const ParallelFor& parallel) {
  for_balanced_rows(s.count, s.ptr, grain_of(s), parallel, [&](int64_t first, int64_t last) {
    for (int64_t k = first; k < last; ++k) {
      const int64_t length = s.ptr[k + 1] - s.ptr[k];
      for (int64_t w = 0; w < s.width; w += block) {
        const int64_t n = std::min(block, s.width - w);
        Sum<T> sum[block] = {};
        for (int64_t e = s.ptr[k]; e < int64_t{s.ptr[k + 1]}; ++e) {
          const T* row = src + row_of(s, e) * s.width + w;
          for (int64_t j = 0; j < n; ++j) sum[j] += static_cast<Sum<T>>(get_element(row + j));
        }
        for (int64_t j = 0; j < n; ++j) {
          const Sum<T> result = mean && length > 0 ? divided<T>(sum[j], length) : sum[j];
          put_element(out + k * s.width + w + j, static_cast<ElementNumber<T>>(result));
        }
      }
    }
  });
}

template <typename N>
bool is_nan(N value) {
  if constexpr (std::is_floating_point_v<N>) return std::isnan(value);
  else return false;
}

template <typename T, typename Index>
void reduce_extreme(const Segments<Index>& s, bool max, int64_t rows, const T* src, T* out, Index* arg,
                    const ParallelFor& parallel) {
  for_balanced_rows(s.count, s.ptr, grain_of(s), parallel, [&](int64_t first, int64_t last) {
    for (int64_t k = first; k < last; ++k) {
      T* const best = out + k * s.width;
      Index* const position = arg + k * s.width;
      std::fill_n(best, s.width, T{});
      std::fill_n(position, s.width, static_cast<Index>(rows));
      for (int64_t e = s.ptr[k]; e < int64_t{s.ptr[k + 1]}; ++e) {
        const int64_t at = row_of(s, e);
        const T* row = src + at * s.width;
        for (int64_t j = 0; j < s.width; ++j) {
          const ElementNumber<T> value = get_element(row + j), held = get_element(best + j);
          const bool better = max ? value > held : value < held;
          if (position[j] != rows && !better && !(is_nan(value) && !is_nan(held))) continue;
          best[j] = row[j];
          position[j] = static_cast<Index>(at);
        }
      }
    }
  });
}

/// The values alone, a block of columns at a time.
template <typename T, typename Index>
void reduce_extreme_value(const Segments<Index>& s, bool max, const T* src, T* out, const ParallelFor& parallel) {
  using N = ElementNumber<T>;
  for_balanced_rows(s.count, s.ptr, grain_of(s), parallel, [&](int64_t first, int64_t last) {
    for (int64_t k = first; k < last; ++k) {
      for (int64_t w = 0; w < s.width; w += block) {
        const int64_t n = std::min(block, s.width - w);
        N best[block] = {};
        for (int64_t e = s.ptr[k]; e < int64_t{s.ptr[k + 1]}; ++e) {
          const T* row = src + row_of(s, e) * s.width + w;
          const bool is_first = e == int64_t{s.ptr[k]};
          for (int64_t j = 0; j < n; ++j) {
            const N value = get_element(row + j);
            const bool better = (max ? value > best[j] : value < best[j]) || is_nan(value) || is_first;
            best[j] = better ? value : best[j];
          }
        }
        for (int64_t j = 0; j < n; ++j) put_element(out + k * s.width + w + j, best[j]);
      }
    }
  });
}

}  // namespace

bool is_segment_dtype(Dtype dtype) {
  return by_type(dtype, [](auto) {});
}

template <typename Index>
void segment_reduce(const Segments<Index>& segments, SegmentReduce reduce, int64_t rows, const void* src, void* out,
                    Index* arg, const ParallelFor& parallel) {
  with_type(segments.dtype, src, out, [&](const auto* from, auto* to) {
    if (!arg && (reduce == SegmentReduce::min || reduce == SegmentReduce::max)) {
      reduce_extreme_value(segments, reduce == SegmentReduce::max, from, to, parallel);
    } else if (reduce == SegmentReduce::min || reduce == SegmentReduce::max) {
      reduce_extreme(segments, reduce == SegmentReduce::max, rows, from, to, arg, parallel);
    } else {
      reduce_sum(segments, reduce == SegmentReduce::mean, from, to, parallel);
    }
  });
}

template <typename Index>
void segment_spread(const Segments<Index>& s, SegmentReduce reduce, const void* src, void* out,
                    const ParallelFor& parallel) {
  with_type(s.dtype, src, out, [&]<typename T>(const T* from, T* to) {
    for_balanced_rows(s.count, s.ptr, grain_of(s), parallel, [&](int64_t first, int64_t last) {
      for (int64_t k = first; k < last; ++k) {
        const int64_t length = s.ptr[k + 1] - s.ptr[k];
        for (int64_t e = s.ptr[k]; e < int64_t{s.ptr[k + 1]}; ++e) {
          T* row = to + row_of(s, e) * s.width;
          for (int64_t j = 0; j < s.width; ++j) {
            const T* value = from + k * s.width + j;
            if (reduce != SegmentReduce::mean) {
              row[j] = *value;
            } else {
              const Sum<T> part = divided<T>(static_cast<Sum<T>>(get_element(value)), length);
              put_element(row + j, static_cast<ElementNumber<T>>(part));
            }
          }
        }
      }
    });
  });
}

template <typename Index>
void segment_pick(const Segments<Index>& s, int64_t rows, const void* src, const Index* arg, void* out,
                  const ParallelFor& parallel) {
  with_type(s.dtype, src, out, [&]<typename T>(const T* from, T* to) {
    parallel.run(s.count * s.width, grain, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        to[i] = arg[i] == rows ? T{} : from[int64_t{arg[i]} * s.width + i % s.width];
      }
    });
  });
}

template <typename Index>
void segment_place(const Segments<Index>& s, int64_t rows, const void* src, const Index* arg, void* out,
                   const ParallelFor& parallel) {
  with_type(s.dtype, src, out, [&]<typename T>(const T* from, T* to) {
    parallel.run(rows * s.width, grain, [&](int64_t begin, int64_t end) { std::fill(to + begin, to + end, T{}); });
    parallel.run(s.count * s.width, grain, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        if (arg[i] != rows) to[int64_t{arg[i]} * s.width + i % s.width] = from[i];
      }
    });
  });
}

#define SPINEL_INSTANTIATE(Index)                                                                                    \
  template void segment_reduce(const Segments<Index>&, SegmentReduce, int64_t, const void*, void*, Index*,           \
                               const ParallelFor&);                                                                  \
  template void segment_spread(const Segments<Index>&, SegmentReduce, const void*, void*, const ParallelFor&);       \
  template void segment_pick(const Segments<Index>&, int64_t, const void*, const Index*, void*, const ParallelFor&); \
  template void segment_place(const Segments<Index>&, int64_t, const void*, const Index*, void*, const ParallelFor&);
SPINEL_INSTANTIATE(int32_t)
SPINEL_INSTANTIATE(int64_t)

}  // namespace spinel::kernels
