#include "spinel/cli/data_sets.h"

#include <algorithm>
#include <utility>

#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
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
          "",
          "data/md17",
          {"spinel convert {file} -o {folder}/md17_" + molecule + ".xyz"}};
}

/// A command for each file that is taken out of an archive: "<prefix><part>.<ending>" becomes "<prefix><part>.xyz".
std::vector<std::string> member_commands(const std::string& prefix, const std::vector<std::string>& parts,
                                         const std::string& ending) {
  std::vector<std::string> commands;
  for (const std::string& part : parts) {
    commands.push_back("spinel convert {file} --member " + prefix + part + ending + " -o {folder}/" + prefix + part +
                       ".xyz");
  }
  return commands;
}

/// As a word of a shell's command line.
std::string shell_word(const std::string& text) {
  if (text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./+:@%,") == text.npos) {
    return text;
  }
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return quoted + "'";
}

}  // namespace

const std::vector<DataSet>& data_sets() {
  static const std::vector<DataSet> sets = {
      {"qm9",
       "QM9: small organic molecules with 15 properties (B3LYP/6-31G(2df,p))",
       "133 885 molecules",
       "tar.bz2 of one .xyz per molecule, energies in Ha",
       "CC0 by its figshare page",
       "https://ndownloader.figshare.com/files/3195389",
       "https://doi.org/10.6084/m9.figshare.c.978904",
       "dsgdb9nsd.xyz.tar.bz2",
       "ad1ebd51ee7f5b3a6e32e974e5d54012",
       "data/qm9",
       {"spinel data get qm9-uncharacterized --to {folder}",
        "spinel convert {file} --exclude {folder}/uncharacterized.txt -o {folder}/qm9.xyz"}},
      {"qm9-uncharacterized", "QM9: list of the 3 054 molecules that failed the consistency check",
       "3 054 molecule numbers", "text", "CC0 by its figshare page", "https://ndownloader.figshare.com/files/3195404",
       "https://doi.org/10.6084/m9.figshare.c.978904", "uncharacterized.txt", "a361887bacb427b8a0ce7903d92a53b4",
       "data/qm9"},
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
       "http://quantum-machine.org/datasets/", "iso17.tar.gz", "", "data/iso17",
       member_commands("", {"reference", "reference_eq", "test_within", "test_other", "test_eq"}, ".db")},
      {"rmd17", "rMD17: trajectories of ten molecules of MD17, recomputed tightly (PBE/def2-SVP)",
       "100 000 frames a molecule",
       "tar.bz2 of NumPy .npz: nuclear_charges, coords (Å), energies (kcal/mol), forces (kcal/mol/Å)",
       "CC0 by its figshare page", "https://figshare.com/ndownloader/files/23950376",
       "https://doi.org/10.6084/m9.figshare.12672038", "rmd17.tar.bz2", "", "data/rmd17",
       member_commands("rmd17_",
                       {"aspirin", "azobenzene", "benzene", "ethanol", "malonaldehyde", "naphthalene", "paracetamol",
                        "salicylic", "toluene", "uracil"},
                       ".npz")},
      {"materials-project",
       "Materials Project: formation energies of crystals",
       "89 000 structures in the 2018 paper",
       "JSON from its API, to be asked with a key of your own",
       "CC BY 4.0",
       "",
       "https://materialsproject.org",
       "materials_project.json",
       "",
       "data/materials_project",
       {"spinel convert {file} -o {folder}/materials_project.xyz"}},
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

std::vector<std::string> commands_after_fetching(const DataSet& set, const std::string& folder) {
  const std::pair<std::string, std::string> places[] = {{"{file}", join_path(folder, set.file)}, {"{folder}", folder}};
  std::vector<std::string> commands;
  for (const std::string& line : set.commands) {
    std::string command;
    for (size_t at = 0; at < line.size();) {
      const size_t end = std::min(line.find(' ', at), line.size());
      std::string word = line.substr(at, end - at);
      for (const auto& [name, value] : places) {
        if (!word.starts_with(name)) continue;
        word = shell_word(value + word.substr(name.size()));
        break;
      }
      if (!command.empty()) command += ' ';
      command += word;
      at = end + 1;
    }
    commands.push_back(command);
  }
  return commands;
}

}  // namespace spinel::cli
