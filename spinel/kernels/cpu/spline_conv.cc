#include "spinel/kernels/cpu/spline_conv.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "spinel/kernels/cpu/spline_conv.cc"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

#ifndef SPINEL_KERNELS_CPU_SPLINE_CONV_ONCE
#define SPINEL_KERNELS_CPU_SPLINE_CONV_ONCE
namespace spinel::kernels {

template <typename T>
struct SplineBackward {
  const T* table;
  const T* x;
  const T* gy;
  T* gx;
  T* slope_sum;
};

/// The loops over a range of atoms, compiled once per instruction set.
template <typename T>
struct SplineLoops {
  void (*conv)(const SplineEdges<T>&, int64_t width, const T* table, const T* x, T* y, int64_t begin, int64_t end);
  void (*backward)(const SplineEdges<T>&, int64_t width, const SplineBackward<T>&, int64_t begin, int64_t end);
};

}  // namespace spinel::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace spinel::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Sums of one strip of columns stay in registers while an atom's edges are walked: 8 sums and 6 weights fill AVX2's 16.
constexpr int64_t kStrip = 8;

template <class D, typename T = hn::TFromD<D>>
HWY_INLINE hn::Vec<D> spline_sum(D d, const hn::Vec<D> (&weight)[kSplineRows], const T* coefficients, int64_t width) {
  auto sum = hn::Mul(weight[0], hn::LoadU(d, coefficients));
  for (int k = 1; k < kSplineRows; ++k) sum = hn::MulAdd(weight[k], hn::LoadU(d, coefficients + k * width), sum);
  return sum;
}

template <int64_t strip, class D, typename T = hn::TFromD<D>>
HWY_INLINE void conv_strip(D d, const SplineEdges<T>& e, int64_t width, const T* table, const T* x, T* y, int64_t i,
                           int64_t f) {
  const int64_t lanes = hn::Lanes(d);
  hn::Vec<D> sum[strip];
  for (int64_t k = 0; k < strip; ++k) sum[k] = hn::Zero(d);
  for (int64_t edge = e.first[i]; edge < e.first[i + 1]; ++edge) {
    hn::Vec<D> weight[kSplineRows];
    for (int k = 0; k < kSplineRows; ++k) weight[k] = hn::Set(d, e.value[edge * kSplineRows + k]);
    const T* coefficients = table + e.row[edge] * width + f;
    const T* from = x + e.neighbor[edge] * width + f;
    for (int64_t k = 0; k < strip; ++k) {
      const auto filter = spline_sum(d, weight, coefficients + k * lanes, width);
      sum[k] = hn::MulAdd(filter, hn::LoadU(d, from + k * lanes), sum[k]);
    }
  }
  for (int64_t k = 0; k < strip; ++k) hn::StoreU(sum[k], d, y + i * width + f + k * lanes);
}

template <typename T>
void conv(const SplineEdges<T>& e, int64_t width, const T* table, const T* x, T* y, int64_t begin, int64_t end) {
  const hn::ScalableTag<T> d;
  const int64_t lanes = hn::Lanes(d);
  for (int64_t i = begin; i < end; ++i) {
    int64_t f = 0;
    for (; f + kStrip * lanes <= width; f += kStrip * lanes) conv_strip<kStrip>(d, e, width, table, x, y, i, f);
    for (; f + lanes <= width; f += lanes) conv_strip<1>(d, e, width, table, x, y, i, f);
    for (; f < width; ++f) conv_strip<1>(hn::CappedTag<T, 1>(), e, width, table, x, y, i, f);
  }
}

/// One vector of columns of an edge: its part of gx is added to `sum`, that of the edge's slope to `slope`.
template <class D, typename T = hn::TFromD<D>>
HWY_INLINE void backward_step(D d, const hn::Vec<D> (&value)[kSplineRows], const T* slopes, const T* coefficients,
                              int64_t width, const SplineBackward<T>& t, int64_t at_i, int64_t at_j, hn::Vec<D>& sum,
                              hn::Vec<D>& slope) {
  auto filter = hn::Zero(d), derivative = hn::Zero(d);
  for (int k = 0; k < kSplineRows; ++k) {
    const auto row = hn::LoadU(d, coefficients + k * width);
    filter = hn::MulAdd(value[k], row, filter);
    derivative = hn::MulAdd(hn::Set(d, slopes[k]), row, derivative);
  }
  const auto gj = hn::LoadU(d, t.gy + at_j);
  sum = hn::MulAdd(filter, gj, sum);
  const auto from_j = hn::Mul(hn::LoadU(d, t.x + at_j), hn::LoadU(d, t.gy + at_i));
  slope = hn::MulAdd(derivative, hn::MulAdd(hn::LoadU(d, t.x + at_i), gj, from_j), slope);
}

