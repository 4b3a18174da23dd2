// What the rules over several outputs refuse: parts that are missing, None, of another shape, or of another group.
#include "tests/cli/check/golden_testing.h"

namespace spinel::check {
namespace {

/// A crystal of `outputs` with these rules; the stored ones are two cells of one atom each.
struct CrystalCase {
  CaseBuilder builder;
  golden::Outputs result;
  CrystalCase() {
    builder.set("outputs", R"(["cell", "x", "z", "n"])");
    builder.set("compare", R"({"cell": "crystal:c/lattice", "x": "crystal:c/cart", "z": "crystal:c/numbers",
                               "n": "crystal:c/counts"})");
    const at::Tensor cell = at::stack({3 * at::eye(3, at::kDouble), 4 * at::eye(3, at::kDouble)});
    result.tensors = {
        {"cell", cell}, {"x", at::zeros({2, 3}, at::kDouble)}, {"z", longs({26, 29})}, {"n", longs({1, 1})}};
    for (const auto& [name, tensor] : result.tensors) builder.add("output." + name, tensor);
  }
  CaseResult with(size_t output, const at::Tensor& tensor) const {
    golden::Outputs changed = result;
    changed.tensors[output].second = tensor;
    return run_with(builder, changed);
  }
};

TEST(CrystalGroup, StructuresAreComparedOneByOne) {
  const CrystalCase crystals;
  EXPECT_PASSED(run_with(crystals.builder, crystals.result));
  EXPECT_PASSED(crystals.with(1, at::full({2, 3}, 1.25, at::kDouble)));  // the origin is free
  EXPECT_FAILED(crystals.with(2, longs({26, 28})), "structure 1: the atomic numbers differ");
  EXPECT_FAILED(crystals.with(2, longs({25, 29})), "structure 0: the atomic numbers differ");
  const at::Tensor wider = at::stack({3 * at::eye(3, at::kDouble), 4.01 * at::eye(3, at::kDouble)});
  EXPECT_FAILED(crystals.with(0, wider), "structure 1: a of the Niggli cell is");
}

TEST(CrystalGroup, PartsThatDoNotFitTogetherAreErrors) {
  const CrystalCase crystals;
  EXPECT_FAILED(crystals.with(3, longs({2, 0})), "the counts differ");
  EXPECT_FAILED(crystals.with(3, longs({1, 2})), "do not fit");
  EXPECT_FAILED(crystals.with(3, longs({3, -1})), "do not fit");
  EXPECT_FAILED(crystals.with(0, at::eye(3, at::kDouble)), "do not fit");
  EXPECT_FAILED(crystals.with(1, at::zeros({2, 2}, at::kDouble)), "do not fit");
  EXPECT_FAILED(crystals.with(2, longs({26})), "do not fit");
  EXPECT_FAILED(crystals.with(1, {}), "x: it is None");
  EXPECT_FAILED(crystals.with(0, at::zeros({2, 3, 3}, at::kDouble)), "lattice: the volume is 0");
  CrystalCase unknown;
  unknown.builder.set("compare", R"({"cell": "crystal:c/lattice", "x": "crystal:c/polar", "z": "crystal:c/numbers",
                                     "n": "crystal:c/counts"})");
  EXPECT_FAILED(run_with(unknown.builder, unknown.result), "crystal has no role 'polar'");
  CrystalCase lacking;
  lacking.builder.set("compare", R"({"cell": "crystal:c/lattice", "x": "crystal:c/cart", "z": "crystal:c/numbers",
                                     "n": "crystal:other/counts"})");
  EXPECT_FAILED(run_with(lacking.builder, lacking.result), "a group needs the roles");
}

