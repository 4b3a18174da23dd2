// Published data sets, in the forms that their authors chose, as extended XYZ.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>

namespace spinel::cli {

struct FrameConversion {
  std::string input, output;
  std::string member;   ///< the file in an archive: its name, or the end of it behind a '/'
  std::string exclude;  ///< QM9's list of molecules to leave out
};

constexpr int64_t frames_at_once = 256;  ///< between two reports of progress

/// Whether the path's name ends in one of these.
bool ends_in(const std::string& path, std::initializer_list<const char*> endings);

/// True for an input that holds frames of atoms: archives, ASE's databases, NumPy's archives, files of QM9, and JSON
/// whose result is to be .xyz.
bool holds_frames(const FrameConversion& conversion);

/// Writes the frames to conversion.output, all or nothing, with a progress bar, and returns what was done, for the
/// user. Archives: every .xyz file in them (QM9's dialect or extended XYZ), or else the one .npz, .db or .json file, or
/// the one that `member` names. Energies and their derivatives come out in eV and Å where the input states its units
/// (QM9, SchNetPack's databases); NumPy's archives state none. Errors: those of the readers, naming file, entry, row or
/// line; not_found for a member that is not there; invalid_argument for one that is not told apart, an option that says
/// nothing, and an output that is not .xyz.
std::string convert_frames(const FrameConversion& conversion);

}  // namespace spinel::cli
