// The greatest or least products of the rows of a matrix and a vector.
#include <limits>

#include "spinel/base/error.h"
#include "spinel/kernels/cpu/spmm_selection.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "spinel/kernels/cpu/spmv_select.cc"
// foreach_target.h must come before highway.h.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on
#include "spinel/kernels/cpu/spmv_products.inc"

HWY_BEFORE_NAMESPACE();
namespace spinel::kernels::HWY_NAMESPACE {

/// A product and the number of its entry.
template <typename N>
struct BestEntry {
  N product = 0;
  int64_t entry = -1;  ///< −1: there is none yet
};

/// What loses against every number but itself.
template <bool largest, typename N>
constexpr N worst() {
  using Limits = std::numeric_limits<N>;
  if constexpr (Limits::has_infinity) return largest ? -Limits::infinity() : Limits::infinity();
  else return largest ? Limits::lowest() : Limits::max();
}

template <bool largest, class V>
HWY_INLINE V better_of(V a, V b) {
  return largest ? hn::Max(a, b) : hn::Min(a, b);
}

/// Lane 0 to 7 of the result: the best of the eight vectors.
template <bool largest, class D>
HWY_INLINE hn::Vec<D> best_of_each(D d, const hn::Vec<D> (&v)[8]) {
  const auto join_halves = [&](auto a, auto b) HWY_ATTR {
    return better_of<largest>(hn::InterleaveLower(d, a, b), hn::InterleaveUpper(d, a, b));
  };
  const hn::Repartition<double, D> d64;
  const auto join_pairs = [&](auto a, auto b) HWY_ATTR {
    const auto a64 = hn::BitCast(d64, a), b64 = hn::BitCast(d64, b);
    return better_of<largest>(hn::BitCast(d, hn::InterleaveLower(d64, a64, b64)),
                              hn::BitCast(d, hn::InterleaveUpper(d64, a64, b64)));
  };
  const auto low = join_pairs(join_halves(v[0], v[1]), join_halves(v[2], v[3]));
  const auto high = join_pairs(join_halves(v[4], v[5]), join_halves(v[6], v[7]));
  return better_of<largest>(hn::ConcatLowerLower(d, high, low), hn::ConcatUpperUpper(d, high, low));
}

/// The first of the best of `count` products, one at least and none a NaN: its position. Behind them a vector can be
/// read.
template <bool largest, typename N>
HWY_INLINE int64_t find_best(const N* products, int64_t count) {
  const hn::CappedTag<N, 8> d;
  const int64_t lanes = hn::Lanes(d);
  hn::Vec<decltype(d)> best = hn::Set(d, worst<largest, N>());
  int64_t k = 0;
  for (; k + lanes < count; k += lanes) best = better_of<largest>(best, hn::LoadU(d, products + k));
  const auto rest = hn::FirstN(d, static_cast<size_t>(count - k));
  best = hn::IfThenElse(rest, better_of<largest>(best, hn::LoadU(d, products + k)), best);
  best = largest ? hn::MaxOfLanes(d, best) : hn::MinOfLanes(d, best);
  // Equal ones behind the last product come after it.
  for (k = 0; k < count; k += lanes) {
    const intptr_t lane = hn::FindFirstTrue(d, hn::Eq(best, hn::LoadU(d, products + k)));
    if (lane >= 0) return k + lane;
  }
  return 0;
}

template <bool largest, typename S, typename Index>
class VectorSelection {
  using N = ElementNumber<S>;
  using Products = EntryProducts<S, Index, true>;
  static constexpr int64_t group = 8;

 public:
  VectorSelection(const SpmmSelectCall& call, const SpmmPiece& piece, int64_t b)
      : call_(call),
        piece_(piece),
        rowptr_(static_cast<const Index*>(call.a.rowptr)),
        y_(static_cast<S*>(call.y) + b * call.a.rows),
        first_arg_(b * call.a.rows),
        products_(call.a, static_cast<const S*>(call.x) + b * call.a.columns, piece.last_entry) {}

  /// Selects of the rows of the piece; of rows that other pieces share what is selected goes to `first_part` and
  /// `last_part`.
  void run(Selection<N> first_part, Selection<N> last_part) {
    const int64_t last_whole = piece_.last_row - (last_part ? 1 : 0);
    int64_t at = piece_.first_entry, row = piece_.first_row;
    while (row < piece_.last_row) {
      if (row + group <= last_whole && static_cast<int64_t>(rowptr_[row]) == at && select_group(row)) {
        row += group;
        at = static_cast<int64_t>(rowptr_[row]);
        continue;
      }
      const auto from = static_cast<int64_t>(rowptr_[row]), to = static_cast<int64_t>(rowptr_[row + 1]);
      const int64_t end = std::min(to, piece_.last_entry);
      if (HWY_UNLIKELY(to < from || to > call_.a.entries || end < at || from > at)) {
        fail_row(call_.a.names, row, {from, to}, call_.a.entries);
      }
      const BestEntry<N> best = select(at, end);
      at = end;
      if (last_part && row + 1 == piece_.last_row) store_part(best, from, last_part);
      else if (first_part && row == piece_.first_row) store_part(best, from, first_part);
      else store(row, best);
      ++row;
    }
  }

 private:
  /// Of entries [from, to), which begin where those of the call before ended.
  BestEntry<N> select(int64_t from, int64_t to) {
    BestEntry<N> best;
    const auto take = [&](N product, int64_t entry) {
      if (best.entry < 0 || takes_place(product, best.product, largest)) best = {product, entry};
    };
    products_.visit(from, to, [&](const N* products, int64_t begin, int64_t end) HWY_ATTR {
      if (products_.has_nan()) {
        for (int64_t e = begin; e < end; ++e) take(products[e - begin], e);
      } else {
        const int64_t found = find_best<largest>(products, end - begin);
        take(products[found], begin + found);
      }
    });
    return best;
  }

