#include "spinel/cli/data_sets.h"

#include "spinel/base/error.h"
#include "spinel/base/suggest.h"

namespace spinel::cli {
namespace {

constexpr const char* kGdml = "http://www.quantum-machine.org/gdml/";

DataSet md17(const std::string& molecule, const std::string& title, const std::string& frames) {
  const std::string file = "md17_" + molecule + ".npz";
  return {"md17-" + molecule,
          "MD17: trajectory of " + title + " at 500 K, energies and forces (PBE+vdW-TS)",
          frames + " frames",
          "NumPy .npz: z, R (Å), E (kcal/mol), F (kcal/mol/Å)",
          "none stated; free for research by its page",
          kGdml + ("data/npz/" + file),
          kGdml,
          file,
          ""};
}

}  // namespace

const std::vector<DataSet>& data_sets() {
  static const std::vector<DataSet> sets = {
      {"qm9", "QM9: small organic molecules with 15 properties (B3LYP/6-31G(2df,p))", "133 885 molecules",
       "tar.bz2 of one .xyz per molecule, energies in Ha", "CC0 by its figshare page",
       "https://ndownloader.figshare.com/files/3195389", "https://doi.org/10.6084/m9.figshare.c.978904",
       "dsgdb9nsd.xyz.tar.bz2", "ad1ebd51ee7f5b3a6e32e974e5d54012"},
      {"qm9-uncharacterized", "QM9: list of the 3 054 molecules that failed the consistency check",
       "3 054 molecule numbers", "text", "CC0 by its figshare page", "https://ndownloader.figshare.com/files/3195404",
       "https://doi.org/10.6084/m9.figshare.c.978904", "uncharacterized.txt", "a361887bacb427b8a0ce7903d92a53b4"},
      md17("aspirin", "aspirin", "211 762"),
      md17("benzene2017", "benzene", "627 983"),
      md17("ethanol", "ethanol", "555 092"),
      md17("malonaldehyde", "malonaldehyde", "993 237"),
      md17("naphthalene", "naphthalene", "326 250"),
      md17("salicylic", "salicylic acid", "320 231"),
      md17("toluene", "toluene", "442 790"),
      md17("uracil", "uracil", "133 770"),
      {"iso17", "ISO17: trajectories of 129 isomers of C7O2H10, energies and forces", "645 000 frames",
       "tar.gz of ASE databases, eV and eV/Å", "none stated", "http://quantum-machine.org/datasets/iso17.tar.gz",
       "http://quantum-machine.org/datasets/", "iso17.tar.gz", ""},
      {"rmd17", "rMD17: trajectories of ten molecules of MD17, recomputed tightly (PBE/def2-SVP)",
       "100 000 frames a molecule",
       "tar.bz2 of NumPy .npz: nuclear_charges, coords (Å), energies (kcal/mol), forces (kcal/mol/Å)",
       "CC0 by its figshare page", "https://figshare.com/ndownloader/files/23950376",
       "https://doi.org/10.6084/m9.figshare.12672038", "rmd17.tar.bz2", ""},
      {"materials-project", "Materials Project: formation energies of crystals", "89 000 structures in the 2018 paper",
       "JSON from its API", "CC BY 4.0", "", "https://materialsproject.org", "", ""},
  };
  return sets;
}

const DataSet& data_set(const std::string& name) {
  std::vector<std::string> names;
  for (const DataSet& set : data_sets()) {
    if (set.name == name) return set;
    names.push_back(set.name);
  }
  fail(ErrorKind::not_found, "{}: no data set has this name{}", name, suggestion(name, names));
}

}  // namespace spinel::cli
