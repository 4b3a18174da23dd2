// CPU kernels of products of a tall matrix with a small one, as linear maps of many nodes' features and their
// derivatives are: the tall one is read once, as it lies, and never packed.
#pragma once

#include <cstdint>

#include "spinel/base/parallel.h"

namespace spinel::kernels {

/// y = x b + bias + addend; x [rows, depth], y and addend [rows, width], row-major.
struct TallProduct {
  int64_t rows = 0, depth = 0, width = 0;
  const float* x = nullptr;
  const float* b = nullptr;  ///< b[k, f] is b[k · row_stride + f · column_stride]
  int64_t row_stride = 0, column_stride = 1;
  const float* bias = nullptr;    ///< [width]; null: none
  const float* addend = nullptr;  ///< may be y; null: none
  float* y = nullptr;
};
void tall_product(const TallProduct& product, const ParallelFor& parallel);

/// c = aᵀ b, summed over the rows in blocks; a [rows, depth], b [rows, width], c [depth, width]. Results depend on the
/// number of threads, not on their timing.
struct TallOuterProduct {
  int64_t rows = 0, depth = 0, width = 0;
  const float* a = nullptr;
  const float* b = nullptr;
  float* c = nullptr;
  float* sum_a = nullptr;  ///< [depth] Σ_n a[n]; null: not wanted
};
void tall_outer_product(const TallOuterProduct& product, const ParallelFor& parallel);

}  // namespace spinel::kernels