  void store_part(const BestEntry<N>& best, int64_t row_start, Selection<N> part) const {
    const int64_t position = best.entry - row_start;
    require(position <= std::numeric_limits<Position<N>>::max(),
            "rowptr: a row has too many entries for min and max of {}; at most 2147483647 are possible",
            to_string(call_.dtype));
    *part.best = best.product;
    *part.at = static_cast<Position<N>>(position);
  }
  void store(int64_t row, const BestEntry<N>& best) const {
    put_element(y_ + row, best.product);
    if (call_.arg) store_entry(row, best.entry < 0 ? call_.a.entries : best.entry);
  }
  void store_entry(int64_t row, int64_t entry) const {
    const int64_t at = first_arg_ + row;
    if (call_.arg_index == Dtype::i64) static_cast<int64_t*>(call_.arg)[at] = entry;
    else static_cast<int32_t*>(call_.arg)[at] = static_cast<int32_t>(entry);
  }

  /// Eight whole rows from `row` on side by side. False: they are not for that, and nothing is done.
  HWY_INLINE bool select_group([[maybe_unused]] int64_t row) {
#if HWY_TARGET <= HWY_AVX2
    if constexpr (std::is_same_v<N, float>) {
      const Index* ends = rowptr_ + row;
      const auto from = static_cast<int64_t>(ends[0]), to = static_cast<int64_t>(ends[group]);
      bool falls = false;
      for (int64_t k = 0; k < group; ++k) falls |= ends[k + 1] < ends[k];
      if (falls || to > products_.last_entry()) return false;
      const float* products = products_.products(from, to);
      if (!products || products_.has_nan()) return false;
      select_group_of(row, ends, products - from);
      return true;
    }
#endif
    return false;
  }

#if HWY_TARGET <= HWY_AVX2
  /// `products`: of entry 0.
  HWY_INLINE void select_group_of(int64_t row, const Index* ends, const float* products) {
    const hn::CappedTag<float, group> d;
    HWY_ALIGN static constexpr float ones[2 * group] = {1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0};
    const auto bad = hn::Set(d, worst<largest, float>()), zero = hn::Zero(d);
    hn::Vec<decltype(d)> best[group];
    HWY_ALIGN float counts[group], found[group];
    for (int64_t k = 0; k < group; ++k) {
      const float* of_row = products + static_cast<int64_t>(ends[k]);
      int64_t count = static_cast<int64_t>(ends[k + 1]) - static_cast<int64_t>(ends[k]);
      counts[k] = static_cast<float>(count);
      auto so_far = bad;
      for (; count > group; count -= group, of_row += group) so_far = better_of<largest>(so_far, hn::LoadU(d, of_row));
      const auto is_own = hn::Ne(hn::LoadU(d, ones + group - count), zero);
      best[k] = better_of<largest>(so_far, hn::IfThenElse(is_own, hn::LoadU(d, of_row), bad));
    }
    const auto joined = best_of_each<largest>(d, best);
    const auto result = hn::IfThenElse(hn::Eq(hn::Load(d, counts), zero), zero, joined);
    Element<S>::store(d, result, y_ + row);
    if (!call_.arg) return;
    hn::Store(joined, d, found);
    for (int64_t k = 0; k < group; ++k) {
      const auto begin = static_cast<int64_t>(ends[k]), end = static_cast<int64_t>(ends[k + 1]);
      const auto wanted = hn::Set(d, found[k]);
      // A row of its own products is left by its last vector at the latest; an empty one has none.
      int64_t e = begin;
      intptr_t lane = -1;
      for (; e < end && (lane = hn::FindFirstTrue(d, hn::Eq(wanted, hn::LoadU(d, products + e)))) < 0;) e += group;
      store_entry(row + k, begin == end ? call_.a.entries : e + lane);
    }
  }
#endif

  const SpmmSelectCall& call_;
  const SpmmPiece& piece_;
  const Index* rowptr_;
  S* y_;
  int64_t first_arg_;
  Products products_;
};

template <typename S, typename Index>
void select_vector_piece(const SpmmSelectCall& call, const SpmmPiece& piece, void* scratch) {
  using N = ElementNumber<S>;
  const auto* rowptr = static_cast<const Index*>(call.a.rowptr);
  const bool shares_first = piece.first_entry > static_cast<int64_t>(rowptr[piece.first_row]);
  const bool shares_last = piece.last_entry < static_cast<int64_t>(rowptr[piece.last_row]);
  for (int64_t b = 0; b < call.batch; ++b) {
    const auto part = [&](bool is_shared, int64_t slot) {
      return is_shared ? selection_at<N>(scratch, slot, 1) : Selection<N>();
    };
    const auto first = part(shares_first, b), last = part(shares_last, call.batch + b);
    if (call.largest) VectorSelection<true, S, Index>(call, piece, b).run(first, last);
    else VectorSelection<false, S, Index>(call, piece, b).run(first, last);
  }
}

SelectPieceFunction SpmvSelectFunction(Dtype dtype, Dtype index) {
  return by_element(dtype, [&](auto element) {
    return by_index(index, [](auto number) -> SelectPieceFunction {
      return select_vector_piece<decltype(element), decltype(number)>;
    });
  });
}

}  // namespace spinel::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spinel::kernels {

HWY_EXPORT(SpmvSelectFunction);

SelectPieceFunction spmv_select_function(Dtype dtype, Dtype index) {
  return HWY_DYNAMIC_DISPATCH(SpmvSelectFunction)(dtype, index);
}

}  // namespace spinel::kernels
#endif
