#include "spinel/train/offsets.h"

#include <cmath>
#include <limits>
#include <optional>

#include "spinel/atoms/elements.h"

namespace spinel::train {
namespace {

constexpr int64_t kElements = 119;

void check_atoms(const std::string& name, const at::Tensor& value, const AtomContext& atoms) {
  require(atoms.z.defined() && atoms.idx_m.defined() && atoms.n_atoms.defined(),
          "{}: the batch has no atoms; inputs z, idx_m and n_atoms are needed", name);
  require(value.dim() > 0 && value.size(0) == atoms.n_atoms.numel(),
          "{}: the target is [{}] for {} samples; the first axis must be the samples", name,
          join_text(value.sizes(), ", "), atoms.n_atoms.numel());
}

/// Σ energies[z] of each sample, [B].
at::Tensor sum_by_sample(const std::string& name, const at::Tensor& energies, const AtomContext& atoms) {
  const at::Tensor of_atoms = energies.index_select(0, atoms.z.to(at::kCPU, at::kLong));
  const at::Tensor missing = of_atoms.isnan();
  if (missing.any().item<bool>()) {
    const int64_t number = atoms.z.masked_select(missing.to(atoms.z.device())).select(0, 0).item<int64_t>();
    fail(ErrorKind::invalid_argument,
         "{}: there is no energy of {} (atomic number {}); it was not in the training part "
         "or the config",
         name, element(number).symbol, number);
  }
  return at::zeros({atoms.n_atoms.numel()}, at::kDouble).index_add(0, atoms.idx_m.to(at::kCPU, at::kLong), of_atoms);
}

/// `offset` [B] with as many axes as `value` [B, …].
at::Tensor shaped(const at::Tensor& offset, const at::Tensor& value) {
  std::vector<int64_t> shape(value.dim(), 1);
  shape[0] = offset.numel();
  return offset.view(shape).to(value.device());
}

struct OffsetOptions {
  std::optional<double> mean;
  Config atomrefs;
  bool is_extensive = true;
  bool remove_mean = true;
};

OptionTable<OffsetOptions> offset_table(const std::string& name) {
  return OptionTable<OffsetOptions>(name)
      .add("mean", &OffsetOptions::mean, "per atom (intensive: per sample), in the target's unit; null: fitted")
      .add("atomrefs", &OffsetOptions::atomrefs, "list by atomic number or map by element; null: none")
      .add("is_extensive", &OffsetOptions::is_extensive, "the target grows with the number of atoms")
      .add("remove_mean", &OffsetOptions::remove_mean, "false: no mean, atomrefs alone");
}

class Offsets : public Transform {
 public:
  Offsets(std::string name, const OffsetOptions& options, double sign)
      : name_(std::move(name)), options_(options), energies_(read_element_energies(options.atomrefs)), sign_(sign) {
    if (!options_.remove_mean) options_.mean = 0;
  }
  std::string name() const override { return name_; }
  Config arguments() const override { return offset_table(name_).complete(options_); }
  bool needs_fit() const override { return !options_.mean; }
  double slope() const override { return 1; }

  void fit(const BatchSource& source) override {
    if (options_.mean) return;
    RunningMoments moments;
    source([&](const at::Tensor& target, const AtomContext& atoms) {
      check_atoms(name_, target, atoms);
      const at::Tensor value = target.to(at::kCPU, at::kDouble).reshape({atoms.n_atoms.numel(), -1});
      const at::Tensor count = atoms.n_atoms.to(at::kCPU, at::kDouble).view({-1, 1});
      const at::Tensor rest = value - references(atoms).view({-1, 1});
      moments.add(options_.is_extensive ? rest / count : rest);
    });
    require(moments.count() > 0, "{}: the training part has no sample to take the mean of", name_);
    options_.mean = moments.mean();
  }
  at::Tensor apply(const at::Tensor& value, const AtomContext& atoms) const override {
    return shift(value, atoms, sign_);
  }
  at::Tensor invert(const at::Tensor& value, const AtomContext& atoms) const override {
    return shift(value, atoms, -sign_);
  }

 private:
  /// Σ atomref of each sample, divided by the atoms where the target is intensive.
  at::Tensor references(const AtomContext& atoms) const {
    if (!energies_.defined()) return at::zeros({atoms.n_atoms.numel()}, at::kDouble);
    const at::Tensor sum = sum_by_sample(name_, energies_, atoms);
    return options_.is_extensive ? sum : sum / atoms.n_atoms.to(at::kCPU, at::kDouble);
  }
  at::Tensor shift(const at::Tensor& value, const AtomContext& atoms, double sign) const {
    check_atoms(name_, value, atoms);
    require(options_.mean.has_value(), "{}: the mean is not known yet; fit the transform or give the mean", name_);
    const at::Tensor count = atoms.n_atoms.to(at::kCPU, at::kDouble);
    const at::Tensor mean = options_.is_extensive ? count * *options_.mean : at::full_like(count, *options_.mean);
    return value.to(at::kDouble) + shaped((mean + references(atoms)) * sign, value);
  }

