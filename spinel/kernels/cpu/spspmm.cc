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

/// Whether a row has the columns of the row before, each one greater. Both have checked pointers.
template <typename Index>
bool is_row_moved(const Csr<Index>& a, int64_t row) {
  const int64_t from = a.begin(row), size = a.end(row) - from;
  if (from - a.begin(row - 1) != size) return false;
  bool differs = false;
  for (int64_t e = from; e < from + size; ++e) differs |= a.col[e] - 1 != a.col[e - size];
  return !differs;
}

/// What one look at all columns of B tells.
struct ColumnCheck {
  bool rises = false;             ///< in all rows
  std::vector<uint8_t> is_moved;  ///< of each row; empty where less than half of them are
};

/// Throws for a column out of range.
template <typename Index>
ColumnCheck check_all_columns(const CsrOperand& operand, const ParallelFor& parallel) {
  constexpr int64_t trial = 1024;
  const Csr<Index> b(operand);
  std::vector<uint8_t> is_moved(static_cast<size_t>(operand.rows));
  std::atomic<bool> rises{true};
  std::atomic<int64_t> count{0};
  parallel.run(operand.rows, 4096, [&](int64_t begin, int64_t end) {
    bool rises_here = true;
    int64_t found = 0;
    for (int64_t row = begin; row < end; ++row) {
      const int64_t from = b.begin(row), to = b.end(row);
      check_row(operand, row, from, to);
      // Where the row before rises, the last column is the greatest.
      const bool is_tried = row > begin && rises_here && (row - begin < trial || 2 * found >= row - begin);
      if (is_tried && is_row_moved(b, row) && (from == to || b.column(to - 1) < operand.columns)) {
        is_moved[static_cast<size_t>(row)] = 1;
        ++found;
      } else {
        rises_here &= check_columns(operand, b, row);
      }
    }
    if (!rises_here) rises = false;
    count += found;
  });
  if (!rises || 2 * count < operand.rows) is_moved.clear();
  return {rises, std::move(is_moved)};
}

/// SpspmmPlan::is_moved, of the rows of B that are.
template <typename Index>
std::vector<uint8_t> moved_rows(const SpspmmCall& call, const std::vector<uint8_t>& of_b, const ParallelFor& parallel) {
  if (of_b.empty()) return {};
  const Csr<Index> a(call.a), b(call.b);
  std::vector<uint8_t> of_c(static_cast<size_t>(call.a.rows));
  const bool is_square = a.rowptr == b.rowptr && a.col == b.col;
  parallel.run(call.a.rows, 4096, [&](int64_t begin, int64_t end) {
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
    if (!plan.is_checked) return;
    const ColumnCheck check = check_all_columns<Index>(call.b, parallel);
    plan.rises = check.rises;
    plan.is_moved = moved_rows<Index>(call, check.is_moved, parallel);
  });
  return plan;
}

}  // namespace spinel::kernels
