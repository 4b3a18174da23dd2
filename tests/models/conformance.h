// The conformance suite that every model of atoms passes: one description of a model serves all checks.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "spinel/atoms/frame.h"
#include "spinel/train/model.h"

namespace spinel::models {

/// A model under test. Checks, by the names under which `switched_off` leaves them out:
/// - rotation, inversion, permutation, translation: outputs follow the symmetry
/// - forces, stress: they are the derivatives of the energy, by central differences
/// - periodicity, doubled_cell: atoms moved by lattice vectors; per-atom outputs of a doubled cell
/// - batch: a batch gives what its samples give alone
/// - isolated_atom: an atom without neighbours has finite outputs and no force
/// - continuity: outputs do not jump when a neighbour crosses the cutoff
/// - state: outputs survive save and load of the state, and a checkpoint, bit for bit
/// - loss_falls: gradient steps on one batch reduce its loss
/// - errors: frames that cannot be computed are refused with a clear error
///
/// Outputs with a last axis of 3 are taken as vectors, with two such axes as tensors of rank 2, else as scalars.
struct ConformanceCase {
  std::string name;   ///< of the case, letters and digits
  std::string model;  ///< in model_list()
  Config arguments;
  std::vector<Frame> frames;  ///< at least two, of different size; a periodic one for stress and periodicity
  double cutoff = 0;          ///< Å, of the model's neighbour list; for continuity
  std::vector<std::string> switched_off;
  /// Of a checkpoint that an earlier build wrote, <path>.safetensors below tests/golden, beside it the outputs that
  /// build gave for `frames`, <path>-outputs.safetensors. It must load and give them ever after. Empty: none.
  std::string old_checkpoint = "";
};

/// Instantiate with INSTANTIATE_TEST_SUITE_P(SchNet, ModelConformance, testing::Values(…), conformance_name).
class ModelConformance : public testing::TestWithParam<ConformanceCase> {
 protected:
  void SetUp() override;
  /// Outputs of one frame, float64.
  NamedTensors evaluate(const Frame& frame);
  /// Outputs of several frames as one batch.
  NamedTensors evaluate(const std::vector<Frame>& frames);
  bool has_output(const std::string& name) const;
  /// Skips the running test where the case switches `check` off.
  bool skips(const std::string& check) const;

  std::unique_ptr<train::Model> model_;
};

inline std::string conformance_name(const testing::TestParamInfo<ConformanceCase>& info) { return info.param.name; }

}  // namespace spinel::models
