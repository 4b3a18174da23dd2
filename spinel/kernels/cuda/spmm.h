// CUDA kernels of products of a sparse matrix in CSR form with a dense one: sums, means, minima and maxima of rows, the
// transpose, and sampled products.
#pragma once

#include "spinel/kernels/cpu/spmm.h"
#include "spinel/kernels/cpu/spmm_select.h"
#include "spinel/kernels/cuda/workspace.h"

namespace spinel::kernels::cuda {

// Operands as on the CPU, but all pointers are of the current device, and the work is queued. Warps get equal numbers
// of rows plus entries; a row that several share is summed in parts, in order. But for selected_transposed no additions
// are atomic, and how rows are cut depends on the matrix's size alone, so results are the same in every run and on
// every device. Integers are summed and compared in 64 bits.
//
// Nothing waits for the device. Indices are not trusted: what is out of range is not read; the results that it belongs
// to are NaN (of integer types anything), and the next of these functions that finds the note throws what the CPU's
// kernel would have thrown: at once with CUDA_LAUNCH_BLOCKING=1. A launch that fails: unavailable, with CUDA's words.

/// Elements also u8, i8 and i16; `col` may be null: the entry's own number.
void spmm(const SpmmCall& call, Workspace& workspace);
void sampled_product(const SampledProductCall& call, Workspace& workspace);
/// Likewise.
void spmm_select(const SpmmSelectCall& call, Workspace& workspace);
void selected_product(const SelectedCall& call, Workspace& workspace);
void selected_sampled(const SelectedCall& call, Workspace& workspace);
/// With atomic additions in float32 or float64, so the last digits differ from run to run, as with torch's scatter_add.
void selected_transposed(const SelectedCall& call, Workspace& workspace);

}  // namespace spinel::kernels::cuda
