// Physical constants in Å, fs, eV, K and u (CODATA 2018).
#pragma once

namespace spinel {

inline constexpr double kHartree = 27.211386245988;   ///< eV
inline constexpr double kBoltzmann = 8.617333262e-5;  ///< eV/K

/// Acceleration in Å/fs² of a mass of 1 u by a force of 1 eV/Å; equally, 1 eV in u·Å²/fs².
inline constexpr double kAccelerationUnit = 1.602176634e-19 / 1.66053906660e-27 * 1e-10;

}  // namespace spinel
