// Energies that depend on the composition alone: offsets per atom, atomic references, and their least-squares fit.
#pragma once

#include "spinel/train/transforms.h"

namespace spinel::train {

/// Energies per element that fit Σ_atoms e[z] to the totals best. Where elements always come in fixed proportion many
/// fit equally; then the one nearest to the mean energy per atom is taken.
class ReferenceEnergyFit {
 public:
  /// `energy` [B] or [B, 1].
  void add(const at::Tensor& energy, const AtomContext& atoms);
  /// [119] float64 by atomic number, NaN for elements not seen. Nothing added: invalid_argument.
  at::Tensor solve() const;

 private:
  at::Tensor normal_;  // [119, 119], Σ counts countsᵀ
  at::Tensor right_;   // [119], Σ counts E
  double energy_ = 0, atoms_ = 0;
};

/// Energies by atomic number from a config: a list (index = atomic number) or a map {H: -13.6, 8: -2043.9}. Elements
/// left out are NaN. Null: undefined.
at::Tensor read_element_energies(const Config& value);
/// A map by symbol, without the NaN entries.
Config write_element_energies(const at::Tensor& energies);

/// RemoveOffsets {mean, atomrefs, is_extensive, remove_mean} and AddOffsets, its inverse as a transform: SchNetPack's.
/// Extensive: E ← E − mean·n − Σ atomref[z]; intensive: E ← E − mean − Σ atomref[z]/n. A mean of null is fitted: the
/// average over the samples of (E − Σ atomref)/n (extensive), by Welford's rule in float64.
Component<std::unique_ptr<Transform>(const Config&)> remove_offsets();
Component<std::unique_ptr<Transform>(const Config&)> add_offsets();
/// ReferenceEnergies {energies}: E ← E − Σ energies[z]; null: the least-squares fit to the training part.
Component<std::unique_ptr<Transform>(const Config&)> reference_energies();

}  // namespace spinel::train