  std::string name_;
  OffsetOptions options_;
  at::Tensor energies_;  // [119] or undefined
  double sign_;          // of the offsets in apply
};

struct ReferenceOptions {
  Config energies;
};

OptionTable<ReferenceOptions> reference_table() {
  return OptionTable<ReferenceOptions>("ReferenceEnergies")
      .add("energies", &ReferenceOptions::energies,
           "list by atomic number or map by element; null: least-squares fit to the training part");
}

class ReferenceEnergies : public Transform {
 public:
  explicit ReferenceEnergies(const ReferenceOptions& options) : energies_(read_element_energies(options.energies)) {}
  std::string name() const override { return "ReferenceEnergies"; }
  Config arguments() const override { return Config::map({{"energies", write_element_energies(energies_)}}); }
  bool needs_fit() const override { return !energies_.defined(); }
  double slope() const override { return 1; }
  void fit(const BatchSource& source) override {
    if (energies_.defined()) return;
    ReferenceEnergyFit fit;
    source([&](const at::Tensor& target, const AtomContext& atoms) { fit.add(target, atoms); });
    energies_ = fit.solve();
  }
  at::Tensor apply(const at::Tensor& value, const AtomContext& atoms) const override { return shift(value, atoms, -1); }
  at::Tensor invert(const at::Tensor& value, const AtomContext& atoms) const override { return shift(value, atoms, 1); }

 private:
  at::Tensor shift(const at::Tensor& value, const AtomContext& atoms, double sign) const {
    check_atoms(name(), value, atoms);
    require(energies_.defined(), "{}: the energies are not known yet; fit the transform or give them", name());
    return value.to(at::kDouble) + shaped(sum_by_sample(name(), energies_, atoms) * sign, value);
  }
  at::Tensor energies_;
};

}  // namespace

void ReferenceEnergyFit::add(const at::Tensor& energy, const AtomContext& atoms) {
  check_atoms("ReferenceEnergies", energy, atoms);
  require(energy.numel() == energy.size(0), "ReferenceEnergies: the target is [{}]; one number a sample is needed",
          join_text(energy.sizes(), ", "));
  const at::Tensor e = energy.to(at::kCPU, at::kDouble).reshape({-1});
  const at::Tensor z = atoms.z.to(at::kCPU, at::kLong), sample = atoms.idx_m.to(at::kCPU, at::kLong);
  require(z.numel() == 0 || (z.min().item<int64_t>() >= 0 && z.max().item<int64_t>() < kElements),
          "ReferenceEnergies: an atomic number lies outside [0, {})", kElements);
  at::Tensor counts = at::zeros({e.numel(), kElements}, at::kDouble);
  counts.index_put_({sample, z}, at::ones({z.numel()}, at::kDouble), /*accumulate=*/true);
  if (!normal_.defined()) {
    normal_ = at::zeros({kElements, kElements}, at::kDouble);
    right_ = at::zeros({kElements}, at::kDouble);
  }
  normal_.addmm_(counts.t(), counts);
  right_.addmv_(counts.t(), e);
  energy_ += e.sum().item<double>();
  atoms_ += static_cast<double>(z.numel());
}

at::Tensor ReferenceEnergyFit::solve() const {
  require(atoms_ > 0, "ReferenceEnergies: the training part has no atoms to fit energies to");
  const double per_atom = energy_ / atoms_;
  const at::Tensor seen = (normal_.diagonal() > 0).nonzero().view({-1});
  const at::Tensor normal = normal_.index_select(0, seen).index_select(1, seen);
  const at::Tensor right = right_.index_select(0, seen) - normal.sum(1) * per_atom;
  const at::Tensor solution = at::linalg_pinv(normal, 1e-12, /*hermitian=*/true).mv(right) + per_atom;
  return at::full({kElements}, std::numeric_limits<double>::quiet_NaN(), at::kDouble).index_copy(0, seen, solution);
}

at::Tensor read_element_energies(const Config& value) {
  if (value.is_null()) return {};
  const std::string where = value.where().empty() ? "element energies" : value.where();
  at::Tensor energies = at::full({kElements}, std::numeric_limits<double>::quiet_NaN(), at::kDouble);
  if (value.is_list()) {
    const std::vector<double> list = value.as_doubles();
    require(static_cast<int64_t>(list.size()) <= kElements, "{}: the list has {} entries; there are {} atomic numbers",
            where, list.size(), kElements);
    for (size_t z = 0; z < list.size(); ++z) energies[z] = list[z];
    return energies;
  }
  for (const auto& [symbol, energy] : value.as_map())
    energies[atomic_number(symbol, where + ": ")] = energy.as_double();
  return energies;
}

Config write_element_energies(const at::Tensor& energies) {
  if (!energies.defined()) return {};
  Config result = Config::map();
  for (int64_t z = 0; z < kElements; ++z) {
    const double energy = energies[z].item<double>();
    if (!std::isnan(energy)) result.set(element(z).symbol, energy);
  }
  return result;
}

Component<std::unique_ptr<Transform>(const Config&)> remove_offsets() {
  const auto table = offset_table("RemoveOffsets");
  return {"RemoveOffsets", "subtract the mean per atom and the atomic references", table.docs(),
          [table](const Config& arguments) {
            return std::make_unique<Offsets>("RemoveOffsets", table.parse(arguments), -1);
          }};
}

Component<std::unique_ptr<Transform>(const Config&)> add_offsets() {
  const auto table = offset_table("AddOffsets");
  return {
      "AddOffsets", "add the mean per atom and the atomic references", table.docs(),
      [table](const Config& arguments) { return std::make_unique<Offsets>("AddOffsets", table.parse(arguments), 1); }};
}

Component<std::unique_ptr<Transform>(const Config&)> reference_energies() {
  const auto table = reference_table();
  return {"ReferenceEnergies", "subtract an energy per element, given or fitted", table.docs(),
          [table](const Config& arguments) { return std::make_unique<ReferenceEnergies>(table.parse(arguments)); }};
}

}  // namespace spinel::train
