#include "spinel/kernels/cpu/activation.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "spinel/kernels/cpu/activation.cc"
// foreach_target.h must come before highway.h.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include <hwy/contrib/math/math-inl.h>
// clang-format on

#ifndef SPINEL_KERNELS_CPU_ACTIVATION_ONCE
#define SPINEL_KERNELS_CPU_ACTIVATION_ONCE
namespace spinel::kernels {

/// The operands of one elementwise call; unused ones are null.
template <typename T>
struct ActivationArguments {
  const T* x = nullptr;
  const T* xd = nullptr;
  const T* yb = nullptr;
  const T* ydb = nullptr;
  T* y = nullptr;
  T* yd = nullptr;
};

enum class ActivationStep { value, slope, dual, adjoint };

template <typename T>
using ActivationLoop = void (*)(ActivationKind, ActivationStep, const ActivationArguments<T>&, int64_t begin,
                                int64_t end);

}  // namespace spinel::kernels
#endif

#include "spinel/kernels/cpu/logistic.inc"

HWY_BEFORE_NAMESPACE();
namespace spinel::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// φ, φ' and φ'' at one vector.
template <class V>
struct Jet {
  V value, slope, curvature;
};

template <ActivationKind kind, bool value, class D, class V = hn::Vec<D>>
HWY_INLINE Jet<V> jet(D d, V x) {
  using T = hn::TFromD<D>;
  const auto one = hn::Set(d, T(1));
  if constexpr (kind == ActivationKind::identity) {
    return {x, one, hn::Zero(d)};
  } else if constexpr (kind == ActivationKind::shifted_softplus || kind == ActivationKind::softplus) {
    V tail;
    const V s = logistic(d, x, &tail);
    V y = hn::Zero(d);
    if constexpr (value) {
      // log1p keeps the relative accuracy of the far left tail of softplus; the shifted form does not need it.
      constexpr bool shifted = kind == ActivationKind::shifted_softplus;
      const V log = shifted ? hn::Log(d, hn::Add(one, tail)) : hn::Log1p(d, tail);
      // Not Max, whose result for a NaN depends on the instruction set.
      y = hn::Add(hn::IfThenZeroElse(hn::Lt(x, hn::Zero(d)), x), log);
      if constexpr (shifted) y = hn::Sub(y, hn::Set(d, T(0.693147180559945309417232121458)));
    }
    return {y, s, hn::Mul(s, hn::Sub(one, s))};
  } else if constexpr (kind == ActivationKind::silu) {
    V tail;
    const V s = logistic(d, x, &tail);
    const V bend = hn::Mul(s, hn::Sub(one, s));
    const V odd = hn::Sub(one, hn::Add(s, s));
    return {hn::Mul(x, s), hn::MulAdd(x, bend, s), hn::Mul(bend, hn::MulAdd(x, odd, hn::Set(d, T(2))))};
  } else if constexpr (kind == ActivationKind::sigmoid) {
    V tail;
    const V s = logistic(d, x, &tail);
    const V bend = hn::Mul(s, hn::Sub(one, s));
    return {s, bend, hn::Mul(bend, hn::Sub(one, hn::Add(s, s)))};
  } else {
    // tanh(40) is 1 in float and double.
    const V y = hn::IfThenElse(hn::IsNaN(x), x, hn::CopySign(hn::Tanh(d, bounded_abs(d, x, 40)), x));
    const V slope = hn::NegMulAdd(y, y, one);
    return {y, slope, hn::Mul(hn::Set(d, T(-2)), hn::Mul(y, slope))};
  }
}

template <ActivationKind kind, ActivationStep step, class D, typename T = hn::TFromD<D>>
HWY_INLINE void apply_at(D d, const ActivationArguments<T>& a, int64_t k) {
  constexpr bool value = step == ActivationStep::value || step == ActivationStep::dual;
  const auto f = jet<kind, value>(d, hn::LoadU(d, a.x + k));
  if constexpr (step == ActivationStep::value) {
    hn::StoreU(f.value, d, a.y + k);
  } else if constexpr (step == ActivationStep::slope) {
    hn::StoreU(hn::Mul(f.slope, hn::LoadU(d, a.xd + k)), d, a.y + k);
  } else if constexpr (step == ActivationStep::dual) {
    const auto xd = hn::LoadU(d, a.xd + k);
    hn::StoreU(f.value, d, a.y + k);
    hn::StoreU(hn::Mul(f.slope, xd), d, a.yd + k);
  } else {
    const auto ydb = hn::LoadU(d, a.ydb + k);
    const auto bend = hn::Mul(hn::Mul(f.curvature, hn::LoadU(d, a.xd + k)), ydb);
    hn::StoreU(hn::MulAdd(f.slope, hn::LoadU(d, a.yb + k), bend), d, a.y + k);
    if (a.yd) hn::StoreU(hn::Mul(f.slope, ydb), d, a.yd + k);
  }
}

