// What the kernels of sparse products share: rows of typed operands, where the products of a row lie, and how rows are
// cut by their work.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include "spinel/kernels/cpu/spmm_element.h"
#include "spinel/kernels/cpu/spmm_plan.h"

namespace spinel::kernels {

/// The indices of an operand with their type.
template <typename Index>
struct Csr {
  const Index *rowptr, *col;
  explicit Csr(const CsrOperand& a)
      : rowptr(static_cast<const Index*>(a.rowptr)), col(static_cast<const Index*>(a.col)) {}
  int64_t begin(int64_t row) const { return static_cast<int64_t>(rowptr[row]); }
  int64_t end(int64_t row) const { return static_cast<int64_t>(rowptr[row + 1]); }
  int64_t column(int64_t entry) const { return static_cast<int64_t>(col[entry]); }
};

/// The arrays of a product that is written.
struct ProductArrays {
  const void* rowptr = nullptr;
  void* col = nullptr;
  void* value = nullptr;  ///< null: not wanted
};

template <typename S>
ElementNumber<S> value_at(const CsrOperand& a, int64_t entry) {
  return a.value ? get_element(static_cast<const S*>(a.value) + entry) : ElementNumber<S>(1);
}

inline void check_row(const CsrOperand& a, int64_t row, int64_t from, int64_t to) {
  if (from < 0 || to < from || to > a.entries) fail_row(a.names, row, {from, to}, a.entries);
}

/// Throws for a column out of range. Returns whether columns rise.
template <typename Index>
bool check_columns(const CsrOperand& a, const Csr<Index>& typed, int64_t row) {
  const int64_t from = typed.begin(row), to = typed.end(row);
  const auto column = [&](int64_t e) { return static_cast<uint64_t>(typed.column(e)); };
  const auto largest = static_cast<uint64_t>(a.columns - 1);
  // The upper bit is set where a column is out of range, or not above the one before.
  uint64_t range = 0, rise = 0;
  for (int64_t e = from; e < to; ++e) range |= column(e) | (largest - column(e));
  for (int64_t e = from + 1; e < to; ++e) rise |= column(e) - column(e - 1) - 1;
  if (range >> 63 == 0) return rise >> 63 == 0;
  int64_t e = from;
  while (column(e) < static_cast<uint64_t>(a.columns)) ++e;
  fail_column(a.names, e, typed.column(e), a.columns);
}

/// Where the products of a row of A · B lie.
struct ProductSpan {
  int64_t first = 0;     ///< a column that none is before, a multiple of 64
  int64_t columns = 0;   ///< from there on
  int64_t products = 0;  ///< multiplications, at least 1
};

/// Of A's entries [begin, end). `rises`: columns rise within all rows of B.
template <typename Index>
ProductSpan product_span(const Csr<Index>& a, const Csr<Index>& b, int64_t begin, int64_t end, int64_t products,
                         bool rises, int64_t columns) {
  if (!rises) return {0, columns, products};
  int64_t least = std::numeric_limits<int64_t>::max(), most = 0;
  for (int64_t e = begin; e < end; ++e) {
    const int64_t l = a.column(e), from = b.begin(l), to = b.end(l);
    if (from == to) continue;
    least = std::min(least, b.column(from));
    most = std::max(most, b.column(to - 1));
  }
  least -= least % 64;
  return {least, most + 1 - least, products};
}

/// Whether the entries [from, to) of a row, whose columns rise, leave no column out, and are more than a few.
template <typename Index>
bool is_run(const Csr<Index>& b, int64_t from, int64_t to) {
  return to - from > 4 && b.column(to - 1) - b.column(from) == to - from - 1;
}

/// Sets the bits [from, to], not none.
inline void set_bits(uint64_t* bits, int64_t from, int64_t to) {
  const uint64_t first = ~uint64_t{0} << (from % 64), last = ~uint64_t{0} >> (63 - to % 64);
  if (from / 64 == to / 64) {
    bits[from / 64] |= first & last;
    return;
  }
  bits[from / 64] |= first;
  for (int64_t word = from / 64 + 1; word < to / 64; ++word) bits[word] = ~uint64_t{0};
  bits[to / 64] |= last;
}

/// Whether a row is summed in a hash table: where a window over its columns would be mostly empty, and either larger
/// than the last-level cache or more work to make than all products are.
inline bool is_hashed(const ProductSpan& span, int64_t all_products) {
  if (span.columns > int64_t{1} << 21 && span.columns > 32 * span.products) return true;
  return span.columns > 4096 && span.columns > 8 * all_products;
}

/// Counts the multiplications of rows, and asks for the rows of B that A's entries name some entries ahead: they lie
/// anywhere.
template <typename Index>
struct RowScout {
  RowScout(const Csr<Index>& a, const Csr<Index>& b, int64_t entries) : a_(a), b_(b), entries_(entries) {}
  /// The multiplications of A's entries [begin, end). Values of B have that size, and are null where not wanted.
  int64_t products(int64_t begin, int64_t end, const void* values, size_t size) const {
    int64_t sum = 0;
    for (int64_t e = begin; e < end; ++e) {
      sum += b_.end(a_.column(e)) - b_.begin(a_.column(e));
      look_ahead(e, values, size);
    }
    return sum;
  }

 private:
  void look_ahead(int64_t e, const void* values, size_t size) const {
    if (e + distance >= entries_) return;
    const int64_t from = b_.begin(a_.column(e + distance));
    __builtin_prefetch(b_.col + from);
    if (values != nullptr) __builtin_prefetch(static_cast<const char*>(values) + static_cast<size_t>(from) * size);
  }

  static constexpr int64_t distance = 16;
  const Csr<Index>& a_;
  const Csr<Index>& b_;
  const int64_t entries_;
};

/// First rows of at most `pieces` parts of equal work, and the end; blocks of `block` rows stay together. Fewer where
/// there is little work.
inline std::vector<int64_t> cut_work(const std::vector<int64_t>& work, int64_t block, int64_t rows, int64_t pieces) {
  int64_t total = 0, done = 0;
  for (const int64_t block_work : work) total += block_work;
  // Below some 8192 multiplications waking a thread costs more than it saves.
  pieces = std::clamp<int64_t>(total / 8192, 1, pieces);
  const int64_t piece = (total + pieces - 1) / pieces;
  std::vector<int64_t> cuts = {0};
  for (size_t k = 0; k < work.size(); ++k) {
    done += work[k];
    const auto next = static_cast<int64_t>(cuts.size());
    if (next < pieces && done >= piece * next) cuts.push_back(std::min(rows, static_cast<int64_t>(k + 1) * block));
  }
  cuts.push_back(rows);
  return cuts;
}

/// Calls rows(first, last) for each part.
inline void for_cuts(const std::vector<int64_t>& cuts, const ParallelFor& parallel, RangeFunction rows) {
  parallel.run(static_cast<int64_t>(cuts.size()) - 1, 1, [&](int64_t begin, int64_t end) {
    for (auto piece = static_cast<size_t>(begin); piece < static_cast<size_t>(end); ++piece) {
      rows(cuts[piece], cuts[piece + 1]);
    }
  });
}

}  // namespace spinel::kernels
