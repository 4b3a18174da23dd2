#include "spinel/kernels/cpu/tall_product.h"

#include <algorithm>
#include <vector>

#include "spinel/kernels/cpu/work_pieces.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "spinel/kernels/cpu/tall_product.cc"
#include <hwy/cache_control.h>
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

#ifndef SPINEL_KERNELS_CPU_TALL_PRODUCT_ONCE
#define SPINEL_KERNELS_CPU_TALL_PRODUCT_ONCE
namespace spinel::kernels {

/// The loops over rows [first, last), compiled once per instruction set.
struct TallLoops {
  int64_t (*padded_width)(int64_t width);
  void (*pack)(const TallProduct&, float* packed);
  void (*product)(const TallProduct&, const float* packed, int64_t first, int64_t last);
  /// Adds to c and sum_a.
  void (*outer)(const TallOuterProduct&, float* c, float* sum_a, int64_t first, int64_t last);
};

}  // namespace spinel::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace spinel::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using TallTag = hn::ScalableTag<float>;
using TallVector = hn::Vec<TallTag>;

// Vectors of a panel of columns: a tile of its sums, a row of the panel and a number of x fill the registers, 32 with
// AVX-512, else 16.
constexpr int kWidestPanel = hn::MaxLanes(TallTag()) >= 16 ? 4 : 2;
constexpr int tile_rows(int vectors) {
  if (kWidestPanel == 4) return vectors == 4 ? 6 : vectors == 3 ? 8 : 12;
  return vectors == 2 ? 6 : 12;
}
constexpr int64_t kBlockRows = 96;  // a multiple of all tiles; a block and a panel stay in the first caches

/// Calls function(first column, std::integral_constant<int, vectors>) for panels of about equal width.
template <typename F>
HWY_INLINE void for_panels(int64_t width, F&& function) {
  const int64_t lanes = hn::Lanes(TallTag()), vectors = (width + lanes - 1) / lanes;
  const int64_t panels = (vectors + kWidestPanel - 1) / kWidestPanel;
  int64_t from = 0;
  for (int64_t p = 0; p < panels; ++p) {
    const int64_t count = vectors / panels + (p < vectors % panels ? 1 : 0);
    if (count == 1) function(from, std::integral_constant<int, 1>());
    if (count == 2) function(from, std::integral_constant<int, 2>());
    if constexpr (kWidestPanel == 4) {
      if (count == 3) function(from, std::integral_constant<int, 3>());
      if (count == 4) function(from, std::integral_constant<int, 4>());
    }
    from += count * lanes;
  }
}

int64_t padded_width(int64_t width) {
  const int64_t lanes = hn::Lanes(TallTag());
  return (width + lanes - 1) / lanes * lanes;
}

/// Panel by panel, each [depth, its columns]; what stands beyond the width is 0.
void pack(const TallProduct& p, float* packed) {
  const int64_t lanes = hn::Lanes(TallTag());
  for_panels(p.width, [&](int64_t from, auto vectors) {
    const int64_t columns = vectors() * lanes, real = std::min(columns, p.width - from);
    for (int64_t k = 0; k < p.depth; ++k, packed += columns) {
      for (int64_t f = 0; f < real; ++f) packed[f] = p.b[k * p.row_stride + (from + f) * p.column_stride];
      std::fill(packed + real, packed + columns, 0.f);
    }
  });
}

/// Asks for a line of each row of the next tile.
template <int rows>
HWY_INLINE void prefetch_rows(const float* left, int64_t row_step) {
  for (int r = 0; r < rows; ++r) hwy::Prefetch(left + (rows + r) * row_step);
}

/// Rows of a panel: vectors side by side, `step` numbers apart.
struct Panel {
  const float* data;
  int64_t step;
};

