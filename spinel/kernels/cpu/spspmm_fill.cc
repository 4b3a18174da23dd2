#include <bit>

#include "spinel/kernels/cpu/product_window.h"
#include "spinel/kernels/cpu/row_accumulator.h"
#include "spinel/kernels/cpu/spspmm.h"
#include "spinel/kernels/cpu/spspmm_rows.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "spinel/kernels/cpu/spspmm_fill.cc"
// foreach_target.h must come before highway.h.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on
#include "spinel/kernels/cpu/spspmm_moved.inc"
#include "spinel/kernels/cpu/spspmm_small.inc"

#ifndef SPINEL_KERNELS_CPU_SPSPMM_FILL_ONCE
#define SPINEL_KERNELS_CPU_SPSPMM_FILL_ONCE
namespace spinel::kernels {

using FillRowsFunction = void (*)(const SpspmmCall&, const SpspmmPlan&, const ProductArrays&, int64_t, int64_t);

}  // namespace spinel::kernels
#endif

HWY_BEFORE_NAMESPACE();
namespace spinel::kernels::HWY_NAMESPACE {

/// Writes first + the numbers of the bits that are set; returns the place after them.
template <typename Index>
HWY_INLINE Index* put_columns(uint64_t bits, int64_t first, Index* to) {
  for (; bits != 0; bits &= bits - 1) *to++ = static_cast<Index>(first + std::countr_zero(bits));
  return to;
}

/// Writes rows of C of which spspmm_count() has found the lengths.
template <typename S, typename Index, bool has_b>
class RowFiller {
 public:
  using N = ElementNumber<S>;

  RowFiller(const SpspmmCall& call, const SpspmmPlan& plan, const ProductArrays& c)
      : call_(call),
        plan_(plan),
        a_(call.a),
        b_(call.b),
        b_value_(static_cast<const S*>(call.b.value)),
        rowptr_(static_cast<const Index*>(c.rowptr)),
        col_(static_cast<Index*>(c.col)),
        value_(static_cast<S*>(c.value)) {}

  void fill(int64_t row) {
    const int64_t begin = a_.begin(row), end = a_.end(row);
    const int64_t products = scout_.products(begin, end, b_value_, sizeof(S));
    if (products == 0) return;
    const auto first = static_cast<int64_t>(rowptr_[row]), count = static_cast<int64_t>(rowptr_[row + 1]) - first;
    S* value = value_ == nullptr ? nullptr : value_ + first;
    if (end - begin == 1 && (plan_.rises || check_columns(call_.b, b_, a_.column(begin)))) {
      copy_row(begin, count, col_ + first, value);
    } else if (products <= most_small_) {
      add_small(small_[small_kind(products)], row);
    } else {
      const ProductSpan span = product_span(a_, b_, begin, end, products, plan_.rises, call_.b.columns);
      fill_large(begin, end, span, count, col_ + first, value);
    }
  }

  /// The small rows that have been gathered.
  void fill_small() {
    for (GatheredRows& small : small_) fill_small(small);
  }

 private:
  N b_value(int64_t k) const { return has_b ? get_element(b_value_ + k) : N(1); }

  /// Calls function(column − span.first, product) for all products.
  template <typename Function>
  HWY_INLINE void for_products(int64_t begin, int64_t end, int64_t first, Function function) const {
    for (int64_t e = begin; e < end; ++e) {
      const int64_t l = a_.column(e), to = b_.end(l);
      const N scale = value_at<S>(call_.a, e);
      for (int64_t k = b_.begin(l); k < to; ++k) {
        function(static_cast<size_t>(b_.column(k) - first), wrapping_multiply(scale, b_value(k)));
      }
    }
  }

  /// Small rows of one kind and their products.
  struct GatheredRows {
    explicit GatheredRows(size_t kind)
        : rows(kind), products(hwy::AllocateAligned<N>(rows.row_size() * SmallRows<Index>::lanes)) {}
    SmallRows<Index> rows;
    hwy::AlignedFreeUniquePtr<N[]> products;  ///< [lane][place]
    N* of_lane(size_t lane) const { return products.get() + lane * rows.row_size(); }
  };

  void add_small(GatheredRows& small, int64_t row) {
    constexpr int64_t step = SmallRows<Index>::step;
    small.rows.template add<true>(a_, b_, call_.b.entries, row,
                                  [&](size_t lane, uint32_t place, int64_t e, int64_t k, int64_t together) HWY_ATTR {
                                    const N scale = value_at<S>(call_.a, e);
                                    N* to = small.of_lane(lane) + place;
                                    if (together == 1) {
                                      *to = wrapping_multiply(scale, b_value(k));
                                      return;
                                    }
                                    N products[step];
                                    for (int64_t j = 0; j < step; ++j)
                                      products[j] = wrapping_multiply(scale, b_value(k + j));
                                    std::copy_n(products, step, to);
                                  });
    if (small.rows.is_full()) fill_small(small);
  }

