#include "spinel/kernels/cpu/segment_softmax.h"

#include <cmath>
#include <limits>

#include "spinel/kernels/cpu/exponential.h"
#include "spinel/kernels/cpu/segment_element.h"
#include "spinel/kernels/cpu/work_pieces.h"

namespace spinel::kernels {
namespace {

using namespace segment_internal;

/// Keeps a quotient finite where all weights of a segment vanish; torch_geometric's constant.
constexpr double tiny = 1e-16;

/// Calls function with a value of the type, floating ones alone.
template <typename F>
void by_floating_type(Dtype dtype, F&& function) {
  by_type(dtype, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (!std::is_integral_v<T>) function(zero);
  });
}

/// Calls function(segment, first column, columns) for blocks of columns of each segment.
template <typename Index, typename F>
void for_blocks(const Segments<Index>& s, const ParallelFor& parallel, F&& function) {
  for_balanced_rows(s.count, s.ptr, grain_of(s), parallel, [&](int64_t first, int64_t last) {
    for (int64_t k = first; k < last; ++k) {
      for (int64_t w = 0; w < s.width; w += block) function(k, w, std::min(block, s.width - w));
    }
  });
}

/// The first element of row e of the order, at column w.
template <typename Index>
int64_t place(const Segments<Index>& s, int64_t e, int64_t w) {
  return row_of(s, e) * s.width + w;
}

/// max[j] of the segment's columns.
template <typename T, typename N, typename Index>
void block_maximum(const Segments<Index>& s, const T* src, int64_t k, int64_t w, int64_t n, N* max) {
  std::fill_n(max, n, -std::numeric_limits<N>::infinity());
  for (int64_t e = s.ptr[k]; e < int64_t{s.ptr[k + 1]}; ++e) {
    const T* row = src + place(s, e, w);
    for (int64_t j = 0; j < n; ++j) {
      const N value = get_element(row + j);
      max[j] = value > max[j] || std::isnan(value) ? value : max[j];
    }
  }
}

/// Through memory: differences, then all exponentials in vectors, then quotients.
template <typename T, typename Index>
void softmax_vectors(const Segments<Index>& s, const T* src, T* out, const ParallelFor& parallel) {
  for_blocks(s, parallel, [&](int64_t k, int64_t w, int64_t n) {
    T max[block];
    block_maximum(s, src, k, w, n, max);
    for (int64_t e = s.ptr[k]; e < int64_t{s.ptr[k + 1]}; ++e) {
      const int64_t at = place(s, e, w);
      for (int64_t j = 0; j < n; ++j) out[at + j] = src[at + j] - max[j];
    }
  });
  exponential(int64_t{s.ptr[s.count]} * s.width, out, parallel);
  for_blocks(s, parallel, [&](int64_t k, int64_t w, int64_t n) {
    T sum[block] = {};
    for (int64_t e = s.ptr[k]; e < int64_t{s.ptr[k + 1]}; ++e) {
      const T* row = out + place(s, e, w);
      for (int64_t j = 0; j < n; ++j) sum[j] += row[j];
    }
    for (int64_t j = 0; j < n; ++j) sum[j] = 1 / (sum[j] + static_cast<T>(tiny));
    for (int64_t e = s.ptr[k]; e < int64_t{s.ptr[k + 1]}; ++e) {
      T* row = out + place(s, e, w);
      for (int64_t j = 0; j < n; ++j) row[j] *= sum[j];
    }
  });
}

/// Each exponential twice: half precision has no room for what stands between.
template <typename T, typename Index>
void softmax_twice(const Segments<Index>& s, const T* src, T* out, const ParallelFor& parallel) {
  for_blocks(s, parallel, [&](int64_t k, int64_t w, int64_t n) {
    float max[block], sum[block] = {};
    block_maximum(s, src, k, w, n, max);
    for (int64_t e = s.ptr[k]; e < int64_t{s.ptr[k + 1]}; ++e) {
      const T* row = src + place(s, e, w);
      for (int64_t j = 0; j < n; ++j) sum[j] += std::exp(get_element(row + j) - max[j]);
    }
    for (int64_t e = s.ptr[k]; e < int64_t{s.ptr[k + 1]}; ++e) {
      const int64_t at = place(s, e, w);
      for (int64_t j = 0; j < n; ++j) {
        const float weight = std::exp(get_element(src + at + j) - max[j]);
        put_element(out + at + j, weight / (sum[j] + static_cast<float>(tiny)));
      }
    }
  });
}

template <typename N>
bool is_same(N a, N b) {
  return a == b || (a != a && b != b);
}

/// The extremes of a block of columns, and their ties before any element is seen: a 0 counts as one more.
template <typename T, typename N>
void begin_ties(const T* extreme, int64_t n, N* best, N* count) {
  for (int64_t j = 0; j < n; ++j) {
    best[j] = get_element(extreme + j);
    count[j] = best[j] == 0 ? 1 : 0;
  }
}

}  // namespace

template <typename Index>
void segment_softmax(const Segments<Index>& s, const void* src, void* out, const ParallelFor& parallel) {
  by_floating_type(s.dtype, [&](auto zero) {
    using T = decltype(zero);
    const auto* from = static_cast<const T*>(src);
    auto* to = static_cast<T*>(out);
    if constexpr (std::is_floating_point_v<T>) softmax_vectors(s, from, to, parallel);
    else softmax_twice(s, from, to, parallel);
  });
}