/// The path 0 - 1 - 2 - 3 with weights on edges and nodes.
struct PathCase {
  CaseBuilder builder;
  golden::Outputs result;
  PathCase() {
    builder.set("outputs", R"(["out", "partptr", "perm"])").set("output_sizes", R"({"out": [4, 4]})");
    builder.set("expect", R"({"edge_cut": 1.0})").set("args", R"({"num_parts": 2})");
    builder.set("call", R"({"args": [{"sparse": "A", "size": [4, 4]}]})");
    const std::string rule = R"("property:partition")";
    builder.set("compare", R"({"out": )" + rule + R"(, "partptr": )" + rule + R"(, "perm": )" + rule + "}");
    const at::Tensor row = longs({0, 1, 1, 2, 2, 3}), col = longs({1, 0, 2, 1, 3, 2});
    builder.add("input.A.row", row).add("input.A.col", col).add("output.out.row", row).add("output.out.col", col);
    builder.add("output.partptr", longs({0, 2, 4})).add("output.perm", longs({0, 1, 2, 3}));
    // The same graph read backwards: never elementwise equal.
    const at::Tensor back_row = longs({3, 2, 2, 1, 1, 0}), back_col = longs({2, 3, 1, 2, 0, 1});
    result.tensors = {
        {"out.row", back_row}, {"out.col", back_col}, {"partptr", longs({0, 2, 4})}, {"perm", longs({3, 2, 1, 0})}};
  }
  CaseResult with(size_t output, const at::Tensor& tensor) const {
    golden::Outputs changed = result;
    changed.tensors[output].second = tensor;
    return run_with(builder, changed);
  }
};

TEST(PartitionGroup, PartsThatAreMissingOrMalformedAreNamed) {
  const PathCase path;
  EXPECT_PASSED(run_with(path.builder, path.result));
  EXPECT_FAILED(path.with(2, {}), "partptr is None");
  EXPECT_FAILED(path.with(3, {}), "perm or out is None");
  EXPECT_FAILED(path.with(0, {}), "perm or out is None");
  EXPECT_FAILED(path.with(0, longs({3, 2})), "sparse: 2 rows, 6 columns and 2 values");
  EXPECT_FAILED(path.with(3, longs({3, 2, 1})), "perm is no permutation of 4 rows");
  EXPECT_FAILED(path.with(3, longs({3, 2, 1, 4})), "perm is no permutation of 4 rows");
  EXPECT_FAILED(path.with(3, longs({3, 2, 1, -1})), "perm is no permutation of 4 rows");
  for (const std::vector<int64_t>& wrong : {std::vector<int64_t>{1, 2, 4}, {0, 2, 3}, {0, 5, 4}, {0, 1, 2, 4}}) {
    EXPECT_FAILED(path.with(2, longs(wrong)), "does not rise from 0 to 4 in 2 steps");
  }
}

TEST(PartitionGroup, WeightsOfNodesLimitTheParts) {
  PathCase path;
  path.builder.set("call", R"({"args": [{"sparse": "A", "size": [4, 4]}], "kwargs": {"node_weight": "w"}})");
  path.builder.add("input.w", doubles({3, 1, 1, 1}));  // of the nodes as given: node 0 is the last of the result
  // 1.1 · 6 / 2 + 3 = 6.3 is the limit of a part.
  EXPECT_PASSED(path.with(2, longs({0, 3, 4})));
  PathCase heavy;
  heavy.builder.set("call", R"({"args": [{"sparse": "A", "size": [4, 4]}], "kwargs": {"node_weight": "w"}})");
  heavy.builder.add("input.w", doubles({1, 1, 1, 1}));
  // 1.1 · 4 / 2 + 1 = 3.2
  EXPECT_PASSED(heavy.with(2, longs({0, 3, 4})));
  EXPECT_FAILED(heavy.with(2, longs({0, 4, 4})), "part 0 has the weight 4; at most 3.2");
  EXPECT_FAILED(heavy.with(2, longs({0, 0, 4})), "part 1 has the weight 4");
}

TEST(PartitionGroup, EntriesCountWhereEdgesAreBalanced) {
  PathCase path;
  path.builder.set("args", R"({"num_parts": 2, "balance_edge": true})");
  // Rows have 1, 2, 2, 1 entries: 1.1 · 6 / 2 + 2 = 5.3
  EXPECT_PASSED(path.with(2, longs({0, 3, 4})));
  EXPECT_FAILED(path.with(2, longs({0, 4, 4})), "part 0 has the weight 6; at most 5.3");
}

