// CUDA kernels of products of a sparse matrix in CSR form with a dense one: sums, means, minima and maxima of rows, the
// transpose, and sampled products.
#pragma once

#include "spinel/kernels/cpu/spmm.h"
#include "spinel/kernels/cpu/spmm_select.h"

namespace spinel::kernels::cuda {

// Operands as on the CPU, but all pointers are of the current device, and the work is queued on `stream`, a
// cudaStream_t. A warp takes a row: its lanes lie along the features, and along the entries too where there are fewer
// than 32. But for selected_transposed no additions are atomic, so results are the same in every run. Indices are not
// trusted: an entry out of range is not read, and what it belongs to becomes NaN (the greatest number of integer
// types), since to report it would mean to wait for the device. A launch that fails: unavailable, with CUDA's words.

void spmm(const SpmmCall& call, void* stream);
void sampled_product(const SampledProductCall& call, void* stream);
void spmm_select(const SpmmSelectCall& call, void* stream);
void selected_product(const SelectedCall& call, void* stream);
void selected_sampled(const SelectedCall& call, void* stream);
/// float32 and float64, with atomic additions; entries out of range are left out.
void selected_transposed(const SelectedCall& call, void* stream);

}  // namespace spinel::kernels::cuda
