// Units that SchNetPack notes in a database's metadata, as factors to eV and Å.
#pragma once

#include <string>
#include <vector>

#include "spinel/atoms/ase_database.h"
#include "spinel/base/config.h"

namespace spinel::cli {

struct AseUnits {
  AseDatabaseUnits factors;
  std::vector<std::string> notes;  ///< "energy from kcal/mol to eV", "dipole_moment in Debye as it is"
};

/// From `_distance_unit` and `_property_unit_dict`: positions to Å; energies and energies times powers of a length
/// (forces, stress) to eV and Å; all else stays in its unit. Without these entries all factors are 1: ASE's own units
/// are eV and Å. A distance that is no length: invalid_argument with `file`.
AseUnits ase_units(const Config& metadata, const std::string& file);

}  // namespace spinel::cli
