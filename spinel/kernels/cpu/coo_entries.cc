#include "spinel/kernels/cpu/coo_entries.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "spinel/kernels/cpu/work_pieces.h"

namespace spinel::kernels {
namespace {

constexpr int64_t grain = 1 << 15;

bool is_less(int64_t row_a, int64_t col_a, int64_t row_b, int64_t col_b) {
  return row_a != row_b ? row_a < row_b : col_a < col_b;
}

/// Calls function(position in a, position in b) for the entries in both, of [begin, end) in a.
template <typename Index, typename F>
void for_common(const CooList<Index>& a, const CooList<Index>& b, int64_t begin, int64_t end, F&& function) {
  if (begin == end) return;
  int64_t j = 0, high = b.n;
  while (j < high) {
    const int64_t middle = j + (high - j) / 2;
    if (is_less(b.row[middle], b.col[middle], a.row[begin], a.col[begin])) j = middle + 1;
    else high = middle;
  }
  for (int64_t i = begin; i < end; ++i) {
    while (j < b.n && is_less(b.row[j], b.col[j], a.row[i], a.col[i])) ++j;
    if (j == b.n) return;
    if (a.row[i] == b.row[j] && a.col[i] == b.col[j]) function(i, j);
  }
}

/// Counts of pieces as places: [0, count 0, count 0 + count 1, …].
PiecePlaces accumulated(PiecePlaces counts) {
  int64_t total = 0;
  for (int64_t& count : counts) total += std::exchange(count, total);
  counts.push_back(total);
  return counts;
}

CooFacts joined(CooFacts a, const CooFacts& b) {
  a.order = std::min(a.order, b.order);
  a.min_row = std::min(a.min_row, b.min_row);
  a.max_row = std::max(a.max_row, b.max_row);
  a.min_col = std::min(a.min_col, b.min_col);
  a.max_col = std::max(a.max_col, b.max_col);
  return a;
}

}  // namespace

template <typename Index>
CooFacts inspect_coo(int64_t n, const Index* row, const Index* col, const ParallelFor& parallel) {
  if (n == 0) return {};
  const WorkPieces pieces(n, grain, parallel);
  std::vector<CooFacts> found(static_cast<size_t>(pieces.count));
  pieces.run(parallel, [&](int64_t piece, int64_t begin, int64_t end) {
    CooFacts facts{CooOrder::distinct, row[begin], row[begin], col[begin], col[begin]};
    bool row_falls = false, entry_falls = false, repeats = false;
    for (int64_t e = begin; e < end; ++e) {
      facts.min_row = std::min<int64_t>(facts.min_row, row[e]);
      facts.max_row = std::max<int64_t>(facts.max_row, row[e]);
      facts.min_col = std::min<int64_t>(facts.min_col, col[e]);
      facts.max_col = std::max<int64_t>(facts.max_col, col[e]);
    }
    for (int64_t e = std::max<int64_t>(begin, 1); e < end; ++e) {
      const bool same_row = row[e] == row[e - 1];
      row_falls |= row[e] < row[e - 1];
      entry_falls |= same_row & (col[e] < col[e - 1]);
      repeats |= same_row & (col[e] == col[e - 1]);
    }
    facts.order = row_falls     ? CooOrder::none
                  : entry_falls ? CooOrder::rows
                  : repeats     ? CooOrder::entries
                                : CooOrder::distinct;
    found[static_cast<size_t>(piece)] = facts;
  });
  CooFacts all = found[0];
  for (const CooFacts& facts : found) all = joined(all, facts);
  return all;
}

template <typename Index>
PiecePlaces count_distinct(int64_t n, const Index* row, const Index* col, const ParallelFor& parallel) {
  const WorkPieces pieces(n, grain, parallel);
  PiecePlaces counts(static_cast<size_t>(pieces.count));
  pieces.run(parallel, [&](int64_t piece, int64_t begin, int64_t end) {
    int64_t count = begin == 0 && n > 0;
    for (int64_t e = std::max<int64_t>(begin, 1); e < end; ++e) {
      count += (row[e] != row[e - 1]) | (col[e] != col[e - 1]);
    }
    counts[static_cast<size_t>(piece)] = count;
  });
  return accumulated(std::move(counts));
}

template <typename Index>
void fill_distinct(int64_t n, const Index* row, const Index* col, const PiecePlaces& places, Index* row_out,
                   Index* col_out, Index* ptr, const ParallelFor& parallel) {
  WorkPieces(n, grain, parallel).run(parallel, [&](int64_t piece, int64_t begin, int64_t end) {
    int64_t at = places[static_cast<size_t>(piece)];
    for (int64_t e = begin; e < end; ++e) {
      if (e > 0 && row[e] == row[e - 1] && col[e] == col[e - 1]) continue;
      row_out[at] = row[e];
      col_out[at] = col[e];
      ptr[at++] = static_cast<Index>(e);
    }
  });
  ptr[places.back()] = static_cast<Index>(n);
}

template <typename Index>
void merge_coo(const CooList<Index>& a, const CooList<Index>& b, Index* row, Index* col, Index* perm,
               const ParallelFor& parallel) {
  // How many of the first `diagonal` merged entries are of a.
  const auto split = [&](int64_t diagonal) {
    int64_t low = std::max<int64_t>(0, diagonal - b.n), high = std::min(diagonal, a.n);
    while (low < high) {
      const int64_t i = low + (high - low) / 2, j = diagonal - 1 - i;
      if (is_less(b.row[j], b.col[j], a.row[i], a.col[i])) high = i;
      else low = i + 1;
    }
    return low;
  };
  WorkPieces(a.n + b.n, grain, parallel).run(parallel, [&](int64_t, int64_t begin, int64_t end) {
    int64_t i = split(begin), j = begin - i;
    for (int64_t at = begin; at < end; ++at) {
      const bool from_b = i == a.n || (j < b.n && is_less(b.row[j], b.col[j], a.row[i], a.col[i]));
      const CooList<Index>& from = from_b ? b : a;
      int64_t& next = from_b ? j : i;
      row[at] = from.row[next];
      col[at] = from.col[next];
      perm[at] = static_cast<Index>(from_b ? a.n + next : next);
      ++next;
    }
  });
}

template <typename Index>
PiecePlaces count_common(const CooList<Index>& a, const CooList<Index>& b, const ParallelFor& parallel) {
  const WorkPieces pieces(a.n, grain, parallel);
  PiecePlaces counts(static_cast<size_t>(pieces.count));
  pieces.run(parallel, [&](int64_t piece, int64_t begin, int64_t end) {
    int64_t count = 0;
    for_common(a, b, begin, end, [&](int64_t, int64_t) { ++count; });
    counts[static_cast<size_t>(piece)] = count;
  });
  return accumulated(std::move(counts));
}

template <typename Index>
void fill_common(const CooList<Index>& a, const CooList<Index>& b, const PiecePlaces& places, Index* in_a, Index* in_b,
                 const ParallelFor& parallel) {
  WorkPieces(a.n, grain, parallel).run(parallel, [&](int64_t piece, int64_t begin, int64_t end) {
    int64_t at = places[static_cast<size_t>(piece)];
    for_common(a, b, begin, end, [&](int64_t i, int64_t j) {
      in_a[at] = static_cast<Index>(i);
      in_b[at++] = static_cast<Index>(j);
    });
  });
}

int64_t diagonal_length(int64_t rows, int64_t cols, int64_t k) {
  // Compared before they are subtracted: k may be anything.
  if (rows <= 0 || cols <= 0 || k >= cols || k <= -rows) return 0;
  return k < 0 ? std::min(rows + k, cols) : std::min(rows, cols - k);
}

template <typename Index>
void non_diag_mask(int64_t n, const Index* row, const Index* col, int64_t rows, int64_t cols, int64_t k, bool* mask,
                   const ParallelFor& parallel) {
  const int64_t length = diagonal_length(rows, cols, k);
  parallel.run(n + length, grain, [&](int64_t begin, int64_t end) { std::fill(mask + begin, mask + end, false); });
  if (length == 0) return std::fill(mask, mask + n, true);
  const int64_t first_row = k < 0 ? -k : 0;
  parallel.run(n, grain, [&](int64_t begin, int64_t end) {
    for (int64_t e = begin; e < end; ++e) {
      // Entries of the diagonal in the rows above this one, and whether this row's own one comes before the entry.
      const int64_t above = std::clamp<int64_t>(row[e] - first_row, 0, length);
      const bool has_own = row[e] >= first_row && row[e] - first_row < length;
      if (has_own && col[e] == row[e] + k) continue;
      mask[e + above + (has_own && col[e] > row[e] + k)] = true;
    }
  });
}

template <typename Index>
int64_t reshape_coo(int64_t n, const Index* row, const Index* col, int64_t cols, int64_t new_cols, Index* row_out,
                    Index* col_out, const ParallelFor& parallel) {
  constexpr auto most = static_cast<uint64_t>(std::numeric_limits<Index>::max());
  const WorkPieces pieces(n, grain, parallel);
  std::vector<int64_t> unsound(static_cast<size_t>(pieces.count), all_sound);
  pieces.run(parallel, [&](int64_t piece, int64_t begin, int64_t end) {
    for (int64_t e = begin; e < end; ++e) {
      // 128 bits: rows times columns may go beyond 64.
      const auto place =
          static_cast<unsigned __int128>(row[e]) * static_cast<uint64_t>(cols) + static_cast<uint64_t>(col[e]);
      const auto new_row = place / static_cast<uint64_t>(new_cols), new_col = place % static_cast<uint64_t>(new_cols);
      if (new_row > most || new_col > most) {
        unsound[static_cast<size_t>(piece)] = e;
        return;
      }
      row_out[e] = static_cast<Index>(new_row);
      col_out[e] = static_cast<Index>(new_col);
    }
  });
  return first_unsound(unsound);
}

#define SPINEL_INSTANTIATE(Index)                                                                                    \
  template CooFacts inspect_coo(int64_t, const Index*, const Index*, const ParallelFor&);                            \
  template PiecePlaces count_distinct(int64_t, const Index*, const Index*, const ParallelFor&);                      \
  template void fill_distinct(int64_t, const Index*, const Index*, const PiecePlaces&, Index*, Index*, Index*,       \
                              const ParallelFor&);                                                                   \
  template void merge_coo(const CooList<Index>&, const CooList<Index>&, Index*, Index*, Index*, const ParallelFor&); \
  template PiecePlaces count_common(const CooList<Index>&, const CooList<Index>&, const ParallelFor&);               \
  template void fill_common(const CooList<Index>&, const CooList<Index>&, const PiecePlaces&, Index*, Index*,        \
                            const ParallelFor&);                                                                     \
  template void non_diag_mask(int64_t, const Index*, const Index*, int64_t, int64_t, int64_t, bool*,                 \
                              const ParallelFor&);                                                                   \
  template int64_t reshape_coo(int64_t, const Index*, const Index*, int64_t, int64_t, Index*, Index*,                \
                               const ParallelFor&);
SPINEL_INSTANTIATE(int32_t)
SPINEL_INSTANTIATE(int64_t)

}  // namespace spinel::kernels
