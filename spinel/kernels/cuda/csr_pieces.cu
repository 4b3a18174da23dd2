#include "spinel/kernels/cuda/csr_pieces.h"

namespace spinel::kernels::cuda {
namespace {

__global__ void __launch_bounds__(kThreads)
    cut_pieces(Indices rowptr, int64_t rows, int64_t entries, int64_t count, Cut* cuts, CsrNames names, Fault* fault) {
  for (int64_t r = first_item(); r < rows; r += item_step()) {
    const int64_t from = rowptr[r], to = rowptr[r + 1];
    const bool is_end = (r == 0 && from != 0) || (r == rows - 1 && to != entries);
    if (from < 0 || to < from || to > entries || is_end) report(fault, FaultKind::row, r, from, to, entries, &names);
  }
  const int64_t each = (rows + entries + count - 1) / count;
  for (int64_t p = first_item(); p <= count; p += item_step()) {
    const int64_t before = p * each < rows + entries ? p * each : rows + entries;
    // The rows that end among the first `before` rows and entries.
    int64_t low = before > entries ? before - entries : 0, high = before < rows ? before : rows;
    while (low < high) {
      const int64_t r = low + (high - low) / 2;
      if (rowptr[r + 1] <= before - 1 - r) low = r + 1;
      else high = r;
    }
    cuts[p] = {low, before - low};
  }
}

}  // namespace

Pieces make_pieces(const char* op, const CsrOperand& a, Fault* fault, Workspace& workspace) {
  const int64_t count = std::clamp<int64_t>((a.rows + a.entries) / 256, 1, 16384);
  Cut* const cuts = workspace.array<Cut>(count + 1);
  launch(op, workspace, grid_of(std::max(a.rows, count + 1), kThreads), cut_pieces,
         Indices{a.rowptr, a.index == Dtype::i32}, a.rows, a.entries, count, cuts, a.names, fault);
  return {count, cuts};
}

}  // namespace spinel::kernels::cuda
