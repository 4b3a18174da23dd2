#include <bit>

#include "spinel/kernels/cpu/row_accumulator.h"
#include "spinel/kernels/cpu/spspmm.h"
#include "spinel/kernels/cpu/spspmm_rows.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "spinel/kernels/cpu/spspmm_count.cc"
// foreach_target.h must come before highway.h.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on
#include "spinel/kernels/cpu/spspmm_small.inc"

HWY_BEFORE_NAMESPACE();
namespace spinel::kernels::HWY_NAMESPACE {

/// Counts the different columns of a row's products.
template <typename Index>
class ColumnCounter {
 public:
  ColumnCounter(const SpspmmCall& call, const SpspmmPlan& plan, Index* counts)
      : call_(call),
        plan_(plan),
        a_(call.a),
        b_(call.b),
        counts_(counts),
        most_small_(SmallRows<Index>::most_products(call)) {}

  void count(int64_t row) {
    const int64_t begin = a_.begin(row), end = a_.end(row);
    bool rises = plan_.rises;
    for (int64_t e = begin; e < end && !plan_.is_checked; ++e) rises = check_columns(call_.b, b_, a_.column(e));
    const int64_t products = scout_.products(begin, end, nullptr, 0);
    if (products <= 1 || (end - begin == 1 && rises)) {
      counts_[row] = static_cast<Index>(products);
    } else if (products <= most_small_) {
      SmallRows<Index>& small = small_[small_kind(products)];
      small.template add<false>(a_, b_, call_.b.entries, row, [](size_t, uint32_t, int64_t, int64_t, int64_t) {});
      if (small.is_full()) count_small(small);
    } else {
      const ProductSpan span = product_span(a_, b_, begin, end, products, plan_.rises, call_.b.columns);
      counts_[row] = static_cast<Index>(count_large(begin, end, span));
    }
  }

  /// The small rows that have been gathered.
  void count_small() {
    for (SmallRows<Index>& small : small_) count_small(small);
  }

 private:
  void count_small(SmallRows<Index>& small) {
    if (small.count() == 0) return;
    small.sort();
    uint32_t found[SmallRows<Index>::lanes];
    small.count_different(found);
    for (size_t lane = 0; lane < small.count(); ++lane) counts_[small.row(lane)] = static_cast<Index>(found[lane]);
    small.clear();
  }

  // 64 KiB of stamps. Of more columns bits are faster, of which more stay in the cache.
  static constexpr int64_t most_stamps = 1 << 15;

  int64_t count_large(int64_t begin, int64_t end, const ProductSpan& span) {
    if (is_hashed(span, plan_.products)) return count_hashed(begin, end, span);
    const int64_t words = (span.columns + 63) / 64;
    if (span.products >= words || is_run(b_, b_.begin(a_.column(begin)), b_.end(a_.column(begin)))) {
      return count_bits(begin, end, span, words);
    }
    return span.columns <= most_stamps ? count_stamped(begin, end, span) : count_new_bits(begin, end, span, words);
  }

  /// Calls function(column − span.first) for all products.
  template <typename Function>
  HWY_INLINE void for_columns(int64_t begin, int64_t end, const ProductSpan& span, Function function) const {
    for (int64_t e = begin; e < end; ++e) {
      const int64_t l = a_.column(e), to = b_.end(l);
      for (int64_t k = b_.begin(l); k < to; ++k) function(static_cast<size_t>(b_.column(k) - span.first));
    }
  }

  /// No pass that clears: a stamp counts for one row.
  int64_t count_stamped(int64_t begin, int64_t end, const ProductSpan& span) {
    if (static_cast<int64_t>(stamps_.size()) < span.columns) {
      stamps_.assign(std::bit_ceil(static_cast<size_t>(span.columns)), 0);
      stamp_ = 0;
    }
    if (++stamp_ == 0) {
      std::fill(stamps_.begin(), stamps_.end(), uint16_t{0});
      stamp_ = 1;
    }
    uint16_t* stamps = stamps_.data();
    const uint16_t stamp = stamp_;
    int64_t found = 0;
    for_columns(begin, end, span, [&](size_t column) HWY_ATTR {
      found += stamps[column] != stamp;
      stamps[column] = stamp;
    });
    return found;
  }

