// Generated graphs for the benchmarks of sparse products: R-MAT and grids, in CSR form.
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

}  // namespace spinel
