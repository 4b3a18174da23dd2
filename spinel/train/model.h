// A model as trainer, predictor, sampler and `spinel check` see it.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "spinel/atoms/frame.h"
#include "spinel/base/component.h"
#include "spinel/base/config.h"
#include "spinel/nn/module.h"
#include "spinel/nn/named_tensors.h"

namespace spinel::train {

/// An output a model can make, as data: help, metrics and files are made from it.
struct OutputDoc {
  std::string name;  ///< "energy", "forces", "stress", "dipole_moment"
  std::string unit;  ///< "eV", "eV/Å", …
  bool per_atom = false;
};

/// How one named input of many samples becomes one tensor of a batch.
struct JoinRule {
  enum class Kind {
    concat,  ///< along axis 0
    stack,   ///< one new axis in front (also for samples of shape [])
    shift,   ///< concat, each sample's entries raised by the summed `by` (a [1] count) of the samples before it
    number,  ///< the sample's position in the batch, repeated as often as the sample's own tensor is long
  };
  std::string name;
  Kind kind = Kind::concat;
  std::string by;  ///< for shift: the name of the count ("n_atoms")
};

/// Joins samples by the rules; a name without a rule is concatenated. All samples must have the same names.
NamedTensors join(std::span<const NamedTensors> samples, const std::vector<JoinRule>& rules);

/// Energy, forces and stress of one frame.
struct Evaluation {
  double energy = 0;              ///< eV
  std::vector<Vector3> forces;    ///< eV/Å
  std::optional<Matrix3> stress;  ///< eV/Å³, ∂E/∂ε / V
};

/// Evaluates one system again and again (MD, relaxation). May keep packed weights, tables and neighbour lists between
/// calls; it sees the parameters as they were when it was made.
class Evaluator {
 public:
  virtual ~Evaluator() = default;
  virtual Evaluation evaluate(const Frame& frame) = 0;
};

class Model : public nn::Module {
 public:
  /// Component name ("SchNet"), complete arguments it was made from, and what it can put out.
  virtual std::string name() const = 0;
  virtual Config arguments() const = 0;
  virtual std::vector<OutputDoc> outputs() const = 0;

  /// The generic call: inputs by the names of the reference → outputs by name. Differentiable.
  virtual NamedTensors call(const NamedTensors& inputs) = 0;

  /// Whether samples are frames of atoms. Models of graphs take theirs from datasets of graphs, and refuse featurize().
  virtual bool is_atomistic() const { return true; }
  /// Inputs of one sample from a frame, on the CPU, floats in `dtype`: types, positions, neighbour list.
  /// An element outside the model's table, NaN coordinates, too many neighbours: invalid_argument.
  virtual NamedTensors featurize(const Frame& frame, at::ScalarType dtype) const = 0;
  virtual std::vector<JoinRule> join_rules() const = 0;

  /// For repeated evaluation; the default featurizes and calls each time. Potentials only.
  virtual std::unique_ptr<Evaluator> make_evaluator() const;
};

/// Models are made from their arguments: models/list.cc holds the list.
using ModelList = ComponentList<std::unique_ptr<Model>(const Config& arguments)>;

}  // namespace spinel::train
