#include "spinel/kernels/cpu/spmm.h"

#include "spinel/kernels/cpu/spmm_element.h"
#include "spinel/kernels/cpu/spmm_narrow.h"
#include "spinel/kernels/cpu/spmm_plan.h"
#include "spinel/kernels/cpu/spmv.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "spinel/kernels/cpu/spmm.cc"
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
struct RowTargets {
  const S* x;
  S* y;  ///< of the block's first row
  int64_t width;
  bool mean;
  const ElementNumber<S>* begin = nullptr;  ///< sums that the first row continues; null: it begins
  ElementNumber<S>* first_part = nullptr;   ///< takes the first row's sums in place of y
  ElementNumber<S>* last_part = nullptr;    ///< takes the last row's
};

/// Adds weight_e · x[offset_e …] over entries. `last` is the offset of the last vector, which may overlap the one
/// before. Few vectors of a long row are summed in several chains: a fused multiply-add has a latency of 4 cycles and
/// two a cycle can begin. Short rows overlap each other.
template <int vectors, class D, typename S>
HWY_INLINE void add_entries(D d, const EntryBlock<ElementNumber<S>>& block, int64_t from, int64_t to, const S* x,
                            int64_t last, hn::Vec<D> (&sum)[vectors]) {
  constexpr int chains = vectors >= 4 ? 1 : vectors >= 2 ? 2 : 4;
  constexpr int64_t long_row = 16;
  constexpr int64_t strip = vectors * static_cast<int64_t>(hn::MaxLanes(D()));
  const int64_t lanes = hn::Lanes(d);
  const auto add = [&](int64_t e, hn::Vec<D>(&to_sum)[vectors]) HWY_ATTR {
    if (block.ahead > 0) prefetch<strip>(x + block.offset[e + block.ahead]);
    const S* row = x + block.offset[e];
    const auto weight = hn::Set(d, block.weight[e]);
    for (int v = 0; v < vectors; ++v) {
      to_sum[v] = multiply_add(weight, Element<S>::load(d, row + (v + 1 < vectors ? v * lanes : last)), to_sum[v]);
    }
  };
  int64_t e = from;
  if constexpr (chains > 1) {
    if (to - from >= long_row) {
      hn::Vec<D> more[chains - 1][vectors];
      for (auto& chain : more) {
        for (auto& x0 : chain) x0 = hn::Zero(d);
      }
      for (; e + chains <= to; e += chains) {
        add(e, sum);
        for (int c = 1; c < chains; ++c) add(e + c, more[c - 1]);
      }
      for (const auto& chain : more) {
        for (int v = 0; v < vectors; ++v) sum[v] = hn::Add(sum[v], chain[v]);
      }
    }
  }
  for (; e < to; ++e) add(e, sum);
}

/// Columns [f, f + vectors) of a row of the block. `begin`: sums that it continues, `part`: takes them in place of y.
template <int vectors, class D, typename S>
HWY_INLINE void sum_strip(D d, const EntryBlock<ElementNumber<S>>& block, const RowTargets<S>& t, int64_t row,
                          int64_t from, int64_t f, int64_t last, const ElementNumber<S>* begin,
                          ElementNumber<S>* part) {
  const int64_t lanes = hn::Lanes(d);
  const auto at = [&](int v) HWY_ATTR { return f + (v + 1 < vectors ? v * lanes : last); };
  hn::Vec<D> sum[vectors];
  for (int v = 0; v < vectors; ++v) sum[v] = begin ? hn::LoadU(d, begin + at(v)) : hn::Zero(d);
  add_entries<vectors>(d, block, from, block.end[row], t.x + f, last, sum);
  if (part) {
    for (int v = 0; v < vectors; ++v) hn::StoreU(sum[v], d, part + at(v));
    return;
  }
  if (t.mean && block.count[row] > 0) {
    for (int v = 0; v < vectors; ++v) sum[v] = divide(d, sum[v], block.count[row]);
  }
  S* y = t.y + row * t.width;
  for (int v = 0; v < vectors; ++v) Element<S>::store(d, sum[v], y + at(v));
}

