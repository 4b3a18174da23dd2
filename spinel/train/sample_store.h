// Samples of a dataset joined once in memory, from which batches are cut in one pass.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "spinel/nn/named_tensors.h"
#include "spinel/train/model.h"

namespace spinel::train {

/// Keeps, for each named tensor, the rows of all samples behind each other. Same result as join() of the single
/// samples, at the cost of one copy of the bytes.
class SampleStore {
 public:
  explicit SampleStore(std::vector<JoinRule> rules) : rules_(std::move(rules)) {}

  /// Appends a sample: CPU tensors with the names, types and trailing sizes of the first one. Other ones, and indices
  /// that are no int64 or are shifted by what is no count: invalid_argument.
  void add(const NamedTensors& sample);
  int64_t size() const { return samples_; }
  /// The joined batch of these samples, in this order. Thread-safe.
  NamedTensors batch(std::span<const int64_t> samples) const;

 private:
  struct Column {
    std::string name;
    JoinRule rule;
    at::ScalarType dtype;
    std::vector<int64_t> row_sizes;  ///< sizes behind axis 0, or all sizes of a stacked tensor
    size_t row_bytes = 0;
    std::vector<std::byte> data;
    std::vector<int64_t> first{0};  ///< [samples + 1]: rows of sample k are [first[k], first[k+1])
  };
  at::Tensor cut(const Column& column, std::span<const int64_t> samples) const;
  int64_t count(const Column& column, int64_t sample) const;

  std::vector<JoinRule> rules_;
  std::vector<Column> columns_;
  int64_t samples_ = 0;
};

}  // namespace spinel::train
