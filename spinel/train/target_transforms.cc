#include "spinel/train/target_transforms.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <numeric>

#include "spinel/base/error.h"
#include "spinel/base/suggest.h"
#include "spinel/train/transforms.h"

namespace spinel::train {

struct TargetTransforms::State {
  std::vector<std::pair<std::string, TransformChain>> chains;
  double energy_slope = 1;  ///< forces and stress follow a scaled energy

  const TransformChain* find(const std::string& name) const {
    for (const auto& [key, chain] : chains) {
      if (key == name) return &chain;
    }
    return nullptr;
  }
  /// The factor of a target without a chain of its own.
  double factor(const std::string& name) const { return name == "forces" || name == "stress" ? energy_slope : 1; }
};

namespace {

AtomContext atoms_of(const Batch& batch) {
  AtomContext atoms;
  if (!batch.n_atoms.defined()) return atoms;
  atoms.z = batch.numbers;
  atoms.n_atoms = batch.n_atoms;
  atoms.idx_m = at::repeat_interleave(batch.n_atoms);
  return atoms;
}

constexpr int64_t kFitBatch = 256;  // samples at a time while statistics are taken

void visit_targets(const Dataset& train, const std::string& target, const BatchVisitor& visitor) {
  for (int64_t first = 0; first < train.size(); first += kFitBatch) {
    std::vector<int64_t> samples(static_cast<size_t>(std::min(kFitBatch, train.size() - first)));
    std::iota(samples.begin(), samples.end(), first);
    const Batch batch = train.batch(samples);
    visitor(batch.targets.at(target, "Dataset.transforms"), atoms_of(batch));
  }
}

Config as_list(const Config& chain) { return chain.is_list() ? chain : Config(Config::List{chain}); }

}  // namespace

TargetTransforms::TargetTransforms() : state_(std::make_unique<State>()) {}
TargetTransforms::~TargetTransforms() = default;
TargetTransforms::TargetTransforms(TargetTransforms&&) noexcept = default;
TargetTransforms& TargetTransforms::operator=(TargetTransforms&&) noexcept = default;

TargetTransforms TargetTransforms::fit(const Config& section, const Dataset& train) {
  TargetTransforms result;
  if (section.is_null()) return result;
  for (const auto& [target, chain] : section.as_map()) {
    TransformChain made(as_list(chain));
    if (made.needs_fit()) {
      made.fit([&, name = target](const BatchVisitor& visitor) { visit_targets(train, name, visitor); });
    }
    if (target == "energy" && !made.empty()) result.state_->energy_slope = made.slope();
    result.state_->chains.emplace_back(target, std::move(made));
  }
  return result;
}

TargetTransforms TargetTransforms::from_config(const Config& section) {
  TargetTransforms result;
  for (const auto& [target, chain] : section.as_map()) {
    TransformChain made(as_list(chain));
    require(!made.needs_fit(), "transforms: that of '{}' lacks what was fitted; the checkpoint is incomplete", target);
    if (target == "energy" && !made.empty()) result.state_->energy_slope = made.slope();
    result.state_->chains.emplace_back(target, std::move(made));
  }
  return result;
}

Config TargetTransforms::to_config() const {
  Config result = Config::map();
  for (const auto& [target, chain] : state_->chains) result.set(target, chain.to_config());
  return result;
}

NamedTensors TargetTransforms::apply(const Batch& batch) const {
  if (state_->chains.empty()) return batch.targets;
  const AtomContext atoms = atoms_of(batch);
  NamedTensors result;
  for (const auto& [name, target] : batch.targets) {
    const TransformChain* chain = state_->find(name);
    const double factor = state_->factor(name);
    result.set(name, chain ? chain->apply(target, atoms) : factor != 1 ? target * factor : target);
  }
  return result;
}

NamedTensors TargetTransforms::undo(const NamedTensors& outputs, const Batch& batch) const {
  const AtomContext atoms = atoms_of(batch);
  NamedTensors result;
  for (const auto& [name, output] : outputs) {
    at::Tensor value = output.detach().to(at::kCPU);
    if (value.is_floating_point()) value = value.to(at::kDouble);
    const TransformChain* chain = state_->find(name);
    const double factor = state_->factor(name);
    result.set(name, chain ? chain->invert(value, atoms) : factor != 1 ? value / factor : value);
  }
  return result;
}

double TargetTransforms::energy_scale() const { return 1 / state_->energy_slope; }

}  // namespace spinel::train
