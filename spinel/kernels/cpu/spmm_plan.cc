#include "spinel/kernels/cpu/spmm_plan.h"

#include <algorithm>

namespace spinel::kernels {
namespace {

/// A place between two pieces: before entry `entry`, which belongs to `row` or is the end of the one before.
struct Cut {
  int64_t row, entry;
};

/// The cut after `work` rows and entries. A rowptr that falls elsewhere is noticed by the loops.
template <typename Index>
Cut cut_at(const Index* rowptr, const CsrOperand& a, int64_t work, int64_t piece, bool split_rows) {
  int64_t low = 0, high = a.rows;
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;
    if (static_cast<int64_t>(rowptr[middle + 1]) <= work - middle - 1) low = middle + 1;
    else high = middle;
  }
  if (low >= a.rows) return {a.rows, a.entries};
  const auto from = static_cast<int64_t>(rowptr[low]), to = static_cast<int64_t>(rowptr[low + 1]);
  if (from < 0 || to < from || to > a.entries) fail_row(a.names, low, {from, to}, a.entries);
  const int64_t entry = work - low, least = split_rows ? piece / 8 : a.entries;
  // Near an end of the row the cut moves there: the later of two cuts never comes to stand before the other.
  if (entry - from <= least) return {low, from};
  if (to - entry <= least) return {low + 1, to};
  return {low, entry};
}

template <typename Index>
std::vector<SpmmPiece> cut(const CsrOperand& a, int64_t pieces, bool split_rows) {
  const auto* rowptr = static_cast<const Index*>(a.rowptr);
  std::vector<SpmmPiece> list;
  const int64_t work = a.rows + a.entries, piece = (work + pieces - 1) / std::max<int64_t>(pieces, 1);
  Cut from{0, 0};
  for (int64_t k = 1; k <= pieces; ++k) {
    Cut to{a.rows, a.entries};
    if (k < pieces) to = cut_at(rowptr, a, std::min(work, k * piece), piece, split_rows);
    if (to.row < from.row || to.entry < from.entry) fail_row(a.names, to.row, {from.entry, to.entry}, a.entries);
    const bool is_shared = to.row < a.rows && to.entry > static_cast<int64_t>(rowptr[to.row]);
    if (to.row > from.row || to.entry > from.entry) {
      list.push_back({from.row, to.row + (is_shared ? 1 : 0), from.entry, to.entry});
    }
    from = to;
  }
  return list;
}

}  // namespace

std::vector<SpmmPiece> cut_entries(const CsrOperand& a, int64_t pieces, bool split_rows) {
  check_ends(a);
  std::vector<SpmmPiece> list;
  by_index(a.index, [&](auto index) { list = cut<decltype(index)>(a, pieces, split_rows); });
  return list;
}

int64_t count_pieces(const CsrOperand& a, int64_t entry_work, int num_threads) {
  const int64_t least = std::max<int64_t>(1, 16384 / std::max<int64_t>(1, entry_work));
  return std::clamp<int64_t>((a.rows + a.entries) / least, 1, num_threads);
}

std::vector<SharedRow> shared_rows(const std::vector<SpmmPiece>& pieces) {
  std::vector<SharedRow> list;
  for (size_t k = 1; k < pieces.size(); ++k) {
    const int64_t row = pieces[k].first_row;
    if (row != pieces[k - 1].last_row - 1) continue;
    if (!list.empty() && list.back().row == row) list.back().last = k;
    else list.push_back({row, k - 1, k});
  }
  return list;
}

int64_t row_pointer(const CsrOperand& a, int64_t row) {
  return a.index == Dtype::i32 ? static_cast<const int32_t*>(a.rowptr)[row]
                               : static_cast<const int64_t*>(a.rowptr)[row];
}

void check_ends(const CsrOperand& a) { check_ends(a.names, row_pointer(a, 0), row_pointer(a, a.rows), a.entries); }

}  // namespace spinel::kernels