  void fill_small(GatheredRows& small) {
    if (small.rows.count() == 0) return;
    small.rows.sort();
    for (size_t lane = 0; lane < small.rows.count(); ++lane) {
      const int64_t row = small.rows.row(lane);
      const auto first = static_cast<int64_t>(rowptr_[row]), count = static_cast<int64_t>(rowptr_[row + 1]) - first;
      S* value = value_ == nullptr ? nullptr : value_ + first;
      if (count == small.rows.products(lane)) put_distinct(small, lane, col_ + first, value);
      else if (value != nullptr) put_small<true>(small, lane, col_ + first, value);
      else put_small<false>(small, lane, col_ + first, nullptr);
    }
    small.rows.clear();
  }

  /// Where no column is there twice there is nothing to sum.
  void put_distinct(const GatheredRows& small, size_t lane, Index* col, S* value) const {
    const N* products = small.of_lane(lane);
    const int64_t count = small.rows.products(lane);
    for (int64_t k = 0; k < count; ++k) col[k] = static_cast<Index>(small.rows.column_of(small.rows.key(lane, k)));
    for (int64_t k = 0; k < count && value != nullptr; ++k) {
      put_element(value + k, products[small.rows.place_of(small.rows.key(lane, k))]);
    }
  }

  /// Products of one column stand side by side, in the order of A's entries.
  template <bool has_value>
  HWY_INLINE void put_small(const GatheredRows& small, size_t lane, Index* col, S* value) const {
    const N* products = small.of_lane(lane);
    const int64_t count = small.rows.products(lane);
    uint32_t before = SmallRows<Index>::none;
    int64_t at = -1;
    N sum = 0;
    for (int64_t k = 0; k < count; ++k) {
      const uint32_t key = small.rows.key(lane, k), column = small.rows.column_of(key);
      const bool is_new = column != before;
      before = column;
      at += is_new;
      col[at] = static_cast<Index>(column);
      if (!has_value) continue;
      sum = wrapping_add(is_new ? N(0) : sum, products[small.rows.place_of(key)]);
      put_element(value + at, sum);
    }
  }

  void fill_large(int64_t begin, int64_t end, const ProductSpan& span, int64_t count, Index* col, S* value) {
    if (is_hashed(span, plan_.products)) return fill_hashed(begin, end, span, col, value);
    window_.reserve(span.columns);
    const int64_t words = (span.columns + 63) / 64;
    if (words <= 512) fill_narrow(begin, end, span, words, col);
    else if (span.products < 2 * words) fill_wide(begin, end, span, words, col);
    else fill_dense(begin, end, span, words, col);
    if (value != nullptr) take_sums(span.first, count, col, value);
  }

  void copy_row(int64_t e, int64_t count, Index* col, S* value) const {
    const int64_t from = b_.begin(a_.column(e));
    const N scale = value_at<S>(call_.a, e);
    std::copy_n(b_.col + from, count, col);
    if (value == nullptr) return;
    for (int64_t k = 0; k < count; ++k) put_element(value + k, wrapping_multiply(scale, b_value(from + k)));
  }

  /// Up to 512 words in blocks of a power of two: which of 64 blocks are in use stands in a register.
  void fill_narrow(int64_t begin, int64_t end, const ProductSpan& span, int64_t words, Index* col) {
    N* sums = window_.sums.data();
    uint64_t *bits = window_.bits.data(), in_use = 0;
    const int shift = std::bit_width(static_cast<uint64_t>(words - 1) / 64);
    for (int64_t e = begin; e < end; ++e) {
      const int64_t from = b_.begin(a_.column(e)), to = b_.end(a_.column(e));
      const N scale = value_at<S>(call_.a, e);
      if (plan_.rises && is_run(b_, from, to)) {
        const int64_t first = b_.column(from) - span.first, last = first + to - from - 1;
        for (int64_t k = 0; k < to - from; ++k) {
          sums[first + k] = wrapping_add(sums[first + k], wrapping_multiply(scale, b_value(from + k)));
        }
        set_bits(bits, first, last);
        set_bits(&in_use, first / 64 >> shift, last / 64 >> shift);
        continue;
      }
      for (int64_t k = from; k < to; ++k) {
        const auto column = static_cast<size_t>(b_.column(k) - span.first);
        sums[column] = wrapping_add(sums[column], wrapping_multiply(scale, b_value(k)));
        bits[column / 64] |= uint64_t{1} << (column % 64);
        in_use |= uint64_t{1} << (column / 64 >> shift);
      }
    }
    for (; in_use != 0; in_use &= in_use - 1) {
      const int64_t block = int64_t{std::countr_zero(in_use)} << shift;
      for (int64_t word = block; word < block + (int64_t{1} << shift); ++word) {
        col = put_columns(std::exchange(bits[word], 0), span.first + 64 * word, col);
      }
    }
  }

