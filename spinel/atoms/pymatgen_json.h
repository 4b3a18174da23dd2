// Crystals as JSON: pymatgen's structures, and the Materials Project's documents around them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "spinel/atoms/frame.h"
#include "spinel/base/json_items.h"

namespace spinel {

/// Reads a file of structures one by one: a list of documents, documents one after another (JSON Lines), or answers of
/// the Materials Project's API ({"data": […]}), also several put together; also gzipped.
///
/// A document is a structure as pymatgen's `as_dict()` gives it (lattice.matrix in Å; sites with species, abc or xyz),
/// or a map with one under `structure`, whose numbers, booleans and texts become properties of the frame
/// (formation_energy_per_atom in eV, material_id, …). Numbers and vectors that each site has under `properties` become
/// properties of the atoms. A molecule (no lattice) has no cell.
///
/// Errors name file, document (from 1), line and material_id: corrupt for what is no such document; invalid_argument
/// for sites that several elements share or that are only partly occupied, and for a structure given as text (CIF).
class PymatgenReader {
 public:
  /// `name` is what messages call the file; empty: its path.
  explicit PymatgenReader(const std::string& path, const std::string& name = "");
  /// Reads `text`, which must stay alive.
  static PymatgenReader over(std::string_view text, std::string name);

  /// The next structure; false at the end.
  bool next(Frame& frame);
  const JsonItems& items() const { return items_; }

 private:
  PymatgenReader(JsonItems items, std::string name);
  JsonItems items_;
  std::string name_;
};

}  // namespace spinel
