#include "spinel/kernels/cpu/coo_entries.h"

#include <algorithm>
#include <utility>

#include "spinel/kernels/cpu/work_pieces.h"

namespace spinel::kernels {
namespace {

constexpr int64_t grain = 1 << 15;

bool is_less(int64_t row_a, int64_t col_a, int64_t row_b, int64_t col_b) {
  return row_a != row_b ? row_a < row_b : col_a < col_b;
}

/// Calls function(position in a, position in b) for the entries in both, of [begin, end) in a.
template <typename F>
void for_common(const CooList& a, const CooList& b, int64_t begin, int64_t end, F&& function) {
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

CooFacts inspect_coo(int64_t n, const int64_t* row, const int64_t* col, const ParallelFor& parallel) {
  if (n == 0) return {};
  const WorkPieces pieces(n, grain, parallel);
  std::vector<CooFacts> found(static_cast<size_t>(pieces.count));
  pieces.run(parallel, [&](int64_t piece, int64_t begin, int64_t end) {
    CooFacts facts{CooOrder::distinct, row[begin], row[begin], col[begin], col[begin]};
    bool row_falls = false, entry_falls = false, repeats = false;
    for (int64_t e = begin; e < end; ++e) {
      facts.min_row = std::min(facts.min_row, row[e]);
      facts.max_row = std::max(facts.max_row, row[e]);
      facts.min_col = std::min(facts.min_col, col[e]);
      facts.max_col = std::max(facts.max_col, col[e]);
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

PiecePlaces count_distinct(int64_t n, const int64_t* row, const int64_t* col, const ParallelFor& parallel) {
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

void fill_distinct(int64_t n, const int64_t* row, const int64_t* col, const PiecePlaces& places, int64_t* row_out,
                   int64_t* col_out, int64_t* ptr, const ParallelFor& parallel) {
  WorkPieces(n, grain, parallel).run(parallel, [&](int64_t piece, int64_t begin, int64_t end) {
    int64_t at = places[static_cast<size_t>(piece)];
    for (int64_t e = begin; e < end; ++e) {
      if (e > 0 && row[e] == row[e - 1] && col[e] == col[e - 1]) continue;
      row_out[at] = row[e];
      col_out[at] = col[e];
      ptr[at++] = e;
    }
  });
  ptr[places.back()] = n;
}

void merge_coo(const CooList& a, const CooList& b, int64_t* row, int64_t* col, int64_t* perm,
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
      const CooList& from = from_b ? b : a;
      int64_t& next = from_b ? j : i;
      row[at] = from.row[next];
      col[at] = from.col[next];
      perm[at] = from_b ? a.n + next : next;
      ++next;
    }
  });
}

PiecePlaces count_common(const CooList& a, const CooList& b, const ParallelFor& parallel) {
  const WorkPieces pieces(a.n, grain, parallel);
  PiecePlaces counts(static_cast<size_t>(pieces.count));
  pieces.run(parallel, [&](int64_t piece, int64_t begin, int64_t end) {
    int64_t count = 0;
    for_common(a, b, begin, end, [&](int64_t, int64_t) { ++count; });
    counts[static_cast<size_t>(piece)] = count;
  });
  return accumulated(std::move(counts));
}

void fill_common(const CooList& a, const CooList& b, const PiecePlaces& places, int64_t* in_a, int64_t* in_b,
                 const ParallelFor& parallel) {
  WorkPieces(a.n, grain, parallel).run(parallel, [&](int64_t piece, int64_t begin, int64_t end) {
    int64_t at = places[static_cast<size_t>(piece)];
    for_common(a, b, begin, end, [&](int64_t i, int64_t j) {
      in_a[at] = i;
      in_b[at++] = j;
    });
  });
}

int64_t diagonal_length(int64_t rows, int64_t cols, int64_t k) {
  // Compared before they are subtracted: k may be anything.
  if (rows <= 0 || cols <= 0 || k >= cols || k <= -rows) return 0;
  return k < 0 ? std::min(rows + k, cols) : std::min(rows, cols - k);
}

void non_diag_mask(int64_t n, const int64_t* row, const int64_t* col, int64_t rows, int64_t cols, int64_t k, bool* mask,
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

void reshape_coo(int64_t n, const int64_t* row, const int64_t* col, int64_t cols, int64_t new_cols, int64_t* row_out,
                 int64_t* col_out, const ParallelFor& parallel) {
  parallel.run(n, grain, [&](int64_t begin, int64_t end) {
    for (int64_t e = begin; e < end; ++e) {
      // 128 bits: rows times columns may go beyond 64.
      const auto place =
          static_cast<unsigned __int128>(row[e]) * static_cast<uint64_t>(cols) + static_cast<uint64_t>(col[e]);
      row_out[e] = static_cast<int64_t>(place / static_cast<uint64_t>(new_cols));
      col_out[e] = static_cast<int64_t>(place % static_cast<uint64_t>(new_cols));
    }
  });
}

}  // namespace spinel::kernels