template <int vectors, class D, typename S>
HWY_INLINE void sum_row(D d, const EntryBlock<ElementNumber<S>>& block, const RowTargets<S>& t, int64_t row,
                        int64_t from, const ElementNumber<S>* begin, ElementNumber<S>* part) {
  const int64_t lanes = hn::Lanes(d), strip = vectors * lanes;
  if (t.width < strip) {
    sum_strip<vectors>(d, block, t, row, from, 0, t.width - lanes, begin, part);
    return;
  }
  for (int64_t f = 0;; f += strip) {
    // The last strip may overlap the one before: what both compute is the same.
    sum_strip<vectors>(d, block, t, row, from, std::min(f, t.width - strip), strip - lanes, begin, part);
    if (f + strip >= t.width) break;
  }
}

template <int vectors, class D, typename S>
void sum_rows(D d, const EntryBlock<ElementNumber<S>>& block, const RowTargets<S>& t) {
  int64_t from = 0;
  for (int64_t row = 0; row < block.rows; ++row) {
    const bool is_first = row == 0, is_last = row + 1 == block.rows;
    if (is_first || is_last) {
      auto* part = is_last && t.last_part ? t.last_part : is_first ? t.first_part : nullptr;
      sum_row<vectors>(d, block, t, row, from, is_first ? t.begin : nullptr, part);
    } else {
      sum_row<vectors>(d, block, t, row, from, nullptr, nullptr);
    }
    from = block.end[row];
  }
}

template <class D, typename S>
void sum_block(D d, const EntryBlock<ElementNumber<S>>& block, const RowTargets<S>& t) {
  const int64_t lanes = hn::Lanes(d), vectors = (t.width + lanes - 1) / lanes;
  // As few strips of at most 8 vectors as possible, of equal width: their sums stay in registers.
  const int64_t strips = (vectors + 7) / 8;
  if constexpr (std::is_integral_v<S>) {
    return vectors == 1 ? sum_rows<1>(d, block, t) : sum_rows<2>(d, block, t);
  } else {
    switch ((vectors + strips - 1) / strips) {
      case 1: return sum_rows<1>(d, block, t);
      case 2: return sum_rows<2>(d, block, t);
      case 3: return sum_rows<3>(d, block, t);
      case 4: return sum_rows<4>(d, block, t);
      case 5: return sum_rows<5>(d, block, t);
      case 6: return sum_rows<6>(d, block, t);
      case 7: return sum_rows<7>(d, block, t);
      default: return sum_rows<8>(d, block, t);
    }
  }
}

/// Rows narrower than a vector: one or two shorter ones.
template <int lanes, typename S>
void sum_narrow_block(const EntryBlock<ElementNumber<S>>& block, const RowTargets<S>& t) {
  const hn::CappedTag<ElementNumber<S>, lanes> d;
  if (t.width <= static_cast<int64_t>(hn::Lanes(d))) sum_rows<1>(d, block, t);
  else sum_rows<2>(d, block, t);
}

template <typename S>
void sum_any_block(const EntryBlock<ElementNumber<S>>& block, const RowTargets<S>& t) {
  const hn::ScalableTag<ElementNumber<S>> d;
  if (t.width >= static_cast<int64_t>(hn::Lanes(d))) return sum_block(d, block, t);
  if (t.width >= 8) return sum_narrow_block<8>(block, t);
  if (t.width >= 4) return sum_narrow_block<4>(block, t);
  if (t.width >= 2) return sum_narrow_block<2>(block, t);
  sum_narrow_block<1>(block, t);
}

