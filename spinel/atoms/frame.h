// A frame of atoms: numbers, positions, cell and named properties, as read from and written to files.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace spinel {

using Vector3 = std::array<double, 3>;
using Matrix3 = std::array<Vector3, 3>;  ///< rows

/// A per-atom property: `columns` values for each atom, row-major.
struct AtomProperty {
  int columns = 1;
  std::variant<std::vector<double>, std::vector<int64_t>, std::vector<uint8_t>, std::vector<std::string>> values;
};

/// A per-frame property: number, integer, boolean, text, or an array of one of them with its shape.
struct FrameProperty {
  std::vector<int64_t> shape;  ///< empty: a scalar; else row-major values
  std::variant<std::vector<double>, std::vector<int64_t>, std::vector<uint8_t>, std::vector<std::string>> values;
};

/// Atoms in Å. Energies in eV, forces in eV/Å, stress in eV/Å³ (symmetric 3x3, ASE's sign) where a reader knows them.
struct Frame {
  std::vector<int64_t> numbers;    ///< atomic numbers, 1 … 118; 0: a dummy atom
  std::vector<Vector3> positions;  ///< Å
  Matrix3 cell{};                  ///< rows are the lattice vectors, Å; all zero: no cell
  std::array<bool, 3> pbc{false, false, false};
  std::map<std::string, FrameProperty> info;   ///< per frame: energy, stress, …
  std::map<std::string, AtomProperty> arrays;  ///< per atom: forces, charges, …

  int64_t size() const { return static_cast<int64_t>(numbers.size()); }
  bool periodic() const { return pbc[0] || pbc[1] || pbc[2]; }
};

}  // namespace spinel
