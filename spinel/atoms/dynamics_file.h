// Restart files of molecular dynamics: all that a run needs to go on bit for bit.
#pragma once

#include <string>
#include <vector>

#include "spinel/atoms/dynamics.h"
#include "spinel/base/config.h"

namespace spinel {

struct DynamicsRestart {
  DynamicsState state;
  std::vector<int64_t> numbers;
  std::vector<double> drift;     ///< EnergyDrift::save()
  Config run = Config::map();    ///< what must be the same in the run that goes on
  Config files = Config::map();  ///< sizes in bytes of the files that the run had written, by path
};

/// A safetensors file with float64 values; replaced all or nothing.
void save_restart(const std::string& path, const DynamicsRestart& restart);
/// A file that is none of ours: corrupt.
DynamicsRestart load_restart(const std::string& path);

}  // namespace spinel
