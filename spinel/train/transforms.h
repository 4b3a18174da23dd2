// Transforms of targets: offsets, reference energies, normalisation, units, and their inverses for predictions.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "spinel/base/component.h"
#include "spinel/nn/named_tensors.h"

namespace spinel::train {

/// The atoms that a batch of targets belongs to; undefined tensors where a dataset has no atoms.
struct AtomContext {
  at::Tensor z;        ///< [N] int64, atomic numbers
  at::Tensor idx_m;    ///< [N] int64, sample of each atom
  at::Tensor n_atoms;  ///< [B] int64
  /// From the names of a batch's inputs (z, idx_m, n_atoms).
  static AtomContext from(const NamedTensors& inputs);
};

/// Calls its argument with every batch of the training part: targets of one quantity, and their atoms.
using BatchVisitor = std::function<void(const at::Tensor& target, const AtomContext& atoms)>;
using BatchSource = std::function<void(const BatchVisitor&)>;

/// A map of the values of one target and its inverse. Arithmetic in float64 whatever comes in; results are float64.
class Transform {
 public:
  virtual ~Transform() = default;
  virtual std::string name() const = 0;
  /// Complete arguments, with what fit() found: a transform made from them needs no fit.
  virtual Config arguments() const = 0;
  virtual bool needs_fit() const { return false; }
  /// Finds what was left open from the training part. Too few samples: invalid_argument.
  virtual void fit(const BatchSource&) {}
  /// `value` [B, …] per sample, or [N, …] per atom for transforms that ignore the atoms.
  virtual at::Tensor apply(const at::Tensor& value, const AtomContext& atoms) const = 0;
  /// Undoes apply. A map without inverse (Abs): invalid_argument.
  virtual at::Tensor invert(const at::Tensor& value, const AtomContext& atoms) const = 0;
  /// The linear map's slope where there is one (x ↦ x/s has 1/s), by which the forces and stress that belong to a
  /// transformed energy are scaled; other maps: invalid_argument.
  virtual double slope() const = 0;
};

using TransformList = ComponentList<std::unique_ptr<Transform>(const Config& arguments)>;

/// RemoveOffsets, AddOffsets, ReferenceEnergies, Normalize, UnNormalize, Scaler, Log10, PowerData, Scale, Abs.
const TransformList& transforms();
/// `transform` is `Name: {arguments}` or `Name`.
std::unique_ptr<Transform> make_transform(const Config& transform);

/// Transforms in a row.
class TransformChain {
 public:
  TransformChain() = default;
  /// A list of components, or null for none.
  explicit TransformChain(const Config& list);
  bool empty() const { return transforms_.empty(); }
  bool needs_fit() const;
  /// Fits each in turn on what those before it make of the targets.
  void fit(const BatchSource& source);
  at::Tensor apply(at::Tensor value, const AtomContext& atoms) const;
  at::Tensor invert(at::Tensor value, const AtomContext& atoms) const;
  double slope() const;
  /// The list that makes this chain again, fitted.
  Config to_config() const;

 private:
  std::vector<std::unique_ptr<Transform>> transforms_;
};

/// Running mean and variance by Welford's rule in float64.
class RunningMoments {
 public:
  void add(double value);
  void add(const at::Tensor& values);
  int64_t count() const { return count_; }
  double mean() const { return mean_; }
  /// Divided by n − 1; NaN below two values.
  double standard_deviation() const;

 private:
  int64_t count_ = 0;
  double mean_ = 0, squares_ = 0;
};

}  // namespace spinel::train
