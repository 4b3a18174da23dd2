// Graphs for the tests of the graph kernels.
#pragma once

#include <algorithm>
#include <random>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "spinel/kernels/cpu/csr_graph.h"

namespace spinel::kernels {

/// A graph and its memory.
template <typename Index>
struct TestGraph {
  std::vector<Index> rowptr{0}, col;

  CsrGraph<Index> view(const char* op = "graph") const {
    const auto n = static_cast<int64_t>(rowptr.size()) - 1;
    return {rowptr.data(), col.data(), n, static_cast<int64_t>(col.size()), n, {.op = op}};
  }
  int64_t num_nodes() const { return static_cast<int64_t>(rowptr.size()) - 1; }
  std::vector<Index> row(int64_t v) const {
    return {col.begin() + rowptr[static_cast<size_t>(v)], col.begin() + rowptr[static_cast<size_t>(v) + 1]};
  }
  bool has_edge(int64_t v, int64_t w) const {
    const std::vector<Index> targets = row(v);
    return std::find(targets.begin(), targets.end(), w) != targets.end();
  }
};

template <typename Index>
TestGraph<Index> graph_of(const std::vector<std::vector<Index>>& rows) {
  TestGraph<Index> graph;
  for (const auto& row : rows) {
    graph.col.insert(graph.col.end(), row.begin(), row.end());
    graph.rowptr.push_back(static_cast<Index>(graph.col.size()));
  }
  return graph;
}

/// The graph of edges in both directions, rows sorted.
template <typename Index>
TestGraph<Index> undirected(int64_t nodes, const std::vector<std::pair<int, int>>& edges) {
  std::vector<std::set<Index>> rows(static_cast<size_t>(nodes));
  for (const auto& [v, w] : edges) {
    rows[static_cast<size_t>(v)].insert(static_cast<Index>(w));
    rows[static_cast<size_t>(w)].insert(static_cast<Index>(v));
  }
  std::vector<std::vector<Index>> lists;
  for (const auto& row : rows) lists.emplace_back(row.begin(), row.end());
  return graph_of(lists);
}

/// Rows of random length, some of them empty and one long; no column twice in a row, in random order or sorted.
template <typename Index>
TestGraph<Index> random_graph(std::mt19937& random, int64_t nodes, bool sorted = true) {
  std::vector<std::vector<Index>> rows(static_cast<size_t>(nodes));
  for (size_t v = 0; v < rows.size(); ++v) {
    const size_t wanted = random() % 4 == 0 ? 0 : v == rows.size() / 2 ? rows.size() : random() % 6;
    std::set<Index> row;
    for (size_t k = 0; k < wanted; ++k) row.insert(static_cast<Index>(random() % rows.size()));
    rows[v].assign(row.begin(), row.end());
    if (!sorted) std::shuffle(rows[v].begin(), rows[v].end(), random);
  }
  return graph_of(rows);
}

/// Σ (found − expected)² / expected, to be held against the quantile of the chi-squared distribution.
inline double chi_square(std::span<const int64_t> found, std::span<const double> expected) {
  double sum = 0;
  for (size_t k = 0; k < found.size(); ++k) {
    const double difference = static_cast<double>(found[k]) - expected[k];
    sum += difference * difference / expected[k];
  }
  return sum;
}

}  // namespace spinel::kernels
