// One run of molecular dynamics with its files: trajectory, table of energies, restart file.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "spinel/atoms/dynamics.h"
#include "spinel/atoms/frame.h"
#include "spinel/train/model.h"

namespace spinel::cli {

struct MdFiles {
  std::string trajectory;  ///< extended XYZ
  std::string table;       ///< CSV; empty: none
  std::string restart;     ///< empty: none
};

struct MdOptions {
  DynamicsOptions dynamics;
  double start_temperature = 300;  ///< K, of the initial velocities
  int64_t steps = 1000;            ///< the run ends at this step
  int64_t write_every = 10;        ///< steps between frames of the trajectory and rows of the table
  int64_t restart_every = 1000;    ///< steps between restart files
  bool resume = false;             ///< go on from the restart file
  std::string potential;           ///< its name: a restart must belong to the same
};

struct MdSummary {
  int64_t steps = 0, first_step = 0;
  double time = 0;              ///< fs, of the whole run
  double drift = 0;             ///< eV/atom/ps, slope of the conserved energy
  double spread = 0;            ///< eV/atom, its largest less its smallest value
  double mean_temperature = 0;  ///< K, over the rows written by this process
  double seconds = 0;           ///< of this process
};

/// Makes a fresh evaluator. One is made at the start and after each restart file, so that a run that goes on from there
/// finds the same neighbour lists, and with them the same rounding, as the run that was not interrupted.
using MakeEvaluator = std::function<std::unique_ptr<train::Evaluator>()>;

/// Runs to the last step; with `resume` from the restart file on, after what was written later has been cut off. A
/// restart file of another system or other options: invalid_argument naming the difference.
/// `progress` is called after each row with the step and a line of text.
MdSummary run_md(const Frame& start, const MakeEvaluator& make_evaluator, const MdOptions& options,
                 const MdFiles& files, const std::function<void(int64_t, const std::string&)>& progress = {});

}  // namespace spinel::cli