template <typename Index>
void segment_products(const Segments<Index>& s, const SegmentProducts& operands, void* out,
                      const ParallelFor& parallel) {
  by_floating_type(s.dtype, [&](auto zero) {
    using T = decltype(zero);
    using N = ElementNumber<T>;
    const auto* p = static_cast<const T*>(operands.p);
    const auto* q = static_cast<const T*>(operands.q);
    const auto* r = static_cast<const T*>(operands.r);
    const auto* left = static_cast<const T*>(operands.s);
    const auto* right = static_cast<const T*>(operands.t);
    auto* to = static_cast<T*>(out);
    for_blocks(s, parallel, [&](int64_t k, int64_t w, int64_t n) {
      N sum[block] = {};
      for (int64_t e = s.ptr[k]; e < int64_t{s.ptr[k + 1]}; ++e) {
        const int64_t at = place(s, e, w);
        for (int64_t j = 0; j < n; ++j) sum[j] += get_element(left + at + j) * get_element(right + at + j);
      }
      for (int64_t e = s.ptr[k]; e < int64_t{s.ptr[k + 1]}; ++e) {
        const int64_t at = place(s, e, w);
        if (p) {
          for (int64_t j = 0; j < n; ++j) {
            put_element(to + at + j,
                        get_element(p + at + j) * get_element(q + at + j) - get_element(r + at + j) * sum[j]);
          }
        } else {
          for (int64_t j = 0; j < n; ++j) put_element(to + at + j, -get_element(r + at + j) * sum[j]);
        }
      }
    });
  });
}

template <typename Index>
void segment_share(const Segments<Index>& s, const void* grad, const void* src, const void* value, void* out,
                   const ParallelFor& parallel) {
  by_floating_type(s.dtype, [&](auto zero) {
    using T = decltype(zero);
    using N = ElementNumber<T>;
    const auto* from = static_cast<const T*>(grad);
    const auto* x = static_cast<const T*>(src);
    const auto* extreme = static_cast<const T*>(value);
    auto* to = static_cast<T*>(out);
    for_blocks(s, parallel, [&](int64_t k, int64_t w, int64_t n) {
      N best[block], count[block];
      begin_ties(extreme + k * s.width + w, n, best, count);
      for (int64_t e = s.ptr[k]; e < int64_t{s.ptr[k + 1]}; ++e) {
        const T* row = x + place(s, e, w);
        for (int64_t j = 0; j < n; ++j) count[j] += is_same(get_element(row + j), best[j]) ? 1 : 0;
      }
      for (int64_t j = 0; j < n; ++j) count[j] = get_element(from + k * s.width + w + j) / std::max<N>(count[j], 1);
      for (int64_t e = s.ptr[k]; e < int64_t{s.ptr[k + 1]}; ++e) {
        const int64_t at = place(s, e, w);
        for (int64_t j = 0; j < n; ++j)
          put_element(to + at + j, is_same(get_element(x + at + j), best[j]) ? count[j] : N{});
      }
    });
  });
}

template <typename Index>
void segment_collect(const Segments<Index>& s, const void* grad, const void* src, const void* value, void* out,
                     const ParallelFor& parallel) {
  by_floating_type(s.dtype, [&](auto zero) {
    using T = decltype(zero);
    using N = ElementNumber<T>;
    const auto* from = static_cast<const T*>(grad);
    const auto* x = static_cast<const T*>(src);
    const auto* extreme = static_cast<const T*>(value);
    auto* to = static_cast<T*>(out);
    for_blocks(s, parallel, [&](int64_t k, int64_t w, int64_t n) {
      N best[block], count[block], sum[block] = {};
      begin_ties(extreme + k * s.width + w, n, best, count);
      for (int64_t e = s.ptr[k]; e < int64_t{s.ptr[k + 1]}; ++e) {
        const int64_t at = place(s, e, w);
        for (int64_t j = 0; j < n; ++j) {
          const bool same = is_same(get_element(x + at + j), best[j]);
          count[j] += same ? 1 : 0;
          sum[j] += same ? get_element(from + at + j) : N{};
        }
      }
      for (int64_t j = 0; j < n; ++j) put_element(to + k * s.width + w + j, sum[j] / std::max<N>(count[j], 1));
    });
  });
}

#define SPINEL_INSTANTIATE(Index)                                                                            \
  template void segment_softmax(const Segments<Index>&, const void*, void*, const ParallelFor&);             \
  template void segment_products(const Segments<Index>&, const SegmentProducts&, void*, const ParallelFor&); \
  template void segment_share(const Segments<Index>&, const void*, const void*, const void*, void*,          \
                              const ParallelFor&);                                                           \
  template void segment_collect(const Segments<Index>&, const void*, const void*, const void*, void*,        \
                                const ParallelFor&);
SPINEL_INSTANTIATE(int32_t)
SPINEL_INSTANTIATE(int64_t)
#undef SPINEL_INSTANTIATE

}  // namespace spinel::kernels