TEST(PartitionGroup, ValuesCountInTheCutWhereTheyAreWeights) {
  for (const bool weighted : {false, true}) {
    PathCase path;
    path.builder.set("args", weighted ? R"({"num_parts": 2, "weighted": true})" : R"({"num_parts": 2})");
    path.builder.add("input.A.value", doubles({1, 1, 5, 5, 1, 1}));
    path.builder.add("output.out.value", doubles({1, 1, 5, 5, 1, 1}));
    path.result.tensors.emplace_back("out.value", doubles({1, 1, 5, 5, 1, 1}));
    const CaseResult result = run_with(path.builder, path.result);
    if (weighted) EXPECT_FAILED(result, "the edge cut is 5; at most 1.2 is allowed");
    else EXPECT_PASSED(result);
    path.result.tensors.back().second = doubles({1, 1, 5, 4, 1, 1});
    EXPECT_FAILED(run_with(path.builder, path.result), "out is not A[perm][:, perm]");
  }
}

TEST(RuleParts, WhatACaseLacksIsNamed) {
  const auto tensor = [](const at::Tensor& x) { return golden::Outputs{{{"out", x}}, {}}; };
  CaseBuilder none;
  EXPECT_FAILED(run_with(none, tensor(doubles({1}))), "stores neither a tensor nor an expected value");
  none.set("compare", R"({"out": "rows"})");
  EXPECT_FAILED(run_with(none, tensor(doubles({1}))), "stores no tensor 'out' for its rows");
  none.set("compare", R"({"out": "ids"})");
  EXPECT_FAILED(run_with(none, tensor(longs({1}))), "no ids and no input 'subset'");
  none.set("compare", R"({"out": "via:n_id"})");
  EXPECT_FAILED(run_with(none, tensor(longs({1}))), "no sparse output of this name");
  none.set("compare", R"({"out": "json"})");
  EXPECT_FAILED(run_with(none, tensor(doubles({1}))), "no 'expect' for it");
  CaseBuilder sparse = CaseBuilder().set("compare", R"({"out": "via:n_id"})");
  sparse.add("output.out.row", longs({0})).add("output.out.col", longs({0}));
  EXPECT_FAILED(run_with(sparse, golden::Outputs{{{"out.row", longs({0})}}, {}}), "out.col is None");
  EXPECT_FAILED(run_with(sparse, golden::Outputs{{{"out.row", longs({0})}, {"out.col", longs({0})}}, {}}),
                "n_id is None");
}

TEST(RuleParts, NoneWhereThereMustBeSomething) {
  for (const char* rule : {"cif_operators", "gram", "greedy:out", "json@out"}) {
    CaseBuilder builder;
    builder.set("compare", std::string(R"({"out": ")") + rule + "\"}")
        .add("output.out", doubles({1, 2, 3, 4}).view({2, 2}));
    EXPECT_FAILED(run_with(builder, golden::Outputs{{{"out", at::Tensor()}}, {}}), "None");
  }
  CaseBuilder json = CaseBuilder().set("compare", R"({"out": "json"})").set("expect", R"({"out": 1})");
  EXPECT_FAILED(run_with(json, golden::Outputs{}), "it is None");
  EXPECT_FAILED(run_with(json, golden::Outputs{{{"out", doubles({1})}}, {}}), "it is None");
}

TEST(GreedyRule, EnoughPositionsMustBeThere) {
  CaseBuilder builder;
  builder.set("outputs", R"(["ids", "lp"])").set("compare", R"({"ids": "greedy:lp", "lp": "greedy:lp"})");
  builder.add("output.ids", longs({5, 6, 7}))
      .add("output.lp", doubles({-0.1, -2, -0.2, -3, -0.7, -0.7001}).view({3, 2}));
  const auto with = [&](const at::Tensor& ids, const at::Tensor& lp) {
    return run_with(builder, golden::Outputs{{{"ids", ids}, {"lp", lp}}, {}});
  };
  const at::Tensor lp = doubles({-0.1, -2, -0.2, -3, -0.7, -0.7001}).view({3, 2});
  EXPECT_PASSED(with(longs({5, 6}), lp));
  EXPECT_PASSED(with(longs({5, 6, 9, 9, 9}), lp));
  EXPECT_FAILED(with(longs({5}), lp), "it has 1 positions; the first 2 are compared");
  EXPECT_FAILED(with(longs({5, 7}), lp), "1 of 2");
  EXPECT_FAILED(with(longs({5, 6}), lp.narrow(0, 0, 2)), "it has 2 positions; the first 3 are compared");
  EXPECT_FAILED(with(longs({5, 6}), lp.flatten()), "positions");
}

}  // namespace
}  // namespace spinel::check
