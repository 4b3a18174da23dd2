#include "spinel/kernels/cpu/cross_entropy.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "spinel/base/error.h"
#include "spinel/kernels/cpu/work_pieces.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "spinel/kernels/cpu/cross_entropy.cc"
// foreach_target.h must come before highway.h.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
#include <hwy/contrib/math/math-inl.h>
// clang-format on

#ifndef SPINEL_KERNELS_CPU_CROSS_ENTROPY_ONCE
#define SPINEL_KERNELS_CPU_CROSS_ENTROPY_ONCE
namespace spinel::kernels {

/// The loops over one row, compiled once per instruction set.
struct LogitLoops {
  /// log Σ exp(x[k]) of n numbers.
  float (*log_total)(const float* x, int64_t n);
  /// y[k] = scale · exp(x[k] − log_total).
  void (*probabilities)(const float* x, int64_t n, float log_total, float scale, float* y);
};

}  // namespace spinel::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace spinel::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// exp(x) of x ≤ 0 but for rounding, or NaN, of which Highway's makes 0.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V exp_of_logit(D d, V x) {
  return hn::IfThenElse(hn::IsNaN(x), x, hn::Exp(d, hn::Max(x, hn::Set(d, -128.f))));
}

/// The last numbers of a row, fewer than a vector has lanes, and behind them −∞, whose exponential is 0.
struct RowEnd {
  RowEnd(const float* x, int64_t n) {
    std::fill_n(numbers, hn::MaxLanes(hn::ScalableTag<float>()), -std::numeric_limits<float>::infinity());
    std::copy_n(x, n, numbers);
  }
  HWY_ALIGN float numbers[hn::MaxLanes(hn::ScalableTag<float>())];
};

float log_total(const float* x, int64_t n) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  auto peaks = hn::Set(d, -std::numeric_limits<float>::infinity());
  int64_t k = 0;
  for (; k + lanes <= n; k += lanes) peaks = hn::Max(peaks, hn::LoadU(d, x + k));
  float peak = hn::GetLane(hn::MaxOfLanes(d, peaks));
  for (; k < n; ++k) peak = std::max(peak, x[k]);
  const auto shift = hn::Set(d, peak);
  auto sums = hn::Zero(d);
  for (k = 0; k + lanes <= n; k += lanes) sums = hn::Add(sums, exp_of_logit(d, hn::Sub(hn::LoadU(d, x + k), shift)));
  if (k < n) {
    const RowEnd rest(x + k, n - k);
    sums = hn::Add(sums, exp_of_logit(d, hn::Sub(hn::Load(d, rest.numbers), shift)));
  }
  return peak + std::log(hn::GetLane(hn::SumOfLanes(d, sums)));
}

void probabilities(const float* x, int64_t n, float log_total, float scale, float* y) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto shift = hn::Set(d, log_total), times = hn::Set(d, scale);
  const auto one = [&](auto v) HWY_ATTR { return hn::Mul(times, exp_of_logit(d, hn::Sub(v, shift))); };
  int64_t k = 0;
  for (; k + lanes <= n; k += lanes) hn::StoreU(one(hn::LoadU(d, x + k)), d, y + k);
  if (k == n) return;
  RowEnd rest(x + k, n - k);
  hn::Store(one(hn::Load(d, rest.numbers)), d, rest.numbers);
  std::copy_n(rest.numbers, n - k, y + k);
}

LogitLoops logit_loops() { return {log_total, probabilities}; }

}  // namespace spinel::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spinel::kernels {
namespace {

HWY_EXPORT(logit_loops);

int64_t logit_grain(const ClassLogits& rows) { return std::max<int64_t>(1, 8192 / std::max<int64_t>(rows.classes, 1)); }

}  // namespace

CrossEntropySum cross_entropy(const ClassLogits& rows, float* log_total, const ParallelFor& parallel) {
  const LogitLoops loops = HWY_DYNAMIC_DISPATCH(logit_loops)();
  const WorkPieces pieces(rows.rows, logit_grain(rows), parallel);
  std::vector<CrossEntropySum> sums(static_cast<size_t>(pieces.count));
  pieces.run(parallel, [&](int64_t piece, int64_t first, int64_t last) {
    CrossEntropySum sum;
    for (int64_t row = first; row < last; ++row) {
      const float* const x = rows.logits + row * rows.classes;
      const int64_t target = rows.target[row];
      log_total[row] = loops.log_total(x, rows.classes);
      if (target == rows.ignored) continue;
      require(target >= 0 && target < rows.classes,
              "cross_entropy: the target of row {} is {}; it must lie in [0, {}), or be {}, which does not count", row,
              target, rows.classes, rows.ignored);
      sum.loss += double{log_total[row]} - double{x[target]};
      ++sum.count;
    }
    sums[static_cast<size_t>(piece)] = sum;
  });
  CrossEntropySum all;
  for (const CrossEntropySum& sum : sums) all.loss += sum.loss, all.count += sum.count;
  return all;
}

void cross_entropy_gradient(const ClassLogits& rows, const float* log_total, float scale, float* gradient,
                            const ParallelFor& parallel) {
  const LogitLoops loops = HWY_DYNAMIC_DISPATCH(logit_loops)();
  parallel.run(rows.rows, logit_grain(rows), [&](int64_t first, int64_t last) {
    for (int64_t row = first; row < last; ++row) {
      float* const to = gradient + row * rows.classes;
      if (rows.target[row] == rows.ignored) {
        std::fill_n(to, rows.classes, 0.f);
        continue;
      }
      loops.probabilities(rows.logits + row * rows.classes, rows.classes, log_total[row], scale, to);
      to[rows.target[row]] -= scale;
    }
  });
}

}  // namespace spinel::kernels
#endif
