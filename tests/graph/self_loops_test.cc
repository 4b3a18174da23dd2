#include "spinel/graph/utils/self_loops.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sparse/derivatives.h"
#include "tests/support/errors.h"

namespace spinel::graph {
namespace {

using testing::HasSubstr;

at::Tensor edges_of(std::vector<int64_t> row, std::vector<int64_t> col) {
  return at::stack({at::tensor(row, at::kLong), at::tensor(col, at::kLong)});
}
at::Tensor doubles(std::vector<double> values) { return at::tensor(values, at::kDouble); }

const at::Tensor& two_nodes() {
  static const at::Tensor edges = edges_of({0, 0, 1}, {0, 1, 0});
  return edges;
}

TEST(SelfLoops, AreFoundAndRemoved) {
  EXPECT_TRUE(contains_self_loops(two_nodes()));
  EXPECT_FALSE(contains_self_loops(edges_of({0, 1}, {1, 0})));
  const Edges rest = remove_self_loops(two_nodes(), doubles({1, 2, 3}));
  EXPECT_TRUE(rest.edge_index.equal(edges_of({0, 1}, {1, 0})));
  EXPECT_TRUE(rest.edge_attr.equal(doubles({2, 3})));
  EXPECT_FALSE(remove_self_loops(two_nodes()).edge_attr.defined());
  const SegregatedLoops parts = segregate_self_loops(two_nodes(), doubles({1, 2, 3}));
  EXPECT_TRUE(parts.edges.edge_index.equal(rest.edge_index));
  EXPECT_TRUE(parts.loops.edge_index.equal(edges_of({0}, {0})));
  EXPECT_TRUE(parts.loops.edge_attr.equal(doubles({1})));
}

TEST(SelfLoops, AreAddedWithEveryKindOfFill) {
  const at::Tensor edges = edges_of({0, 1, 0}, {1, 0, 0}), attr = doubles({0.5, 0.25, 1.0});
  const at::Tensor expected = edges_of({0, 1, 0, 0, 1}, {1, 0, 0, 0, 1});
  const auto added = [&](const FillValue& fill) {
    const Edges result = add_self_loops(edges, attr, fill);
    EXPECT_TRUE(result.edge_index.equal(expected));
    return result.edge_attr.narrow(0, 3, 2);
  };
  EXPECT_TRUE(added({}).equal(doubles({1, 1})));
  EXPECT_TRUE(added(5.0).equal(doubles({5, 5})));
  EXPECT_TRUE(added(at::scalar_tensor(2.0)).equal(doubles({2, 2})));
  EXPECT_TRUE(added(doubles({3, 4})).equal(doubles({3, 4})));
  EXPECT_TRUE(added("mean").equal(doubles({0.625, 0.5})));
  EXPECT_TRUE(added("add").equal(doubles({1.25, 0.5})));
  EXPECT_TRUE(added("max").equal(doubles({1.0, 0.5})));
  EXPECT_TRUE(added("min").equal(doubles({0.25, 0.5})));
  EXPECT_TRUE(added("mul").equal(doubles({0.25, 0.5})));
  const Edges none = add_self_loops(edges_of({}, {}), {}, {}, int64_t{2});
  EXPECT_TRUE(none.edge_index.equal(edges_of({0, 1}, {0, 1})));
}

TEST(SelfLoops, OfABipartiteGraphGoToTheSmallerSide) {
  const at::Tensor edges = edges_of({0, 1, 3}, {0, 2, 1});
  EXPECT_EQ(add_self_loops(edges, {}, {}, NumNodes({4, 3})).edge_index.size(1), 6);
  const Edges result = add_self_loops(edges, doubles({1, 2, 3}), "mean", NumNodes({2, 3}));
  EXPECT_TRUE(result.edge_attr.equal(doubles({1, 2, 3, 1, 3})));
}

TEST(SelfLoops, ThatAreThereKeepTheirAttribute) {
  // Of two loops of one node the last one counts.
  const at::Tensor edges = edges_of({0, 0, 0, 1}, {0, 1, 0, 0}), attr = doubles({0.5, 0.25, 0.75, 0.125});
  const Edges result = add_remaining_self_loops(edges, attr, 2.0, int64_t{3});
  EXPECT_TRUE(result.edge_index.equal(edges_of({0, 1, 0, 1, 2}, {1, 0, 0, 1, 2})));
  EXPECT_TRUE(result.edge_attr.equal(doubles({0.25, 0.125, 0.75, 2, 2})));
  EXPECT_TRUE(get_self_loop_attr(edges, attr, 3).equal(doubles({0.75, 0, 0})));
  EXPECT_TRUE(get_self_loop_attr(edges_of({0, 1}, {0, 0})).equal(at::tensor({1.0F, 0.0F})));
}

TEST(SelfLoops, LetGradientsThrough) {
  at::manual_seed(1);
  const at::Tensor edges = edges_of({0, 2, 1, 1, 2}, {0, 1, 1, 2, 0});
  for (const char* fill : {"mean", "max", "mul"}) {
    sparse::expect_derivatives(
        fill, [&](const at::Tensor& at) { return add_self_loops(edges, at, std::string(fill)).edge_attr; },
        at::randn({5, 2}, at::kDouble));
    sparse::expect_derivatives(
        fill, [&](const at::Tensor& at) { return add_remaining_self_loops(edges, at, std::string(fill)).edge_attr; },
        at::randn({5, 2}, at::kDouble));
  }
}

TEST(SelfLoops, RefuseOtherRanksTypesAndLengths) {
  const auto message = [](auto action) { return std::string(error_of(action).what()); };
  EXPECT_THAT(message([] { add_self_loops(at::zeros({2, 3})); }), HasSubstr("add_self_loops: edge_index is Float"));
  EXPECT_THAT(message([] { remove_self_loops(at::zeros({3, 2}, at::kLong)); }), HasSubstr("[2, edges] is needed"));
  EXPECT_THAT(message([] {
                add_self_loops(two_nodes(), doubles({1, 2}));
              }),
              HasSubstr("edge_attr has 2 rows but edge_index has 3 edges"));
  EXPECT_THAT(message([] {
                add_self_loops(two_nodes(), doubles({1, 2, 3}), doubles({1, 2, 3}));
              }),
              HasSubstr("fill_value has the sizes [3]"));
  EXPECT_THAT(message([] {
                add_self_loops(two_nodes(), doubles({1, 2, 3}), "sun");
              }),
              HasSubstr("there is no reduction 'sun'"));
  EXPECT_THAT(message([] {
                add_remaining_self_loops(two_nodes(), doubles({1, 2, 3}), {}, int64_t{0});
              }),
              HasSubstr("node 0 has a loop but there are 0 nodes"));
}

}  // namespace
}  // namespace spinel::graph
