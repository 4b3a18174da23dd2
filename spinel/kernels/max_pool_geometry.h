// The geometry of max pooling and its index arithmetic, in the common subset of C++, CUDA and OpenCL C.
// All backends take their positions from here, so what the CPU's tests prove holds for the others.
#pragma once

#ifdef __OPENCL_VERSION__
typedef long PoolInt;
#define SPINEL_POOL_FUNCTION static inline
#else
#include <cstdint>
#ifdef __CUDACC__
#define SPINEL_POOL_FUNCTION __host__ __device__ inline
#else
#define SPINEL_POOL_FUNCTION inline
#endif

namespace spinel::kernels {
typedef int64_t PoolInt;
#endif

/// Spatial dimensions are always three, in the order D, H, W; fewer have leading ones of length 1 (kernel 1, stride 1).
/// Every window touches the input.
typedef struct {
  PoolInt batch, channels;
  PoolInt in[3], out[3];
  PoolInt taps[3], stride[3], dilation[3];
  PoolInt pad[3];  ///< positions before the input; those after it follow from `out`
} PoolGeometry;

/// Strides of one tensor in elements: N, C, D, H, W.
typedef struct {
  PoolInt at[5];
} PoolStrides;

/// Where window `o` of an axis begins; negative inside the padding.
SPINEL_POOL_FUNCTION PoolInt pool_start(const PoolGeometry* g, int axis, PoolInt o) {
  return o * g->stride[axis] - g->pad[axis];
}

/// The first tap inside the input of a window that begins at `start`.
SPINEL_POOL_FUNCTION PoolInt pool_first_tap(const PoolGeometry* g, int axis, PoolInt start) {
  const PoolInt d = g->dilation[axis];
  return start >= 0 ? 0 : (-start + d - 1) / d;
}

/// One past the last tap inside the input.
SPINEL_POOL_FUNCTION PoolInt pool_last_tap(const PoolGeometry* g, int axis, PoolInt start) {
  const PoolInt d = g->dilation[axis], room = g->in[axis] - start;
  if (room > d * (g->taps[axis] - 1)) return g->taps[axis];
  const PoolInt taps = room <= 0 ? 0 : (room - 1) / d + 1;
  return taps < g->taps[axis] ? taps : g->taps[axis];
}

/// Quotient of numbers that are not negative. Accelerators divide 64-bit numbers in software, several times slower.
SPINEL_POOL_FUNCTION PoolInt pool_divide(PoolInt a, PoolInt b) {
  return ((a | b) >> 32) == 0 ? (PoolInt)((unsigned int)a / (unsigned int)b) : a / b;
}

/// A position of the output.
typedef struct {
  PoolInt n, c, at[3];
} PoolPosition;

/// The position of row-major output element `id` of N × C × D × H × W or, with `channels_last`, N × D × H × W × C.
SPINEL_POOL_FUNCTION PoolPosition pool_position(const PoolGeometry* g, PoolInt id, int channels_last) {
  PoolPosition p;
  if (channels_last) {
    const PoolInt rest = pool_divide(id, g->channels);
    p.c = id - rest * g->channels;
    id = rest;
  }
  for (int axis = 2; axis >= 0; --axis) {
    const PoolInt rest = pool_divide(id, g->out[axis]);
    p.at[axis] = id - rest * g->out[axis];
    id = rest;
  }
  if (!channels_last) {
    const PoolInt rest = pool_divide(id, g->channels);
    p.c = id - rest * g->channels;
    id = rest;
  }
  p.n = id;
  return p;
}

/// The element of a tensor at (n, c, d, h, w).
SPINEL_POOL_FUNCTION PoolInt pool_offset(const PoolStrides* s, PoolInt n, PoolInt c, PoolInt d, PoolInt h, PoolInt w) {
  return n * s->at[0] + c * s->at[1] + d * s->at[2] + h * s->at[3] + w * s->at[4];
}

/// The flat position in the unpadded plane of a channel.
SPINEL_POOL_FUNCTION PoolInt pool_flat(const PoolGeometry* g, PoolInt d, PoolInt h, PoolInt w) {
  return (d * g->in[1] + h) * g->in[2] + w;
}

/// The flat position that tap number `tap` (row-major over the kernel) of the window at `p` reads.
SPINEL_POOL_FUNCTION PoolInt pool_tap_position(const PoolGeometry* g, const PoolPosition* p, PoolInt tap) {
  const PoolInt rest = pool_divide(tap, g->taps[2]), tw = tap - rest * g->taps[2];
  const PoolInt td = pool_divide(rest, g->taps[1]), th = rest - td * g->taps[1];
  return pool_flat(g, pool_start(g, 0, p->at[0]) + td * g->dilation[0],
                   pool_start(g, 1, p->at[1]) + th * g->dilation[1], pool_start(g, 2, p->at[2]) + tw * g->dilation[2]);
}

/// Which windows of an axis can hold input position i: [first, last).
SPINEL_POOL_FUNCTION PoolInt pool_first_window(const PoolGeometry* g, int axis, PoolInt i) {
  const PoolInt reach = i + g->pad[axis] - g->dilation[axis] * (g->taps[axis] - 1);
  return reach <= 0 ? 0 : (reach + g->stride[axis] - 1) / g->stride[axis];
}
SPINEL_POOL_FUNCTION PoolInt pool_last_window(const PoolGeometry* g, int axis, PoolInt i) {
  const PoolInt last = (i + g->pad[axis]) / g->stride[axis] + 1;
  return last < g->out[axis] ? last : g->out[axis];
}

#ifndef __OPENCL_VERSION__
}  // namespace spinel::kernels
#endif
