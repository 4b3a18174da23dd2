// Max pooling of single elements, the body of a thread of the CUDA and OpenCL kernels, in the common subset of C++,
// CUDA and OpenCL C. The tests run it on the CPU for every type.
#pragma once

#ifdef __OPENCL_VERSION__
#define pool_float_from_bits(bits) as_float((unsigned int)(bits))
#define pool_bits(value) as_uint((float)(value))
#else
#include <cstring>

#include "spinel/kernels/max_pool_geometry.h"
#define POOL_TEMPLATE template <typename Stored>
#define POOL_GLOBAL
#define POOL_STORED Stored
namespace spinel::kernels {

SPINEL_POOL_FUNCTION float pool_float_from_bits(unsigned int bits) {
  float value;
  memcpy(&value, &bits, 4);
  return value;
}
SPINEL_POOL_FUNCTION unsigned int pool_bits(float value) {
  unsigned int bits;
  memcpy(&bits, &value, 4);
  return bits;
}
#endif

/// The value of a half, without the hardware's conversions and without subnormal floats, which a device may flush.
SPINEL_POOL_FUNCTION float pool_from_half(unsigned short stored) {
  const unsigned int sign = (stored & 0x8000u) << 16, rest = stored & 0x7fffu;
  if (rest >= 0x7c00u) return pool_float_from_bits(sign | 0x7f800000u | (rest & 0x3ffu) << 13);
  if (rest < 0x400u) {
    const float small = (float)rest * 5.9604644775390625e-8f;  // 2⁻²⁴
    return sign ? -small : small;
  }
  return pool_float_from_bits(sign | ((rest << 13) + 0x38000000u));
}

/// Rounded to nearest, ties to even.
SPINEL_POOL_FUNCTION unsigned short pool_to_half(float value) {
  const unsigned int bits = pool_bits(value), sign = (bits >> 16) & 0x8000u, size = bits & 0x7fffffffu;
  unsigned int result;
  if (size > 0x7f800000u) {
    result = 0x7e00u | ((size >> 13) & 0x3ffu);
  } else if (size >= 0x477ff000u) {
    result = 0x7c00u;  // rounds to infinity
  } else if (size < 0x38800000u) {
    // Below the normal halves: in the sum with 0.5 the last place is the half's, and the addition rounds to it.
    result = pool_bits(pool_float_from_bits(size) + 0.5f) - 0x3f000000u;
  } else {
    result = (size - 0x38000000u + 0xfffu + ((size >> 13) & 1)) >> 13;
  }
  return (unsigned short)(sign | result);
}

SPINEL_POOL_FUNCTION float pool_from_bf16(unsigned short stored) {
  return pool_float_from_bits((unsigned int)stored << 16);
}
SPINEL_POOL_FUNCTION unsigned short pool_to_bf16(float value) {
  const unsigned int bits = pool_bits(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) return (unsigned short)((bits >> 16) | 0x40u);
  return (unsigned short)((bits + 0x7fffu + ((bits >> 16) & 1)) >> 16);
}

#ifndef __OPENCL_VERSION__
/// 16-bit floating types as they are stored.
struct PoolHalf {
  unsigned short bits;
};
struct PoolBf16 {
  unsigned short bits;
};

/// Element i as a number that compares like it. (OpenCL's source has its own for the type that it is built for.)
template <typename T>
SPINEL_POOL_FUNCTION T pool_number(const T* x, PoolInt i) {
  return x[i];
}
SPINEL_POOL_FUNCTION float pool_number(const PoolBf16* x, PoolInt i) { return pool_from_bf16(x[i].bits); }
SPINEL_POOL_FUNCTION float pool_number(const PoolHalf* x, PoolInt i) { return pool_from_half(x[i].bits); }

/// The type of sums of gradients, and how a sum is stored.
template <typename T>
struct PoolSum {
  using type = float;
};
template <>
struct PoolSum<double> {
  using type = double;
};
SPINEL_POOL_FUNCTION void pool_store(float value, float* to) { *to = value; }
SPINEL_POOL_FUNCTION void pool_store(double value, double* to) { *to = value; }
SPINEL_POOL_FUNCTION void pool_store(float value, PoolBf16* to) { to->bits = pool_to_bf16(value); }
SPINEL_POOL_FUNCTION void pool_store(float value, PoolHalf* to) { to->bits = pool_to_half(value); }
#endif

/// How indices are stored; the numbers of PoolIndex.
#define POOL_INDEX_NONE 0
#define POOL_INDEX_FLAT64 1
#define POOL_INDEX_FLAT32 2
#define POOL_INDEX_TAP8 3

/// y[o] = the maximum of window p, index[o] = where it was found.
POOL_TEMPLATE SPINEL_POOL_FUNCTION void pool_forward_element(const PoolGeometry* g, PoolPosition p,
                                                             POOL_GLOBAL const POOL_STORED* x, const PoolStrides* xs,
                                                             POOL_GLOBAL POOL_STORED* y, const PoolStrides* ys,
                                                             int index_type, POOL_GLOBAL void* index,
                                                             const PoolStrides* is) {
  PoolInt start[3], first[3], last[3];
  for (int a = 0; a < 3; ++a) {
    start[a] = pool_start(g, a, p.at[a]);
    first[a] = pool_first_tap(g, a, start[a]);
    last[a] = pool_last_tap(g, a, start[a]);
  }
  PoolInt td = first[0], th = first[1], tw = first[2];
  const PoolInt plane = pool_offset(xs, p.n, p.c, start[0], start[1], start[2]);
  const PoolInt sd = g->dilation[0] * xs->at[2], sh = g->dilation[1] * xs->at[3], sw = g->dilation[2] * xs->at[4];
  PoolInt where = plane + td * sd + th * sh + tw * sw;
#ifdef __OPENCL_VERSION__
  POOL_NUMBER best = pool_number(x, where);
#else
  auto best = pool_number(x, where);
#endif
  for (PoolInt d = first[0]; d < last[0]; ++d) {
    for (PoolInt h = first[1]; h < last[1]; ++h) {
      const PoolInt row = plane + d * sd + h * sh;
      for (PoolInt w = first[2]; w < last[2]; ++w) {
#ifdef __OPENCL_VERSION__
        const POOL_NUMBER v = pool_number(x, row + w * sw);
#else
        const auto v = pool_number(x, row + w * sw);
#endif
        if (v > best || v != v) {
          best = v;
          where = row + w * sw;
          td = d;
          th = h;
          tw = w;
        }
      }
    }
  }
  y[pool_offset(ys, p.n, p.c, p.at[0], p.at[1], p.at[2])] = x[where];
  if (index_type == POOL_INDEX_NONE) return;
  const PoolInt out = pool_offset(is, p.n, p.c, p.at[0], p.at[1], p.at[2]);
  if (index_type == POOL_INDEX_TAP8) {
    ((POOL_GLOBAL unsigned char*)index)[out] = (unsigned char)((td * g->taps[1] + th) * g->taps[2] + tw);
    return;
  }
  const PoolInt flat =
      pool_flat(g, start[0] + td * g->dilation[0], start[1] + th * g->dilation[1], start[2] + tw * g->dilation[2]);
  if (index_type == POOL_INDEX_FLAT64) ((POOL_GLOBAL PoolInt*)index)[out] = flat;
  else ((POOL_GLOBAL int*)index)[out] = (int)flat;
}

/// The flat position that the index of window p holds.
SPINEL_POOL_FUNCTION PoolInt pool_index_position(const PoolGeometry* g, PoolPosition p, int index_type,
                                                 POOL_GLOBAL const void* index, const PoolStrides* is) {
  const PoolInt at = pool_offset(is, p.n, p.c, p.at[0], p.at[1], p.at[2]);
  if (index_type == POOL_INDEX_TAP8) return pool_tap_position(g, &p, ((POOL_GLOBAL const unsigned char*)index)[at]);
  if (index_type == POOL_INDEX_FLAT64) return ((POOL_GLOBAL const PoolInt*)index)[at];
  return ((POOL_GLOBAL const int*)index)[at];
}

/// dx at input position p = the sum of dy over the windows that can hold it and point to it, in scan order: without
/// atomic additions, so the same in every run.
POOL_TEMPLATE SPINEL_POOL_FUNCTION void pool_backward_element(const PoolGeometry* g, PoolPosition p,
                                                              POOL_GLOBAL const POOL_STORED* dy, const PoolStrides* ys,
                                                              int index_type, POOL_GLOBAL const void* index,
                                                              const PoolStrides* is, POOL_GLOBAL POOL_STORED* dx,
                                                              const PoolStrides* xs) {
#ifdef __OPENCL_VERSION__
  POOL_SUM sum = 0;
#else
  typename PoolSum<Stored>::type sum = 0;
#endif
  const PoolInt flat = pool_flat(g, p.at[0], p.at[1], p.at[2]);
  PoolInt first[3], last[3];
  for (int a = 0; a < 3; ++a) {
    first[a] = pool_first_window(g, a, p.at[a]);
    last[a] = pool_last_window(g, a, p.at[a]);
  }
  PoolPosition o = p;
  for (o.at[0] = first[0]; o.at[0] < last[0]; ++o.at[0]) {
    for (o.at[1] = first[1]; o.at[1] < last[1]; ++o.at[1]) {
      for (o.at[2] = first[2]; o.at[2] < last[2]; ++o.at[2]) {
        if (pool_index_position(g, o, index_type, index, is) != flat) continue;
        sum += pool_number(dy, pool_offset(ys, o.n, o.c, o.at[0], o.at[1], o.at[2]));
      }
    }
  }
  pool_store(sum, dx + pool_offset(xs, p.n, p.c, p.at[0], p.at[1], p.at[2]));
}

/// ddy at window p = ddx where its index points; 0 where that is outside the plane.
POOL_TEMPLATE SPINEL_POOL_FUNCTION void pool_gather_element(const PoolGeometry* g, PoolPosition p,
                                                            POOL_GLOBAL const POOL_STORED* ddx, const PoolStrides* xs,
                                                            int index_type, POOL_GLOBAL const void* index,
                                                            const PoolStrides* is, POOL_GLOBAL POOL_STORED* ddy,
                                                            const PoolStrides* ys) {
  const PoolInt flat = pool_index_position(g, p, index_type, index, is);
  POOL_GLOBAL POOL_STORED* to = ddy + pool_offset(ys, p.n, p.c, p.at[0], p.at[1], p.at[2]);
  if (flat < 0 || flat >= g->in[0] * g->in[1] * g->in[2]) {
    pool_store(0.0f, to);
    return;
  }
  const PoolInt row = pool_divide(flat, g->in[2]), d = pool_divide(row, g->in[1]);
  *to = ddx[pool_offset(xs, p.n, p.c, d, row - d * g->in[1], flat - row * g->in[2])];
}

/// The position of row-major input element `id`, as pool_position does for the output.
SPINEL_POOL_FUNCTION PoolPosition pool_input_position(const PoolGeometry* g, PoolInt id, int channels_last) {
  PoolGeometry input = *g;
  for (int a = 0; a < 3; ++a) input.out[a] = g->in[a];
  return pool_position(&input, id, channels_last);
}

#ifndef __OPENCL_VERSION__
}  // namespace spinel::kernels
#endif
