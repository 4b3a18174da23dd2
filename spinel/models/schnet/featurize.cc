#include <ATen/ATen.h>

#include "spinel/atoms/neighbor_list.h"
#include "spinel/base/error.h"
#include "spinel/models/schnet/schnet.h"

namespace spinel::models {
namespace {

at::Tensor index_tensor(const std::vector<int64_t>& values) {
  at::Tensor tensor = at::empty({static_cast<int64_t>(values.size())}, at::kLong);
  std::copy(values.begin(), values.end(), tensor.mutable_data_ptr<int64_t>());
  return tensor;
}

}  // namespace

NamedTensors SchNet::featurize(const Frame& frame, at::ScalarType dtype) const {
  const int64_t atoms = frame.size();
  require(atoms > 0, "SchNet: the frame has no atoms; at least one is needed");
  for (int64_t i = 0; i < atoms; ++i) {
    require(frame.numbers[i] >= 1 && frame.numbers[i] < options_.max_z,
            "SchNet: atom {} has the atomic number {}; the model knows 1 to {}", i, frame.numbers[i],
            options_.max_z - 1);
  }
  NeighborOptions search;
  search.cutoff = options_.cutoff;
  const NeighborList list = find_neighbors(frame.positions, frame.cell, frame.pbc, search);

  at::Tensor pos = at::empty({atoms, 3}, at::kDouble);
  std::copy_n(frame.positions.front().data(), 3 * atoms, pos.mutable_data_ptr<double>());
  at::Tensor offsets = at::empty({list.size(), 3}, at::kDouble);
  double* offset = offsets.mutable_data_ptr<double>();
  for (int64_t e = 0; e < list.size(); ++e) {
    require(list.distance[e] > 0, "SchNet: atoms {} and {} are at the same place; their distance must not be 0",
            list.center[e], list.neighbor[e]);
    for (int axis = 0; axis < 3; ++axis) {
      double& component = offset[3 * e + axis] = 0;
      for (int k = 0; k < 3; ++k) component += list.shift[e][k] * frame.cell[k][axis];
    }
  }
  at::Tensor cell = at::empty({3, 3}, at::kDouble);
  std::copy_n(frame.cell.front().data(), 9, cell.mutable_data_ptr<double>());
  // Distances keep their digits when the coordinates are rounded only after they are small.
  pos -= pos.mean(0);
  return {{"z", index_tensor(frame.numbers)},
          {"pos", pos.to(dtype)},
          {"idx_i", index_tensor(list.center)},
          {"idx_j", index_tensor(list.neighbor)},
          {"offsets", offsets.to(dtype)},
          {"idx_m", at::zeros({atoms}, at::kLong)},
          {"n_atoms", at::full({1}, atoms, at::kLong)},
          {"cell", cell.to(dtype)}};
}

std::vector<train::JoinRule> SchNet::join_rules() const {
  using Kind = train::JoinRule::Kind;
  return {{"idx_i", Kind::shift, "n_atoms"},
          {"idx_j", Kind::shift, "n_atoms"},
          {"idx_m", Kind::number, ""},
          {"cell", Kind::stack, ""}};
}

}  // namespace spinel::models
