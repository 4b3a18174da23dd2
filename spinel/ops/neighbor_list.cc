#include "spinel/ops/neighbor_list.h"

#include <cmath>

#include "spinel/base/error.h"
#include "spinel/kernels/cpu/neighbor_list.h"

namespace spinel::ops {
namespace {

constexpr int64_t most_pairs = int64_t{1} << 33;

/// A float tensor of sizes [rows, 3] as doubles; `rows` of −1 is any number.
std::vector<double> read_rows(const Host& host, const Tensor& tensor, int64_t rows, const char* name) {
  require(tensor.dim() == 2 && tensor.size(1) == 3 && (rows < 0 || tensor.size(0) == rows),
          "neighbor_list: {} has sizes [{}]; [{}, 3] are needed", name,
          join_text(std::vector<int64_t>(tensor.sizes().begin(), tensor.sizes().end()), ", "),
          rows < 0 ? std::string("n") : std::to_string(rows));
  const Tensor compact = host.contiguous(tensor, MemoryFormat::contiguous);
  std::vector<double> values(static_cast<size_t>(compact.numel()));
  if (compact.scalar_type() == ScalarType::float32) {
    const auto* data = static_cast<const float*>(compact.data());
    values.assign(data, data + values.size());
  } else {
    require(compact.scalar_type() == ScalarType::float64, "neighbor_list: {} is {}; float32 or float64 is needed", name,
            registry::to_string(compact.scalar_type()));
    const auto* data = static_cast<const double*>(compact.data());
    values.assign(data, data + values.size());
  }
  for (double value : values) {
    require(std::isfinite(value), "neighbor_list: {} holds {}; all of it must be finite", name, value);
  }
  return values;
}

void search(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const Tensor positions = arguments.tensor(0);
  const std::vector<double> points = read_rows(host, positions, -1, "positions");
  const std::vector<double> cell = read_rows(host, arguments.tensor(1), 3, "cell");
  kernels::NeighborProblem problem;
  problem.positions = points.data();
  problem.n = positions.size(0);
  problem.cell = cell.data();
  const std::vector<Value>& pbc = arguments[2].to_list().items;
  require(pbc.size() == 3, "neighbor_list: pbc has {} items; 3 are needed, one for each cell vector", pbc.size());
  for (size_t a = 0; a < 3; ++a) problem.pbc[a] = pbc[a].to_bool();
  problem.cutoff = arguments.number(3);
  require(std::isfinite(problem.cutoff) && problem.cutoff > 0, "neighbor_list: cutoff is {} Å; it must be positive",
          problem.cutoff);
  problem.closed = arguments.boolean(4);
  problem.min_distance = arguments.number(5);
  problem.self_images = arguments.boolean(6);
  problem.self_pairs = arguments.boolean(7);
  problem.half = arguments.boolean(8);
  problem.max_neighbors = arguments.integer(9);
  require(problem.max_neighbors >= 0, "neighbor_list: max_neighbors is {}; it must be positive, or 0 for all",
          problem.max_neighbors);
  problem.max_pairs = most_pairs;
  require(problem.n < INT32_MAX, "neighbor_list: {} atoms; fewer than 2147483647 are possible", problem.n);
  kernels::NeighborSearch neighbors(problem, host.parallel());
  require(neighbors.feasible(),
          "neighbor_list: too many periodic images lie within {} Å; use a smaller cutoff or a "
          "larger cell",
          problem.cutoff);
  std::vector<int64_t> first(static_cast<size_t>(problem.n) + 1);
  const int64_t total = neighbors.count(first.data());
  require(total <= most_pairs, "neighbor_list: more than {} pairs lie within {} Å; use a smaller cutoff", most_pairs,
          problem.cutoff);
  results[0] = host.empty({2, total}, ScalarType::int64, {});
  results[1] = host.empty({total, 3}, ScalarType::int32, {});
  auto* pairs = static_cast<int64_t*>(results[0].data());
  neighbors.fill(first.data(),
                 {.center = pairs, .neighbor = pairs + total, .shift = static_cast<int32_t*>(results[1].data())});
}

std::vector<ScalarType> neighbor_dtypes(const SpecArguments&) { return {ScalarType::int64, ScalarType::int32}; }

}  // namespace

std::vector<OpDef> neighbor_list_operators() {
  return {{.schema = "neighbor_list(Tensor positions, Tensor cell, bool[3] pbc, float cutoff, *, bool closed=False, "
                     "float min_distance=-1., bool self_images=True, bool self_pairs=False, bool half=False, "
                     "int max_neighbors=0) -> (Tensor pairs, Tensor shifts)",
           .elements = Elements::floating,
           .dtypes = neighbor_dtypes,
           .cpu = search}};
}

}  // namespace spinel::ops
