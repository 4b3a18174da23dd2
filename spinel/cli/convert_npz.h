// NumPy archives of molecular trajectories (MD17, rMD17, MD22) as extended XYZ.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace spinel::cli {

/// Writes every frame of a .npz file to `output`, all or nothing, and returns their number. Known arrays (by their
/// publishers): z or nuclear_charges [N]; R or coords [F,N,3] Å; E or energies [F] or [F,1]; F or forces [F,N,3]. The
/// last two may be missing. Numbers stay as they are: energies in kcal/mol and forces in kcal/mol/Å in these data sets.
/// `name` is what messages call the input. `progress` is called now and then with the frames written and all of them.
/// No such arrays: not_found; shapes that do not fit together, atomic numbers that are none: corrupt.
int64_t convert_npz(const std::string& input, const std::string& output, const std::string& name,
                    const std::function<void(int64_t done, int64_t all)>& progress = {});

}  // namespace spinel::cli
