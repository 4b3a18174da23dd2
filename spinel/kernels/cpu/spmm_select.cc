#include "spinel/kernels/cpu/spmm_select.h"

#include <limits>

#include "spinel/base/error.h"
#include "spinel/kernels/cpu/spmm_element.h"
#include "spinel/kernels/cpu/spmm_plan.h"
#include "spinel/kernels/cpu/spmm_selection.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "spinel/kernels/cpu/spmm_select.cc"
// foreach_target.h must come before highway.h.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on
#include "spinel/kernels/cpu/spmm_vectors.inc"

HWY_BEFORE_NAMESPACE();
namespace spinel::kernels::HWY_NAMESPACE {

/// Where the rows of a block go.
template <typename S>
struct SelectTargets {
  using N = ElementNumber<S>;
  const S* x;
  S* y;           ///< of the block's first row
  void* arg;      ///< likewise; null: not wanted
  bool wide_arg;  ///< int64
  int64_t width;
  int64_t entries;  ///< of the matrix
  Selection<N> begin, first_part, last_part;
};

/// What is selected of a strip of a row.
template <int vectors, class D>
struct StripBest {
  hn::Vec<D> best[vectors];
  hn::Vec<hn::RebindToSigned<D>> at[vectors];  ///< positions in the row
};

/// Whether x takes the place of `best`. With `exact` a NaN does, and what it has become stays.
template <bool largest, bool exact, class V>
HWY_INLINE auto is_better(V x, V best) {
  if constexpr (exact && std::is_floating_point_v<hn::TFromV<V>>) {
    const auto not_worse = largest ? hn::Not(hn::Le(x, best)) : hn::Not(hn::Ge(x, best));
    return hn::And(not_worse, hn::Eq(best, best));
  } else {
    return largest ? hn::Gt(x, best) : hn::Gt(best, x);
  }
}

/// The best products over entries [from, to) of the block, the first of which stands at `position` in its row. Without
/// `exact`, comparisons take NaN for a number; `total` sums what was seen, so that a NaN is noticed afterwards.
template <bool largest, bool indexed, bool exact, int vectors, class D, typename S>
HWY_INLINE void select_entries(D d, const EntryBlock<ElementNumber<S>>& block, int64_t from, int64_t to,
                               int64_t position, const S* x, StripBest<vectors, D>& strip,
                               hn::Vec<D> (&total)[vectors]) {
  const hn::RebindToSigned<D> di;
  const int64_t lanes = hn::Lanes(d);
  for (int64_t e = from; e < to; ++e) {
    if (block.ahead > 0) prefetch<vectors* static_cast<int64_t>(hn::MaxLanes(D()))>(x + block.offset[e + block.ahead]);
    const S* row = x + block.offset[e];
    const auto weight = hn::Set(d, block.weight[e]);
    const auto here = hn::Set(di, static_cast<hn::TFromD<decltype(di)>>(position + e - from));
    for (int v = 0; v < vectors; ++v) {
      const auto product = hn::Mul(weight, Element<S>::load(d, row + v * lanes));
      const auto better = is_better<largest, exact>(product, strip.best[v]);
      strip.best[v] = hn::IfThenElse(better, product, strip.best[v]);
      if constexpr (indexed) strip.at[v] = hn::IfThenElse(hn::RebindMask(di, better), here, strip.at[v]);
      if constexpr (!exact) total[v] = hn::Add(total[v], product);
    }
  }
}

/// As select_entries, of a multiple of four entries from `from` on, in four chains: each comparison waits for the one
/// before, and a row of one vector has no other work meanwhile. Returns the entry behind them.
template <bool largest, bool indexed, class D, typename S>
HWY_INLINE int64_t select_in_chains(D d, const EntryBlock<ElementNumber<S>>& block, int64_t from, int64_t to,
                                    int64_t position, const S* x, StripBest<1, D>& strip, hn::Vec<D> (&total)[1]) {
  constexpr int chains = 4;
  StripBest<1, D> chain[chains];
  hn::Vec<D> sum[chains][1];
  for (int c = 0; c < chains; ++c) chain[c] = strip, sum[c][0] = hn::Zero(d);
  int64_t e = from;
  for (; e + chains <= to; e += chains) {
    for (int c = 0; c < chains; ++c) {
      select_entries<largest, indexed, false>(d, block, e + c, e + c + 1, position + e + c - from, x, chain[c], sum[c]);
    }
  }
  for (int c = 0; c < chains; ++c) {
    auto better = is_better<largest, false>(chain[c].best[0], strip.best[0]);
    if constexpr (indexed) {
      // Of equals the first in the row.
      const auto is_before = hn::RebindMask(d, hn::Lt(chain[c].at[0], strip.at[0]));
      better = hn::Or(better, hn::And(hn::Eq(chain[c].best[0], strip.best[0]), is_before));
      strip.at[0] = hn::IfThenElse(hn::RebindMask(hn::RebindToSigned<D>(), better), chain[c].at[0], strip.at[0]);
    }
    strip.best[0] = hn::IfThenElse(better, chain[c].best[0], strip.best[0]);
    total[0] = hn::Add(total[0], sum[c][0]);
  }
  return e;
}

/// Goes on from `begin` at the entry `from`, or where that is null begins there. False, without `exact`, where there
/// may be a NaN.
template <bool largest, bool indexed, bool exact, int vectors, class D, typename S>
HWY_INLINE bool select_from(D d, const EntryBlock<ElementNumber<S>>& block, int64_t from, int64_t to, int64_t position,
                            const S* x, const Selection<ElementNumber<S>>& begin, int64_t f,
                            StripBest<vectors, D>& strip) {
  const hn::RebindToSigned<D> di;
  const int64_t lanes = hn::Lanes(d);
  hn::Vec<D> total[vectors];
  for (int v = 0; v < vectors; ++v) {
    if (begin) {
      strip.best[v] = hn::LoadU(d, begin.best + f + v * lanes);
      strip.at[v] = hn::LoadU(di, begin.at + f + v * lanes);
    } else if (from < to) {
      const auto weight = hn::Set(d, block.weight[from]);
      strip.best[v] = hn::Mul(weight, Element<S>::load(d, x + block.offset[from] + v * lanes));
      strip.at[v] = hn::Set(di, static_cast<hn::TFromD<decltype(di)>>(position));
    } else {
      strip.best[v] = hn::Zero(d), strip.at[v] = hn::Zero(di);
    }
    total[v] = strip.best[v];
  }
  int64_t first = from + (begin || from == to ? 0 : 1);
  if constexpr (vectors == 1 && !exact) {
    constexpr int64_t long_row = 8;
    if (to - first >= long_row) {
      first = select_in_chains<largest, indexed>(d, block, first, to, position + first - from, x, strip, total);
    }
  }
  select_entries<largest, indexed, exact>(d, block, first, to, position + first - from, x, strip, total);
  if constexpr (exact) return true;
  for (int v = 1; v < vectors; ++v) total[0] = hn::Add(total[0], total[v]);
  // Zero times a NaN, which infinities may have become too, is one.
  return hn::AllTrue(d, hn::Eq(hn::Mul(total[0], hn::Zero(d)), hn::Zero(d)));
}

/// Writes base + at as numbers of entries.
template <class DI, typename Arg>
HWY_INLINE void store_entries(DI di, hn::Vec<DI> at, int64_t base, Arg* arg) {
  using Lane = hn::TFromD<DI>;
  if constexpr (sizeof(Lane) == sizeof(Arg)) {
    hn::StoreU(hn::Add(at, hn::Set(di, static_cast<Lane>(base))), di, arg);
  } else {
    HWY_ALIGN Lane positions[hn::MaxLanes(di)];
    hn::Store(at, di, positions);
    for (size_t k = 0; k < hn::Lanes(di); ++k) arg[k] = static_cast<Arg>(base + int64_t{positions[k]});
  }
}

/// Columns [f, f + vectors) of one row of the block.
template <bool largest, bool indexed, int vectors, class D, typename S>
HWY_INLINE void select_strip(D d, const EntryBlock<ElementNumber<S>>& block, const SelectTargets<S>& t, int64_t row,
                             int64_t from, int64_t position, int64_t f) {
  using N = ElementNumber<S>;
  const hn::RebindToSigned<D> di;
  const int64_t lanes = hn::Lanes(d), to = block.end[row];
  const Selection<N> begin = position > 0 ? t.begin : Selection<N>();
  StripBest<vectors, D> strip;
  constexpr bool exact = std::is_integral_v<S>;
  if (!select_from<largest, indexed, exact>(d, block, from, to, position, t.x + f, begin, f, strip)) {
    select_from<largest, indexed, true>(d, block, from, to, position, t.x + f, begin, f, strip);
  }
  const bool is_last = row + 1 == block.rows && t.last_part;
  if (const Selection<N> part = is_last ? t.last_part : row == 0 ? t.first_part : Selection<N>()) {
    for (int v = 0; v < vectors; ++v) {
      hn::StoreU(strip.best[v], d, part.best + f + v * lanes);
      hn::StoreU(strip.at[v], di, part.at + f + v * lanes);
    }
    return;
  }
  const bool is_empty = !begin && from == to;
  const int64_t base = is_empty ? t.entries : block.first_entry + from - position;
  for (int v = 0; v < vectors; ++v) {
    const int64_t target = row * t.width + f + v * lanes;
    Element<S>::store(d, strip.best[v], t.y + target);
    if constexpr (indexed) {
      if (t.wide_arg) store_entries(di, strip.at[v], base, static_cast<int64_t*>(t.arg) + target);
      else store_entries(di, strip.at[v], base, static_cast<int32_t*>(t.arg) + target);
    }
  }
}

template <bool largest, bool indexed, int vectors, class D, typename S>
void select_rows(D d, const EntryBlock<ElementNumber<S>>& block, const SelectTargets<S>& t) {
  const int64_t lanes = hn::Lanes(d), strip = vectors * lanes;
  int64_t from = 0, position = block.first_position;
  for (int64_t row = 0; row < block.rows; ++row) {
    for (int64_t f = 0;; f += strip) {
      // The last strip may overlap the one before: what both find is the same.
      select_strip<largest, indexed, vectors>(d, block, t, row, from, position, std::min(f, t.width - strip));
      if (f + strip >= t.width) break;
    }
    from = block.end[row];
    position = 0;
  }
}

template <bool largest, bool indexed, typename S>
void select_block(const EntryBlock<ElementNumber<S>>& block, const SelectTargets<S>& t) {
  using N = ElementNumber<S>;
  const hn::ScalableTag<N> d;
  const int64_t lanes = hn::Lanes(d);
  if constexpr (!std::is_integral_v<S>) {
    if (t.width >= 4 * lanes) return select_rows<largest, indexed, 4>(d, block, t);
    if (t.width >= 2 * lanes) return select_rows<largest, indexed, 2>(d, block, t);
  }
  if (t.width >= lanes) return select_rows<largest, indexed, 1>(d, block, t);
  if (t.width >= 8) return select_rows<largest, indexed, 1>(hn::CappedTag<N, 8>(), block, t);
  if (t.width >= 4) return select_rows<largest, indexed, 1>(hn::CappedTag<N, 4>(), block, t);
  if (t.width >= 2) return select_rows<largest, indexed, 1>(hn::CappedTag<N, 2>(), block, t);
  select_rows<largest, indexed, 1>(hn::CappedTag<N, 1>(), block, t);
}

template <typename S>
void select_any_block(const EntryBlock<ElementNumber<S>>& block, const SelectTargets<S>& t, bool largest) {
  if (largest) return t.arg ? select_block<true, true>(block, t) : select_block<true, false>(block, t);
  return t.arg ? select_block<false, true>(block, t) : select_block<false, false>(block, t);
}

template <typename S, typename Index>
void select_piece(const SpmmSelectCall& call, const SpmmPiece& piece, void* scratch) {
  using N = ElementNumber<S>;
  const auto selection = [&](int64_t slot) {
    return slot < 0 ? Selection<N>() : selection_at<N>(scratch, slot, call.width);
  };
  SelectTargets<S> t{};
  t.wide_arg = call.arg_index == Dtype::i64;
  t.width = call.width;
  t.entries = call.a.entries;
  const auto visit = [&](int64_t b, const EntryBlock<N>& block, const BlockSlots& slots) {
    require(block.first_position <= std::numeric_limits<Position<N>>::max() - block.capacity,
            "rowptr: row {} has too many entries for min and max of {}; at most 2147483647 are possible",
            block.first_row, to_string(call.dtype));
    const int64_t target = (b * call.a.rows + block.first_row) * call.width;
    t.x = static_cast<const S*>(call.x) + b * call.a.columns * call.width;
    t.y = static_cast<S*>(call.y) + target;
    t.arg = call.arg ? static_cast<char*>(call.arg) + target * (t.wide_arg ? 8 : 4) : nullptr;
    t.begin = selection(slots.begin);
    t.first_part = selection(slots.first_part), t.last_part = selection(slots.last_part);
    select_any_block<S>(block, t, call.largest);
  };
  visit_blocks<S, Index>(call.a, piece, call.batch, call.width, visit);
}

SelectPieceFunction SelectPiece(Dtype dtype, Dtype index) {
  return by_element(dtype, [&](auto element) {
    return by_index(
        index, [](auto number) -> SelectPieceFunction { return select_piece<decltype(element), decltype(number)>; });
  });
}

}  // namespace spinel::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spinel::kernels {
namespace {

HWY_EXPORT(SelectPiece);

int64_t piece_bytes(const SpmmSelectCall& call) {
  return (2 * call.batch + 2) * call.width * 2 * number_size(call.dtype);
}

/// The best of a shared row's parts, in order.
template <typename S>
void join(const SpmmSelectCall& call, const SharedRow& shared, int64_t row_start, void* scratch) {
  using N = ElementNumber<S>;
  for (int64_t i = 0; i < call.batch * call.width; ++i) {
    const int64_t b = i / call.width, f = i % call.width;
    const auto part = [&](size_t piece) {
      char* memory = static_cast<char*>(scratch) + static_cast<int64_t>(piece) * piece_bytes(call);
      return selection_at<N>(memory, b + (piece == shared.last ? 0 : call.batch), call.width);
    };
    N best = part(shared.first).best[f];
    int64_t at = part(shared.first).at[f];
    for (size_t piece = shared.first + 1; piece <= shared.last; ++piece) {
      const Selection<N> other = part(piece);
      if (takes_place(other.best[f], best, call.largest)) best = other.best[f], at = other.at[f];
    }
    const int64_t target = (b * call.a.rows + shared.row) * call.width + f;
    put_element(static_cast<S*>(call.y) + target, best);
    if (!call.arg) continue;
    if (call.arg_index == Dtype::i64) static_cast<int64_t*>(call.arg)[target] = row_start + at;
    else static_cast<int32_t*>(call.arg)[target] = static_cast<int32_t>(row_start + at);
  }
}

}  // namespace

SpmmPlan plan_spmm_select(const SpmmSelectCall& call, int num_threads) {
  const int64_t pieces = count_pieces(call.a, call.batch * call.width, num_threads);
  SpmmPlan plan{cut_entries(call.a, pieces, true), 0};
  plan.scratch_bytes = static_cast<int64_t>(plan.pieces.size()) * piece_bytes(call);
  return plan;
}

void spmm_select(const SpmmSelectCall& call, const SpmmPlan& plan, void* scratch, const ParallelFor& parallel) {
  if (call.batch * call.width == 0) return;
  const SelectPieceFunction function = call.width == 1 ? spmv_select_function(call.dtype, call.a.index)
                                                       : HWY_DYNAMIC_DISPATCH(SelectPiece)(call.dtype, call.a.index);
  run_pieces(plan, piece_bytes(call), scratch, parallel,
             [&](const SpmmPiece& piece, void* own) { function(call, piece, own); });
  for (const SharedRow& shared : shared_rows(plan.pieces)) {
    const int64_t row_start = row_pointer(call.a, shared.row);
    by_element(call.dtype, [&](auto element) { join<decltype(element)>(call, shared, row_start, scratch); });
  }
}

}  // namespace spinel::kernels
#endif
