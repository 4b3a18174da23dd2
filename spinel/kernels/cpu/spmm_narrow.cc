#include "spinel/kernels/cpu/spmm_narrow.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "spinel/kernels/cpu/spmm_narrow.cc"
// foreach_target.h must come before highway.h.
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on
#include "spinel/kernels/cpu/spmm_vectors.inc"

HWY_BEFORE_NAMESPACE();
namespace spinel::kernels::HWY_NAMESPACE {

/// Rows of one length after those of another. A loop over a row's entries ends in a wrong guess of the processor, which
/// costs as much as ten entries of two vectors; over rows of one length it guesses right.
class RowsByLength {
 public:
  static constexpr int64_t capacity = 256;
  static constexpr int32_t longest = 8;  ///< longer rows are not told apart

  /// Of `rows` rows whose ends are rowptr[1] to rowptr[rows], which rises.
  template <typename Index>
  void sort(const Index* rowptr, int64_t rows) {
    const hn::CappedTag<int32_t, 16> d;
    const int64_t lanes = hn::Lanes(d);
    for (int64_t k = 0; k < rows; ++k) {
      length_[k] = static_cast<int32_t>(std::min<Index>(rowptr[k + 1] - rowptr[k], longest + 1));
    }
    std::fill_n(length_ + rows, lanes, -1);
    int64_t count = 0;
    const auto step = hn::Set(d, static_cast<int32_t>(lanes));
    for (int32_t length = 0; length <= longest + 1; ++length) {
      const auto wanted = hn::Set(d, length);
      auto row = hn::Iota(d, 0);
      for (int64_t k = 0; k < rows; k += lanes) {
        const auto is_wanted = hn::Eq(hn::LoadU(d, length_ + k), wanted);
        count += hn::CompressStore(row, is_wanted, d, row_ + count);
        row = hn::Add(row, step);
      }
      end_[length] = count;
    }
  }

  int32_t row(int64_t place) const { return row_[place]; }
  int64_t begin(int32_t length) const { return length == 0 ? 0 : end_[length - 1]; }
  int64_t end(int32_t length) const { return end_[length]; }

 private:
  int32_t length_[capacity + 16];
  int32_t row_[capacity + 16];  // a vector is written at once
  int64_t end_[longest + 2];
};

/// The arrays of one matrix of the batch.
template <typename S, typename Index>
struct NarrowRows {
  using N = ElementNumber<S>;
  const Index *rowptr, *col;
  const S* value;
  int64_t value_mask;  ///< 0 where all values are 1: then there is one
  const S* x;
  S* y;
  int64_t width;
  int64_t ahead;  ///< rows of x are asked for so many entries before their turn; 0: not at all
  bool mean;

  HWY_INLINE const S* row_of_x(int64_t e) const { return x + static_cast<int64_t>(col[e]) * width; }

  template <int vectors, class D>
  HWY_INLINE void add(D d, int64_t e, hn::Vec<D> (&sum)[vectors]) const {
    const S* row = row_of_x(e);
    const auto weight = hn::Set(d, get_element(value + (e & value_mask)));
    for (int v = 0; v < vectors; ++v) {
      const int64_t at = v + 1 < vectors ? v * static_cast<int64_t>(hn::Lanes(d)) : last_vector(d);
      sum[v] = multiply_add(weight, Element<S>::load(d, row + at), sum[v]);
    }
  }

  template <int vectors, class D>
  HWY_INLINE void store(D d, hn::Vec<D> (&sum)[vectors], int64_t row, int64_t count) const {
    S* to = y + row * width;
    for (int v = 0; v < vectors; ++v) {
      if (mean && count > 1) sum[v] = divide(d, sum[v], static_cast<N>(count));
      const int64_t at = v + 1 < vectors ? v * static_cast<int64_t>(hn::Lanes(d)) : last_vector(d);
      Element<S>::store(d, sum[v], to + at);
    }
  }

