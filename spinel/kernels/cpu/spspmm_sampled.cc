#include <algorithm>

#include "spinel/base/error.h"
#include "spinel/kernels/cpu/csr_transpose.h"
#include "spinel/kernels/cpu/row_accumulator.h"
#include "spinel/kernels/cpu/spmm_element.h"
#include "spinel/kernels/cpu/spmm_plan.h"
#include "spinel/kernels/cpu/spspmm.h"
#include "spinel/kernels/cpu/spspmm_rows.h"

namespace spinel::kernels {
namespace {

template <typename Index>
void check_rising(const CsrOperand& c, const Csr<Index>& typed, int64_t row) {
  check_row(c, row, typed.begin(row), typed.end(row));
  check_columns(c, typed, row);
  for (int64_t e = typed.begin(row) + 1; e < typed.end(row); ++e) {
    require(typed.column(e - 1) < typed.column(e),
            "spspmm: column {} follows column {} in row {} of the product; columns must rise", typed.column(e),
            typed.column(e - 1), row);
  }
}

/// Calls function(S{}, Index{}).
template <typename Function>
void by_types(const SpspmmCall& call, Function function) {
  by_element(call.dtype, [&](auto element) { by_index(call.a.index, [&](auto index) { function(element, index); }); });
}

template <typename S, typename Index>
void sample_product_rows(const SpspmmCall& call, const CsrOperand& c_operand, S* out, int64_t first, int64_t last) {
  using N = ElementNumber<S>;
  const Csr<Index> a(call.a), b(call.b), c(c_operand);
  RowAccumulators<int64_t> accumulators;
  std::vector<N> sums;
  for (int64_t row = first; row < last; ++row) {
    check_rising(c_operand, c, row);
    const int64_t entries = c.end(row) - c.begin(row);
    sums.assign(static_cast<size_t>(entries), N(0));
    accumulators.with(entries, call.b.columns, [&](auto& places) {
      for (int64_t k = 0; k < entries; ++k) places.at(c.column(c.begin(row) + k)) = k;
      for (int64_t e = a.begin(row); e < a.end(row); ++e) {
        const int64_t l = a.column(e);
        check_columns(call.b, b, l);
        const N scale = value_at<S>(call.a, e);
        for (int64_t k = b.begin(l); k < b.end(l); ++k) {
          const int64_t* place = places.find(b.column(k));
          if (!place) continue;
          N& sum = sums[static_cast<size_t>(*place)];
          sum = wrapping_add(sum, wrapping_multiply(scale, value_at<S>(call.b, k)));
        }
      }
      places.clear();
    });
    for (int64_t k = 0; k < entries; ++k) put_element(out + c.begin(row) + k, sums[static_cast<size_t>(k)]);
  }
}

template <typename S, typename Index>
void sample_left_rows(const SpspmmCall& call, const CsrOperand& c_operand, S* out, int64_t first, int64_t last) {
  using N = ElementNumber<S>;
  const Csr<Index> a(call.a), b(call.b), c(c_operand);
  RowAccumulators<N> accumulators;
  for (int64_t row = first; row < last; ++row) {
    check_rising(c_operand, c, row);
    accumulators.with(c.end(row) - c.begin(row), call.b.columns, [&](auto& values) {
      for (int64_t e = c.begin(row); e < c.end(row); ++e) values.at(c.column(e)) = value_at<S>(c_operand, e);
      for (int64_t e = a.begin(row); e < a.end(row); ++e) {
        const int64_t l = a.column(e);
        check_columns(call.b, b, l);
        N sum = 0;
        for (int64_t k = b.begin(l); k < b.end(l); ++k) {
          if (const N* value = values.find(b.column(k))) {
            sum = wrapping_add(sum, wrapping_multiply(*value, value_at<S>(call.b, k)));
          }
        }
        put_element(out + e, sum);
      }
      values.clear();
    });
  }
}

/// The entry of that column in entries [from, to), whose columns rise, or the place where it would stand. Searches
/// onwards from `from` in growing steps: columns that are asked for in rising order are found near each other.
template <typename Index>
int64_t gallop(const Index* col, int64_t from, int64_t to, Index column) {
  int64_t step = 1;
  while (from + step < to && col[from + step] < column) from += step, step *= 2;
  return std::lower_bound(col + from, col + std::min(to, from + step + 1), column) - col;
}

/// The transpose of A: entries [colptr[l], colptr[l + 1]) are those of column l.
template <typename Index>
struct Columns {
  std::vector<Index> colptr, row, entry;
  Columns(const CsrOperand& a, const ParallelFor& parallel)
      : colptr(static_cast<size_t>(a.columns) + 1),
        row(static_cast<size_t>(a.entries)),
        entry(static_cast<size_t>(a.entries)) {
    transpose_csr(a, colptr.data(), row.data(), entry.data(), parallel);
  }
};

template <typename S, typename Index>
void sample_right_rows(const SpspmmCall& call, const CsrOperand& c_operand, const Columns<Index>& columns, S* out,
                       int64_t first, int64_t last) {
  using N = ElementNumber<S>;
  const Csr<Index> b(call.b), c(c_operand);
  std::vector<N> sums;
  for (int64_t l = first; l < last; ++l) {
    sums.assign(static_cast<size_t>(b.end(l) - b.begin(l)), N(0));
    for (auto t = static_cast<size_t>(columns.colptr[l]); t < static_cast<size_t>(columns.colptr[l + 1]); ++t) {
      const auto i = static_cast<int64_t>(columns.row[columns.entry[t]]);
      const N scale = value_at<S>(call.a, static_cast<int64_t>(columns.entry[t]));
      int64_t at = c.begin(i);
      for (int64_t k = b.begin(l); k < b.end(l); ++k) {
        if (k > b.begin(l) && b.col[k] <= b.col[k - 1]) at = c.begin(i);
        at = gallop(c.col, at, c.end(i), b.col[k]);
        if (at == c.end(i) || c.col[at] != b.col[k]) continue;
        N& sum = sums[static_cast<size_t>(k - b.begin(l))];
        sum = wrapping_add(sum, wrapping_multiply(scale, value_at<S>(c_operand, at)));
      }
    }
    for (int64_t k = b.begin(l); k < b.end(l); ++k) put_element(out + k, sums[static_cast<size_t>(k - b.begin(l))]);
  }
}

template <typename S, typename Index>
void sample_right(const SpspmmCall& call, const CsrOperand& c_operand, S* out, const ParallelFor& parallel) {
  const Csr<Index> b(call.b), c(c_operand);
  const Columns<Index> columns(call.a, parallel);
  parallel.run(call.a.rows, 4096, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) check_rising(c_operand, c, row);
  });
  std::vector<int64_t> work(static_cast<size_t>(call.b.rows));
  for (int64_t l = 0; l < call.b.rows; ++l) {
    check_row(call.b, l, b.begin(l), b.end(l));
    work[static_cast<size_t>(l)] =
        1 + (b.end(l) - b.begin(l)) * (1 + static_cast<int64_t>(columns.colptr[l + 1] - columns.colptr[l]));
  }
  for_cuts(cut_work(work, 1, call.b.rows, parallel.num_threads()), parallel, [&](int64_t first, int64_t last) {
    sample_right_rows<S, Index>(call, c_operand, columns, out, first, last);
  });
}

