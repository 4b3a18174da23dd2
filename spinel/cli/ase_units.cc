#include "spinel/cli/ase_units.h"

#include <array>
#include <optional>

#include "spinel/base/error.h"
#include "spinel/train/units.h"

namespace spinel::cli {
namespace {

struct Conversion {
  double factor;
  std::string unit;
};

/// To energies in eV times a power of Å; nothing for other dimensions and unknown units.
std::optional<Conversion> energy_conversion(const std::string& unit) {
  static constexpr std::array targets = {"eV", "eV/Å", "eV/Å^2", "eV/Å^3", "eV*Å", "eV*Å^2", "eV*Å^3"};
  for (const char* target : targets) {
    try {
      return Conversion{train::unit_factor(unit, target), target};
    } catch (const Error&) {
      continue;
    }
  }
  return std::nullopt;
}

}  // namespace

AseUnits ase_units(const Config& metadata, const std::string& file) {
  AseUnits units;
  const Config* const distance = metadata.find("_distance_unit");
  if (distance && distance->is_string() && !distance->as_string().empty()) {
    units.factors.distance = train::unit_factor(distance->as_string(), "Å", file + ": _distance_unit");
    if (units.factors.distance != 1) units.notes.push_back("positions from " + distance->as_string() + " to Å");
  }
  const Config* const properties = metadata.find("_property_unit_dict");
  if (!properties || !properties->is_map()) return units;
  for (const auto& [name, value] : properties->as_map()) {
    if (!value.is_string() || value.as_string().empty()) continue;
    const std::string& unit = value.as_string();
    const auto conversion = energy_conversion(unit);
    if (!conversion) {
      units.notes.push_back(name + " in " + unit + " as it is");
    } else if (conversion->factor != 1) {
      units.factors.values[name] = conversion->factor;
      units.notes.push_back(name + " from " + unit + " to " + conversion->unit);
    }
  }
  return units;
}

}  // namespace spinel::cli