  /// The last vector of a row may overlap the one before.
  template <class D>
  HWY_INLINE int64_t last_vector(D d) const {
    return width - static_cast<int64_t>(hn::Lanes(d));
  }
};

/// Rows of `length` entries, which is known to the compiler where most graphs have such rows and values are float.
template <int vectors, class D, typename S, typename Index, typename Length>
HWY_INLINE void sum_equal_rows(D d, const NarrowRows<S, Index> t, const RowsByLength& rows, int64_t first_row,
                               Length length) {
  const int64_t end = rows.end(length), all = rows.end(RowsByLength::longest);
  const int64_t ahead = t.ahead == 0 || length == 0 ? all : (t.ahead + length - 1) / std::max<int64_t>(length, 1);
  const Index* rowptr = t.rowptr + first_row;
  for (int64_t k = rows.begin(length); k < end; ++k) {
    if (k + ahead < all) {
      // It has as many entries as this row, or more.
      const auto next = static_cast<int64_t>(rowptr[rows.row(k + ahead)]);
      for (int64_t j = 0; j < length; ++j) {
        prefetch<vectors* static_cast<int64_t>(hn::MaxLanes(D()))>(t.row_of_x(next + j));
      }
    }
    const auto from = static_cast<int64_t>(rowptr[rows.row(k)]);
    hn::Vec<D> sum[vectors];
    for (auto& one : sum) one = hn::Zero(d);
    for (int64_t j = 0; j < length; ++j) t.template add<vectors>(d, from + j, sum);
    t.template store<vectors>(d, sum, first_row + rows.row(k), length);
  }
}

/// A row of at least 16 entries in several chains, as a fused multiply-add has a latency of 4 cycles and two a cycle
/// can begin; shorter rows overlap each other.
template <int vectors, bool is_fetched_ahead, class D, typename S, typename Index>
HWY_INLINE void sum_long_row(D d, const NarrowRows<S, Index> t, int64_t row) {
  constexpr int chains = 4 / vectors;
  constexpr int64_t long_row = 16;
  const auto from = static_cast<int64_t>(t.rowptr[row]), to = static_cast<int64_t>(t.rowptr[row + 1]);
  hn::Vec<D> sum[chains][vectors];
  for (auto& chain : sum) {
    for (auto& one : chain) one = hn::Zero(d);
  }
  const auto add = [&](int64_t e, hn::Vec<D>(&chain)[vectors]) HWY_ATTR {
    if (is_fetched_ahead) prefetch<vectors* static_cast<int64_t>(hn::MaxLanes(D()))>(t.row_of_x(e + t.ahead));
    t.template add<vectors>(d, e, chain);
  };
  int64_t e = from;
  if (to - from >= long_row) {
    for (; e + chains <= to; e += chains) {
      for (int c = 0; c < chains; ++c) add(e + c, sum[c]);
    }
  }
  for (; e < to; ++e) add(e, sum[0]);
  for (int c = 1; c < chains; ++c) {
    for (int v = 0; v < vectors; ++v) sum[0][v] = hn::Add(sum[0][v], sum[c][v]);
  }
  t.template store<vectors>(d, sum[0], row, to - from);
}

/// Goes over whole rows, some at a time, and checks what it reads of rowptr and col.
template <typename Index>
class CheckedRows {
 public:
  CheckedRows(const CsrOperand& a, const SpmmPiece& piece, int64_t ahead)
      : a_(a),
        rowptr_(static_cast<const Index*>(a.rowptr)),
        col_(static_cast<const Index*>(a.col)),
        piece_(piece),
        ahead_(ahead),
        end_(piece.first_row),
        checked_(piece.first_entry) {}

