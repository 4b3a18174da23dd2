// CUDA kernels of reductions of consecutive segments of rows, and of what their derivatives need.
#pragma once

#include "spinel/kernels/cpu/segment.h"
#include "spinel/kernels/cuda/workspace.h"

namespace spinel::kernels {

// Overloads of the CPU's functions with a workspace in place of threads: all pointers are of the current device, and
// the work is queued. Reductions are products with a matrix of ones (spmm.h), so long segments are cut and results are
// the same in every run.

/// ptr[count] is `rows`.
template <typename Index>
void segment_reduce(const Segments<Index>& segments, SegmentReduce reduce, int64_t rows, const void* src, void* out,
                    Index* arg, cuda::Workspace& workspace);
template <typename Index>
void segment_spread(const Segments<Index>& segments, SegmentReduce reduce, const void* src, void* out,
                    cuda::Workspace& workspace);
template <typename Index>
void segment_pick(const Segments<Index>& segments, int64_t rows, const void* src, const Index* arg, void* out,
                  cuda::Workspace& workspace);
template <typename Index>
void segment_place(const Segments<Index>& segments, int64_t rows, const void* src, const Index* arg, void* out,
                   cuda::Workspace& workspace);

}  // namespace spinel::kernels
