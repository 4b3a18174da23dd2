#include "spinel/kernels/cpu/max_pool_codes.h"
#include "spinel/kernels/cpu/max_pool_rows.h"
#include "spinel/kernels/cpu/max_pool_ways.h"

namespace spinel::kernels {
namespace {

/// One window, tap after tap.
template <typename V>
void scan_window(const MaxPoolForward& call, const PoolRows<V>& rows, const PoolPosition& p) {
  const PoolGeometry& g = call.geometry;
  const size_t size = element_size(call.dtype);
  int64_t start[3], first[3], last[3];
  for (int a = 0; a < 3; ++a) {
    start[a] = pool_start(&g, a, p.at[a]);
    first[a] = pool_first_tap(&g, a, start[a]);
    last[a] = pool_last_tap(&g, a, start[a]);
  }
  V best = pool_lowest<V>();
  int64_t td = first[0], th = first[1], tw = first[2];
  const auto at = [&](int axis, int64_t t) { return start[axis] + t * g.dilation[axis]; };
  for (int64_t d = first[0]; d < last[0]; ++d) {
    for (int64_t h = first[1]; h < last[1]; ++h) {
      for (int64_t w = first[2]; w < last[2]; ++w) {
        V x;
        const int64_t offset = pool_offset(&call.x_strides, p.n, p.c, at(0, d), at(1, h), at(2, w));
        const bool nan = rows.load(pool_element(call.x, offset, size), 1, 1, &x);
        if (!(x > best) && !nan) continue;
        best = x;
        td = d, th = h, tw = w;
      }
    }
  }
  const auto offset = [&](const PoolStrides& s) { return pool_offset(&s, p.n, p.c, p.at[0], p.at[1], p.at[2]); };
  rows.store(&best, 1, pool_element(call.y, offset(call.y_strides), size), 1);
  const int64_t out = offset(call.index_strides), flat = pool_flat(&g, at(0, td), at(1, th), at(2, tw));
  switch (call.index_type) {
    case PoolIndex::none: break;
    case PoolIndex::flat64: static_cast<int64_t*>(call.index)[out] = flat; break;
    case PoolIndex::flat32: static_cast<int32_t*>(call.index)[out] = static_cast<int32_t>(flat); break;
    case PoolIndex::tap8:
      static_cast<uint8_t*>(call.index)[out] = static_cast<uint8_t>((td * g.taps[1] + th) * g.taps[2] + tw);
  }
}

template <typename V>
void scan_lines(const MaxPoolForward& call, const PoolRows<V>& rows, int64_t begin, int64_t end) {
  const PoolGeometry& g = call.geometry;
  for (int64_t id = begin * g.out[2]; id < end * g.out[2]; ++id) {
    scan_window<V>(call, rows, pool_position(&g, id, 0));
  }
}

}  // namespace

void pool_by_scan(const MaxPoolForward& call, int64_t lines, const ParallelFor& parallel) {
  by_pool_type(call.dtype, [&](auto zero) {
    using V = decltype(zero);
    const PoolRows<V> rows = pool_rows<V>(call.dtype);
    parallel.run(lines, 1, [&](int64_t begin, int64_t end) { scan_lines<V>(call, rows, begin, end); });
  });
}

}  // namespace spinel::kernels
