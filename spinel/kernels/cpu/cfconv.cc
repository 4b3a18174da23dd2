#include "spinel/kernels/cpu/cfconv.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "spinel/kernels/cpu/cfconv.cc"
// foreach_target.h must come before highway.h.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

#ifndef SPINEL_KERNELS_CPU_CFCONV_ONCE
#define SPINEL_KERNELS_CPU_CFCONV_ONCE
namespace spinel::kernels {

/// The loops over a range of atoms or pairs, compiled once per instruction set.
template <typename T>
struct CfconvLoops {
  void (*conv)(const EdgeView&, int64_t width, const T* x, const T* w, T* y, int64_t begin, int64_t end);
  void (*pairwise)(const EdgeView&, int64_t width, const T* a, const T* w, const T* s, const T* b, const T* v, T* y,
                   int64_t begin, int64_t end);
  void (*dot)(const PairView&, int64_t width, const T* v, const T* x, const T* y, T* g, int64_t begin, int64_t end);
  void (*adjoint)(const PairView&, int64_t width, const FilterAdjoint<T>&, int64_t begin, int64_t end);
  void (*cutoff)(int64_t width, const T* bias, const T* c, const T* cd, T* value, T* slope, int64_t begin, int64_t end);
};

}  // namespace spinel::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace spinel::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// Vectors of one strip of columns that stay in registers while the edges of an atom are summed.
constexpr int64_t kStrip = 8;

template <int64_t strip, class D, typename T = hn::TFromD<D>>
HWY_INLINE void conv_strip(D d, const EdgeView& e, int64_t width, const T* x, const T* w, T* y, int64_t i, int64_t f) {
  const int64_t lanes = hn::Lanes(d);
  hn::Vec<D> sum[strip];
  for (int64_t k = 0; k < strip; ++k) sum[k] = hn::Zero(d);
  for (int32_t edge = e.first[i]; edge < e.first[i + 1]; ++edge) {
    const T* from = x + e.neighbor[edge] * width + f;
    const T* filter = w + e.row[edge] * width + f;
    for (int64_t k = 0; k < strip; ++k) {
      sum[k] = hn::MulAdd(hn::LoadU(d, from + k * lanes), hn::LoadU(d, filter + k * lanes), sum[k]);
    }
  }
  for (int64_t k = 0; k < strip; ++k) hn::StoreU(sum[k], d, y + i * width + f + k * lanes);
}

template <typename T>
void conv(const EdgeView& e, int64_t width, const T* x, const T* w, T* y, int64_t begin, int64_t end) {
  const hn::ScalableTag<T> d;
  const int64_t lanes = hn::Lanes(d);
  for (int64_t i = begin; i < end; ++i) {
    int64_t f = 0;
    for (; f + kStrip * lanes <= width; f += kStrip * lanes) conv_strip<kStrip>(d, e, width, x, w, y, i, f);
    for (; f + lanes <= width; f += lanes) conv_strip<1>(d, e, width, x, w, y, i, f);
    for (; f < width; ++f) conv_strip<1>(hn::CappedTag<T, 1>(), e, width, x, w, y, i, f);
  }
}

template <int64_t strip, class D, typename T = hn::TFromD<D>>
HWY_INLINE void pairwise_strip(D d, const EdgeView& e, int64_t width, const T* a, const T* w, const T* s, const T* b,
                               const T* v, T* y, int64_t i, int64_t f) {
  const int64_t lanes = hn::Lanes(d);
  hn::Vec<D> sum[strip];
  for (int64_t k = 0; k < strip; ++k) sum[k] = hn::Zero(d);
  for (int32_t edge = e.first[i]; edge < e.first[i + 1]; ++edge) {
    const int64_t from = e.neighbor[edge] * width + f;
    const int64_t row = e.row[edge] * width + f;
    const auto scale = hn::Set(d, s[e.row[edge]]);
    for (int64_t k = 0; k < strip; ++k) {
      const auto scaled = hn::Mul(scale, hn::LoadU(d, b + from + k * lanes));
      sum[k] = hn::MulAdd(scaled, hn::LoadU(d, v + row + k * lanes), sum[k]);
    }
    if (!a) continue;
    for (int64_t k = 0; k < strip; ++k) {
      sum[k] = hn::MulAdd(hn::LoadU(d, a + from + k * lanes), hn::LoadU(d, w + row + k * lanes), sum[k]);
    }
  }
  for (int64_t k = 0; k < strip; ++k) hn::StoreU(sum[k], d, y + i * width + f + k * lanes);
}

