#include "spinel/kernels/cpu/spspmm.h"

#include <atomic>
#include <numeric>

#include "spinel/kernels/cpu/spspmm_rows.h"

namespace spinel::kernels {
namespace {

/// Rows that are weighed together: their work need not be kept one by one.
constexpr int64_t block_rows = 32;

/// The multiplications of a row, and 1.
template <typename Index>
int64_t row_work(const SpspmmCall& call, const Csr<Index>& a, const Csr<Index>& b, int64_t row) {
  check_row(call.a, row, a.begin(row), a.end(row));
  int64_t work = 1;
  for (int64_t e = a.begin(row); e < a.end(row); ++e) {
    const int64_t l = a.column(e);
    if (static_cast<uint64_t>(l) >= static_cast<uint64_t>(call.b.rows)) fail_column(call.a.names, e, l, call.b.rows);
    check_row(call.b, l, b.begin(l), b.end(l));
    work += b.end(l) - b.begin(l);
  }
  return work;
}

template <typename Index>
std::vector<int64_t> block_work(const SpspmmCall& call, const ParallelFor& parallel) {
  const Csr<Index> a(call.a), b(call.b);
  std::vector<int64_t> work(static_cast<size_t>((call.a.rows + block_rows - 1) / block_rows));
  parallel.run(static_cast<int64_t>(work.size()), 128, [&](int64_t begin, int64_t end) {
    for (int64_t block = begin; block < end; ++block) {
      const int64_t last = std::min(call.a.rows, (block + 1) * block_rows);
      int64_t sum = 0;
      for (int64_t row = block * block_rows; row < last; ++row) sum += row_work(call, a, b, row);
      work[static_cast<size_t>(block)] = sum;
    }
  });
  return work;
}

/// Whether columns rise in all rows of B. Throws for a column out of range.
template <typename Index>
bool check_all_columns(const CsrOperand& operand, const ParallelFor& parallel) {
  const Csr<Index> b(operand);
  std::atomic<bool> rises{true};
  parallel.run(operand.rows, 4096, [&](int64_t begin, int64_t end) {
    bool rises_here = true;
    for (int64_t row = begin; row < end; ++row) {
      check_row(operand, row, b.begin(row), b.end(row));
      rises_here &= check_columns(operand, b, row);
    }
    if (!rises_here) rises = false;
  });
  return rises;
}

/// Whether a row has the columns of the row before, each one greater. Of checked rows, and not of the first.
template <typename Index>
bool is_row_moved(const Csr<Index>& a, int64_t row) {
  const int64_t from = a.begin(row), size = a.end(row) - from;
  if (from - a.begin(row - 1) != size) return false;
  bool differs = false;
  for (int64_t e = from; e < from + size; ++e) differs |= a.col[e] - 1 != a.col[e - size];
  return !differs;
}

/// SpspmmPlan::is_moved.
template <typename Index>
std::vector<uint8_t> moved_rows(const SpspmmCall& call, const ParallelFor& parallel) {
  constexpr int64_t grain = 4096;
  const Csr<Index> a(call.a), b(call.b);
  std::vector<uint8_t> of_b(static_cast<size_t>(call.b.rows));
  std::atomic<int64_t> count = 0;
  parallel.run(call.b.rows, grain, [&](int64_t begin, int64_t end) {
    int64_t found = 0;
    for (int64_t row = std::max<int64_t>(begin, 1); row < end; ++row) {
      found += of_b[static_cast<size_t>(row)] = is_row_moved(b, row);
    }
    count += found;
  });
  if (2 * count < call.b.rows) return {};
  std::vector<uint8_t> of_c(static_cast<size_t>(call.a.rows));
  const bool is_square = a.rowptr == b.rowptr && a.col == b.col;
  parallel.run(call.a.rows, grain, [&](int64_t begin, int64_t end) {
    for (int64_t row = std::max<int64_t>(begin, 1); row < end; ++row) {
      uint8_t is_moved = is_square ? of_b[static_cast<size_t>(row)] : is_row_moved(a, row);
      for (int64_t e = a.begin(row); e < a.end(row); ++e) is_moved &= of_b[static_cast<size_t>(a.column(e))];
      of_c[static_cast<size_t>(row)] = is_moved;
    }
  });
  return of_c;
}

}  // namespace

SpspmmPlan plan_spspmm(const SpspmmCall& call, const ParallelFor& parallel) {
  check_ends(call.a);
  check_ends(call.b);
  SpspmmPlan plan;
  by_index(call.a.index, [&](auto index) {
    using Index = decltype(index);
    const std::vector<int64_t> work = block_work<Index>(call, parallel);
    plan.cuts = cut_work(work, block_rows, call.a.rows, parallel.num_threads());
    plan.products = std::reduce(work.begin(), work.end()) - call.a.rows;
    // A few rows of A do not pay for a look at all of B.
    plan.is_checked = plan.products >= (call.b.entries + call.b.rows) / 8;
    plan.rises = plan.is_checked && check_all_columns<Index>(call.b, parallel);
    if (plan.rises) plan.is_moved = moved_rows<Index>(call, parallel);
  });
  return plan;
}

}  // namespace spinel::kernels
