#include "spinel/atoms/graph.h"

#include <ATen/ATen.h>

#include <memory>
#include <utility>

#include "spinel/atoms/elements.h"
#include "spinel/base/error.h"

namespace spinel {

namespace {

// A tensor that takes over a vector's memory.
template <typename T>
at::Tensor adopt(UninitializedVector<T>&& values) {
  if (values.empty()) return at::empty({0}, c10::CppTypeToScalarType<T>::value);
  auto owner = std::make_unique<UninitializedVector<T>>(std::move(values));
  T* data = owner->data();
  const auto size = static_cast<int64_t>(owner->size());
  return at::from_blob(
      data, {size}, [kept = owner.release()](void*) { delete kept; },
      at::TensorOptions().dtype(c10::CppTypeToScalarType<T>::value));
}

at::Tensor shift_vectors(const NeighborList& list, const Matrix3& cell) {
  at::Tensor offsets = at::empty({list.size(), 3}, at::kDouble);
  double* out = offsets.mutable_data_ptr<double>();
  for (int64_t k = 0; k < list.size(); ++k) {
    const auto& s = list.shift[k];
    for (int a = 0; a < 3; ++a) out[3 * k + a] = s[0] * cell[0][a] + s[1] * cell[1][a] + s[2] * cell[2][a];
  }
  return offsets;
}

}  // namespace

Vector3 center_of_mass(const Frame& frame) {
  Vector3 sum{};
  double total = 0;
  for (int64_t i = 0; i < frame.size(); ++i) {
    const double mass = element(frame.numbers[i]).mass;
    for (int a = 0; a < 3; ++a) sum[a] += mass * frame.positions[i][a];
    total += mass;
  }
  if (total > 0) {
    for (double& v : sum) v /= total;
  }
  return sum;
}

NamedTensors potential_inputs(const Frame& frame, const GraphOptions& options, at::ScalarType dtype,
                              const ParallelFor& parallel) {
  const int64_t n = frame.size();
  require(n > 0, "frame: it has no atoms; at least one is needed");
  require(std::ssize(frame.positions) == n, "frame: {} atomic numbers but {} positions", n, frame.positions.size());
  std::vector<Vector3> centered;
  std::span<const Vector3> positions = frame.positions;
  if (options.center_of_mass) {
    const Vector3 center = center_of_mass(frame);
    centered = frame.positions;
    for (auto& r : centered) {
      for (int a = 0; a < 3; ++a) r[a] -= center[a];
    }
    positions = centered;
  }
  NeighborOptions search;
  search.cutoff = options.cutoff;
  search.allow_coincident = false;
  search.max_pairs = std::min(search.max_pairs, options.max_neighbors_mean * n);
  NeighborList list = find_neighbors(positions, frame.cell, frame.pbc, search, parallel);

  const auto real = at::TensorOptions().dtype(at::kDouble);
  auto copy = [&](const double* data, at::IntArrayRef shape) {
    return at::from_blob(const_cast<double*>(data), shape, real).to(dtype, false, /*copy=*/true);
  };
  at::Tensor pbc = at::empty({3}, at::kBool);
  for (int a = 0; a < 3; ++a) pbc.mutable_data_ptr<bool>()[a] = frame.pbc[a];
  at::Tensor z = at::empty({n}, at::kLong);
  std::copy(frame.numbers.begin(), frame.numbers.end(), z.mutable_data_ptr<int64_t>());
  NamedTensors inputs;
  inputs.set("z", z);
  inputs.set("pos", copy(positions[0].data(), {n, 3}));
  inputs.set("offsets", shift_vectors(list, frame.cell).to(dtype));
  inputs.set("idx_i", adopt(std::move(list.center)));
  inputs.set("idx_j", adopt(std::move(list.neighbor)));
  inputs.set("idx_m", at::zeros({n}, at::kLong));
  inputs.set("n_atoms", at::full({1}, n, at::kLong));
  inputs.set("cell", copy(frame.cell[0].data(), {1, 3, 3}));
  inputs.set("pbc", pbc);
  return inputs;
}

}  // namespace spinel
