// SchNet: a continuous-filter convolutional network for energies, forces, stress, dipole moments and other properties.
#pragma once

#include <memory>

#include "spinel/models/schnet/network.h"
#include "spinel/models/schnet/options.h"
#include "spinel/models/schnet/potential.h"
#include "spinel/train/model.h"

namespace spinel::models {

/// Inputs of call(), by SchNetPack's names (floats in the model's dtype, all on its device):
///   z [N] int64, pos [N,3] Å, idx_i and idx_j [E] int64 (centre and neighbour), offsets [E,3] Å,
///   idx_m [N] int64 sorted (the graph of an atom), n_atoms [B] int64, cell [B,3,3] (stress only),
///   total_charge [B] (DipoleMoment only, optional).
/// Outputs: Atomwise: <output_key> [B], <output_key>_per_atom [N,1], forces [N,3], stress [B,3,3];
///   DipoleMoment: dipole_moment [B,3] (or [B] with predict_magnitude), partial_charges [N,1].
///
/// Where only gradients by parameters can be asked (positions do not require grad) on the CPU, call() takes a path
/// without a tape (potential.h); otherwise it is built of differentiable operators.
/// Schütt et al., arXiv:1706.08566 and J. Chem. Phys. 148, 241722 (2018).
class SchNet : public train::Model {
 public:
  explicit SchNet(const SchNetOptions& options);

  std::string name() const override { return "SchNet"; }
  Config arguments() const override { return complete(options_); }
  std::vector<train::OutputDoc> outputs() const override;
  NamedTensors call(const NamedTensors& inputs) override;
  NamedTensors featurize(const Frame& frame, at::ScalarType dtype) const override;
  std::vector<train::JoinRule> join_rules() const override;
  /// The tabulated one of evaluator.h where it can serve, else the one that calls the model.
  std::unique_ptr<train::Evaluator> make_evaluator() const override;

  const SchNetOptions& options() const { return options_; }
  const SchNetRepresentation& representation() const { return representation_; }
  const nn::Mlp& outnet() const { return outnet_; }

  /// Off: call() always uses differentiable operators (for derivatives of third order by parameters, and comparisons).
  void set_fast_path(bool on) { fast_path_ = on; }

 private:
  NamedTensors call_general(const NamedTensors& inputs) const;
  NamedTensors atomwise(const NamedTensors& inputs) const;
  NamedTensors dipole(const NamedTensors& inputs) const;

  SchNetOptions options_;
  SchNetRepresentation representation_;
  nn::Mlp outnet_;
  bool fast_path_ = true;
  TapePool tapes_;
};

/// The model from its arguments (parse_schnet_options).
std::unique_ptr<train::Model> make_schnet(const Config& arguments);

}  // namespace spinel::models
