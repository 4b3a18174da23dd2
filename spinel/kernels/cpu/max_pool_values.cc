#include "spinel/kernels/cpu/max_pool_values.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "spinel/kernels/cpu/max_pool_values.cc"
// foreach_target.h must come before highway.h.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on
#include "spinel/kernels/cpu/max_pool_vectors.inc"

HWY_BEFORE_NAMESPACE();
namespace spinel::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Loops of the commonest numbers of taps are compiled for the types of networks alone: each costs a second.
template <typename S>
constexpr bool has_fixed_counts = std::is_same_v<S, float> || std::is_same_v<S, PoolBf16>;

/// Vectors in the order of the elements.
template <typename S, class D, class X = hn::Vec<D>>
HWY_INLINE X load_in_order(D d, const S* from) {
  if constexpr (std::is_same_v<S, PoolBf16>) {
    const hn::RebindToUnsigned<D> du;
    const auto bits = hn::LoadU(hn::Rebind<uint16_t, D>(), reinterpret_cast<const uint16_t*>(from));
    return hn::BitCast(d, hn::ShiftLeft<16>(hn::PromoteTo(du, bits)));
  } else {
    return hn::LoadU(d, from);
  }
}

/// The reverse. Exact: each number came from the stored type.
template <class D, typename S>
HWY_INLINE void store_in_order(D d, hn::Vec<D> x, S* to) {
  if constexpr (std::is_same_v<S, PoolBf16>) {
    const hn::Rebind<int32_t, D> di;
    const hn::Rebind<uint32_t, D> du;
    const hn::Rebind<uint16_t, D> d16;
    const auto bits = hn::BitCast(di, hn::ShiftRight<16>(hn::BitCast(du, x)));
    hn::StoreU(hn::DemoteTo(d16, bits), d16, reinterpret_cast<uint16_t*>(to));
  } else {
    hn::StoreU(x, d, to);
  }
}

template <int fixed, bool split, typename S>
bool combine_rows(const S* const* rows, int row_count, int64_t n, typename Stored<S>::V* to,
                  typename Stored<S>::V* odd) {
  using V = typename Stored<S>::V;
  const hn::ScalableTag<V> d;
  using X = hn::Vec<decltype(d)>;
  const int64_t lanes = hn::Lanes(d);
  const int count = fixed ? fixed : row_count;
  auto found = hn::MaskFromVec(hn::Zero(d));
  // Two vectors from element i on, as they lie or as the even and the odd elements.
  const auto two = [&](int64_t i) {
    const auto load = [&](const S* row, X* x) {
      if constexpr (split && Stored<S>::parts == 2) {
        Stored<S>::load(d, row + i, x);
      } else {
        x[0] = load_in_order(d, row + i);
        x[1] = load_in_order(d, row + i + lanes);
      }
    };
    X best[2], x[2];
    load(rows[0], best);
    X sum = hn::Add(best[0], best[1]);
    for (int t = 1; t < count; ++t) {
      load(rows[t], x);
      for (int k = 0; k < 2; ++k) best[k] = later_max(d, x[k], best[k]);
      if constexpr (std::is_floating_point_v<V>) sum = hn::Add(sum, hn::Add(x[0], x[1]));
    }
    if constexpr (std::is_floating_point_v<V>) {
      const hn::RebindToSigned<decltype(d)> di;
      const auto minus_zero = hn::Set(di, hwy::LimitsMin<hn::TFromD<decltype(di)>>());
      found = hn::Or(found, hn::IsNaN(sum));
      for (const X& x : best) found = hn::Or(found, hn::RebindMask(d, hn::Eq(hn::BitCast(di, x), minus_zero)));
    }
    if constexpr (!split) {
      hn::StoreU(best[0], d, to + i);
      hn::StoreU(best[1], d, to + i + lanes);
    } else if constexpr (Stored<S>::parts == 2) {
      hn::StoreU(best[0], d, to + i / 2);
      hn::StoreU(best[1], d, odd + i / 2);
    } else {
      hn::StoreU(hn::ConcatEven(d, best[1], best[0]), d, to + i / 2);
      hn::StoreU(hn::ConcatOdd(d, best[1], best[0]), d, odd + i / 2);
    }
  };
  int64_t i = 0;
  for (; i + 2 * lanes <= n; i += 2 * lanes) two(i);
  if (const int64_t even = n & ~int64_t{1}; i && i < even) {
    two(even - 2 * lanes);
    i = even;
  }
  bool nan = !hn::AllFalse(d, found);
  for (; i < n; ++i) {
    V best = Stored<S>::number(rows[0][i]);
    for (int t = 0; t < count; ++t) {
      const V x = Stored<S>::number(rows[t][i]);
      nan |= x != x;
      best = x > best ? x : best;
    }
    if constexpr (std::is_floating_point_v<V>) nan |= best == 0 && std::signbit(best);
    if (split) (i % 2 ? odd : to)[i / 2] = best;
    else to[i] = best;
  }
  return nan;
}

