// Random cases of max pooling and the definition as a plain loop, for the tests of its kernels.
#pragma once

#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "spinel/base/format.h"
#include "spinel/kernels/cpu/max_pool.h"
#include "spinel/kernels/max_pool_shape.h"

namespace spinel::kernels::testing {

/// N × C × D × H × W in memory, with the strides of a layout.
enum class Layout { channels_first, channels_last, padded, transposed };

inline PoolStrides strides_of(const int64_t (&sizes)[5], Layout layout) {
  const auto& [n, c, d, h, w] = sizes;
  switch (layout) {
    case Layout::channels_first: return {{c * d * h * w, d * h * w, h * w, w, 1}};
    case Layout::channels_last: return {{c * d * h * w, 1, h * w * c, w * c, c}};
    // Every second column of rows that are three elements too long.
    case Layout::padded: return {{c * d * h * (2 * w + 3), d * h * (2 * w + 3), h * (2 * w + 3), 2 * w + 3, 2}};
    case Layout::transposed: return {{c * d * h * w, d * h * w, 1, d, d * h}};
  }
  return {};
}

inline int64_t extent_of(const int64_t (&sizes)[5], const PoolStrides& strides) {
  int64_t last = 0;
  for (int k = 0; k < 5; ++k) last += (sizes[k] - 1) * strides.at[k];
  return last + 1;
}

inline std::string describe(const PoolGeometry& g) {
  std::string text = format("{}x{}", g.batch, g.channels);
  for (int a = 0; a < 3; ++a) {
    text += format(" [L{} k{} s{} p{} d{} o{}]", g.in[a], g.taps[a], g.stride[a], g.pad[a], g.dilation[a], g.out[a]);
  }
  return text;
}

/// A window of 1 to 3 dimensions that fits a random input; padding may exceed half of the kernel.
inline PoolGeometry random_geometry(std::mt19937& random, int64_t longest) {
  const auto draw = [&](int64_t low, int64_t high) { return low + int64_t(random() % uint64_t(high - low + 1)); };
  while (true) {
    PoolWindow window;
    window.dims = int(draw(1, 3));
    window.ceil_mode = draw(0, 1);
    std::vector<int64_t> sizes{draw(1, 3), draw(1, 5)};
    if (draw(0, 4) == 0) sizes[1] = draw(15, 150);
    for (int a = 0; a < window.dims; ++a) {
      PoolAxis& axis = window.axis[a];
      sizes.push_back(draw(1, window.dims == 3 ? longest / 3 : longest));
      axis.kernel = draw(0, 3) ? draw(1, 4) : draw(1, 20);
      axis.stride = draw(0, 2) ? draw(1, 3) : draw(1, 7);
      axis.dilation = draw(0, 1) ? 1 : draw(1, 4);
      axis.pad_before = draw(0, 1) ? 0 : draw(0, axis.extent() - 1);
      axis.pad_after = draw(0, 1) ? axis.pad_before : draw(0, axis.extent() - 1);
    }
    try {
      return pool_geometry(window, sizes);
    } catch (const std::exception&) {
      continue;  // no window fits, or one lies in the padding alone
    }
  }
}

/// One whose windows have at most 32 taps, with channels enough for vectors of them.
inline PoolGeometry random_channels_geometry(std::mt19937& random, int64_t longest) {
  while (true) {
    PoolGeometry g = random_geometry(random, longest);
    if (g.taps[0] * g.taps[1] * g.taps[2] > 32) continue;
    g.channels = 16 + int64_t(random() % 120);
    return g;
  }
}

/// The definition: value and flat index of every window in N, C, D, H, W order. T has > and tells NaN by x != x.
template <typename T>
void define_max_pool(const PoolGeometry& g, const T* x, const PoolStrides& strides, std::vector<T>& y,
                     std::vector<int64_t>& index) {
  y.clear();
  index.clear();
  for (int64_t n = 0; n < g.batch; ++n)
    for (int64_t c = 0; c < g.channels; ++c)
      for (int64_t od = 0; od < g.out[0]; ++od)
        for (int64_t oh = 0; oh < g.out[1]; ++oh)
          for (int64_t ow = 0; ow < g.out[2]; ++ow) {
            bool any = false;
            T best{};
            int64_t where = -1;
            for (int64_t a = 0; a < g.taps[0]; ++a)
              for (int64_t b = 0; b < g.taps[1]; ++b)
                for (int64_t e = 0; e < g.taps[2]; ++e) {
                  const int64_t d = od * g.stride[0] - g.pad[0] + a * g.dilation[0];
                  const int64_t h = oh * g.stride[1] - g.pad[1] + b * g.dilation[1];
                  const int64_t w = ow * g.stride[2] - g.pad[2] + e * g.dilation[2];
                  if (d < 0 || d >= g.in[0] || h < 0 || h >= g.in[1] || w < 0 || w >= g.in[2]) continue;
                  const T v = x[n * strides.at[0] + c * strides.at[1] + d * strides.at[2] + h * strides.at[3] +
                                w * strides.at[4]];
                  if (any && !(v > best) && v == v) continue;
                  any = true;
                  best = v;
                  where = (d * g.in[1] + h) * g.in[2] + w;
                }
            y.push_back(best);
            index.push_back(where);
          }
}

}  // namespace spinel::kernels::testing
