#include "spinel/kernels/cpu/spmm_select.h"

#include <limits>

#include "spinel/base/error.h"
#include "spinel/kernels/cpu/spmm_element.h"
#include "spinel/kernels/cpu/spmm_plan.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "spinel/kernels/cpu/spmm_select.cc"
// foreach_target.h must come before highway.h.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on
#include "spinel/kernels/cpu/spmm_vectors.inc"

#ifndef SPINEL_KERNELS_CPU_SPMM_SELECT_ONCE
#define SPINEL_KERNELS_CPU_SPMM_SELECT_ONCE
namespace spinel::kernels {

/// Positions in a row, as wide as the numbers so that vectors of both have equally many lanes.
template <typename N>
using Position = std::conditional_t<sizeof(N) == 8, int64_t, int32_t>;

/// What is selected so far of rows that go on elsewhere: [width] products and [width] positions in the row.
template <typename N>
struct Selection {
  N* best = nullptr;
  Position<N>* at = nullptr;
  explicit operator bool() const { return best != nullptr; }
};
template <typename N>
Selection<N> selection_at(void* memory, int64_t index, int64_t width) {
  char* base = static_cast<char*>(memory) + index * width * int64_t{2 * sizeof(N)};
  return {reinterpret_cast<N*>(base), reinterpret_cast<Position<N>*>(base + width * int64_t{sizeof(N)})};
}

/// `scratch` holds the selections of a piece: [batch] of its first row, [batch] of its last, 2 that are carried on.
using SelectPieceFunction = void (*)(const SpmmSelectCall&, const SpmmPiece&, void* scratch);

}  // namespace spinel::kernels
#endif

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

template <bool largest, class V>
HWY_INLINE auto is_better(V x, V best) {
  if constexpr (!std::is_floating_point_v<hn::TFromV<V>>) {
    return largest ? hn::Gt(x, best) : hn::Gt(best, x);
  } else {
    // A NaN is not less or equal; what it has become stays.
    const auto not_worse = largest ? hn::Not(hn::Le(x, best)) : hn::Not(hn::Ge(x, best));
    return hn::And(not_worse, hn::Eq(best, best));
  }
}

/// The best products over entries [from, to) of the block, the first of which stands at `position` in its row.
template <bool largest, bool indexed, int vectors, class D, class DI, typename S>
HWY_INLINE void select_entries(D d, DI di, const EntryBlock<ElementNumber<S>>& block, int64_t from, int64_t to,
                               int64_t position, const S* x, hn::Vec<D> (&best)[vectors], hn::Vec<DI> (&at)[vectors]) {
  const int64_t lanes = hn::Lanes(d);
  for (int64_t e = from; e < to; ++e) {
    const S* row = x + block.offset[e];
    const auto weight = hn::Set(d, block.weight[e]);
    const auto here = hn::Set(di, static_cast<hn::TFromD<DI>>(position + e - from));
    for (int v = 0; v < vectors; ++v) {
      const auto product = hn::Mul(weight, Element<S>::load(d, row + v * lanes));
      const auto better = is_better<largest>(product, best[v]);
      best[v] = hn::IfThenElse(better, product, best[v]);
      if constexpr (indexed) at[v] = hn::IfThenElse(hn::RebindMask(di, better), here, at[v]);
    }
  }
}