template <ActivationKind kind, ActivationStep step, typename T>
void loop(const ActivationArguments<T>& a, int64_t begin, int64_t end) {
  const hn::ScalableTag<T> d;
  const int64_t lanes = hn::Lanes(d);
  int64_t k = begin;
  for (; k + lanes <= end; k += lanes) apply_at<kind, step>(d, a, k);
  for (; k < end; ++k) apply_at<kind, step>(hn::CappedTag<T, 1>(), a, k);
}

template <ActivationKind kind, typename T>
void loop_of_step(ActivationStep step, const ActivationArguments<T>& a, int64_t begin, int64_t end) {
  switch (step) {
    case ActivationStep::value: return loop<kind, ActivationStep::value>(a, begin, end);
    case ActivationStep::slope: return loop<kind, ActivationStep::slope>(a, begin, end);
    case ActivationStep::dual: return loop<kind, ActivationStep::dual>(a, begin, end);
    case ActivationStep::adjoint: return loop<kind, ActivationStep::adjoint>(a, begin, end);
  }
}

template <typename T>
void loop_of_kind(ActivationKind kind, ActivationStep step, const ActivationArguments<T>& a, int64_t begin,
                  int64_t end) {
  switch (kind) {
    case ActivationKind::identity: return loop_of_step<ActivationKind::identity>(step, a, begin, end);
    case ActivationKind::shifted_softplus: return loop_of_step<ActivationKind::shifted_softplus>(step, a, begin, end);
    case ActivationKind::softplus: return loop_of_step<ActivationKind::softplus>(step, a, begin, end);
    case ActivationKind::silu: return loop_of_step<ActivationKind::silu>(step, a, begin, end);
    case ActivationKind::sigmoid: return loop_of_step<ActivationKind::sigmoid>(step, a, begin, end);
    case ActivationKind::tanh: return loop_of_step<ActivationKind::tanh>(step, a, begin, end);
  }
}

ActivationLoop<float> LoopF32() { return loop_of_kind<float>; }
ActivationLoop<double> LoopF64() { return loop_of_kind<double>; }

}  // namespace spinel::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spinel::kernels {
namespace {

HWY_EXPORT(LoopF32);
HWY_EXPORT(LoopF64);

template <typename T>
void run(ActivationKind kind, ActivationStep step, int64_t n, const ActivationArguments<T>& a,
         const ParallelFor& parallel) {
  ActivationLoop<T> loop;
  if constexpr (sizeof(T) == 4) {
    loop = HWY_DYNAMIC_DISPATCH(LoopF32)();
  } else {
    loop = HWY_DYNAMIC_DISPATCH(LoopF64)();
  }
  parallel.run(n, 4096, [&](int64_t begin, int64_t end) { loop(kind, step, a, begin, end); });
}

}  // namespace

std::optional<ActivationKind> activation_kind(std::string_view name) {
  if (name == "identity") return ActivationKind::identity;
  if (name == "shifted_softplus" || name == "ssp") return ActivationKind::shifted_softplus;
  if (name == "silu" || name == "swish") return ActivationKind::silu;
  if (name == "sigmoid") return ActivationKind::sigmoid;
  if (name == "tanh") return ActivationKind::tanh;
  if (name == "softplus") return ActivationKind::softplus;
  return std::nullopt;
}

template <typename T>
void activate(ActivationKind kind, int64_t n, const T* x, T* y, const ParallelFor& parallel) {
  run<T>(kind, ActivationStep::value, n, {.x = x, .y = y}, parallel);
}

template <typename T>
void activation_slope(ActivationKind kind, int64_t n, const T* x, const T* s, T* y, const ParallelFor& parallel) {
  run<T>(kind, ActivationStep::slope, n, {.x = x, .xd = s, .y = y}, parallel);
}

template <typename T>
void activate_dual(ActivationKind kind, int64_t n, const T* x, const T* xd, T* y, T* yd, const ParallelFor& parallel) {
  run<T>(kind, ActivationStep::dual, n, {.x = x, .xd = xd, .y = y, .yd = yd}, parallel);
}

template <typename T>
void activate_dual_adjoint(ActivationKind kind, int64_t n, const T* x, const T* xd, const T* yb, const T* ydb, T* xb,
                           T* xdb, const ParallelFor& parallel) {
  run<T>(kind, ActivationStep::adjoint, n, {.x = x, .xd = xd, .yb = yb, .ydb = ydb, .y = xb, .yd = xdb}, parallel);
}

#define SPINEL_INSTANTIATE(T)                                                                                  \
  template void activate(ActivationKind, int64_t, const T*, T*, const ParallelFor&);                           \
  template void activation_slope(ActivationKind, int64_t, const T*, const T*, T*, const ParallelFor&);         \
  template void activate_dual(ActivationKind, int64_t, const T*, const T*, T*, T*, const ParallelFor&);        \
  template void activate_dual_adjoint(ActivationKind, int64_t, const T*, const T*, const T*, const T*, T*, T*, \
                                      const ParallelFor&);
SPINEL_INSTANTIATE(float)
SPINEL_INSTANTIATE(double)
#undef SPINEL_INSTANTIATE

}  // namespace spinel::kernels
#endif