template <typename S>
bool rows(const void* const* from, int count, int64_t n, typename Stored<S>::V* to, typename Stored<S>::V* odd) {
  const S* rows[kPoolTaps];
  for (int t = 0; t < count; ++t) rows[t] = static_cast<const S*>(from[t]);
  const auto call = [&](auto split) {
    constexpr bool is_split = decltype(split)::value;
    if constexpr (has_fixed_counts<S>) {
      if (count == 2) return combine_rows<2, is_split>(rows, count, n, to, odd);
      if (count == 3) return combine_rows<3, is_split>(rows, count, n, to, odd);
    }
    return combine_rows<0, is_split>(rows, count, n, to, odd);
  };
  return odd ? call(std::true_type()) : call(std::false_type());
}

template <int fixed, typename S>
void combine_line(const typename Stored<S>::V* const* taps, int tap_count, int64_t n, S* y) {
  using V = typename Stored<S>::V;
  const hn::ScalableTag<V> d;
  const int64_t lanes = hn::Lanes(d);
  const int count = fixed ? fixed : tap_count;
  const auto one = [&](int64_t i, S* to) {
    auto best = hn::LoadU(d, taps[0] + i);
    for (int t = 1; t < count; ++t) best = later_max(d, hn::LoadU(d, taps[t] + i), best);
    store_in_order(d, best, to);
  };
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes) one(i, y + i);
  if (i == n) return;
  if (i) {
    one(n - lanes, y + n - lanes);
  } else {
    HWY_ALIGN S rest[hn::MaxLanes(d)];
    one(0, rest);
    std::copy_n(rest, n, y);
  }
}

template <typename S>
void line(const typename Stored<S>::V* const* taps, int count, int64_t n, void* y) {
  S* to = static_cast<S*>(y);
  if constexpr (has_fixed_counts<S>) {
    if (count == 2) return combine_line<2>(taps, count, n, to);
    if (count == 3) return combine_line<3>(taps, count, n, to);
    if (count == 5) return combine_line<5>(taps, count, n, to);
  }
  combine_line<0>(taps, count, n, to);
}

/// The elements of one vector of windows: those of `stride` vectors, whose phases hold the taps in scan order.
template <int stride, typename V>
struct Phases {
  int count = 0;
  int64_t at[kPoolTaps];
  unsigned taps[kPoolTaps];  ///< bit r: element r of each `stride` is a tap

  explicit Phases(const PoolLine& line) {
    for (int64_t t = 0; t < line.taps; ++t) {
      const int64_t x = t * line.dilation, start = x / stride * stride;
      if (!count || at[count - 1] != start) at[count] = start, taps[count++] = 0;
      taps[count - 1] |= 1u << (x - start);
    }
  }

  /// Takes the taps of the windows whose first elements begin at x.
  template <class D, class X = hn::Vec<D>>
  HWY_INLINE void take(D d, const V* x, X& best, X& sum) const {
    for (int k = 0; k < count; ++k) {
      X v[stride];
      if constexpr (stride == 1) v[0] = hn::LoadU(d, x + at[k]);
      else if constexpr (stride == 2) hn::LoadInterleaved2(d, x + at[k], v[0], v[1]);
      else if constexpr (stride == 3) hn::LoadInterleaved3(d, x + at[k], v[0], v[1], v[2]);
      else hn::LoadInterleaved4(d, x + at[k], v[0], v[1], v[2], v[3]);
      for (int r = 0; r < stride; ++r) {
        if (stride > 1 && !(taps[k] >> r & 1)) continue;
        best = later_max(d, v[r], best);
        sum = hn::Add(sum, v[r]);
      }
    }
  }
};

