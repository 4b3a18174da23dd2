// The exponential function of arrays.
#pragma once

#include <cstdint>

#include "spinel/base/parallel.h"

namespace spinel::kernels {

/// x[i] = exp(x[i]), n elements; a NaN stays one.
void exponential(int64_t n, float* x, const ParallelFor& parallel);
void exponential(int64_t n, double* x, const ParallelFor& parallel);

}  // namespace spinel::kernels
