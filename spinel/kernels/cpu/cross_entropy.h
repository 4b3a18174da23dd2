// CPU kernels of the cross entropy of logits against classes: rows are read once for the loss and once for the
// gradient, and no probabilities are stored.
#pragma once

#include <cstdint>

#include "spinel/base/parallel.h"

namespace spinel::kernels {

/// Rows of logits with the class that each should have; rows of `ignored` do not count.
struct ClassLogits {
  int64_t rows = 0, classes = 0;
  const float* logits = nullptr;    ///< [rows, classes]
  const int64_t* target = nullptr;  ///< [rows]
  int64_t ignored = -100;
};

struct CrossEntropySum {
  double loss = 0;    ///< Σ log Σ exp(logits) − logits[target]
  int64_t count = 0;  ///< rows that count
};

/// Writes log_total [rows], log Σ exp(logits) of each row. A target outside the classes: invalid_argument. The sum
/// depends on the number of threads, not on their timing.
CrossEntropySum cross_entropy(const ClassLogits& rows, float* log_total, const ParallelFor& parallel);

/// gradient [rows, classes] = scale · (softmax(logits) − [is the target]), 0 of rows that do not count.
void cross_entropy_gradient(const ClassLogits& rows, const float* log_total, float scale, float* gradient,
                            const ParallelFor& parallel);

}  // namespace spinel::kernels