template <int stride, typename V>
bool pool_line(const PoolLine& line) {
  const hn::ScalableTag<V> d;
  const int64_t lanes = hn::Lanes(d);
  const Phases<stride, V> phases(line);
  const V* x = static_cast<const V*>(line.x);
  V* y = static_cast<V*>(line.y);
  auto found = hn::MaskFromVec(hn::Zero(d));
  int64_t i = 0;
  for (const int64_t reach = phases.at[phases.count - 1] + lanes * stride;
       i + lanes <= line.count && i * stride + reach <= line.n; i += lanes) {
    auto best = hn::Set(d, -std::numeric_limits<V>::infinity()), sum = hn::Zero(d);
    phases.take(d, x + i * stride, best, sum);
    found = hn::Or(found, hn::IsNaN(sum));
    hn::StoreU(best, d, y + i);
  }
  bool nan = !hn::AllFalse(d, found);
  for (; i < line.count; ++i) {
    const V* tap = x + i * stride;
    V best = *tap;
    for (int64_t t = 0; t < line.taps; ++t, tap += line.dilation) {
      nan |= *tap != *tap;
      best = *tap > best ? *tap : best;
    }
    y[i] = best;
  }
  return nan;
}

template <typename V>
bool windows(const PoolLine& line) {
  switch (line.stride) {
    case 1: return pool_line<1, V>(line);
    case 2: return pool_line<2, V>(line);
    case 3: return pool_line<3, V>(line);
    default: return pool_line<4, V>(line);
  }
}

/// Row by row first, as in combine_rows; then the columns of a window, which no copy has to bring side by side.
template <int fixed, bool three, typename S>
class PairWindows {
  static constexpr hn::ScalableTag<float> d{};
  static constexpr hn::RebindToSigned<decltype(d)> di{};
  using X = hn::Vec<decltype(d)>;

 public:
  explicit PairWindows(const PoolPairs& pairs) : pairs_(pairs), count_(fixed ? fixed : pairs.rows) {
    for (int t = 0; t < count_; ++t) row_[t] = static_cast<const S*>(pairs.row[t]);
  }

  bool run() {
    S* y = static_cast<S*>(pairs_.y);
    const auto lanes = static_cast<int64_t>(hn::Lanes(d));
    int64_t i = 0;
    if (pairs_.count >= lanes) {
      X sum = hn::Zero(d);
      auto least = hn::Zero(di);
      i = run_vectors(y, sum, least);
      const auto minus_zero = hn::Set(di, hwy::LimitsMin<int32_t>());
      special_ |= !hn::AllFalse(d, hn::IsNaN(sum)) || !hn::AllFalse(di, hn::Eq(least, minus_zero));
    }
    for (; i < pairs_.count; ++i) put(window(i, 2), y + i);
    if (pairs_.rest) put(window(i, pairs_.rest - (three ? 1 : 0)), y + i);
    return special_;
  }

 private:
  /// Whole vectors of windows, the last of which overlaps the one before it.
  HWY_INLINE int64_t run_vectors(S* y, X& sum, hn::Vec<decltype(di)>& least) {
    const auto lanes = static_cast<int64_t>(hn::Lanes(d));
    HWY_ALIGN int32_t turn[hn::MaxLanes(d)];
    for (int64_t k = 0; k < lanes; ++k) turn[k] = static_cast<int32_t>((k + lanes - 1) % lanes);
    const auto turned = hn::SetTableIndices(d, turn);
    const auto is_first = hn::FirstN(d, 1);
    X before = hn::Zero(d);
    const auto vector = [&](int64_t i) {
      X first, second;
      maxima(2 * i, first, second, sum, least);
      X best = later_max(d, second, first);
      if constexpr (three) {
        const X own = hn::TableLookupLanes(second, turned);
        best = later_max(d, best, hn::IfThenElse(is_first, before, own));
        before = own;
      }
      store_in_order(d, best, y + i);
    };
    if constexpr (three) before = hn::Set(d, column_before(0));
    int64_t i = 0;
    for (; i + lanes <= pairs_.count; i += lanes) vector(i);
    if (i == pairs_.count) return i;
    if constexpr (three) before = hn::Set(d, column_before(pairs_.count - lanes));
    vector(pairs_.count - lanes);
    return pairs_.count;
  }

