#include "spinel/atoms/radius_graph.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spinel/base/error.h"

namespace spinel {
namespace {

at::Tensor line_of_atoms() {
  return at::tensor(std::vector<double>{0, 0, 0, 1, 0, 0, 2, 0, 0, 4.5, 0, 0}).reshape({4, 3});
}

std::vector<int64_t> list(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.reshape({-1}).contiguous();
  return {flat.const_data_ptr<int64_t>(), flat.const_data_ptr<int64_t>() + flat.numel()};
}

TEST(RadiusGraph, EdgesAndTriplets) {
  RadiusGraphOptions options;
  options.cutoff = 1.5;
  const RadiusGraph graph = radius_graph(line_of_atoms(), options);
  EXPECT_THAT(list(graph.edge_index), testing::ElementsAre(1, 0, 2, 1, 0, 1, 1, 2));
  EXPECT_EQ(graph.direction[0][0].item<double>(), -1);          // from atom 1 to atom 0
  EXPECT_THAT(list(graph.idx_kj), testing::ElementsAre(2, 1));  // 2 → 1 → 0, 0 → 1 → 2
  EXPECT_THAT(list(graph.idx_ji), testing::ElementsAre(0, 3));
}

TEST(RadiusGraph, CutoffModesAndLoops) {
  RadiusGraphOptions options;
  options.cutoff = 1.0;
  EXPECT_EQ(radius_graph(line_of_atoms(), options).distance.numel(), 0);
  options.inclusive_cutoff = true;
  EXPECT_EQ(radius_graph(line_of_atoms(), options).distance.numel(), 4);
  options.edge_mode = "undirected";
  EXPECT_THAT(list(radius_graph(line_of_atoms(), options).edge_index), testing::ElementsAre(0, 1, 1, 2));
  options.edge_mode = "directed";
  options.add_self_loops = true;
  EXPECT_EQ(radius_graph(line_of_atoms(), options).distance.numel(), 8);
  options.max_num_neighbors = 1;  // the loop is the nearest
  EXPECT_THAT(list(radius_graph(line_of_atoms(), options).edge_index), testing::ElementsAre(0, 1, 2, 3, 0, 1, 2, 3));
}

TEST(RadiusGraph, DistancesAreThoseOfTheDtype) {
  const RadiusGraph graph = radius_graph(line_of_atoms().to(at::kFloat), {});
  EXPECT_EQ(graph.distance.scalar_type(), at::kFloat);
  EXPECT_EQ(graph.direction.sizes(), (at::IntArrayRef{12, 3}));
  EXPECT_EQ(radius_graph(at::empty({0, 3}, at::kFloat), {}).edge_index.sizes(), (at::IntArrayRef{2, 0}));
}

TEST(RadiusGraph, BadArgumentsAreErrors) {
  EXPECT_THROW(radius_graph(at::zeros({3, 2}, at::kFloat), {}), Error);
  EXPECT_THROW(radius_graph(at::zeros({3, 3}, at::kLong), {}), Error);
  RadiusGraphOptions options;
  options.max_num_neighbors = -1;
  EXPECT_THROW(radius_graph(line_of_atoms(), options), Error);
  EXPECT_THROW(radius_graph_table().parse(parse_json(R"({"edge_mode": "both"})", "t")), Error);
  EXPECT_THROW(radius_graph_table().parse(parse_json(R"({"cutoff": 0})", "t")), Error);
}

}  // namespace
}  // namespace spinel