template <typename S, typename Index>
void sum_piece(const SpmmCall& call, const SpmmPiece& piece, void* scratch) {
  using N = ElementNumber<S>;
  const auto slot = [&](int64_t k) { return k < 0 ? nullptr : static_cast<N*>(scratch) + k * call.width; };
  RowTargets<S> t{nullptr, nullptr, call.width, call.mean};
  const auto visit = [&](int64_t b, const EntryBlock<N>& block, const BlockSlots& slots) {
    t.x = static_cast<const S*>(call.x) + b * call.a.columns * call.width;
    t.y = static_cast<S*>(call.y) + (b * call.a.rows + block.first_row) * call.width;
    t.begin = slot(slots.begin), t.first_part = slot(slots.first_part), t.last_part = slot(slots.last_part);
    sum_any_block<S>(block, t);
  };
  visit_blocks<S, Index>(call.a, piece, call.batch, call.width, visit);
}

SpmmPieceFunction SumPiece(Dtype dtype, Dtype index) {
  return by_element(dtype, [&](auto element) {
    return by_index(index,
                    [](auto number) -> SpmmPieceFunction { return sum_piece<decltype(element), decltype(number)>; });
  });
}

}  // namespace spinel::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spinel::kernels {
namespace {

HWY_EXPORT(SumPiece);

/// Of a piece: the sums of two rows that other pieces share in each matrix of the batch and of two that go on.
int64_t piece_bytes(const SpmmCall& call) { return (2 * call.batch + 2) * call.width * number_size(call.dtype); }

/// The sum of a shared row's parts, in order.
template <typename S>
void join(const SpmmCall& call, const SharedRow& shared, int64_t count, void* scratch) {
  using N = ElementNumber<S>;
  for (int64_t i = 0; i < call.batch * call.width; ++i) {
    N sum = 0;
    for (size_t piece = shared.first; piece <= shared.last; ++piece) {
      const char* parts = static_cast<const char*>(scratch) + static_cast<int64_t>(piece) * piece_bytes(call);
      const int64_t at = i + (piece == shared.last ? 0 : call.batch * call.width);
      sum = wrapping_add(sum, reinterpret_cast<const N*>(parts)[at]);
    }
    if (call.mean) sum /= static_cast<N>(count);
    const int64_t b = i / call.width, f = i % call.width;
    put_element(static_cast<S*>(call.y) + (b * call.a.rows + shared.row) * call.width + f, sum);
  }
}

void join_shared_rows(const SpmmCall& call, const SpmmPlan& plan, void* scratch) {
  for (const SharedRow& shared : shared_rows(plan.pieces)) {
    const int64_t count = row_pointer(call.a, shared.row + 1) - row_pointer(call.a, shared.row);
    by_element(call.dtype, [&](auto element) { join<decltype(element)>(call, shared, count, scratch); });
  }
}

}  // namespace

SpmmPlan plan_spmm(const SpmmCall& call, int num_threads) {
  const int64_t pieces = count_pieces(call.a, call.batch * call.width, num_threads);
  SpmmPlan plan{cut_entries(call.a, pieces, true), 0};
  plan.scratch_bytes = static_cast<int64_t>(plan.pieces.size()) * piece_bytes(call);
  return plan;
}

void spmm(const SpmmCall& call, const SpmmPlan& plan, void* scratch, const ParallelFor& parallel) {
  if (call.batch * call.width == 0) return;
  const SpmmPieceFunction general = HWY_DYNAMIC_DISPATCH(SumPiece)(call.dtype, call.a.index);
  // The transpose's entries are read through a permutation, which the general loops do.
  const SpmmPieceFunction column = call.width == 1 && !call.a.entry ? spmv_function(call.dtype, call.a.index) : nullptr;
  const SpmmPieceFunction narrow = call.a.entry ? nullptr : narrow_function(call);
  run_pieces(plan, piece_bytes(call), scratch, parallel, [&](const SpmmPiece& piece, void* own) {
    if (column) column(call, piece, own);
    else if (narrow) sum_narrow_piece(call, piece, own, narrow, general);
    else general(call, piece, own);
  });
  join_shared_rows(call, plan, scratch);
}

}  // namespace spinel::kernels
#endif
