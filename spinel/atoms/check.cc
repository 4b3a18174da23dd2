#include "spinel/atoms/check.h"

#include <ATen/ATen.h>

#include "spinel/atoms/lattice.h"
#include "spinel/atoms/neighbor_list.h"
#include "spinel/atoms/radius_graph.h"
#include "spinel/base/error.h"

namespace spinel {

namespace {

using golden::Call;
using golden::Outputs;

at::Tensor doubles(const at::Tensor& tensor) { return tensor.detach().to(at::kCPU, at::kDouble).contiguous(); }

Matrix3 to_matrix(const at::Tensor& tensor) {
  require(tensor.numel() == 9, "golden case: a cell has {} numbers; it must have 9", tensor.numel());
  const at::Tensor dense = doubles(tensor);
  const double* data = dense.const_data_ptr<double>();
  Matrix3 matrix;
  for (int k = 0; k < 9; ++k) matrix[k / 3][k % 3] = data[k];
  return matrix;
}

std::vector<Vector3> to_points(const at::Tensor& tensor) {
  require(tensor.dim() == 2 && tensor.size(1) == 3, "golden case: coordinates must be [atoms, 3]");
  const at::Tensor dense = doubles(tensor);
  const double* data = dense.const_data_ptr<double>();
  std::vector<Vector3> points(tensor.size(0));
  for (size_t i = 0; i < points.size(); ++i) points[i] = {data[3 * i], data[3 * i + 1], data[3 * i + 2]};
  return points;
}

std::array<bool, 3> to_pbc(const at::Tensor& tensor) {
  const at::Tensor flags = tensor.reshape({-1}).to(at::kLong);
  require(flags.numel() == 3, "golden case: pbc has {} values; it must have 3", flags.numel());
  return {flags[0].item<int64_t>() != 0, flags[1].item<int64_t>() != 0, flags[2].item<int64_t>() != 0};
}

std::array<bool, 3> to_pbc(const Config& value) {
  const auto& items = value.as_list();
  require(items.size() == 3, "golden case: pbc has {} values; it must have 3", items.size());
  auto flag = [](const Config& c) { return c.type() == Config::Type::boolean ? c.as_bool() : c.as_int() != 0; };
  return {flag(items[0]), flag(items[1]), flag(items[2])};
}

std::array<bool, 3> pbc_of(const Config& args) {
  const Config* pbc = args.find("pbc");
  return pbc ? to_pbc(*pbc) : std::array<bool, 3>{true, true, true};
}

template <typename Values>
at::Tensor longs(const Values& values) {
  at::Tensor tensor = at::empty({static_cast<int64_t>(values.size())}, at::kLong);
  std::copy(values.begin(), values.end(), tensor.template mutable_data_ptr<int64_t>());
  return tensor;
}

at::Tensor shifts_of(const NeighborList& list) {
  at::Tensor shifts = at::empty({list.size(), 3}, at::kLong);
  int64_t* out = shifts.mutable_data_ptr<int64_t>();
  for (const auto& shift : list.shift) out = std::copy(shift.begin(), shift.end(), out);
  return shifts;
}

at::Tensor distances_of(const NeighborList& list) {
  at::Tensor distances = at::empty({list.size()}, at::kDouble);
  std::copy(list.distance.begin(), list.distance.end(), distances.mutable_data_ptr<double>());
  return distances;
}

// Pairs with 0 < d < cutoff of Cartesian positions.
Outputs schnet_neighbor_list(const Call& call) {
  const at::Tensor pos = call.tensor("pos"), cell = call.tensor("cell");
  NeighborOptions options;
  options.cutoff = call.args.at("cutoff").as_double();
  const Matrix3 matrix = to_matrix(cell);
  const NeighborList list = find_neighbors(to_points(pos), matrix, to_pbc(call.tensor("pbc")), options);
  const at::Tensor shifts = shifts_of(list);
  const at::Tensor offsets = shifts.to(at::kDouble).matmul(doubles(cell).reshape({3, 3})).to(pos.scalar_type());
  return {{{"idx_i", longs(list.center)}, {"idx_j", longs(list.neighbor)}, {"offsets", offsets}, {"shifts", shifts}},
          {}};
}

// Pairs with d ≤ r of fractional coordinates.
Outputs crystal_neighbor_list(const Call& call) {
  const at::Tensor frac = call.tensor("frac_coords");
  const Lattice lattice(to_matrix(call.tensor("lattice")));
  std::vector<Vector3> points = to_points(frac);
  for (Vector3& point : points) point = lattice.cartesian(point);
  NeighborOptions options;
  options.cutoff = call.args.at("r").as_double();
  options.closed = true;
  const Config* exclude = call.args.find("exclude_self");
  options.self_pairs = exclude && !exclude->as_bool();
  if (!options.self_pairs) {
    const Config* tolerance = call.args.find("numerical_tol");
    options.min_distance = tolerance ? tolerance->as_double() : 1e-8;
  }
  const NeighborList list = find_neighbors(points, lattice.matrix(), pbc_of(call.args), options);
  return {{{"center", longs(list.center)},
           {"neighbor", longs(list.neighbor)},
           {"image", shifts_of(list)},
           {"distance", distances_of(list).to(frac.scalar_type())}},
          {}};
}

// Edges with their vectors r_j + S·cell − r_i.
Outputs edge_vectors(const Call& call) {
  const at::Tensor pos = call.tensor("pos"), cell = call.tensor("cell");
  NeighborOptions options;
  options.cutoff = call.args.at("cutoff").as_double();
  const NeighborList list = find_neighbors(to_points(pos), to_matrix(cell), pbc_of(call.args), options);
  const at::Tensor source = longs(list.center), target = longs(list.neighbor);
  const at::Tensor r = doubles(pos);
  const at::Tensor vectors = r.index_select(0, target) - r.index_select(0, source) +
                             shifts_of(list).to(at::kDouble).matmul(doubles(cell).reshape({3, 3}));
  return {{{"edge_index", at::stack({source, target})}, {"edge_attr", vectors.to(pos.scalar_type())}}, {}};
}

Outputs molecule_radius_graph(const Call& call) {
  const RadiusGraph graph = radius_graph(call.tensor("positions"), radius_graph_table().parse(call.args));
  return {{{"edge_index", graph.edge_index},
           {"distance", graph.distance},
           {"direction", graph.direction},
           {"idx_kj", graph.idx_kj},
           {"idx_ji", graph.idx_ji}},
          {}};
}

at::Tensor from_values(const double* values, at::IntArrayRef shape) {
  return at::from_blob(const_cast<double*>(values), shape, at::kDouble).clone();
}

// Each function of a lattice, for a batch of matrices [B, 3, 3].
Outputs lattice_functions(const Call& call) {
  const at::Tensor matrices = call.tensor("matrix");
  const at::ScalarType dtype = matrices.scalar_type();
  const Config* tol = call.args.find("niggli_tol");
  const Config* delta = call.args.find("lll_delta");
  std::vector<at::Tensor> parameters, niggli_parameters, lll, rebuilt, volumes, reciprocal, niggli;
  for (int64_t b = 0; b < matrices.size(0); ++b) {
    const Lattice lattice(to_matrix(matrices[b]));
    const auto p = lattice.parameters();
    const Lattice reduced = lattice.niggli_reduced(tol ? tol->as_double() : 1e-5);
    auto add = [&](std::vector<at::Tensor>& list, const Matrix3& m) {
      list.push_back(from_values(m[0].data(), {3, 3}));
    };
    parameters.push_back(from_values(p.data(), {6}));
    niggli_parameters.push_back(from_values(reduced.parameters().data(), {6}));
    add(lll, lattice.lll_reduced(delta ? delta->as_double() : 0.75).matrix());
    add(rebuilt, Lattice::from_parameters(p[0], p[1], p[2], p[3], p[4], p[5]).matrix());
    volumes.push_back(at::scalar_tensor(lattice.volume(), at::kDouble));
    add(reciprocal, lattice.reciprocal());
    add(niggli, reduced.matrix());
  }
  auto join = [&](const std::vector<at::Tensor>& list) { return at::stack(list).to(dtype); };
  return {{{"parameters", join(parameters)},
           {"niggli_parameters", join(niggli_parameters)},
           {"lll_matrix", join(lll)},
           {"matrix_from_parameters", join(rebuilt)},
           {"volume", join(volumes)},
           {"reciprocal", join(reciprocal)},
           {"niggli_matrix", join(niggli)}},
          {}};
}

}  // namespace

std::vector<golden::Function> atoms_golden_functions() {
  return {
      {"materials/schnet/neighbor_list", schnet_neighbor_list},
      {"materials/infrastructure/neighbor_list", crystal_neighbor_list},
      {"materials/infrastructure/radius_graph", molecule_radius_graph},
      {"materials/infrastructure/lattice", lattice_functions},
      {"materials/dm2/neighbor_list", edge_vectors},
  };
}

}  // namespace spinel