template <typename T>
void pairwise(const EdgeView& e, int64_t width, const T* a, const T* w, const T* s, const T* b, const T* v, T* y,
              int64_t begin, int64_t end) {
  const hn::ScalableTag<T> d;
  const int64_t lanes = hn::Lanes(d);
  for (int64_t i = begin; i < end; ++i) {
    int64_t f = 0;
    for (; f + kStrip * lanes <= width; f += kStrip * lanes) {
      pairwise_strip<kStrip>(d, e, width, a, w, s, b, v, y, i, f);
    }
    for (; f + lanes <= width; f += lanes) pairwise_strip<1>(d, e, width, a, w, s, b, v, y, i, f);
    for (; f < width; ++f) pairwise_strip<1>(hn::CappedTag<T, 1>(), e, width, a, w, s, b, v, y, i, f);
  }
}

/// x_j ∘ y_i, plus x_i ∘ y_j where the row serves both directions.
template <class D, typename T = hn::TFromD<D>>
HWY_INLINE hn::Vec<D> products(D d, const T* xi, const T* xj, const T* yi, const T* yj, bool both, int64_t f) {
  const auto forward = hn::Mul(hn::LoadU(d, xj + f), hn::LoadU(d, yi + f));
  return both ? hn::MulAdd(hn::LoadU(d, xi + f), hn::LoadU(d, yj + f), forward) : forward;
}

template <typename T>
void dot(const PairView& pairs, int64_t width, const T* v, const T* x, const T* y, T* g, int64_t begin, int64_t end) {
  const hn::ScalableTag<T> d;
  const hn::CappedTag<T, 1> one;
  const int64_t lanes = hn::Lanes(d);
  for (int64_t p = begin; p < end; ++p) {
    const T *xi = x + pairs.i[p] * width, *xj = x + pairs.j[p] * width;
    const T *yi = y + pairs.i[p] * width, *yj = y + pairs.j[p] * width;
    const bool both = pairs.both[p];
    auto sum = hn::Zero(d);
    int64_t f = 0;
    for (; f + lanes <= width; f += lanes) {
      sum = hn::MulAdd(products(d, xi, xj, yi, yj, both, f), hn::LoadU(d, v + p * width + f), sum);
    }
    auto rest = hn::Zero(one);
    for (; f < width; ++f) {
      rest = hn::MulAdd(products(one, xi, xj, yi, yj, both, f), hn::LoadU(one, v + p * width + f), rest);
    }
    g[p] += hn::GetLane(hn::SumOfLanes(d, sum)) + hn::GetLane(rest);
  }
}

template <class D, typename T = hn::TFromD<D>>
HWY_INLINE void adjoint_step(D d, const FilterAdjoint<T>& t, int64_t width, int64_t i, int64_t j, bool both, int64_t p,
                             int64_t f) {
  const int64_t oi = i * width, oj = j * width, out = p * width + f;
  auto value = products(d, t.x + oi, t.x + oj, t.ybar + oi, t.ybar + oj, both, f);
  if (!t.gy) {
    hn::StoreU(hn::Mul(value, hn::Set(d, t.c[p])), d, t.value + out);
    return;
  }
  if (t.xdot) value = hn::Add(value, products(d, t.xdot + oi, t.xdot + oj, t.gy + oi, t.gy + oj, both, f));
  const auto scaled = hn::Mul(hn::Set(d, t.s[p]), products(d, t.x + oi, t.x + oj, t.gy + oi, t.gy + oj, both, f));
  const auto c = hn::Set(d, t.c[p]);
  hn::StoreU(hn::MulAdd(value, c, hn::Mul(scaled, hn::Set(d, t.cd[p]))), d, t.value + out);
  hn::StoreU(hn::Mul(scaled, c), d, t.slope + out);
}

template <typename T>
void adjoint(const PairView& pairs, int64_t width, const FilterAdjoint<T>& t, int64_t begin, int64_t end) {
  const hn::ScalableTag<T> d;
  const int64_t lanes = hn::Lanes(d);
  for (int64_t p = begin; p < end; ++p) {
    int64_t f = 0;
    for (; f + lanes <= width; f += lanes) adjoint_step(d, t, width, pairs.i[p], pairs.j[p], pairs.both[p], p, f);
    for (; f < width; ++f) {
      adjoint_step(hn::CappedTag<T, 1>(), t, width, pairs.i[p], pairs.j[p], pairs.both[p], p, f);
    }
  }
}

template <class D, typename T = hn::TFromD<D>>
HWY_INLINE void cutoff_step(D d, const T* bias, T c, T cd, T* value, T* slope, int64_t f) {
  const auto raw = hn::Add(hn::LoadU(d, value + f), hn::LoadU(d, bias + f));
  hn::StoreU(hn::Mul(raw, hn::Set(d, c)), d, value + f);
  if (!slope) return;
  const auto scaled = hn::Mul(hn::LoadU(d, slope + f), hn::Set(d, c));
  hn::StoreU(hn::MulAdd(raw, hn::Set(d, cd), scaled), d, slope + f);
}

