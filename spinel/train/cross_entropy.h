// The cross entropy of logits against classes in one pass over the logits, and one for its gradient.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>

namespace spinel::train {

struct CrossEntropyOptions {
  std::string reduction = "mean";  ///< or sum, over the rows that count
  int64_t ignore_index = -100;     ///< class of rows that do not count
  double label_smoothing = 0;      ///< share of the target spread over all classes
};

/// A scalar of logits [n, classes, …] and class indices [n, …] or class probabilities [n, classes, …], as
/// torch.nn.functional.cross_entropy. Of float32 logits [n, classes] on the CPU with class indices and without
/// smoothing no probabilities are stored. Other sizes, a class out of range: invalid_argument.
at::Tensor cross_entropy(const at::Tensor& logits, const at::Tensor& target, const CrossEntropyOptions& options);

}  // namespace spinel::train
