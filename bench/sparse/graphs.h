// Generated graphs for the benchmarks of sparse products in CSR form: R-MAT, uniform, citation-like, grids, meshes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace spinel {

struct BenchGraph {
  std::string name;
  int64_t nodes = 0;
  std::vector<int64_t> rowptr, col;
  int64_t edges() const { return static_cast<int64_t>(col.size()); }
};

inline BenchGraph graph_of(std::string name, int64_t nodes, std::vector<std::pair<int32_t, int32_t>> edges) {
  std::sort(edges.begin(), edges.end());
  edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
  BenchGraph graph{std::move(name), nodes, std::vector<int64_t>(static_cast<size_t>(nodes) + 1), {}};
  graph.col.reserve(edges.size());
  for (const auto& [row, column] : edges) {
    ++graph.rowptr[static_cast<size_t>(row) + 1];
    graph.col.push_back(column);
  }
  for (size_t k = 1; k < graph.rowptr.size(); ++k) graph.rowptr[k] += graph.rowptr[k - 1];
  return graph;
}

/// 2^scale nodes, about `edges` distinct edges, with the probabilities of Graph 500 (0.57, 0.19, 0.19, 0.05); nodes are
/// renumbered at random: Chakrabarti et al., R-MAT, SDM 2004.
inline BenchGraph rmat(int scale, int64_t edges) {
  std::mt19937_64 random(1);
  const auto nodes = int64_t{1} << scale;
  std::vector<int32_t> number(static_cast<size_t>(nodes));
  for (size_t k = 0; k < number.size(); ++k) number[k] = static_cast<int32_t>(k);
  std::shuffle(number.begin(), number.end(), random);
  std::vector<std::pair<int32_t, int32_t>> list;
  list.reserve(static_cast<size_t>(edges));
  for (int64_t e = 0; e < edges; ++e) {
    int64_t row = 0, column = 0;
    for (int bit = 0; bit < scale; ++bit) {
      const uint64_t u = random() % 100;
      row = 2 * row + (u >= 76);
      column = 2 * column + ((u >= 57 && u < 76) || u >= 95);
    }
    list.emplace_back(number[static_cast<size_t>(row)], number[static_cast<size_t>(column)]);
  }
  return graph_of("R-MAT " + std::to_string(edges), nodes, std::move(list));
}

/// The four neighbours of each point of a square.
inline BenchGraph grid(int64_t side) {
  std::vector<std::pair<int32_t, int32_t>> list;
  const auto number = [&](int64_t i, int64_t j) { return static_cast<int32_t>(i * side + j); };
  for (int64_t i = 0; i < side; ++i) {
    for (int64_t j = 0; j < side; ++j) {
      if (i > 0) list.emplace_back(number(i, j), number(i - 1, j));
      if (j > 0) list.emplace_back(number(i, j), number(i, j - 1));
      if (j + 1 < side) list.emplace_back(number(i, j), number(i, j + 1));
      if (i + 1 < side) list.emplace_back(number(i, j), number(i + 1, j));
    }
  }
  return graph_of("grid " + std::to_string(4 * side * side), side * side, std::move(list));
}

/// About `edges` edges between any nodes alike: no column is read more often than others.
inline BenchGraph uniform(int scale, int64_t edges) {
  std::mt19937_64 random(2);
  const uint64_t nodes = uint64_t{1} << scale;
  std::vector<std::pair<int32_t, int32_t>> list(static_cast<size_t>(edges));
  for (auto& [row, column] : list) {
    row = static_cast<int32_t>(random() % nodes), column = static_cast<int32_t>(random() % nodes);
  }
  return graph_of("uniform " + std::to_string(edges), static_cast<int64_t>(nodes), std::move(list));
}

/// A symmetric graph of a citation network's size: the chance of node k as an end falls as 1/√k, so that degrees follow
/// a power law of exponent 3 (Chung and Lu, PNAS 2002).
inline BenchGraph citations(const std::string& name, int64_t nodes, int64_t edges) {
  std::mt19937_64 random(3);
  const auto end = [&] {
    const double u = static_cast<double>(random() >> 11) / 9007199254740992.0;
    return static_cast<int32_t>(u * u * static_cast<double>(nodes));
  };
  std::vector<std::pair<int32_t, int32_t>> list;
  for (int64_t e = 0; e < edges / 2; ++e) {
    const int32_t a = end(), b = end();
    list.emplace_back(a, b), list.emplace_back(b, a);
  }
  return graph_of(name, nodes, std::move(list));
}

/// The matrix of a finite-element mesh, as most of the SuiteSparse collection are: a cube's points with their 26
/// neighbours and themselves.
inline BenchGraph mesh(int64_t side) {
  std::vector<std::pair<int32_t, int32_t>> list;
  const auto is_inside = [side](int64_t k) { return k >= 0 && k < side; };
  for (int64_t node = 0; node < side * side * side; ++node) {
    const int64_t i = node / side / side, j = node / side % side, k = node % side;
    for (int64_t step = 0; step < 27; ++step) {
      const int64_t a = i + step / 9 - 1, b = j + step / 3 % 3 - 1, c = k + step % 3 - 1;
      if (!is_inside(a) || !is_inside(b) || !is_inside(c)) continue;
      list.emplace_back(static_cast<int32_t>(node), static_cast<int32_t>((a * side + b) * side + c));
    }
  }
  return graph_of("mesh " + std::to_string(list.size()), side * side * side, std::move(list));
}

}  // namespace spinel