/// Columns [f, f + vectors) of one row of the block.
template <bool largest, bool indexed, int vectors, class D, typename S>
HWY_INLINE void select_strip(D d, const EntryBlock<ElementNumber<S>>& block, const SelectTargets<S>& t, int64_t row,
                             int64_t from, int64_t position, int64_t f) {
  using N = ElementNumber<S>;
  const hn::RebindToSigned<D> di;
  const int64_t lanes = hn::Lanes(d), to = block.end[row];
  hn::Vec<D> best[vectors];
  hn::Vec<decltype(di)> at[vectors];
  for (int v = 0; v < vectors; ++v) best[v] = hn::Zero(d), at[v] = hn::Zero(di);
  int64_t e = from;
  if (position > 0) {
    for (int v = 0; v < vectors; ++v) {
      const int64_t column = f + v * lanes;
      best[v] = t.begin ? hn::LoadU(d, t.begin.best + column) : best[v];
      if constexpr (indexed) at[v] = t.begin ? hn::LoadU(di, t.begin.at + column) : at[v];
    }
  }
  const bool begins = !(position > 0 && t.begin);
  if (begins && e < to) {
    const auto weight = hn::Set(d, block.weight[e]);
    for (int v = 0; v < vectors; ++v) {
      best[v] = hn::Mul(weight, Element<S>::load(d, t.x + block.offset[e] + f + v * lanes));
      at[v] = hn::Set(di, static_cast<hn::TFromD<decltype(di)>>(position));
    }
    ++e;
  }
  select_entries<largest, indexed, vectors>(d, di, block, e, to, position + e - from, t.x + f, best, at);
  const bool is_last = row + 1 == block.rows && t.last_part;
  if (const Selection<N> part = is_last ? t.last_part : row == 0 ? t.first_part : Selection<N>()) {
    for (int v = 0; v < vectors; ++v) {
      hn::StoreU(best[v], d, part.best + f + v * lanes);
      hn::StoreU(at[v], di, part.at + f + v * lanes);
    }
    return;
  }
  const bool is_empty = begins && from == to;
  const int64_t base = is_empty ? t.entries : block.first_entry + from - position;
  for (int v = 0; v < vectors; ++v) {
    const int64_t target = row * t.width + f + v * lanes;
    Element<S>::store(d, best[v], t.y + target);
    if constexpr (indexed) {
      HWY_ALIGN hn::TFromD<decltype(di)> positions[hn::MaxLanes(di)];
      hn::Store(at[v], di, positions);
      for (int64_t k = 0; k < lanes; ++k) {
        if (t.wide_arg) static_cast<int64_t*>(t.arg)[target + k] = base + int64_t{positions[k]};
        else static_cast<int32_t*>(t.arg)[target + k] = static_cast<int32_t>(base + int64_t{positions[k]});
      }
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
  const CsrOperand& a = call.a;
  const auto* rowptr = static_cast<const Index*>(a.rowptr);
  const bool shares_first = piece.first_entry > static_cast<int64_t>(rowptr[piece.first_row]);
  const bool shares_last = piece.last_entry < static_cast<int64_t>(rowptr[piece.last_row]);
  const auto selection = [&](int64_t index) { return selection_at<N>(scratch, index, call.width); };
  Selection<N> carry = selection(2 * call.batch), next_carry = selection(2 * call.batch + 1);
  EntryBlock<N> block;
  for (int64_t b = 0; b < call.batch; ++b) {
    SelectTargets<S> t{};
    t.x = static_cast<const S*>(call.x) + b * a.columns * call.width;
    t.wide_arg = call.arg_index == Dtype::i64;
    t.width = call.width;
    t.entries = a.entries;
    EntryBlocks<S, Index> blocks(a, piece, call.width);
    while (blocks.next(block)) {
      require(block.first_position <= std::numeric_limits<Position<N>>::max() - block.capacity,
              "rowptr: row {} has too many entries for min and max of {}; at most 2147483647 are possible",
              block.first_row, to_string(call.dtype));
      const bool ends = block.first_row + block.rows == piece.last_row && !block.is_open;
      const int64_t target = (b * a.rows + block.first_row) * call.width;
      t.y = static_cast<S*>(call.y) + target;
      t.arg = call.arg ? static_cast<char*>(call.arg) + target * (t.wide_arg ? 8 : 4) : nullptr;
      t.begin = block.is_continued ? carry : Selection<N>();
      t.first_part = shares_first && block.first_row == piece.first_row ? selection(b) : Selection<N>();
      t.last_part = block.is_open ? next_carry : Selection<N>();
      if (ends && shares_last) t.last_part = selection(call.batch + b);
      select_any_block<S>(block, t, call.largest);
      std::swap(carry, next_carry);
    }
  }
}

template <typename S>
SelectPieceFunction select_function(Dtype index) {
  return index == Dtype::i32 ? select_piece<S, int32_t> : select_piece<S, int64_t>;
}

SelectPieceFunction SelectPiece(Dtype dtype, Dtype index) {
  switch (dtype) {
    case Dtype::f32: return select_function<float>(index);
    case Dtype::f64: return select_function<double>(index);
    case Dtype::bf16: return select_function<Bf16>(index);
    case Dtype::f16: return select_function<Half>(index);
    case Dtype::i32: return select_function<int32_t>(index);
    default: return select_function<int64_t>(index);
  }
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

template <typename N>
bool is_better(N x, N best, bool largest) {
  if (x != x) return best == best;
  return largest ? x > best : x < best;
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
      if (is_better(other.best[f], best, call.largest)) best = other.best[f], at = other.at[f];
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
  const SelectPieceFunction function = HWY_DYNAMIC_DISPATCH(SelectPiece)(call.dtype, call.a.index);
  parallel.run(static_cast<int64_t>(plan.pieces.size()), 1, [&](int64_t begin, int64_t end) {
    for (int64_t piece = begin; piece < end; ++piece) {
      function(call, plan.pieces[static_cast<size_t>(piece)], static_cast<char*>(scratch) + piece * piece_bytes(call));
    }
  });
  for (const SharedRow& shared : shared_rows(plan.pieces)) {
    const int64_t row_start = row_pointer(call.a, shared.row);
    by_element(call.dtype, [&](auto element) { join<decltype(element)>(call, shared, row_start, scratch); });
  }
}

}  // namespace spinel::kernels
#endif