  /// The maxima of columns c, c + 2, … and c + 1, c + 3, …; adds to what shows that one may be a NaN or −0.
  HWY_INLINE void maxima(int64_t c, X& even, X& odd, X& sum, hn::Vec<decltype(di)>& least) const {
    const auto lanes = static_cast<int64_t>(hn::Lanes(d));
    const auto load = [&](const S* from, X* x) {
      if constexpr (Stored<S>::parts == 2) {
        Stored<S>::load(d, from + c, x);
      } else {
        x[0] = hn::LoadU(d, from + c);
        x[1] = hn::LoadU(d, from + c + lanes);
      }
    };
    X best[2], x[2];
    load(row_[0], best);
    X own = hn::Add(best[0], best[1]);
    for (int t = 1; t < count_; ++t) {
      load(row_[t], x);
      for (int k = 0; k < 2; ++k) best[k] = later_max(d, x[k], best[k]);
      own = hn::Add(own, hn::Add(x[0], x[1]));
    }
    sum = hn::Add(sum, own);
    // −0 has the bits of the least integer.
    least = hn::Min(least, hn::Min(hn::BitCast(di, best[0]), hn::BitCast(di, best[1])));
    if constexpr (Stored<S>::parts == 2) {
      even = best[0], odd = best[1];
    } else {
      even = hn::ConcatEven(d, best[1], best[0]), odd = hn::ConcatOdd(d, best[1], best[0]);
    }
  }

  float column(int64_t c) {
    float best = Stored<S>::number(row_[0][c]);
    for (int t = 0; t < count_; ++t) {
      const float x = Stored<S>::number(row_[t][c]);
      special_ |= x != x;
      best = x > best ? x : best;
    }
    special_ |= best == 0 && std::signbit(best);
    return best;
  }

  /// The first column of three of window i.
  float column_before(int64_t i) {
    return i == 0 && pairs_.cut ? -std::numeric_limits<float>::infinity() : column(2 * i - 1);
  }

  /// Window i, with `columns` of its last two.
  float window(int64_t i, int64_t columns) {
    float best = three ? column_before(i) : -std::numeric_limits<float>::infinity();
    for (int64_t c = 0; c < columns; ++c) best = std::max(best, column(2 * i + c));
    return best;
  }

  static void put(float x, S* to) {
    if constexpr (std::is_same_v<S, PoolBf16>) to->bits = static_cast<uint16_t>(pool_bits(x) >> 16);
    else *to = x;
  }

  const PoolPairs& pairs_;
  const int count_;
  const S* row_[kPoolTaps];
  bool special_ = false;
};

template <typename S>
bool pairs(const PoolPairs& call) {
  const auto of_rows = [&](auto fixed) {
    constexpr int rows = decltype(fixed)::value;
    return call.three ? PairWindows<rows, true, S>(call).run() : PairWindows<rows, false, S>(call).run();
  };
  if (call.rows == 2) return of_rows(std::integral_constant<int, 2>());
  if (call.rows == 3) return of_rows(std::integral_constant<int, 3>());
  return of_rows(std::integral_constant<int, 0>());
}

PoolOfEach<PoolValues> ValueSteps(Dtype dtype) {
  return steps_of_stored<PoolValues>(dtype, [](auto element) {
    using S = decltype(element);
    PoolValues<typename Stored<S>::V> steps;
    steps.rows = rows<S>;
    steps.line = line<S>;
    if constexpr (std::is_same_v<S, float>) steps.windows = windows<S>;
    if constexpr (std::is_same_v<typename Stored<S>::V, float>) steps.pairs = pairs<S>;
    return steps;
  });
}

}  // namespace spinel::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spinel::kernels {

HWY_EXPORT(ValueSteps);

PoolOfEach<PoolValues> pool_values_of_each(Dtype dtype) { return HWY_DYNAMIC_DISPATCH(ValueSteps)(dtype); }

}  // namespace spinel::kernels
#endif