template <typename T>
void cutoff(int64_t width, const T* bias, const T* c, const T* cd, T* value, T* slope, int64_t begin, int64_t end) {
  const hn::ScalableTag<T> d;
  const int64_t lanes = hn::Lanes(d);
  for (int64_t p = begin; p < end; ++p) {
    T* value_row = value + p * width;
    T* slope_row = slope ? slope + p * width : nullptr;
    const T derivative = slope ? cd[p] : T(0);
    int64_t f = 0;
    for (; f + lanes <= width; f += lanes) cutoff_step(d, bias, c[p], derivative, value_row, slope_row, f);
    for (; f < width; ++f) cutoff_step(hn::CappedTag<T, 1>(), bias, c[p], derivative, value_row, slope_row, f);
  }
}

CfconvLoops<float> LoopsF32() { return {conv<float>, pairwise<float>, dot<float>, adjoint<float>, cutoff<float>}; }
CfconvLoops<double> LoopsF64() {
  return {conv<double>, pairwise<double>, dot<double>, adjoint<double>, cutoff<double>};
}

}  // namespace spinel::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spinel::kernels {
namespace {

HWY_EXPORT(LoopsF32);
HWY_EXPORT(LoopsF64);

template <typename T>
CfconvLoops<T> loops() {
  if constexpr (sizeof(T) == 4) {
    return HWY_DYNAMIC_DISPATCH(LoopsF32)();
  } else {
    return HWY_DYNAMIC_DISPATCH(LoopsF64)();
  }
}

// Rows a thread takes at least: below some 16,000 products waking a thread costs more than it saves.
int64_t grain_of(int64_t width, int64_t edges, int64_t rows) {
  const int64_t work = width * std::max<int64_t>(1, rows ? edges / rows : 1);
  return std::max<int64_t>(1, 16384 / std::max<int64_t>(1, work));
}

}  // namespace

template <typename T>
void cfconv(const EdgeView& edges, int64_t width, const T* x, const T* w, T* y, const ParallelFor& parallel) {
  const CfconvLoops<T> f = loops<T>();
  parallel.run(edges.atoms, grain_of(width, edges.first[edges.atoms], edges.atoms),
               [&](int64_t begin, int64_t end) { f.conv(edges, width, x, w, y, begin, end); });
}

template <typename T>
void cfconv_pairwise(const EdgeView& edges, int64_t width, const T* a, const T* w, const T* s, const T* b, const T* v,
                     T* y, const ParallelFor& parallel) {
  const CfconvLoops<T> f = loops<T>();
  parallel.run(edges.atoms, grain_of(width, edges.first[edges.atoms], edges.atoms),
               [&](int64_t begin, int64_t end) { f.pairwise(edges, width, a, w, s, b, v, y, begin, end); });
}

template <typename T>
void cfconv_pair_dot(const PairView& pairs, int64_t width, const T* v, const T* x, const T* y, T* g,
                     const ParallelFor& parallel) {
  const CfconvLoops<T> f = loops<T>();
  parallel.run(pairs.pairs, grain_of(width, 1, 1),
               [&](int64_t begin, int64_t end) { f.dot(pairs, width, v, x, y, g, begin, end); });
}

template <typename T>
void cfconv_filter_adjoint(const PairView& pairs, int64_t width, const FilterAdjoint<T>& t,
                           const ParallelFor& parallel) {
  const CfconvLoops<T> f = loops<T>();
  parallel.run(pairs.pairs, grain_of(width, 1, 1),
               [&](int64_t begin, int64_t end) { f.adjoint(pairs, width, t, begin, end); });
}

template <typename T>
void apply_cutoff(int64_t pairs, int64_t width, const T* bias, const T* c, const T* cd, T* value, T* slope,
                  const ParallelFor& parallel) {
  const CfconvLoops<T> f = loops<T>();
  parallel.run(pairs, grain_of(width, 1, 1),
               [&](int64_t begin, int64_t end) { f.cutoff(width, bias, c, cd, value, slope, begin, end); });
}

#define SPINEL_INSTANTIATE(T)                                                                                    \
  template void cfconv(const EdgeView&, int64_t, const T*, const T*, T*, const ParallelFor&);                    \
  template void cfconv_pairwise(const EdgeView&, int64_t, const T*, const T*, const T*, const T*, const T*, T*,  \
                                const ParallelFor&);                                                             \
  template void cfconv_pair_dot(const PairView&, int64_t, const T*, const T*, const T*, T*, const ParallelFor&); \
  template void cfconv_filter_adjoint(const PairView&, int64_t, const FilterAdjoint<T>&, const ParallelFor&);    \
  template void apply_cutoff(int64_t, int64_t, const T*, const T*, const T*, T*, T*, const ParallelFor&);
SPINEL_INSTANTIATE(float)
SPINEL_INSTANTIATE(double)
#undef SPINEL_INSTANTIATE

}  // namespace spinel::kernels
#endif
