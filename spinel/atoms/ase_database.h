// Reads ASE's databases in SQLite files (ase.db), also those that SchNetPack writes, row by row.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "spinel/atoms/frame.h"
#include "spinel/base/config.h"

namespace spinel {

/// Factors that turn what a database holds into what is wished.
struct AseDatabaseUnits {
  double distance = 1;                   ///< of positions and cells
  std::map<std::string, double> values;  ///< of entries of `data` and `key_value_pairs`, by their names
};

/// The rows of the table `systems`, in the order of their ids; memory holds one row. Versions 5 to 9 of the format.
///
/// Of a row: numbers, positions, cell and pbc; per frame energy, free_energy, stress (3x3), dipole, magmom; per atom
/// forces, charges, magmoms, initial_charges, initial_magmoms, momenta, masses, tags; then key_value_pairs and data:
/// numbers, texts and arrays (ASE's JSON, and its binary form of it). Leading axes of length 1 go, so that SchNetPack's
/// [1] is a number and [1,3] a vector. An array is per atom if its name is known to be (forces, charges, …) or if in
/// all of the first 1000 rows its first axis is as long as there are atoms. ISO17's total_energy and atomic_forces
/// become energy and forces where a row has none.
///
/// Errors name file and row (from 1, with its id): corrupt for a file that is no such database, pages or values that
/// are damaged; unavailable where this build has no SQLite.
class AseDatabaseReader {
 public:
  /// `name` is what messages call the file; empty: its path.
  explicit AseDatabaseReader(const std::string& path, const std::string& name = "");
  ~AseDatabaseReader();
  AseDatabaseReader(AseDatabaseReader&&) noexcept;
  AseDatabaseReader& operator=(AseDatabaseReader&&) noexcept;

  /// The next row; false behind the last one.
  bool next(Frame& frame);
  /// Rows in all.
  int64_t size() const;
  /// The database's metadata, a map; SchNetPack's has `_distance_unit` and `_property_unit_dict`.
  const Config& metadata() const;
  /// For the rows that follow.
  void set_units(AseDatabaseUnits units);
  /// Names of entries met so far that no frame can hold (maps, ragged lists, complex numbers), sorted.
  std::vector<std::string> left_out() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace spinel