/// Calls rows(S{}, Index{}, first row, end row) for pieces of A's rows. Checks A, B's pointers and the ends of C's.
template <typename Rows>
void for_rows_of_a(const SpspmmCall& call, const CsrOperand& c, const ParallelFor& parallel, Rows rows) {
  check_ends(c);
  const SpspmmPlan plan = plan_spspmm(call, parallel);
  by_types(call, [&](auto element, auto index) {
    for_cuts(plan.cuts, parallel, [&](int64_t first, int64_t last) { rows(element, index, first, last); });
  });
}

}  // namespace

void sampled_spspmm(const SpspmmCall& call, const CsrOperand& c, void* out, const ParallelFor& parallel) {
  for_rows_of_a(call, c, parallel, [&](auto element, auto index, int64_t first, int64_t last) {
    using S = decltype(element);
    sample_product_rows<S, decltype(index)>(call, c, static_cast<S*>(out), first, last);
  });
}

void sampled_left(const SpspmmCall& call, const CsrOperand& c, void* out, const ParallelFor& parallel) {
  for_rows_of_a(call, c, parallel, [&](auto element, auto index, int64_t first, int64_t last) {
    using S = decltype(element);
    sample_left_rows<S, decltype(index)>(call, c, static_cast<S*>(out), first, last);
  });
}

void sampled_right(const SpspmmCall& call, const CsrOperand& c, void* out, const ParallelFor& parallel) {
  check_ends(c);
  check_ends(call.b);
  by_types(call, [&](auto element, auto index) {
    using S = decltype(element);
    sample_right<S, decltype(index)>(call, c, static_cast<S*>(out), parallel);
  });
}

}  // namespace spinel::kernels
