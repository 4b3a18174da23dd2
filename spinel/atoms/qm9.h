// QM9's own dialect of XYZ: one molecule a file, with 15 properties in its comment line.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "spinel/atoms/frame.h"

namespace spinel {

/// A property of QM9, in the order of the comment line (R. Ramakrishnan, P. O. Dral, M. Rupp, O. A. von Lilienfeld,
/// Sci. Data 1, 140022 (2014), table 3), under SchNetPack's name.
struct Qm9Property {
  std::string_view name;       ///< "energy_U0"
  std::string_view published;  ///< the unit in the file: "Ha"
  std::string_view unit;       ///< the unit that parse_qm9 gives: "eV"
};
const std::vector<Qm9Property>& qm9_properties();

/// True where the second line begins as QM9's does: `gdb <number> `.
bool is_qm9(std::string_view text);

/// The molecule of one file: the atoms' positions (Å) and Mulliken charges (e, as `charges`); per frame the properties
/// of qm9_properties() (energies in eV, all else as published), `gdb_index`, `frequencies` (1/cm), and `smiles` and
/// `inchi` of the relaxed structure. Numbers may be written 1.0*^-6. A broken file: corrupt with `name`, line and
/// value.
Frame parse_qm9(std::string_view text, const std::string& name);

/// The molecules' numbers in QM9's list of those that failed its consistency check, sorted: the first word of each line
/// that begins with a number; other lines (title, rules, sum) are no part of it. No number at all: corrupt.
std::vector<int64_t> parse_qm9_exclusions(std::string_view text, const std::string& name);

}  // namespace spinel
