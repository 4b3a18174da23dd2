#include "spinel/atoms/graph.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "spinel/atoms/elements.h"
#include "spinel/base/error.h"

namespace spinel {
namespace {

Frame water_in_a_cell() {
  Frame frame;
  frame.numbers = {8, 1, 1};
  frame.positions = {{3.9, 0, 0}, {4.6, 0.6, 0}, {3.2, 0.6, 0}};
  frame.cell = {{{4, 0, 0}, {0.5, 5, 0}, {0, 0, 30}}};
  frame.pbc = {true, true, false};
  return frame;
}

TEST(Graph, TensorsDescribeThePairsOfTheNeighbourList) {
  const Frame frame = water_in_a_cell();
  GraphOptions options;
  options.cutoff = 4.2;
  const NamedTensors inputs = potential_inputs(frame, options, at::kDouble);
  NeighborOptions search;
  search.cutoff = 4.2;
  const NeighborList list = find_neighbors(frame.positions, frame.cell, frame.pbc, search);
  const int64_t e = list.size();
  ASSERT_GT(e, 10);
  EXPECT_EQ(inputs.at("idx_i").sizes(), (at::IntArrayRef{e}));
  EXPECT_EQ(inputs.at("offsets").sizes(), (at::IntArrayRef{e, 3}));
  const at::Tensor pos = inputs.at("pos");
  const at::Tensor vectors =
      pos.index_select(0, inputs.at("idx_j")) - pos.index_select(0, inputs.at("idx_i")) + inputs.at("offsets");
  const at::Tensor distance = at::linalg_vector_norm(vectors, 2, at::IntArrayRef{1});
  for (int64_t k = 0; k < e; ++k) EXPECT_NEAR(distance[k].item<double>(), list.distance[k], 1e-12);
  EXPECT_EQ(inputs.at("n_atoms").item<int64_t>(), 3);
  EXPECT_TRUE(at::equal(inputs.at("idx_m"), at::zeros({3}, at::kLong)));
  EXPECT_EQ(inputs.at("cell").sizes(), (at::IntArrayRef{1, 3, 3}));
  EXPECT_EQ(inputs.at("cell")[0][1][0].item<double>(), 0.5);
  EXPECT_TRUE(inputs.at("pbc")[1].item<bool>());
  EXPECT_FALSE(inputs.at("pbc")[2].item<bool>());
  EXPECT_EQ(inputs.at("z")[0].item<int64_t>(), 8);
}

TEST(Graph, FloatsAreCastAtTheEnd) {
  Frame frame = water_in_a_cell();
  for (auto& r : frame.positions) r[2] += 1e6;  // lost in float32 unless the centre is subtracted before the cast
  GraphOptions options;
  options.center_of_mass = true;
  const NamedTensors single = potential_inputs(frame, options, at::kFloat);
  EXPECT_EQ(single.at("pos").scalar_type(), at::kFloat);
  EXPECT_EQ(single.at("offsets").scalar_type(), at::kFloat);
  EXPECT_EQ(single.at("cell").scalar_type(), at::kFloat);
  const at::Tensor masses = at::tensor({element(8).mass, element(1).mass, element(1).mass}, at::kDouble);
  const at::Tensor center = masses.matmul(potential_inputs(frame, options, at::kDouble).at("pos"));
  EXPECT_LT(center.abs().max().item<double>(), 1e-8);
  EXPECT_LT((single.at("pos").slice(1, 2, 3)).abs().max().item<float>(), 1e-6);
}

TEST(Graph, LoneAtomHasEmptyPairs) {
  Frame frame;
  frame.numbers = {18};
  frame.positions = {{1, 2, 3}};
  const NamedTensors inputs = potential_inputs(frame, {}, at::kFloat);
  EXPECT_EQ(inputs.at("idx_i").numel(), 0);
  EXPECT_EQ(inputs.at("idx_i").scalar_type(), at::kLong);
  EXPECT_EQ(inputs.at("offsets").sizes(), (at::IntArrayRef{0, 3}));
}

void expect_error(const Frame& frame, const GraphOptions& options, const std::string& text) {
  try {
    potential_inputs(frame, options, at::kFloat);
    ADD_FAILURE() << "no error; expected " << text;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
    EXPECT_THAT(error.what(), testing::HasSubstr(text));
  }
}

TEST(Graph, BadFramesAreErrors) {  // CI-05 CI-10
  expect_error({}, {}, "no atoms");
  Frame frame = water_in_a_cell();
  frame.positions[1] = frame.positions[0];
  expect_error(frame, {}, "atoms 0 and 1 are at the same place");
  frame = water_in_a_cell();
  frame.positions[2][1] = std::numeric_limits<double>::quiet_NaN();
  expect_error(frame, {}, "atom 2 has the coordinate nan");
  frame = water_in_a_cell();
  frame.numbers[0] = 119;
  GraphOptions centered;
  centered.center_of_mass = true;
  expect_error(frame, centered, "atomic number 119");
  frame = {};
  frame.numbers = {1};
  frame.positions = {{0, 0, 0}};
  frame.cell = {{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}};
  frame.pbc = {true, true, true};
  GraphOptions far;
  far.cutoff = 50;
  expect_error(frame, far, "are allowed");
}

}  // namespace
}  // namespace spinel
