#include "spinel/atoms/radius_graph.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>
#include <vector>

#include "spinel/atoms/neighbor_list.h"
#include "spinel/base/error.h"

namespace spinel {

namespace {

template <typename T>
struct Edge {
  int64_t source, target;
  T distance;
  std::array<T, 3> direction;
};

template <typename T>
Edge<T> make_edge(const T* positions, int64_t source, int64_t target) {
  Edge<T> edge{source, target, 0, {}};
  T squared = 0;
  for (int k = 0; k < 3; ++k) {
    edge.direction[k] = positions[3 * target + k] - positions[3 * source + k];
    squared += edge.direction[k] * edge.direction[k];
  }
  edge.distance = std::sqrt(squared);
  for (T& v : edge.direction) v /= std::max(edge.distance, T(1e-8));
  return edge;
}

template <typename T>
std::vector<Edge<T>> find_edges(const at::Tensor& positions, const RadiusGraphOptions& options,
                                const ParallelFor& parallel) {
  const int64_t n = positions.size(0);
  const T* r = positions.const_data_ptr<T>();
  std::vector<Vector3> points(n);
  for (int64_t i = 0; i < n; ++i) points[i] = {r[3 * i], r[3 * i + 1], r[3 * i + 2]};
  // Candidates by double; the decision is made in T, as the distances that are put out.
  NeighborOptions search;
  search.cutoff = options.cutoff * (1 + 1e-6);
  search.closed = true;
  search.sorted = false;
  const NeighborList list = find_neighbors(points, {}, {}, search, parallel);
  const T cutoff = static_cast<T>(options.cutoff);
  std::vector<Edge<T>> edges;
  edges.reserve(list.size());
  for (int64_t k = 0; k < list.size(); ++k) {
    const int64_t target = list.center[k], source = list.neighbor[k];
    if (options.edge_mode == "undirected" && source >= target) continue;
    const Edge<T> edge = make_edge(r, source, target);
    if (options.inclusive_cutoff ? edge.distance <= cutoff : edge.distance < cutoff) edges.push_back(edge);
  }
  if (options.add_self_loops) {
    for (int64_t i = 0; i < n; ++i) edges.push_back({i, i, 0, {}});
  }
  std::sort(edges.begin(), edges.end(), [](const Edge<T>& a, const Edge<T>& b) {
    return std::tie(a.target, a.distance, a.source) < std::tie(b.target, b.distance, b.source);
  });
  if (options.max_num_neighbors) {
    int64_t kept = 0, target = -1;
    std::erase_if(edges, [&](const Edge<T>& edge) {
      if (edge.target != target) target = edge.target, kept = 0;
      return kept++ >= *options.max_num_neighbors;
    });
  }
  return edges;
}

at::Tensor to_tensor(const std::vector<int64_t>& values) {
  at::Tensor tensor = at::empty({std::ssize(values)}, at::kLong);
  std::copy(values.begin(), values.end(), tensor.mutable_data_ptr<int64_t>());
  return tensor;
}

template <typename T>
RadiusGraph make_graph(const at::Tensor& positions, const RadiusGraphOptions& options, const ParallelFor& parallel) {
  const std::vector<Edge<T>> edges = find_edges<T>(positions, options, parallel);
  const int64_t n = positions.size(0), e = std::ssize(edges);
  RadiusGraph graph;
  graph.edge_index = at::empty({2, e}, at::kLong);
  graph.distance = at::empty({e}, positions.scalar_type());
  graph.direction = at::empty({e, 3}, positions.scalar_type());
  int64_t* index = graph.edge_index.mutable_data_ptr<int64_t>();
  std::vector<int64_t> first(n + 1, 0);
  for (int64_t k = 0; k < e; ++k) {
    index[k] = edges[k].source;
    index[e + k] = edges[k].target;
    graph.distance.mutable_data_ptr<T>()[k] = edges[k].distance;
    std::copy(edges[k].direction.begin(), edges[k].direction.end(), graph.direction.mutable_data_ptr<T>() + 3 * k);
    ++first[edges[k].target + 1];
  }
  for (int64_t i = 0; i < n; ++i) first[i + 1] += first[i];
  std::vector<int64_t> kj, ji;
  for (int64_t k = 0; k < e; ++k) {
    for (int64_t in = first[edges[k].source]; in < first[edges[k].source + 1]; ++in) {
      if (edges[in].source == edges[k].target) continue;
      kj.push_back(in);
      ji.push_back(k);
    }
  }
  graph.idx_kj = to_tensor(kj);
  graph.idx_ji = to_tensor(ji);
  return graph;
}

}  // namespace

const OptionTable<RadiusGraphOptions>& radius_graph_table() {
  static const auto table =
      OptionTable<RadiusGraphOptions>("radius_graph")
          .add("cutoff", &RadiusGraphOptions::cutoff, "largest distance of an edge", "Å")
          .positive()
          .add("inclusive_cutoff", &RadiusGraphOptions::inclusive_cutoff, "atoms exactly at the cutoff are joined")
          .add("edge_mode", &RadiusGraphOptions::edge_mode, "which directions of an edge are listed")
          .choices({"directed", "bidirectional", "undirected"})
          .add("add_self_loops", &RadiusGraphOptions::add_self_loops, "an edge of each atom to itself")
          .add("max_num_neighbors", &RadiusGraphOptions::max_num_neighbors, "nearest so many edges per target");
  return table;
}

RadiusGraph radius_graph(const at::Tensor& positions, const RadiusGraphOptions& options, const ParallelFor& parallel) {
  require(positions.dim() == 2 && positions.size(1) == 3,
          "radius_graph: positions have {} axes and {} numbers; they must be [atoms, 3]", positions.dim(),
          positions.numel());
  require(!options.max_num_neighbors || *options.max_num_neighbors >= 0,
          "radius_graph: max_num_neighbors is {}; it must be 0 or more", options.max_num_neighbors.value_or(0));
  const at::Tensor dense = positions.contiguous();
  if (dense.scalar_type() == at::kFloat) return make_graph<float>(dense, options, parallel);
  if (dense.scalar_type() == at::kDouble) return make_graph<double>(dense, options, parallel);
  fail(ErrorKind::invalid_argument, "radius_graph: positions are {}; they must be float32 or float64",
       c10::toString(dense.scalar_type()));
}

}  // namespace spinel
