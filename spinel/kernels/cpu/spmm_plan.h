// How products over the entries of a sparse matrix are cut into pieces of equal work.
#pragma once

#include <cstdint>
#include <vector>

#include "spinel/kernels/cpu/spmm.h"

namespace spinel::kernels {

/// Cuts rows and entries into at most `pieces` parts, a row counting as much as an entry (Merrill and Garland,
/// Merge-based parallel sparse matrix-vector multiplication, SC 2016). With `split_rows` a row of which more than an
/// eighth of a piece lies on either side of a cut is shared; else cuts move to the start of the row. Errors as of
/// check_ends.
std::vector<SpmmPiece> cut_entries(const CsrOperand& a, int64_t pieces, bool split_rows);

/// Pieces for a loop whose entry takes `entry_work` multiply-adds: below some 16,000 of them waking a thread costs more
/// than it saves.
int64_t count_pieces(const CsrOperand& a, int64_t entry_work, int num_threads);

/// A row that is shared by pieces: its parts are those of the pieces [first, last].
struct SharedRow {
  int64_t row = 0;
  size_t first = 0, last = 0;
};
std::vector<SharedRow> shared_rows(const std::vector<SpmmPiece>& pieces);

/// Calls run(piece, memory) for the pieces of a plan on the threads, each with its own `piece_bytes` of the scratch
/// memory.
template <typename Run>
void run_pieces(const SpmmPlan& plan, int64_t piece_bytes, void* scratch, const ParallelFor& parallel, Run run) {
  parallel.run(static_cast<int64_t>(plan.pieces.size()), 1, [&](int64_t begin, int64_t end) {
    for (int64_t k = begin; k < end; ++k) {
      run(plan.pieces[static_cast<size_t>(k)], static_cast<char*>(scratch) + k * piece_bytes);
    }
  });
}

/// rowptr[row] as a number.
int64_t row_pointer(const CsrOperand& a, int64_t row);

/// A rowptr that does not begin with 0 or end with the number of entries: invalid_argument.
void check_ends(const CsrOperand& a);

}  // namespace spinel::kernels