  /// False after the last row.
  bool next() {
    if (end_ >= piece_.last_row) return false;
    begin_ = end_;
    int64_t rows = std::min(RowsByLength::capacity, piece_.last_row - begin_);
    const auto from = static_cast<int64_t>(rowptr_[begin_]);
    // So few entries that what is checked of them is still in the first-level cache when it is read again.
    while (rows > 1 && static_cast<int64_t>(rowptr_[begin_ + rows]) > from + most_entries) rows /= 2;
    end_ = begin_ + rows;
    check_rows();
    check_columns();
    return true;
  }
  int64_t begin() const { return begin_; }
  int64_t rows() const { return end_ - begin_; }
  int64_t checked() const { return checked_; }  ///< entries before this one have columns in range

 private:
  static constexpr int64_t most_entries = 4096;

  void check_rows() const {
    bool falls = false;
    for (int64_t row = begin_; row < end_; ++row) falls |= rowptr_[row + 1] < rowptr_[row];
    const auto first = static_cast<int64_t>(rowptr_[begin_]), last = static_cast<int64_t>(rowptr_[end_]);
    if (HWY_LIKELY(!falls && first >= piece_.first_entry && last <= piece_.last_entry)) return;
    for (int64_t row = begin_;; ++row) {
      const auto from = static_cast<int64_t>(rowptr_[row]), to = static_cast<int64_t>(rowptr_[row + 1]);
      if (to < from || from < piece_.first_entry || to > piece_.last_entry) {
        fail_row(a_.names, row, {from, to}, a_.entries);
      }
    }
  }

  void check_columns() {
    using Unsigned = std::make_unsigned_t<Index>;
    const int64_t from = checked_, to = std::min(static_cast<int64_t>(rowptr_[end_]) + ahead_, piece_.last_entry);
    Unsigned largest = 0;
    for (int64_t e = from; e < to; ++e) largest = std::max(largest, static_cast<Unsigned>(col_[e]));
    checked_ = std::max(from, to);
    if (HWY_LIKELY(from >= to || static_cast<uint64_t>(largest) < static_cast<uint64_t>(a_.columns))) return;
    for (int64_t e = from;; ++e) {
      const auto column = static_cast<int64_t>(col_[e]);
      if (column < 0 || column >= a_.columns) fail_column(a_.names, e, column, a_.columns);
    }
  }