template <int64_t strip, class D, typename T = hn::TFromD<D>>
HWY_INLINE void backward_strip(D d, const SplineEdges<T>& e, int64_t width, const SplineBackward<T>& t, int64_t i,
                               int64_t f) {
  const int64_t lanes = hn::Lanes(d), at_i = i * width + f;
  hn::Vec<D> sum[strip];
  for (int64_t k = 0; k < strip; ++k) sum[k] = hn::Zero(d);
  for (int64_t edge = e.first[i]; edge < e.first[i + 1]; ++edge) {
    hn::Vec<D> value[kSplineRows];
    for (int k = 0; k < kSplineRows; ++k) value[k] = hn::Set(d, e.value[edge * kSplineRows + k]);
    const T* coefficients = t.table + e.row[edge] * width + f;
    const int64_t at_j = e.neighbor[edge] * width + f;
    auto slope = hn::Zero(d);
    for (int64_t k = 0; k < strip; ++k) {
      const int64_t o = k * lanes;
      backward_step(d, value, e.slope + edge * kSplineRows, coefficients + o, width, t, at_i + o, at_j + o, sum[k],
                    slope);
    }
    t.slope_sum[edge] += hn::GetLane(hn::SumOfLanes(d, slope));
  }
  for (int64_t k = 0; k < strip; ++k) hn::StoreU(sum[k], d, t.gx + at_i + k * lanes);
}

template <typename T>
void backward(const SplineEdges<T>& e, int64_t width, const SplineBackward<T>& t, int64_t begin, int64_t end) {
  const hn::ScalableTag<T> d;
  const int64_t lanes = hn::Lanes(d);
  for (int64_t i = begin; i < end; ++i) {
    int64_t f = 0;
    for (; f + kStrip * lanes <= width; f += kStrip * lanes) backward_strip<kStrip>(d, e, width, t, i, f);
    for (; f + lanes <= width; f += lanes) backward_strip<1>(d, e, width, t, i, f);
    for (; f < width; ++f) backward_strip<1>(hn::CappedTag<T, 1>(), e, width, t, i, f);
  }
}

SplineLoops<float> loops_f32() { return {conv<float>, backward<float>}; }
SplineLoops<double> loops_f64() { return {conv<double>, backward<double>}; }

}  // namespace spinel::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spinel::kernels {
namespace {

HWY_EXPORT(loops_f32);
HWY_EXPORT(loops_f64);

template <typename T>
SplineLoops<T> loops() {
  if constexpr (sizeof(T) == sizeof(float)) return HWY_DYNAMIC_DISPATCH(loops_f32)();
  else return HWY_DYNAMIC_DISPATCH(loops_f64)();
}

// Atoms per piece of work: enough that starting a piece costs little, few enough that threads balance.
constexpr int64_t kGrain = 8;

}  // namespace

SplineBasis spline_basis(double distance, double origin, double step) {
  SplineBasis result;
  const double position = (distance - origin) / step;
  result.row = static_cast<int32_t>(position);
  const double t = position - result.row;
  double* basis = result.value;
  basis[0] = 1;
  for (int degree = 1; degree < kSplineRows; ++degree) {
    if (degree == kSplineRows - 1) {
      // The derivative of a spline is the difference of the basis of one degree less.
      result.slope[0] = -basis[0] / step;
      for (int k = 1; k < degree; ++k) result.slope[k] = (basis[k - 1] - basis[k]) / step;
      result.slope[degree] = basis[degree - 1] / step;
    }
    double saved = 0;
    for (int k = 0; k < degree; ++k) {
      const double part = basis[k] / degree;
      basis[k] = saved + (k + 1 - t) * part;
      saved = (t + degree - 1 - k) * part;
    }
    basis[degree] = saved;
  }
  return result;
}

template <typename T>
void spline_conv(const SplineEdges<T>& edges, int64_t width, const T* table, const T* x, T* y,
                 const ParallelFor& parallel) {
  const auto loop = loops<T>().conv;
  parallel.run(edges.atoms, kGrain, [&](int64_t begin, int64_t end) { loop(edges, width, table, x, y, begin, end); });
}

template <typename T>
void spline_conv_backward(const SplineEdges<T>& edges, int64_t width, const T* table, const T* x, const T* gy, T* gx,
                          T* slope_sum, const ParallelFor& parallel) {
  const auto loop = loops<T>().backward;
  const SplineBackward<T> arrays{table, x, gy, gx, slope_sum};
  parallel.run(edges.atoms, kGrain, [&](int64_t begin, int64_t end) { loop(edges, width, arrays, begin, end); });
}

template void spline_conv(const SplineEdges<float>&, int64_t, const float*, const float*, float*, const ParallelFor&);
template void spline_conv(const SplineEdges<double>&, int64_t, const double*, const double*, double*,
                          const ParallelFor&);
template void spline_conv_backward(const SplineEdges<float>&, int64_t, const float*, const float*, const float*, float*,
                                   float*, const ParallelFor&);
template void spline_conv_backward(const SplineEdges<double>&, int64_t, const double*, const double*, const double*,
                                   double*, double*, const ParallelFor&);

}  // namespace spinel::kernels
#endif
