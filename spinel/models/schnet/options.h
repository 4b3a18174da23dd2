// The options of SchNet, with the names that SchNetPack users know.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "spinel/base/config.h"
#include "spinel/base/options.h"

namespace spinel::models {

/// How the property is read out of the atom features.
struct SchNetHeadOptions {
  std::string type = "Atomwise";  ///< or DipoleMoment
  int64_t n_layers = 2;
  std::optional<int64_t> n_hidden;  ///< none: each layer half as wide as the one before
  Config activation = "silu";
  // Atomwise
  std::string aggregation_mode = "sum";  ///< or avg: for intensive properties
  std::string output_key = "energy";
  std::string unit = "eV";
  bool forces = true;
  bool stress = false;
  // DipoleMoment
  bool predict_magnitude = false;
  bool correct_charges = true;
};

struct SchNetOptions {
  int64_t n_atom_basis = 128;
  int64_t n_interactions = 6;
  std::optional<int64_t> n_filters;  ///< none: n_atom_basis
  double cutoff = 5.0;               ///< Å
  std::string cutoff_fn = "CosineCutoff";
  std::string radial_basis = "GaussianRBF";
  int64_t n_rbf = 20;
  std::optional<double> rbf_start;  ///< Å; none: 0 (GaussianRBFCentered: 1)
  std::optional<double> rbf_end;    ///< Å; none: cutoff
  bool trainable_rbf = false;
  bool shared_interactions = false;
  Config activation = "shifted_softplus";
  int64_t max_z = 100;
  SchNetHeadOptions head;

  int64_t filters() const { return n_filters.value_or(n_atom_basis); }
  bool is_potential() const { return head.type == "Atomwise"; }
};

/// Parses `{n_atom_basis: …, head: {type: Atomwise, …}}`; errors as OptionTable::parse.
SchNetOptions parse_schnet_options(const Config& arguments);
/// All options with their values; parse_schnet_options() of it gives the same options.
Config complete(const SchNetOptions& options);
/// For help and documentation: the model's options, then those of the heads as "head.<name>".
std::vector<OptionDoc> schnet_option_docs();

}  // namespace spinel::models
