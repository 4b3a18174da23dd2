#include "spinel/kernels/cpu/spmv.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "spinel/kernels/cpu/spmv.cc"
// foreach_target.h must come before highway.h.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on
#include "spinel/kernels/cpu/spmv_products.inc"

HWY_BEFORE_NAMESPACE();
namespace spinel::kernels::HWY_NAMESPACE {

/// A vector at a time; of the last one the lanes beyond `count` do not count.
template <typename N>
HWY_INLINE N sum_products(const N* products, int64_t count) {
  const hn::CappedTag<N, 8> d;
  const int64_t lanes = hn::Lanes(d);
  hn::Vec<decltype(d)> sum = hn::Zero(d);
  int64_t k = 0;
  for (; k + lanes < count; k += lanes) sum = hn::Add(sum, hn::LoadU(d, products + k));
  const auto rest = hn::FirstN(d, static_cast<size_t>(count - k));
  sum = hn::Add(sum, hn::IfThenElseZero(rest, hn::LoadU(d, products + k)));
  return hn::GetLane(hn::SumOfLanes(d, sum));
}

/// Σ value_e · x[col_e] over entries [from, to), which begin where those of the call before ended.
template <typename S, typename Index>
ElementNumber<S> sum_entries(EntryProducts<S, Index>& products, int64_t from, int64_t to) {
  ElementNumber<S> total = 0;
  products.visit(from, to, [&](const ElementNumber<S>* of, int64_t begin, int64_t end) HWY_ATTR {
    total = wrapping_add(total, sum_products(of, end - begin));
  });
  return total;
}

#if HWY_TARGET <= HWY_AVX2
constexpr int64_t group = 8;

/// Lanes 0 to 7 of the result: the sums of the eight vectors.
template <class D>
HWY_INLINE hn::Vec<D> sums_of(D d, const hn::Vec<D> (&v)[8]) {
  const auto add_halves = [&](auto a, auto b)
                              HWY_ATTR { return hn::Add(hn::InterleaveLower(d, a, b), hn::InterleaveUpper(d, a, b)); };
  const hn::Repartition<double, D> d64;
  const auto add_pairs = [&](auto a, auto b) HWY_ATTR {
    const auto a64 = hn::BitCast(d64, a), b64 = hn::BitCast(d64, b);
    return hn::Add(hn::BitCast(d, hn::InterleaveLower(d64, a64, b64)),
                   hn::BitCast(d, hn::InterleaveUpper(d64, a64, b64)));
  };
  const auto low = add_pairs(add_halves(v[0], v[1]), add_halves(v[2], v[3]));
  const auto high = add_pairs(add_halves(v[4], v[5]), add_halves(v[6], v[7]));
  return hn::Add(hn::ConcatLowerLower(d, high, low), hn::ConcatUpperUpper(d, high, low));
}

/// Eight rows of one piece at a time, as many of [row, last_row) as lie in blocks of products; the first that does not.
template <typename S, typename Index>
int64_t sum_groups(const SpmmCall& call, EntryProducts<S, Index>& products, int64_t row, int64_t last_row, S* y) {
  const hn::CappedTag<float, group> d;
  const auto* rowptr = static_cast<const Index*>(call.a.rowptr);
  HWY_ALIGN static constexpr float ones[2 * group] = {1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0};
  for (; row + group <= last_row; row += group) {
    const Index* ends = rowptr + row;
    const auto from = static_cast<int64_t>(ends[0]), to = static_cast<int64_t>(ends[group]);
    bool falls = false;
    for (int64_t k = 0; k < group; ++k) falls |= ends[k + 1] < ends[k];
    if (falls || to > products.last_entry()) return row;
    HWY_ALIGN float counts[group];
    if (products.are_long_rows(from, to, group)) {
      HWY_ALIGN float sums[group];
      for (int64_t k = 0; k < group; ++k) {
        const auto begin = static_cast<int64_t>(ends[k]), end = static_cast<int64_t>(ends[k + 1]);
        counts[k] = static_cast<float>(std::max<int64_t>(end - begin, 1));
        sums[k] = products.sum_long_row(begin, end);
      }
      const auto all = hn::Load(d, sums);
      Element<S>::store(d, call.mean ? hn::Div(all, hn::Load(d, counts)) : all, y + row);
      continue;
    }
    const float* product = products.products(from, to);
    if (!product) return row;
    hn::Vec<decltype(d)> sum[group];
    for (int64_t k = 0; k < group; ++k) {
      const float* of_row = product + (static_cast<int64_t>(ends[k]) - from);
      int64_t count = static_cast<int64_t>(ends[k + 1]) - static_cast<int64_t>(ends[k]);
      counts[k] = static_cast<float>(std::max<int64_t>(count, 1));
      auto total = hn::Zero(d);
      for (; count > group; count -= group, of_row += group) total = hn::Add(total, hn::LoadU(d, of_row));
      const auto is_own = hn::Ne(hn::LoadU(d, ones + group - count), hn::Zero(d));
      sum[k] = hn::Add(total, hn::IfThenElseZero(is_own, hn::LoadU(d, of_row)));
    }
    auto sums = sums_of(d, sum);
    if (call.mean) sums = hn::Div(sums, hn::Load(d, counts));
    Element<S>::store(d, sums, y + row);
  }
  return row;
}
#endif

template <typename S, typename Index>
void spmv_piece(const SpmmCall& call, const SpmmPiece& piece, void* scratch) {
  using N = ElementNumber<S>;
  const CsrOperand& a = call.a;
  const auto* rowptr = static_cast<const Index*>(a.rowptr);
  const bool shares_first = piece.first_entry > static_cast<int64_t>(rowptr[piece.first_row]);
  const bool shares_last = piece.last_entry < static_cast<int64_t>(rowptr[piece.last_row]);
  [[maybe_unused]] const int64_t last_whole = piece.last_row - (shares_last ? 1 : 0);
  N* parts = static_cast<N*>(scratch);
  for (int64_t b = 0; b < call.batch; ++b) {
    EntryProducts<S, Index> products(a, static_cast<const S*>(call.x) + b * a.columns, piece.last_entry);
    S* y = static_cast<S*>(call.y) + b * a.rows;
    int64_t at = piece.first_entry;
    for (int64_t row = piece.first_row; row < piece.last_row; ++row) {
#if HWY_TARGET <= HWY_AVX2
      if constexpr (std::is_same_v<N, float>) {
        const bool is_whole = static_cast<int64_t>(rowptr[row]) == at;
        if (is_whole && row + group <= last_whole) {
          row = sum_groups(call, products, row, last_whole, y);
          at = static_cast<int64_t>(rowptr[row]);
          if (row >= piece.last_row) break;
        }
      }
#endif
      const auto from = static_cast<int64_t>(rowptr[row]), to = static_cast<int64_t>(rowptr[row + 1]);
      const int64_t end = std::min(to, piece.last_entry);
      if (HWY_UNLIKELY(to < from || to > a.entries || end < at || from > at))
        fail_row(a.names, row, {from, to}, a.entries);
      const N sum = sum_entries(products, at, end);
      at = end;
      if (shares_last && row + 1 == piece.last_row) parts[call.batch + b] = sum;
      else if (shares_first && row == piece.first_row) parts[b] = sum;
      else put_element(y + row, call.mean && to > from ? sum / static_cast<N>(to - from) : sum);
    }
  }
}

SpmmPieceFunction SpmvFunction(Dtype dtype, Dtype index) {
  return by_element(dtype, [&](auto element) {
    return by_index(index,
                    [](auto number) -> SpmmPieceFunction { return spmv_piece<decltype(element), decltype(number)>; });
  });
}

}  // namespace spinel::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spinel::kernels {

HWY_EXPORT(SpmvFunction);

SpmmPieceFunction spmv_function(Dtype dtype, Dtype index) { return HWY_DYNAMIC_DISPATCH(SpmvFunction)(dtype, index); }

}  // namespace spinel::kernels
#endif