/// sum[r][v] = Σ_k left[r · row_step + k · step] · panel[k, v].
template <int rows, int vectors>
HWY_INLINE void tile_sums(const float* left, int64_t row_step, int64_t step, Panel panel, int64_t depth,
                          TallVector (&sum)[rows][vectors]) {
  const TallTag d;
  const int64_t lanes = hn::Lanes(d);
  for (auto& row : sum) {
    for (auto& one : row) one = hn::Zero(d);
  }
  for (int64_t k = 0; k < depth; ++k) {
    if (step == 1 && k % 16 == 0) prefetch_rows<rows>(left + k, row_step);
    TallVector right[vectors];
    for (int v = 0; v < vectors; ++v) right[v] = hn::LoadU(d, panel.data + v * lanes);
    panel.data += panel.step;
    for (int r = 0; r < rows; ++r) {
      const TallVector one = hn::Set(d, left[r * row_step + k * step]);
      for (int v = 0; v < vectors; ++v) sum[r][v] = hn::MulAdd(one, right[v], sum[r][v]);
    }
  }
}

/// Calls store(d, column, sum) for each whole vector of a row of sums, and for single columns of what is left of it.
template <int vectors, typename Store>
HWY_INLINE void for_sums(const TallVector (&sum)[vectors], int64_t from, int64_t width, Store&& store) {
  const TallTag d;
  const int64_t lanes = hn::Lanes(d);
  for (int v = 0; v < vectors; ++v) {
    const int64_t f = from + v * lanes;
    if (f + lanes <= width) {
      store(d, f, sum[v]);
      continue;
    }
    HWY_ALIGN float each[hn::MaxLanes(d)];
    hn::Store(sum[v], d, each);
    const hn::CappedTag<float, 1> one;
    for (int64_t k = 0; f + k < width; ++k) store(one, f + k, hn::LoadU(one, each + k));
  }
}

template <int rows, int vectors>
HWY_INLINE void product_tile(const TallProduct& p, const float* panel, int64_t row, int64_t from) {
  TallVector sum[rows][vectors];
  const auto step = static_cast<int64_t>(vectors * hn::Lanes(TallTag()));
  tile_sums<rows, vectors>(p.x + row * p.depth, p.depth, 1, {panel, step}, p.depth, sum);
  for (int r = 0; r < rows; ++r) {
    const int64_t at = (row + r) * p.width;
    for_sums(sum[r], from, p.width, [&](auto d, int64_t f, auto value) HWY_ATTR {
      if (p.bias) value = hn::Add(value, hn::LoadU(d, p.bias + f));
      if (p.addend) value = hn::Add(value, hn::LoadU(d, p.addend + at + f));
      hn::StoreU(value, d, p.y + at + f);
    });
  }
}

void product(const TallProduct& p, const float* packed, int64_t first, int64_t last) {
  const int64_t lanes = hn::Lanes(TallTag());
  for (int64_t begin = first; begin < last; begin += kBlockRows) {
    const int64_t end = std::min(begin + kBlockRows, last);
    const float* panel = packed;
    for_panels(p.width, [&](int64_t from, auto count) HWY_ATTR {
      constexpr int vectors = count();
      constexpr int rows = tile_rows(vectors);
      int64_t row = begin;
      for (; row + rows <= end; row += rows) product_tile<rows, vectors>(p, panel, row, from);
      for (; row < end; ++row) product_tile<1, vectors>(p, panel, row, from);
      panel += p.depth * vectors * lanes;
    });
  }
}

/// The columns of a panel of b's rows [begin, end), 0 beyond the width.
HWY_INLINE void pack_rows(const TallOuterProduct& p, int64_t begin, int64_t end, int64_t from, int64_t columns,
                          float* packed) {
  const int64_t real = std::min(columns, p.width - from);
  for (int64_t n = begin; n < end; ++n, packed += columns) {
    std::copy_n(p.b + n * p.width + from, real, packed);
    std::fill(packed + real, packed + columns, 0.f);
  }
}

