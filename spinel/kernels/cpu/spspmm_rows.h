// What the kernels of sparse products share: rows of typed operands, and how rows are cut by their work.
#pragma once

#include <algorithm>
#include <cstdint>
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

template <typename S>
ElementNumber<S> value_at(const CsrOperand& a, int64_t entry) {
  return a.value ? get_element(static_cast<const S*>(a.value) + entry) : ElementNumber<S>(1);
}

inline void check_row(const CsrOperand& a, int64_t row, int64_t from, int64_t to) {
  if (from < 0 || to < from || to > a.entries) fail_row(a.names, row, {from, to}, a.entries);
}

template <typename Index>
void check_columns(const CsrOperand& a, const Csr<Index>& typed, int64_t row) {
  for (int64_t e = typed.begin(row); e < typed.end(row); ++e) {
    const int64_t column = typed.column(e);
    if (column < 0 || column >= a.columns) fail_column(a.names, e, column, a.columns);
  }
}

/// First rows of at most `pieces` parts of equal work, and the end. Fewer where there is little work.
inline std::vector<int64_t> cut_work(const std::vector<int64_t>& work, int64_t pieces) {
  int64_t total = 0, done = 0;
  for (const int64_t row_work : work) total += row_work;
  // Below some 8192 multiplications waking a thread costs more than it saves.
  pieces = std::clamp<int64_t>(total / 8192, 1, pieces);
  const int64_t piece = (total + pieces - 1) / pieces;
  std::vector<int64_t> cuts = {0};
  for (size_t row = 0; row < work.size(); ++row) {
    done += work[row];
    const auto next = static_cast<int64_t>(cuts.size());
    if (next < pieces && done >= piece * next) cuts.push_back(static_cast<int64_t>(row) + 1);
  }
  cuts.push_back(static_cast<int64_t>(work.size()));
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