  void fill_wide(int64_t begin, int64_t end, const ProductSpan& span, int64_t words, Index* col) {
    N* sums = window_.sums.data();
    uint64_t *bits = window_.bits.data(), *groups = window_.groups.data();
    for_products(begin, end, span.first, [&](size_t column, N product) HWY_ATTR {
      sums[column] = wrapping_add(sums[column], product);
      bits[column / 64] |= uint64_t{1} << (column % 64);
      groups[column / 4096] |= uint64_t{1} << (column / 64 % 64);
    });
    for (int64_t group = 0; 64 * group < words; ++group) {
      if (groups[group] == 0) continue;
      for (uint64_t in_use = std::exchange(groups[group], 0); in_use != 0; in_use &= in_use - 1) {
        const int64_t word = 64 * group + std::countr_zero(in_use);
        col = put_columns(std::exchange(bits[word], 0), span.first + 64 * word, col);
      }
    }
  }

  /// Where most words are in use.
  void fill_dense(int64_t begin, int64_t end, const ProductSpan& span, int64_t words, Index* col) {
    N* sums = window_.sums.data();
    uint64_t* bits = window_.bits.data();
    for_products(begin, end, span.first, [&](size_t column, N product) HWY_ATTR {
      sums[column] = wrapping_add(sums[column], product);
      bits[column / 64] |= uint64_t{1} << (column % 64);
    });
    for (int64_t word = 0; word < words; ++word) {
      col = put_columns(std::exchange(bits[word], 0), span.first + 64 * word, col);
    }
  }

  /// In a loop of its own, whose reads do not wait for the search for columns.
  void take_sums(int64_t first, int64_t count, const Index* col, S* value) {
    N* sums = window_.sums.data();
    for (int64_t k = 0; k < count; ++k) {
      N& sum = sums[static_cast<int64_t>(col[k]) - first];
      put_element(value + k, sum);
      sum = 0;
    }
  }

  void fill_hashed(int64_t begin, int64_t end, const ProductSpan& span, Index* col, S* value) {
    hash_.reset(std::min(span.products, span.columns));
    for_products(begin, end, 0, [&](size_t column, N product) {
      N& sum = hash_.at(static_cast<int64_t>(column));
      sum = wrapping_add(sum, product);
    });
    hash_.drain([&](int64_t column, N sum) {
      *col++ = static_cast<Index>(column);
      if (value != nullptr) put_element(value++, sum);
    });
  }

  const SpspmmCall& call_;
  const SpspmmPlan& plan_;
  const Csr<Index> a_, b_;
  const S* b_value_;
  const Index* rowptr_;
  Index* col_;
  S* value_;
  const int64_t most_small_ = SmallRows<Index>::most_products(call_);
  const RowScout<Index> scout_{a_, b_, call_.a.entries};
  ProductWindow<N> window_;
  HashRow<N> hash_;
  GatheredRows small_[small_kinds] = {GatheredRows(0), GatheredRows(1), GatheredRows(2), GatheredRows(3)};
};

template <typename S, typename Index, bool has_b>
void fill_rows(const SpspmmCall& call, const SpspmmPlan& plan, const ProductArrays& c, int64_t first, int64_t last) {
  RowFiller<S, Index, has_b> filler(call, plan, c);
  MovedRows<S, Index> moved(call, c);
  int64_t row = first;
  while (row < last) {
    int64_t end = row + 1;
    while (end < last && !plan.is_moved.empty() && plan.is_moved[static_cast<size_t>(end)] != 0) ++end;
    if (!moved.fill(row, end)) {
      for (int64_t k = row; k < end; ++k) filler.fill(k);
    }
    row = end;
  }
  filler.fill_small();
}

FillRowsFunction FillRows(Dtype dtype, Dtype index, bool has_b) {
  return by_element(dtype, [&](auto element) {
    return by_index(index, [&](auto number) -> FillRowsFunction {
      using S = decltype(element);
      using Index = decltype(number);
      return has_b ? fill_rows<S, Index, true> : fill_rows<S, Index, false>;
    });
  });
}

}  // namespace spinel::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spinel::kernels {

HWY_EXPORT(FillRows);

void spspmm_fill(const SpspmmCall& call, const SpspmmPlan& plan, const void* rowptr, void* col, void* value,
                 const ParallelFor& parallel) {
  const auto fill = HWY_DYNAMIC_DISPATCH(FillRows)(call.dtype, call.a.index, call.b.value != nullptr);
  const ProductArrays c{rowptr, col, value};
  for_cuts(plan.cuts, parallel, [&](int64_t first, int64_t last) { fill(call, plan, c, first, last); });
}

}  // namespace spinel::kernels
#endif
