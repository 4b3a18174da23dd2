#include "spinel/models/schnet/options.h"

#include "spinel/base/error.h"
#include "spinel/nn/cutoff.h"
#include "spinel/nn/radial_basis.h"

namespace spinel::models {
namespace {

/// The model's options with the head still as a tree, as its table depends on its type.
struct Arguments : SchNetOptions {
  Config head_arguments = Config::map();
};

/// A member of the base as one of the derived struct, which template deduction does not do by itself.
template <typename M>
M Arguments::*own(M SchNetOptions::*member) {
  return member;
}

const OptionTable<Arguments>& model_table() {
  static const OptionTable<Arguments> table = [] {
    OptionTable<Arguments> t("SchNet");
    t.add("n_atom_basis", own(&SchNetOptions::n_atom_basis), "features of an atom").range(1, 1 << 16);
    t.add("n_interactions", own(&SchNetOptions::n_interactions), "interaction blocks").range(0, 1000);
    t.add("n_filters", own(&SchNetOptions::n_filters), "features of a filter; null: n_atom_basis").range(1, 1 << 16);
    t.add("cutoff", own(&SchNetOptions::cutoff), "distance beyond which atoms do not interact", "Å").positive();
    t.add("cutoff_fn", own(&SchNetOptions::cutoff_fn), "cutoff function").choices(nn::cutoff_list().names());
    t.add("radial_basis", own(&SchNetOptions::radial_basis), "expansion of distances")
        .choices(nn::radial_basis_list().names());
    t.add("n_rbf", own(&SchNetOptions::n_rbf), "radial functions").range(1, 1 << 16);
    t.add("rbf_start", own(&SchNetOptions::rbf_start),
          "first offset of GaussianRBF, first width of GaussianRBFCentered", "Å");
    t.add("rbf_end", own(&SchNetOptions::rbf_end), "end of the radial basis; null: cutoff", "Å").positive();
    t.add("trainable_rbf", own(&SchNetOptions::trainable_rbf), "train offsets and widths of the Gaussians");
    t.add("shared_interactions", own(&SchNetOptions::shared_interactions), "one interaction block for all steps");
    t.add("activation", own(&SchNetOptions::activation), "activation of the interaction blocks");
    t.add("max_z", own(&SchNetOptions::max_z), "rows of the embedding: atomic numbers below it are known")
        .range(2, 1000);
    t.add("head", &Arguments::head_arguments, "{type: Atomwise | DipoleMoment, …}");
    return t;
  }();
  return table;
}

OptionTable<SchNetHeadOptions> common_head_table(const std::string& type) {
  using Head = SchNetHeadOptions;
  OptionTable<Head> t("SchNet " + type + " head");
  t.add("type", &Head::type, "kind of head").choices({"Atomwise", "DipoleMoment"});
  t.add("n_layers", &Head::n_layers, "layers of the network").range(1, 100);
  t.add("n_hidden", &Head::n_hidden, "width of the hidden layers; null: halved from layer to layer").range(1, 1 << 16);
  t.add("activation", &Head::activation, "activation of the hidden layers");
  return t;
}

const OptionTable<SchNetHeadOptions>& head_table(const std::string& type) {
  using Head = SchNetHeadOptions;
  static const OptionTable<Head> atomwise = [] {
    OptionTable<Head> t = common_head_table("Atomwise");
    t.add("aggregation_mode", &Head::aggregation_mode, "sum: extensive property, avg: intensive property")
        .choices({"sum", "avg"});
    t.add("output_key", &Head::output_key, "name of the property");
    t.add("unit", &Head::unit, "unit of the property");
    t.add("forces", &Head::forces, "put out forces, -dE/dR");
    t.add("stress", &Head::stress, "put out the stress, dE/dstrain / volume");
    return t;
  }();
  static const OptionTable<Head> dipole = [] {
    OptionTable<Head> t = common_head_table("DipoleMoment");
    t.add("predict_magnitude", &Head::predict_magnitude, "put out the length of the dipole moment");
    t.add("correct_charges", &Head::correct_charges, "shift the charges so that they add up to the total charge");
    return t;
  }();
  return type == "DipoleMoment" ? dipole : atomwise;
}

}  // namespace

SchNetOptions parse_schnet_options(const Config& arguments) {
  Arguments parsed = model_table().parse(arguments);
  const Config* type = parsed.head_arguments.is_map() ? parsed.head_arguments.find("type") : nullptr;
  SchNetOptions options = parsed;
  options.head = head_table(type && type->is_string() ? type->as_string() : "Atomwise").parse(parsed.head_arguments);
  require(!options.trainable_rbf || options.radial_basis != "BesselRBF",
          "SchNet: trainable_rbf is true, but BesselRBF has nothing to train; GaussianRBF has");
  require(!options.rbf_start || options.radial_basis != "BesselRBF",
          "SchNet: rbf_start is {}, but BesselRBF starts at 0; GaussianRBF can start elsewhere",
          options.rbf_start.value_or(0));
  return options;
}

Config complete(const SchNetOptions& options) {
  Arguments arguments;
  static_cast<SchNetOptions&>(arguments) = options;
  arguments.head_arguments = head_table(options.head.type).complete(options.head);
  return model_table().complete(arguments);
}

std::vector<OptionDoc> schnet_option_docs() {
  std::vector<OptionDoc> docs = model_table().docs();
  std::vector<std::string> seen;
  for (const char* type : {"Atomwise", "DipoleMoment"}) {
    for (OptionDoc doc : head_table(type).docs()) {
      if (std::find(seen.begin(), seen.end(), doc.name) != seen.end()) continue;
      seen.push_back(doc.name);
      doc.name = "head." + doc.name;
      docs.push_back(std::move(doc));
    }
  }
  return docs;
}

}  // namespace spinel::models
