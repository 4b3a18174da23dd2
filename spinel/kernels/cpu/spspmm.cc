#include "spinel/kernels/cpu/spspmm.h"

#include <limits>

#include "spinel/base/error.h"
#include "spinel/kernels/cpu/row_accumulator.h"
#include "spinel/kernels/cpu/spmm_element.h"
#include "spinel/kernels/cpu/spmm_plan.h"
#include "spinel/kernels/cpu/spspmm_rows.h"

namespace spinel::kernels {
namespace {

template <typename Index>
int64_t row_work(const SpspmmCall& call, const Csr<Index>& a, const Csr<Index>& b, int64_t row) {
  check_row(call.a, row, a.begin(row), a.end(row));
  int64_t work = 1;
  for (int64_t e = a.begin(row); e < a.end(row); ++e) {
    const auto l = static_cast<int64_t>(a.col[e]);
    if (l < 0 || l >= call.b.rows) fail_column(call.a.names, e, l, call.b.rows);
    check_row(call.b, l, b.begin(l), b.end(l));
    work += b.end(l) - b.begin(l);
  }
  return work;
}

/// Whether columns rise: then a row of A with one entry gives a row of B, scaled.
template <typename Index>
bool rises(const Index* col, int64_t count) {
  bool result = true;
  for (int64_t k = 1; k < count; ++k) result &= col[k - 1] < col[k];
  return result;
}

template <typename Index>
void count_rows(const SpspmmCall& call, const SpspmmPlan& plan, Index* counts, int64_t first, int64_t last) {
  const Csr<Index> a(call.a), b(call.b);
  RowAccumulators<char> accumulators;
  for (int64_t row = first; row < last; ++row) {
    const int64_t begin = a.begin(row), end = a.end(row);
    if (end - begin == 1) {
      const auto l = static_cast<int64_t>(a.col[begin]);
      check_columns(call.b, b, l);
      if (rises(b.col + b.begin(l), b.end(l) - b.begin(l))) {
        counts[row] = static_cast<Index>(b.end(l) - b.begin(l));
        continue;
      }
    }
    accumulators.with(plan.work[static_cast<size_t>(row)], call.b.columns, [&](auto& accumulator) {
      for (int64_t e = begin; e < end; ++e) {
        const auto l = static_cast<int64_t>(a.col[e]);
        for (int64_t k = b.begin(l); k < b.end(l); ++k) {
          const auto column = static_cast<int64_t>(b.col[k]);
          if (column < 0 || column >= call.b.columns) fail_column(call.b.names, k, column, call.b.columns);
          accumulator.at(column);
        }
      }
      counts[row] = static_cast<Index>(accumulator.count());
      accumulator.clear();
    });
  }
}

template <typename S, typename Index>
void fill_rows(const SpspmmCall& call, const SpspmmPlan& plan, const Index* rowptr, Index* col, S* value, int64_t first,
               int64_t last) {
  using N = ElementNumber<S>;
  const Csr<Index> a(call.a), b(call.b);
  RowAccumulators<N> accumulators;
  for (int64_t row = first; row < last; ++row) {
    const int64_t begin = a.begin(row), end = a.end(row);
    auto next = static_cast<int64_t>(rowptr[row]);
    const auto put = [&](int64_t column, N sum) {
      col[next] = static_cast<Index>(column);
      if (value) put_element(value + next, sum);
      ++next;
    };
    if (end - begin == 1) {
      const auto l = static_cast<int64_t>(a.col[begin]);
      if (rises(b.col + b.begin(l), b.end(l) - b.begin(l))) {
        const N scale = value_at<S>(call.a, begin);
        for (int64_t k = b.begin(l); k < b.end(l); ++k) put(b.col[k], wrapping_multiply(scale, value_at<S>(call.b, k)));
        continue;
      }
    }
    accumulators.with(plan.work[static_cast<size_t>(row)], call.b.columns, [&](auto& accumulator) {
      for (int64_t e = begin; e < end; ++e) {
        const auto l = static_cast<int64_t>(a.col[e]);
        const N scale = value_at<S>(call.a, e);
        for (int64_t k = b.begin(l); k < b.end(l); ++k) {
          N& sum = accumulator.at(static_cast<int64_t>(b.col[k]));
          sum = wrapping_add(sum, wrapping_multiply(scale, value_at<S>(call.b, k)));
        }
      }
      accumulator.drain(put);
    });
  }
}

}  // namespace

SpspmmPlan plan_spspmm(const SpspmmCall& call, const ParallelFor& parallel) {
  check_ends(call.a);
  check_ends(call.b);
  SpspmmPlan plan;
  plan.work.resize(static_cast<size_t>(call.a.rows));
  by_index(call.a.index, [&](auto index) {
    const Csr<decltype(index)> a(call.a), b(call.b);
    parallel.run(call.a.rows, 4096, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) plan.work[static_cast<size_t>(row)] = row_work(call, a, b, row);
    });
  });
  plan.cuts = cut_work(plan.work, parallel.num_threads());
  return plan;
}

void spspmm_count(const SpspmmCall& call, const SpspmmPlan& plan, void* rowptr, const ParallelFor& parallel) {
  by_index(call.a.index, [&](auto index) {
    using Index = decltype(index);
    auto* ends = static_cast<Index*>(rowptr) + 1;
    for_cuts(plan.cuts, parallel, [&](int64_t first, int64_t last) { count_rows(call, plan, ends, first, last); });
    int64_t total = 0;
    ends[-1] = 0;
    for (int64_t row = 0; row < call.a.rows; ++row) {
      total += static_cast<int64_t>(ends[row]);
      require(total <= std::numeric_limits<Index>::max(),
              "spspmm: the product has more entries than int32 counts; give both matrices int64 indices");
      ends[row] = static_cast<Index>(total);
    }
  });
}

void spspmm_fill(const SpspmmCall& call, const SpspmmPlan& plan, const void* rowptr, void* col, void* value,
                 const ParallelFor& parallel) {
  by_element(call.dtype, [&](auto element) {
    by_index(call.a.index, [&](auto index) {
      using S = decltype(element);
      using Index = decltype(index);
      for_cuts(plan.cuts, parallel, [&](int64_t first, int64_t last) {
        fill_rows(call, plan, static_cast<const Index*>(rowptr), static_cast<Index*>(col), static_cast<S*>(value),
                  first, last);
      });
    });
  });
}

}  // namespace spinel::kernels
