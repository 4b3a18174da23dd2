#include "spinel/kernels/cpu/max_pool_plan.h"

#include <algorithm>
#include <bit>

#include "spinel/kernels/cpu/max_pool_rows.h"

namespace spinel::kernels {
namespace {

// A row of 2,048 floats, its input and its result fit the first-level cache together; 256 KiB of rows or of slices the
// second. (YOLO's 20 × 20 with 64 channels side by side are 240 KiB: half as much would cut them into three tiles.)
constexpr int64_t kRowElements = 2048;
constexpr int64_t kRowsBytes = 256 << 10;
constexpr int64_t kSlicesBytes = 256 << 10;
// Beyond this a tile is no help: its rows are not reused before they leave the caches.
constexpr int64_t kMostBytes = 8 << 20;
constexpr int64_t kMostExtent = int64_t{1} << 22;
constexpr int64_t kChannelBlock = 64;

int64_t ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

int64_t extent(const PoolGeometry& g, int axis) { return g.dilation[axis] * (g.taps[axis] - 1) + 1; }

int64_t span(const PoolGeometry& g, int axis, int64_t outputs) {
  return (outputs - 1) * g.stride[axis] + extent(g, axis);
}

/// Doubling handles every input position, tap after tap every output; it also writes its intermediate rows.
bool doubling_pays(const PoolGeometry& g, int axis) {
  const auto k = static_cast<uint64_t>(g.taps[axis]);
  const int64_t levels = std::bit_width(k) - 1 + !std::has_single_bit(k);
  return k > kPoolTaps / 2 && 2 * (g.taps[axis] - 1) > 3 * levels * g.stride[axis];
}

/// Neighbouring windows are combined together: with rows of numbers, which along W columns of channels are.
bool overlap_pays(const PoolGeometry& g, int axis, int64_t inner) {
  return g.stride[axis] == 1 && g.taps[axis] >= kPoolWindows && g.taps[axis] <= kPoolTaps &&
         g.out[axis] / kPoolWindows >= g.dilation[axis] && (axis < 2 || (inner > 1 && inner % kPoolRound == 0));
}

/// The most outputs of an axis whose input positions number at most `positions`; at least as many as make the
/// overlap of neighbouring tiles cost no more than half of the work again.
int64_t outputs_within(const PoolGeometry& g, int axis, int64_t positions) {
  const int64_t fit = positions < extent(g, axis) ? 1 : (positions - extent(g, axis)) / g.stride[axis] + 1;
  const int64_t least = ceil_div(2 * std::max<int64_t>(extent(g, axis) - g.stride[axis], 0), g.stride[axis]);
  return std::clamp<int64_t>(std::max(fit, least), 1, g.out[axis]);
}

void set_layout(const PoolGeometry& g, MaxPoolPlan& p) {
  const int64_t row_span = span(g, 2, p.tile[2]);
  // Columns of channels are written by whole vectors: the last one may reach beyond the row.
  p.row = pool_round(p.tile[2] * p.inner + (p.inner > 1 ? kPoolRound - 1 : 0));
  // Rows a multiple of 4 KiB apart would fall into the same places of the first-level cache.
  if (p.row % 512 == 0) p.row += kPoolRound;
  p.phases = p.doubling[2] || p.inner > 1 ? 1 : g.stride[2];
  if (p.phases == 1) {
    p.pitch = pool_round(row_span * p.inner) + 2 * kPoolRound;
    if (!p.doubling[2]) p.pitch = std::max(p.pitch, (extent(g, 2) - 1) * p.inner + p.row + kPoolRound);
  } else {
    p.pitch = pool_round((extent(g, 2) - 1) / p.phases * p.inner + p.row) + kPoolRound;
  }
  p.stage = p.phases > 1 && p.inner == 1 ? pool_round(row_span) : 0;
  p.rows = g.taps[1] == 1 ? 0 : span(g, 1, p.tile[1]);
  p.slices = g.taps[0] == 1 ? 0 : span(g, 0, p.tile[0]);
  const bool overlap = p.overlap[0] || p.overlap[1] || p.overlap[2];
  p.results = overlap ? kPoolWindows : 1;
  const int64_t rows = p.rows + p.slices * p.tile[1] + p.results + (overlap ? 1 : 0);
  p.elements = p.stage + p.phases * p.pitch + rows * p.row;
}

void count_items(const PoolGeometry& g, MaxPoolPlan& p) {
  p.items = g.batch * p.blocks;
  for (int a = 0; a < 3; ++a) {
    p.tiles[a] = ceil_div(g.out[a], p.tile[a]);
    p.items *= p.tiles[a];
  }
}

/// Smaller tiles until every thread has some.
void share_among(const PoolGeometry& g, MaxPoolPlan& p) {
  const int64_t wanted = p.slots > 1 ? 4 * p.slots : 1;
  for (count_items(g, p); p.items < wanted; count_items(g, p)) {
    int axis = 0;
    while (axis < 3 && p.tile[axis] <= (axis == 2 ? 64 : 1)) ++axis;
    if (axis == 3) return;
    p.tile[axis] = ceil_div(p.tile[axis], 2);
  }
}

}  // namespace

MaxPoolPlan plan_max_pool(const PoolGeometry& g, bool channels_last, int64_t value_size, bool coded, int num_threads) {
  MaxPoolPlan p;
  p.blocks = g.channels;
  if (channels_last && g.channels > 1) {
    const int64_t blocks = ceil_div(g.channels, kChannelBlock);
    p.inner = blocks == 1 ? g.channels : pool_round(ceil_div(g.channels, blocks));
    p.blocks = ceil_div(g.channels, p.inner);
  }
  const int64_t size = value_size * (coded ? 2 : 1);
  for (int a = 0; a < 3; ++a) {
    p.overlap[a] = overlap_pays(g, a, p.inner);
    p.doubling[a] = !p.overlap[a] && doubling_pays(g, a);
    if (extent(g, a) > kMostExtent / p.inner) p.scan = true;
  }
  if (g.stride[2] > kMostExtent) p.scan = true;
  // Codes of taps have 32 bits at least.
  const auto taps = static_cast<unsigned __int128>(g.taps[0]) * g.taps[1] * g.taps[2];
  if (taps >> 31) p.scan = true;
  // Waking a thread costs as much as some 30,000 comparisons.
  const int64_t outputs = g.batch * g.channels * g.out[0] * g.out[1] * g.out[2];
  const int64_t comparisons = outputs * std::min<int64_t>(g.taps[0] + g.taps[1] + g.taps[2], 1 << 10);
  p.slots = static_cast<int>(std::clamp<int64_t>(comparisons / 32768, 1, num_threads));
  if (!p.scan) {
    p.tile[2] = std::min(g.out[2], std::max<int64_t>(kRowElements / p.inner, 1));
    const int64_t row_bytes = pool_round(p.tile[2] * p.inner) * size;
    p.tile[1] = outputs_within(g, 1, kRowsBytes / row_bytes);
    p.tile[0] = g.taps[0] == 1 ? 1 : outputs_within(g, 0, kSlicesBytes / (row_bytes * p.tile[1]));
    share_among(g, p);
    set_layout(g, p);
    p.scan = p.elements * size > kMostBytes;
  }
  if (p.scan) {
    const int64_t lines = g.out[0] * g.out[1];
    p.items = g.batch * g.channels * lines;
    p.elements = 0;
  }
  p.scratch_bytes = p.elements * size * p.slots;
  return p;
}

}  // namespace spinel::kernels
