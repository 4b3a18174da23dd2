#include "spinel/kernels/cpu/exponential.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "spinel/kernels/cpu/exponential.cc"
// foreach_target.h must come before highway.h.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include <hwy/contrib/math/math-inl.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace spinel::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

template <typename T>
void exponential_loop(int64_t n, T* x) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  // Highway's Exp makes 0 of a NaN.
  const auto exp = [&](auto v) { return hn::IfThenElse(hn::IsNaN(v), v, hn::Exp(d, v)); };
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) hn::StoreU(exp(hn::LoadU(d, x + i)), d, x + i);
  if (i == n) return;
  HWY_ALIGN T rest[HWY_MAX_BYTES / sizeof(T)] = {};
  for (int64_t j = i; j < n; ++j) rest[j - i] = x[j];
  hn::Store(exp(hn::Load(d, rest)), d, rest);
  for (int64_t j = i; j < n; ++j) x[j] = rest[j - i];
}

void ExponentialF32(int64_t n, float* x) { exponential_loop(n, x); }
void ExponentialF64(int64_t n, double* x) { exponential_loop(n, x); }

}  // namespace spinel::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spinel::kernels {

HWY_EXPORT(ExponentialF32);
HWY_EXPORT(ExponentialF64);

void exponential(int64_t n, float* x, const ParallelFor& parallel) {
  parallel.run(n, 4096, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(ExponentialF32)(end - begin, x + begin);
  });
}

void exponential(int64_t n, double* x, const ParallelFor& parallel) {
  parallel.run(n, 4096, [&](int64_t begin, int64_t end) {
    HWY_DYNAMIC_DISPATCH(ExponentialF64)(end - begin, x + begin);
  });
}

}  // namespace spinel::kernels
#endif
