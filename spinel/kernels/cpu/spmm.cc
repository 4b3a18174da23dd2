#include "spinel/kernels/cpu/spmm.h"

#include "spinel/kernels/cpu/spmm_element.h"
#include "spinel/kernels/cpu/spmm_plan.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "spinel/kernels/cpu/spmm.cc"
// foreach_target.h must come before highway.h.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on
#include "spinel/kernels/cpu/spmm_vectors.inc"

#ifndef SPINEL_KERNELS_CPU_SPMM_ONCE
#define SPINEL_KERNELS_CPU_SPMM_ONCE
namespace spinel::kernels {

/// One piece of a call. Sums of rows that are shared with other pieces go to `parts`, [2][batch, width] numbers for the
/// first and the last row; `carry` [2][width] keeps those of a row that goes on in the next block of entries.
struct SpmmScratch {
  void* parts = nullptr;
  void* carry = nullptr;
};
using SpmmPieceFunction = void (*)(const SpmmCall&, const SpmmPiece&, const SpmmScratch&);

}  // namespace spinel::kernels
#endif

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
/// before. Few vectors are summed in several chains: a fused multiply-add has a latency of 4 cycles and two a cycle can
/// begin.
template <int vectors, class D, typename S>
HWY_INLINE void add_entries(D d, const EntryBlock<ElementNumber<S>>& block, int64_t from, int64_t to, const S* x,
                            int64_t last, hn::Vec<D> (&sum)[vectors]) {
  constexpr int chains = vectors >= 4 ? 1 : vectors >= 2 ? 2 : 4;
  const int64_t lanes = hn::Lanes(d);
  const auto add = [&](int64_t e, hn::Vec<D>(&to_sum)[vectors]) HWY_ATTR {
    const S* row = x + block.offset[e];
    const auto weight = hn::Set(d, block.weight[e]);
    for (int v = 0; v < vectors; ++v) {
      to_sum[v] = multiply_add(weight, Element<S>::load(d, row + (v + 1 < vectors ? v * lanes : last)), to_sum[v]);
    }
  };
  int64_t e = from;
  if constexpr (chains > 1) {
    if (to - from >= chains) {
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

/// Columns [f, f + vectors) of each row of the block.
template <int vectors, class D, typename S>
HWY_INLINE void sum_strip(D d, const EntryBlock<ElementNumber<S>>& block, const RowTargets<S>& t, int64_t row,
                          int64_t from, int64_t f, int64_t last) {
  const int64_t lanes = hn::Lanes(d);
  const auto at = [&](int v) HWY_ATTR { return f + (v + 1 < vectors ? v * lanes : last); };
  hn::Vec<D> sum[vectors];
  const ElementNumber<S>* begin = row == 0 ? t.begin : nullptr;
  for (int v = 0; v < vectors; ++v) sum[v] = begin ? hn::LoadU(d, begin + at(v)) : hn::Zero(d);
  add_entries<vectors>(d, block, from, block.end[row], t.x + f, last, sum);
  ElementNumber<S>* part = row + 1 == block.rows && t.last_part ? t.last_part : row == 0 ? t.first_part : nullptr;
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
void sum_rows(D d, const EntryBlock<ElementNumber<S>>& block, const RowTargets<S>& t) {
  const int64_t lanes = hn::Lanes(d), strip = vectors * lanes;
  int64_t from = 0;
  for (int64_t row = 0; row < block.rows; ++row) {
    if (t.width < strip) {
      sum_strip<vectors>(d, block, t, row, from, 0, t.width - lanes);
    } else {
      for (int64_t f = 0;; f += strip) {
        // The last strip may overlap the one before: what both compute is the same.
        sum_strip<vectors>(d, block, t, row, from, std::min(f, t.width - strip), strip - lanes);
        if (f + strip >= t.width) break;
      }
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
void sum_piece(const SpmmCall& call, const SpmmPiece& piece, const SpmmScratch& scratch) {
  using N = ElementNumber<S>;
  const CsrOperand& a = call.a;
  const auto* rowptr = static_cast<const Index*>(a.rowptr);
  const bool shares_first = piece.first_entry > static_cast<int64_t>(rowptr[piece.first_row]);
  const bool shares_last = piece.last_entry < static_cast<int64_t>(rowptr[piece.last_row]);
  N* parts = static_cast<N*>(scratch.parts);
  // Strips may overlap, so what a row continues and what it comes to must not be the same memory.
  N *carry = static_cast<N*>(scratch.carry), *next_carry = carry + call.width;
  EntryBlock<N> block;
  for (int64_t b = 0; b < call.batch; ++b) {
    RowTargets<S> t{static_cast<const S*>(call.x) + b * a.columns * call.width, nullptr, call.width, call.mean};
    EntryBlocks<S, Index> blocks(a, piece, call.width);
    while (blocks.next(block)) {
      const bool ends = block.first_row + block.rows == piece.last_row && !block.is_open;
      t.y = static_cast<S*>(call.y) + (b * a.rows + block.first_row) * call.width;
      t.begin = block.is_continued ? carry : nullptr;
      t.first_part = shares_first && block.first_row == piece.first_row ? parts + b * call.width : nullptr;
      t.last_part = block.is_open ? next_carry : nullptr;
      if (ends && shares_last) t.last_part = parts + (call.batch + b) * call.width;
      sum_any_block<S>(block, t);
      std::swap(carry, next_carry);
    }
  }
}

/// Σ value_e · x[col_e], in four chains of additions, which have a latency of 3 cycles.
template <typename S, typename Index>
HWY_INLINE S dot(const Index* col, const S* value, const S* x, int64_t from, int64_t to) {
  const auto product = [&](int64_t e) {
    return value ? wrapping_multiply(value[e], x[static_cast<int64_t>(col[e])]) : x[static_cast<int64_t>(col[e])];
  };
  S sum[4] = {};
  int64_t e = from;
  for (; e + 4 <= to; e += 4) {
    for (int k = 0; k < 4; ++k) sum[k] = wrapping_add(sum[k], product(e + k));
  }
  for (; e < to; ++e) sum[0] = wrapping_add(sum[0], product(e));
  return wrapping_add(wrapping_add(sum[0], sum[1]), wrapping_add(sum[2], sum[3]));
}

template <typename Index>
void check_block(const CsrOperand& a, const Index* col, int64_t from, int64_t to) {
  using Unsigned = std::make_unsigned_t<Index>;
  Unsigned largest = 0;
  for (int64_t e = from; e < to; ++e) largest = std::max(largest, static_cast<Unsigned>(col[e]));
  if (HWY_LIKELY(static_cast<uint64_t>(largest) < static_cast<uint64_t>(a.columns))) return;
  for (int64_t e = from; e < to; ++e) {
    if (col[e] < 0 || col[e] >= a.columns) fail_column(a.names, e, int64_t{col[e]}, a.columns);
  }
}

/// A piece of a product with a vector, whose entries are read where they lie.
template <typename S, typename Index>
void sum_vector_piece(const SpmmCall& call, const SpmmPiece& piece, const SpmmScratch& scratch) {
  constexpr int64_t checked_at_once = 512;
  const CsrOperand& a = call.a;
  const auto *rowptr = static_cast<const Index*>(a.rowptr), *col = static_cast<const Index*>(a.col);
  const bool shares_first = piece.first_entry > static_cast<int64_t>(rowptr[piece.first_row]);
  const bool shares_last = piece.last_entry < static_cast<int64_t>(rowptr[piece.last_row]);
  const auto* value = static_cast<const S*>(a.value);
  S* parts = static_cast<S*>(scratch.parts);
  for (int64_t b = 0; b < call.batch; ++b) {
    const S* x = static_cast<const S*>(call.x) + b * a.columns;
    S* y = static_cast<S*>(call.y) + b * a.rows;
    int64_t at = piece.first_entry, checked = at;
    for (int64_t row = piece.first_row; row < piece.last_row; ++row) {
      const auto from = static_cast<int64_t>(rowptr[row]), to = static_cast<int64_t>(rowptr[row + 1]);
      const int64_t end = std::min(to, piece.last_entry);
      if (HWY_UNLIKELY(to < from || to > a.entries || end < at || from > at))
        fail_row(a.names, row, {from, to}, a.entries);
      while (HWY_UNLIKELY(checked < end)) {
        const int64_t next = std::min(checked + checked_at_once, piece.last_entry);
        check_block(a, col, checked, next);
        checked = next;
      }
      S sum = value ? dot(col, value, x, at, end) : dot(col, static_cast<const S*>(nullptr), x, at, end);
      at = end;
      if (shares_last && row + 1 == piece.last_row) parts[call.batch + b] = sum;
      else if (shares_first && row == piece.first_row) parts[b] = sum;
      else y[row] = call.mean && to > from ? sum / static_cast<S>(to - from) : sum;
    }
  }
}

template <typename S>
SpmmPieceFunction piece_function(Dtype index, bool is_vector) {
  if constexpr (std::is_same_v<S, ElementNumber<S>>) {
    if (is_vector) return index == Dtype::i32 ? sum_vector_piece<S, int32_t> : sum_vector_piece<S, int64_t>;
  }
  return index == Dtype::i32 ? sum_piece<S, int32_t> : sum_piece<S, int64_t>;
}

SpmmPieceFunction SumPiece(Dtype dtype, Dtype index, bool is_vector) {
  switch (dtype) {
    case Dtype::f32: return piece_function<float>(index, is_vector);
    case Dtype::f64: return piece_function<double>(index, is_vector);
    case Dtype::bf16: return piece_function<Bf16>(index, is_vector);
    case Dtype::f16: return piece_function<Half>(index, is_vector);
    case Dtype::i32: return piece_function<int32_t>(index, is_vector);
    default: return piece_function<int64_t>(index, is_vector);
  }
}

}  // namespace spinel::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spinel::kernels {
namespace {

HWY_EXPORT(SumPiece);

int64_t part_bytes(const SpmmCall& call) { return 2 * call.batch * call.width * number_size(call.dtype); }
int64_t carry_bytes(const SpmmCall& call) { return 2 * call.width * number_size(call.dtype); }

SpmmScratch scratch_of(const SpmmCall& call, void* scratch, size_t piece) {
  char* base = static_cast<char*>(scratch) + static_cast<int64_t>(piece) * (part_bytes(call) + carry_bytes(call));
  return {base, base + part_bytes(call)};
}

/// The sum of a shared row's parts, in order.
template <typename S>
void join(const SpmmCall& call, const SharedRow& shared, int64_t count, void* scratch) {
  using N = ElementNumber<S>;
  for (int64_t i = 0; i < call.batch * call.width; ++i) {
    N sum = 0;
    for (size_t piece = shared.first; piece <= shared.last; ++piece) {
      const auto* parts = static_cast<const N*>(scratch_of(call, scratch, piece).parts);
      sum = wrapping_add(sum, parts[i + (piece == shared.last ? 0 : call.batch * call.width)]);
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
  plan.scratch_bytes = static_cast<int64_t>(plan.pieces.size()) * (part_bytes(call) + carry_bytes(call));
  return plan;
}

void spmm(const SpmmCall& call, const SpmmPlan& plan, void* scratch, const ParallelFor& parallel) {
  if (call.batch * call.width == 0) return;
  const bool is_vector = call.width == 1 && !call.a.entry;
  const SpmmPieceFunction function = HWY_DYNAMIC_DISPATCH(SumPiece)(call.dtype, call.a.index, is_vector);
  parallel.run(static_cast<int64_t>(plan.pieces.size()), 1, [&](int64_t begin, int64_t end) {
    for (auto piece = static_cast<size_t>(begin); piece < static_cast<size_t>(end); ++piece) {
      function(call, plan.pieces[piece], scratch_of(call, scratch, piece));
    }
  });
  join_shared_rows(call, plan, scratch);
}

}  // namespace spinel::kernels
#endif
