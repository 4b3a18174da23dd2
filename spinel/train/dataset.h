// A source of samples with targets, as the trainer reads it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "spinel/nn/named_tensors.h"

namespace spinel::train {

/// A batch: inputs by the model's names and targets by output names.
struct Batch {
  NamedTensors inputs;
  NamedTensors targets;
  int64_t size = 0;    ///< samples
  at::Tensor numbers;  ///< [atoms] int64, atomic numbers of all samples; undefined where samples are not made of atoms
  at::Tensor n_atoms;  ///< [samples] int64; undefined likewise
};

class Dataset {
 public:
  virtual ~Dataset() = default;
  virtual int64_t size() const = 0;
  /// The joined batch of these samples, in this order. Thread-safe.
  virtual Batch batch(std::span<const int64_t> indices) const = 0;
};

}  // namespace spinel::train
