// Reductions of consecutive segments of rows (CSR pointers), and what their derivatives need.
#pragma once

#include <cstdint>

#include "spinel/base/parallel.h"
#include "spinel/base/safetensors.h"

namespace spinel::kernels {

/// Rows of `width` numbers of type dtype: segment s reduces the rows order[ptr[s]], …, order[ptr[s + 1] - 1].
/// Sums of float16 and bfloat16 are made in float32, those of integers wrap around.
template <typename Index>
struct Segments {
  Dtype dtype = Dtype::f32;
  int64_t count = 0;
  const Index* ptr = nullptr;    ///< [count + 1], rises from 0
  const Index* order = nullptr;  ///< [ptr[count]] positions of rows; null: in order
  int64_t width = 1;
};

enum class SegmentReduce { sum, mean, min, max };

/// Whether the functions take elements of this type: integers up to 64 bits and floating ones, no boolean.
bool is_segment_dtype(Dtype dtype);

/// out [count, width] from src [rows, width]; of no rows 0. The mean of integers is cut to an integer. For min and max
/// arg [count, width], unless it is null, is the position of the row taken, the first of equal ones, `rows` for none;
/// NaN is smallest and largest of all, as in torch.amin and torch.amax.
template <typename Index>
void segment_reduce(const Segments<Index>& segments, SegmentReduce reduce, int64_t rows, const void* src, void* out,
                    Index* arg, const ParallelFor& parallel);

/// out[order[e]] = src[s] for the rows e of each segment, divided by their number for the mean.
template <typename Index>
void segment_spread(const Segments<Index>& segments, SegmentReduce reduce, const void* src, void* out,
                    const ParallelFor& parallel);

/// out [count, width]: src[arg][w], 0 where arg [count, width] is `rows`. Arguments are in [0, rows].
template <typename Index>
void segment_pick(const Segments<Index>& segments, int64_t rows, const void* src, const Index* arg, void* out,
                  const ParallelFor& parallel);
/// The transposed: out [rows, width], zero before, gets src at arg.
template <typename Index>
void segment_place(const Segments<Index>& segments, int64_t rows, const void* src, const Index* arg, void* out,
                   const ParallelFor& parallel);

}  // namespace spinel::kernels
