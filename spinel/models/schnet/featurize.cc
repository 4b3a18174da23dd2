#include <algorithm>

#include "spinel/atoms/graph.h"
#include "spinel/base/error.h"
#include "spinel/models/schnet/schnet.h"

namespace spinel::models {

NamedTensors SchNet::featurize(const Frame& frame, at::ScalarType dtype) const {
  for (int64_t i = 0; i < frame.size(); ++i) {
    require(frame.numbers[i] >= 1 && frame.numbers[i] < options_.max_z,
            "SchNet: atom {} has the atomic number {}; the model knows 1 to {}", i, frame.numbers[i],
            options_.max_z - 1);
  }
  // The dipole moment is that of the charges about the centre of mass; for energies small coordinates keep more digits
  // when they are rounded to `dtype`.
  return potential_inputs(frame, {.cutoff = options_.cutoff, .center_of_mass = true}, dtype);
}

std::vector<train::JoinRule> SchNet::join_rules() const {
  using Kind = train::JoinRule::Kind;
  return {{"idx_i", Kind::shift, "n_atoms"}, {"idx_j", Kind::shift, "n_atoms"}, {"idx_m", Kind::number, ""}};
}

}  // namespace spinel::models
