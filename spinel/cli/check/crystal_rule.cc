// crystal:<group>/<role>: structures equal up to the choice of cell, origin and order.
#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "spinel/atoms/lattice.h"
#include "spinel/atoms/neighbor_list.h"
#include "spinel/base/error.h"
#include "spinel/cli/check/rules.h"

namespace spinel::check {
namespace {

constexpr double distance_limit = 5.0;  ///< Å
constexpr double least_tolerance = 1e-4;

/// Tensors of one side by role; coordinates are fractional or Cartesian.
struct Crystals {
  at::Tensor lattice, coordinates, numbers, counts;
  bool fractional = false;
  int64_t size() const { return counts.numel(); }
};

struct Crystal {
  Matrix3 cell;
  std::vector<Vector3> positions;
  std::vector<int64_t> numbers;
};

at::Tensor on_cpu(const at::Tensor& tensor, at::ScalarType type) {
  return tensor.defined() ? tensor.detach().to(at::kCPU, type).contiguous() : tensor;
}

Crystals read_side(const OutputComparison& all, const std::string& group, bool stored) {
  Crystals side;
  for (const std::string& output : all.golden().outputs) {
    for (const Rule& rule : all.rules(output)) {
      if (rule.name != "crystal" || !rule.argument.starts_with(group + "/")) continue;
      const std::string role = rule.argument.substr(group.size() + 1);
      const at::Tensor tensor = stored ? all.golden().stored.at(output, "output") : all.result(output);
      require(tensor.defined(), "{}: it is None", output);
      if (role == "lattice") side.lattice = on_cpu(tensor, at::kDouble);
      else if (role == "numbers") side.numbers = on_cpu(tensor, at::kLong);
      else if (role == "counts") side.counts = on_cpu(tensor, at::kLong);
      else if (role == "frac" || role == "cart") {
        side.coordinates = on_cpu(tensor, at::kDouble);
        side.fractional = role == "frac";
      } else {
        fail(ErrorKind::corrupt, "compare: crystal has no role '{}'; known: lattice, frac, cart, numbers, counts",
             role);
      }
    }
  }
  require(side.lattice.defined() && side.coordinates.defined() && side.numbers.defined() && side.counts.defined(),
          "crystal:{}: a group needs the roles lattice, frac or cart, numbers and counts", group);
  const int64_t atoms = side.counts.sum().item<int64_t>();
  require(side.lattice.dim() == 3 && side.lattice.size(0) == side.size() && side.coordinates.dim() == 2 &&
              side.coordinates.size(0) == atoms && side.coordinates.size(1) == 3 && side.numbers.numel() == atoms &&
              side.counts.min().item<int64_t>() >= 0,
          "crystal:{}: {} counts of together {} atoms do not fit {} numbers and the lattice's or coordinates' shape",
          group, side.size(), atoms, side.numbers.numel());
  return side;
}

Crystal structure(const Crystals& side, int64_t index, int64_t first) {
  Crystal crystal;
  const double* cell = side.lattice.const_data_ptr<double>() + 9 * index;
  for (int i = 0; i < 9; ++i) crystal.cell[i / 3][i % 3] = cell[i];
  const int64_t count = side.counts.const_data_ptr<int64_t>()[index];
  for (int64_t atom = first; atom < first + count; ++atom) {
    const double* x = side.coordinates.const_data_ptr<double>() + 3 * atom;
    Vector3 position = {x[0], x[1], x[2]};
    if (side.fractional) position = Lattice(crystal.cell).cartesian(position);
    crystal.positions.push_back(position);
    crystal.numbers.push_back(side.numbers.const_data_ptr<int64_t>()[atom]);
  }
  return crystal;
}

using PairDistances = std::map<std::pair<int64_t, int64_t>, std::vector<double>>;

/// Sorted periodic distances up to `limit` for every pair of elements.
PairDistances pair_distances(const Crystal& crystal, double limit) {
  NeighborOptions options;
  options.cutoff = limit;
  options.closed = true;
  const NeighborList pairs = find_neighbors(crystal.positions, crystal.cell, {true, true, true}, options);
  PairDistances distances;
  for (int64_t k = 0; k < pairs.size(); ++k) {
    const auto [low, high] = std::minmax(crystal.numbers[pairs.center[k]], crystal.numbers[pairs.neighbor[k]]);
    distances[{low, high}].push_back(pairs.distance[k]);
  }
  for (auto& [elements, values] : distances) std::sort(values.begin(), values.end());
  return distances;
}

/// Both sorted lists agree; a distance within `tolerance` of the limit may be on one side only.
bool distances_agree(const std::vector<double>& a, const std::vector<double>& b, double tolerance) {
  const size_t common = std::min(a.size(), b.size());
  for (size_t k = 0; k < common; ++k) {
    if (std::abs(a[k] - b[k]) > tolerance) return false;
  }
  const std::vector<double>& longer = a.size() > b.size() ? a : b;
  return common == longer.size() || longer[common] >= distance_limit - tolerance;
}

Comparison compare_one(const Crystal& a, const Crystal& b, Tolerance tolerance) {
  std::vector<int64_t> numbers_a = a.numbers, numbers_b = b.numbers;
  std::sort(numbers_a.begin(), numbers_a.end());
  std::sort(numbers_b.begin(), numbers_b.end());
  if (numbers_a != numbers_b) return Comparison::differs("the atomic numbers differ");
  const auto cell_a = Lattice(a.cell).niggli_reduced(1e-5).parameters();
  const auto cell_b = Lattice(b.cell).niggli_reduced(1e-5).parameters();
  for (size_t k = 0; k < 6; ++k) {
    const double allowed = std::max({tolerance.rtol * std::abs(cell_b[k]), tolerance.atol, least_tolerance});
    if (std::abs(cell_a[k] - cell_b[k]) <= allowed) continue;
    const char* names[] = {"a", "b", "c", "alpha", "beta", "gamma"};
    return Comparison::differs(format("{} of the Niggli cell is {} instead of {}", names[k], cell_a[k], cell_b[k]));
  }
  const double allowed = std::max(tolerance.atol, least_tolerance);
  PairDistances distances_a = pair_distances(a, distance_limit + allowed);
  PairDistances distances_b = pair_distances(b, distance_limit + allowed);
  for (const auto& [elements, values] : distances_b) distances_a[elements];
  for (const auto& [elements, values] : distances_a) {
    if (distances_agree(values, distances_b[elements], allowed)) continue;
    return Comparison::differs(
        format("the distances of the elements {} and {} differ", elements.first, elements.second));
  }
  return {};
}

Comparison compare_group(const OutputComparison& all, const std::string& group) {
  const Crystals results = read_side(all, group, false);
  const Crystals stored = read_side(all, group, true);
  if (!at::equal(results.counts.flatten(), stored.counts.flatten())) return Comparison::differs("the counts differ");
  int64_t first = 0;
  for (int64_t index = 0; index < stored.size(); ++index) {
    const Comparison one =
        compare_one(structure(results, index, first), structure(stored, index, first), all.golden().tolerance);
    if (!one.ok) return Comparison::differs(format("structure {}: {}", index, one.text));
    first += stored.counts.const_data_ptr<int64_t>()[index];
  }
  return {true, format("{} structures", stored.size())};
}

}  // namespace

Comparison compare_crystal(OutputComparison& all, const std::string&, const Rule& rule) {
  const std::string group = rule.argument.substr(0, rule.argument.find('/'));
  const std::string key = "crystal:" + group;
  if (all.groups().contains(key)) return {all.groups().at(key).ok, "as its group"};
  const Comparison comparison = compare_group(all, group);
  all.groups().emplace(key, comparison);
  return comparison;
}

}  // namespace spinel::check
