// A source of samples with targets, as the trainer reads it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "spinel/nn/named_tensors.h"
#include "spinel/train/splits.h"

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
  /// Whether each batch holds the same inputs and only asks for other rows of the result, as the nodes of one graph.
  virtual bool shares_inputs() const { return false; }
  /// The split that the data come with, where they do.
  virtual std::optional<Split> own_split() const { return std::nullopt; }
};

}  // namespace spinel::train
