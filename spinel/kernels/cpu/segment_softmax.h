// The softmax within segments of rows, the sums of products that its derivatives are made of, and extremes whose
// gradient equal elements share.
#pragma once

#include "spinel/kernels/cpu/segment.h"

namespace spinel::kernels {

/// out = exp(src − m) / (Σ exp(src − m) + 1e-16) within each segment and column, m the maximum. Floating types.
template <typename Index>
void segment_softmax(const Segments<Index>& segments, const void* src, void* out, const ParallelFor& parallel);

/// Operands [rows, width]; p and q are both there or both null.
struct SegmentProducts {
  const void *p, *q;  ///< p ∘ q is the first term
  const void* r;      ///< times the sum of …
  const void *s, *t;  ///< … s ∘ t over the segment, is the second
};
/// out = p ∘ q − r Σ s ∘ t within each segment and column. Floating types.
template <typename Index>
void segment_products(const Segments<Index>& segments, const SegmentProducts& operands, void* out,
                      const ParallelFor& parallel);

/// out [rows, width]: grad [count, width] of the segment divided by the number of its elements that are equal to value
/// [count, width] in this column (a NaN to a NaN), at those elements; 0 elsewhere. Where the value is 0 the number is
/// one more: torch.scatter_reduce counts the 0 that its result begins with, even where it does not take part.
template <typename Index>
void segment_share(const Segments<Index>& segments, const void* grad, const void* src, const void* value, void* out,
                   const ParallelFor& parallel);
/// The transposed: out [count, width], the sum of grad [rows, width] over those elements, divided by that number; 0 of
/// none.
template <typename Index>
void segment_collect(const Segments<Index>& segments, const void* grad, const void* src, const void* value, void* out,
                     const ParallelFor& parallel);

}  // namespace spinel::kernels