  int64_t count_bits(int64_t begin, int64_t end, const ProductSpan& span, int64_t words) {
    uint64_t* bits = bits_for(words);
    for (int64_t e = begin; e < end; ++e) {
      const int64_t from = b_.begin(a_.column(e)), to = b_.end(a_.column(e));
      if (plan_.rises && is_run(b_, from, to)) {
        set_bits(bits, b_.column(from) - span.first, b_.column(to - 1) - span.first);
        continue;
      }
      for (int64_t k = from; k < to; ++k) {
        const auto column = static_cast<size_t>(b_.column(k) - span.first);
        bits[column / 64] |= uint64_t{1} << (column % 64);
      }
    }
    int64_t found = 0;
    for (int64_t word = 0; word < words; ++word) {
      found += std::popcount(bits[word]);
      bits[word] = 0;
    }
    return found;
  }

  /// Of few products among many columns: only their words are cleared.
  int64_t count_new_bits(int64_t begin, int64_t end, const ProductSpan& span, int64_t words) {
    uint64_t* bits = bits_for(words);
    int64_t found = 0;
    for_columns(begin, end, span, [&](size_t column) HWY_ATTR {
      const uint64_t word = bits[column / 64];
      found += ~word >> (column % 64) & 1;
      bits[column / 64] = word | uint64_t{1} << (column % 64);
    });
    for_columns(begin, end, span, [&](size_t column) HWY_ATTR { bits[column / 64] = 0; });
    return found;
  }

  int64_t count_hashed(int64_t begin, int64_t end, const ProductSpan& span) {
    hash_.reset(std::min(span.products, span.columns));
    for_columns(begin, end, span, [&](size_t column) { hash_.at(static_cast<int64_t>(column)); });
    const int64_t found = hash_.count();
    hash_.clear();
    return found;
  }

  uint64_t* bits_for(int64_t words) {
    if (static_cast<int64_t>(bits_.size()) < words) bits_.assign(std::bit_ceil(static_cast<size_t>(words)), 0);
    return bits_.data();
  }

  const SpspmmCall& call_;
  const SpspmmPlan& plan_;
  const Csr<Index> a_, b_;
  Index* counts_;
  const int64_t most_small_;
  const RowScout<Index> scout_{a_, b_, call_.a.entries};
  SmallRows<Index> small_[small_kinds] = {SmallRows<Index>(0), SmallRows<Index>(1), SmallRows<Index>(2),
                                          SmallRows<Index>(3)};
  std::vector<uint16_t> stamps_;
  uint16_t stamp_ = 0;
  std::vector<uint64_t> bits_;
  HashRow<char> hash_;
};

template <typename Index>
void count_rows(const SpspmmCall& call, const SpspmmPlan& plan, void* counts, int64_t first, int64_t last) {
  auto* counts_of = static_cast<Index*>(counts);
  ColumnCounter<Index> counter(call, plan, counts_of);
  const auto is_moved = [&](int64_t row) {
    return row > first && !plan.is_moved.empty() && plan.is_moved[static_cast<size_t>(row)] != 0;
  };
  for (int64_t row = first; row < last; ++row) {
    if (!is_moved(row)) counter.count(row);
  }
  counter.count_small();
  for (int64_t row = first; row < last && !plan.is_moved.empty(); ++row) {
    if (is_moved(row)) counts_of[row] = counts_of[row - 1];
  }
}

/// counts[row] for rows [first, last): how many entries they have in the product.
void CountRows(const SpspmmCall& call, const SpspmmPlan& plan, void* counts, int64_t first, int64_t last) {
  if (call.a.index == Dtype::i32) count_rows<int32_t>(call, plan, counts, first, last);
  else count_rows<int64_t>(call, plan, counts, first, last);
}

}  // namespace spinel::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spinel::kernels {

HWY_EXPORT(CountRows);

void spspmm_count(const SpspmmCall& call, const SpspmmPlan& plan, void* rowptr, const ParallelFor& parallel) {
  const auto count = HWY_DYNAMIC_DISPATCH(CountRows);
  by_index(call.a.index, [&](auto index) {
    using Index = decltype(index);
    auto* ends = static_cast<Index*>(rowptr) + 1;
    for_cuts(plan.cuts, parallel, [&](int64_t first, int64_t last) { count(call, plan, ends, first, last); });
    accumulate_counts(call.a.names.op, call.a.rows, ends - 1);
  });
}

}  // namespace spinel::kernels
#endif
