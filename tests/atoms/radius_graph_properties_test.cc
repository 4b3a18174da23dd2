// Radius graphs of random molecules against their definition.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <tuple>

#include "spinel/atoms/radius_graph.h"
#include "spinel/base/error.h"

namespace spinel {
namespace {

template <typename T>
struct Edge {
  int64_t target;
  T distance;
  int64_t source;
  bool operator<(const Edge& other) const {
    return std::tie(target, distance, source) < std::tie(other.target, other.distance, other.source);
  }
  bool operator==(const Edge& other) const = default;
};

/// Every ordered pair by definition, in the dtype of the positions.
template <typename T>
std::vector<Edge<T>> by_definition(const std::vector<T>& r, const RadiusGraphOptions& options) {
  const auto n = static_cast<int64_t>(r.size() / 3);
  std::vector<Edge<T>> edges;
  for (int64_t source = 0; source < n; ++source) {
    for (int64_t target = 0; target < n; ++target) {
      if (source == target) {
        if (options.add_self_loops) edges.push_back({target, 0, source});
        continue;
      }
      if (options.edge_mode == "undirected" && source > target) continue;
      T squared = 0;
      for (int k = 0; k < 3; ++k) {
        const T d = r[3 * target + k] - r[3 * source + k];
        squared += d * d;
      }
      const T distance = std::sqrt(squared), cutoff = static_cast<T>(options.cutoff);
      if (options.inclusive_cutoff ? distance <= cutoff : distance < cutoff)
        edges.push_back({target, distance, source});
    }
  }
  std::sort(edges.begin(), edges.end());
  if (options.max_num_neighbors) {
    std::map<int64_t, int64_t> kept;
    std::erase_if(edges, [&](const Edge<T>& edge) { return kept[edge.target]++ >= *options.max_num_neighbors; });
  }
  return edges;
}

template <typename T>
void compare_with_definition(uint32_t seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<T> uniform(-3, 3);
  for (int repeat = 0; repeat < 150; ++repeat) {
    std::vector<T> r(3 * (random() % 12));
    // Coordinates on a grid: ties, and distances exactly at the cutoff.
    for (T& x : r) x = repeat % 2 ? std::round(uniform(random)) : uniform(random);
    RadiusGraphOptions options;
    options.cutoff = repeat % 2 ? 2 : 2.7;
    options.inclusive_cutoff = random() % 2;
    options.add_self_loops = random() % 2;
    options.edge_mode = std::array{"directed", "bidirectional", "undirected"}[random() % 3];
    if (random() % 2) options.max_num_neighbors = static_cast<int64_t>(random() % 4);
    const at::Tensor positions = at::tensor(r, at::CppTypeToScalarType<T>::value).reshape({-1, 3});
    const RadiusGraph graph = radius_graph(positions, options);
    const std::vector<Edge<T>> expected = by_definition(r, options);
    ASSERT_EQ(graph.distance.numel(), std::ssize(expected));
    const auto index = graph.edge_index.accessor<int64_t, 2>();
    std::vector<Edge<T>> edges;
    for (int64_t k = 0; k < std::ssize(expected); ++k) {
      edges.push_back({index[1][k], graph.distance[k].template item<T>(), index[0][k]});
      for (int axis = 0; axis < 3; ++axis) {
        const T difference = r[3 * index[1][k] + axis] - r[3 * index[0][k] + axis];
        const T wanted = edges.back().distance > 0 ? difference / edges.back().distance : 0;
        ASSERT_NEAR(graph.direction[k][axis].template item<T>(), wanted, 1e-6);
      }
    }
    ASSERT_TRUE(edges == expected) << repeat;
    std::vector<std::pair<int64_t, int64_t>> triplets;  // (ji, kj)
    for (int64_t ji = 0; ji < std::ssize(edges); ++ji) {
      for (int64_t kj = 0; kj < std::ssize(edges); ++kj) {
        if (edges[kj].target == edges[ji].source && edges[kj].source != edges[ji].target) triplets.emplace_back(ji, kj);
      }
    }
    ASSERT_EQ(graph.idx_ji.numel(), std::ssize(triplets));
    for (int64_t t = 0; t < std::ssize(triplets); ++t) {
      ASSERT_EQ(graph.idx_ji[t].item<int64_t>(), triplets[t].first);
      ASSERT_EQ(graph.idx_kj[t].item<int64_t>(), triplets[t].second);
    }
  }
}

TEST(RadiusGraphProperties, EqualsTheDefinitionInDouble) { compare_with_definition<double>(41); }
TEST(RadiusGraphProperties, EqualsTheDefinitionInFloat) { compare_with_definition<float>(42); }

TEST(RadiusGraphProperties, StridedPositionsGiveTheSame) {
  const at::Tensor positions = at::rand({9, 3}, at::kDouble) * 4;
  const at::Tensor strided = positions.t().contiguous().t();
  ASSERT_FALSE(strided.is_contiguous());
  const RadiusGraph a = radius_graph(positions, {}), b = radius_graph(strided, {});
  EXPECT_TRUE(at::equal(a.edge_index, b.edge_index));
  EXPECT_TRUE(at::equal(a.distance, b.distance));
}

TEST(RadiusGraphProperties, WhatIsRefusedIsNamed) {
  const at::Tensor good = at::zeros({2, 3}, at::kDouble);
  at::Tensor nan = good.clone();
  nan[1][2] = std::nan("");
  RadiusGraphOptions zero, negative, undefined;
  zero.cutoff = 0;
  negative.cutoff = -1;
  undefined.cutoff = std::nan("");
  struct Case {
    const char* what;
    at::Tensor positions;
    RadiusGraphOptions options;
  };
  for (const Case& c :
       {Case{"NaN", nan, {}}, Case{"cutoff 0", good, zero}, Case{"cutoff -1", good, negative},
        Case{"cutoff nan", good, undefined}, Case{"one axis", at::zeros({6}, at::kDouble), {}},
        Case{"three axes", at::zeros({1, 2, 3}, at::kDouble), {}}, Case{"half", good.to(at::kHalf), {}}}) {
    try {
      radius_graph(c.positions, c.options);
      ADD_FAILURE() << c.what;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::invalid_argument) << c.what;
    }
  }
}

}  // namespace
}  // namespace spinel