  const CsrOperand& a_;
  const Index *rowptr_, *col_;
  const SpmmPiece& piece_;
  const int64_t ahead_;
  int64_t begin_ = 0, end_, checked_;
};

template <int vectors, class D, typename S, typename Index>
void sum_matrix(D d, const CsrOperand& a, const SpmmPiece& piece, const NarrowRows<S, Index>& t) {
  RowsByLength rows;
  CheckedRows<Index> checked(a, piece, t.ahead);
  while (checked.next()) {
    rows.sort(t.rowptr + checked.begin(), checked.rows());
    const int64_t row = checked.begin();
    int length = 0;
    if constexpr (std::is_same_v<S, float>) {
      sum_equal_rows<vectors>(d, t, rows, row, std::integral_constant<int, 0>());
      sum_equal_rows<vectors>(d, t, rows, row, std::integral_constant<int, 1>());
      sum_equal_rows<vectors>(d, t, rows, row, std::integral_constant<int, 2>());
      sum_equal_rows<vectors>(d, t, rows, row, std::integral_constant<int, 3>());
      sum_equal_rows<vectors>(d, t, rows, row, std::integral_constant<int, 4>());
      length = 5;
    }
    for (; length <= RowsByLength::longest; ++length) sum_equal_rows<vectors>(d, t, rows, row, length);
    constexpr int32_t rest = RowsByLength::longest + 1;
    for (int64_t k = rows.begin(rest); k < rows.end(rest); ++k) {
      const int64_t long_row = row + rows.row(k);
      // What is asked for has to be checked; the last rows of a piece do without.
      const bool is_checked = t.rowptr[long_row + 1] + t.ahead <= checked.checked();
      if (t.ahead > 0 && is_checked) sum_long_row<vectors, true>(d, t, long_row);
      else sum_long_row<vectors, false>(d, t, long_row);
    }
  }
}

/// Vectors of at most `most_lanes` lanes, which a row fills.
template <int most_lanes, typename S, typename Index>
void sum_matrix_by(const CsrOperand& a, const SpmmPiece& piece, const NarrowRows<S, Index>& t) {
  const hn::CappedTag<ElementNumber<S>, most_lanes> d;
  if (t.width <= static_cast<int64_t>(hn::Lanes(d))) sum_matrix<1>(d, a, piece, t);
  else sum_matrix<2>(d, a, piece, t);
}

template <typename S>
constexpr int64_t most_lanes = hn::MaxLanes(hn::ScalableTag<ElementNumber<S>>());

template <typename S, typename Index>
void sum_narrow(const SpmmCall& call, const SpmmPiece& piece, void*) {
  const CsrOperand& a = call.a;
  S one;
  put_element(&one, ElementNumber<S>(1));
  NarrowRows<S, Index> t{static_cast<const Index*>(a.rowptr),
                         static_cast<const Index*>(a.col),
                         a.value ? static_cast<const S*>(a.value) : &one,
                         a.value ? -1 : 0,
                         nullptr,
                         nullptr,
                         call.width,
                         entries_ahead<S>(a.columns, call.width, EntryBlock<ElementNumber<S>>::most_ahead),
                         call.mean};
  for (int64_t b = 0; b < call.batch; ++b) {
    t.x = static_cast<const S*>(call.x) + b * a.columns * call.width;
    t.y = static_cast<S*>(call.y) + b * a.rows * call.width;
    if (call.width >= most_lanes<S>) sum_matrix_by<most_lanes<S>>(a, piece, t);
    else if (call.width >= 8) sum_matrix_by<8>(a, piece, t);
    else if (call.width >= 4) sum_matrix_by<4>(a, piece, t);
    else sum_matrix_by<2>(a, piece, t);
  }
}

SpmmPieceFunction NarrowFunction(const SpmmCall& call) {
  return by_element(call.dtype, [&](auto element) -> SpmmPieceFunction {
    using S = decltype(element);
    if (call.width < 2 || call.width > 2 * most_lanes<S>) return nullptr;
    return by_index(call.a.index, [](auto number) -> SpmmPieceFunction { return sum_narrow<S, decltype(number)>; });
  });
}

}  // namespace spinel::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace spinel::kernels {

HWY_EXPORT(NarrowFunction);

SpmmPieceFunction narrow_function(const SpmmCall& call) { return HWY_DYNAMIC_DISPATCH(NarrowFunction)(call); }

void sum_narrow_piece(const SpmmCall& call, const SpmmPiece& piece, void* scratch, SpmmPieceFunction narrow,
                      SpmmPieceFunction general) {
  SpmmPiece whole = piece;
  // `general` throws for rows that do not begin or end where they should.
  if (piece.first_entry > row_pointer(call.a, piece.first_row)) {
    whole.first_row = piece.first_row + 1;
    if (whole.first_row == piece.last_row) return general(call, piece, scratch);
    whole.first_entry = row_pointer(call.a, whole.first_row);
    general(call, {piece.first_row, whole.first_row, piece.first_entry, whole.first_entry}, scratch);
  }
  if (piece.last_entry < row_pointer(call.a, piece.last_row)) {
    whole.last_row = piece.last_row - 1;
    whole.last_entry = row_pointer(call.a, whole.last_row);
    if (whole.last_entry < whole.first_entry || whole.last_entry > piece.last_entry) {
      fail_row(call.a.names, whole.last_row, {whole.last_entry, row_pointer(call.a, piece.last_row)}, call.a.entries);
    }
    general(call, {whole.last_row, piece.last_row, whole.last_entry, piece.last_entry}, scratch);
  }
  narrow(call, whole, scratch);
}

}  // namespace spinel::kernels
#endif