template <int rows, int vectors>
HWY_INLINE void outer_tile(const TallOuterProduct& p, const float* a, Panel panel, int64_t count, int64_t k,
                           int64_t from, float* c) {
  TallVector sum[rows][vectors];
  tile_sums<rows, vectors>(a + k, 1, p.depth, panel, count, sum);
  for (int r = 0; r < rows; ++r) {
    float* const to = c + (k + r) * p.width;
    for_sums(sum[r], from, p.width, [&](auto d, int64_t f, auto value) HWY_ATTR {
      hn::StoreU(hn::Add(hn::LoadU(d, to + f), value), d, to + f);
    });
  }
}

void outer(const TallOuterProduct& p, float* c, float* sum_a, int64_t first, int64_t last) {
  const int64_t lanes = hn::Lanes(TallTag());
  std::vector<float> packed(static_cast<size_t>(kBlockRows * kWidestPanel * lanes));
  std::vector<float> block_sum(static_cast<size_t>(sum_a ? p.depth : 0));
  for (int64_t begin = first; begin < last; begin += kBlockRows) {
    const int64_t end = std::min(begin + kBlockRows, last);
    const float* const a = p.a + begin * p.depth;
    for_panels(p.width, [&](int64_t from, auto count) HWY_ATTR {
      constexpr int vectors = count();
      constexpr int rows = tile_rows(vectors);
      Panel panel{p.b + begin * p.width + from, p.width};
      if (from + vectors * lanes > p.width) {
        pack_rows(p, begin, end, from, vectors * lanes, packed.data());
        panel = {packed.data(), vectors * lanes};
      }
      int64_t k = 0;
      for (; k + rows <= p.depth; k += rows) outer_tile<rows, vectors>(p, a, panel, end - begin, k, from, c);
      for (; k + 2 <= p.depth; k += 2) outer_tile<2, vectors>(p, a, panel, end - begin, k, from, c);
      for (; k < p.depth; ++k) outer_tile<1, vectors>(p, a, panel, end - begin, k, from, c);
    });
    if (!sum_a) continue;
    std::fill(block_sum.begin(), block_sum.end(), 0.f);
    for (int64_t n = 0; n < end - begin; ++n) {
      for (int64_t k = 0; k < p.depth; ++k) block_sum[static_cast<size_t>(k)] += a[n * p.depth + k];
    }
    for (int64_t k = 0; k < p.depth; ++k) sum_a[k] += block_sum[static_cast<size_t>(k)];
  }
}

TallLoops tall_loops() { return {padded_width, pack, product, outer}; }

}  // namespace spinel::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spinel::kernels {
namespace {

HWY_EXPORT(tall_loops);

constexpr int64_t kTallGrain = 192;  // rows

}  // namespace

void tall_product(const TallProduct& product, const ParallelFor& parallel) {
  const TallLoops loops = HWY_DYNAMIC_DISPATCH(tall_loops)();
  std::vector<float> packed(static_cast<size_t>(product.depth * loops.padded_width(product.width)));
  loops.pack(product, packed.data());
  parallel.run(product.rows, kTallGrain,
               [&](int64_t first, int64_t last) { loops.product(product, packed.data(), first, last); });
}

void tall_outer_product(const TallOuterProduct& product, const ParallelFor& parallel) {
  const TallLoops loops = HWY_DYNAMIC_DISPATCH(tall_loops)();
  const WorkPieces pieces(product.rows, kTallGrain, parallel);
  const int64_t each = product.depth * product.width, step = each + product.depth;
  std::vector<float> parts(static_cast<size_t>(pieces.count * step));
  pieces.run(parallel, [&](int64_t piece, int64_t first, int64_t last) {
    float* const c = parts.data() + piece * step;
    loops.outer(product, c, product.sum_a ? c + each : nullptr, first, last);
  });
  for (int64_t piece = 1; piece < pieces.count; ++piece) {
    for (int64_t k = 0; k < step; ++k) parts[static_cast<size_t>(k)] += parts[static_cast<size_t>(piece * step + k)];
  }
  std::copy_n(parts.data(), each, product.c);
  if (product.sum_a) std::copy_n(parts.data() + each, product.depth, product.sum_a);
}

}  // namespace spinel::kernels
#endif
