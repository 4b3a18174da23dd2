#include "spinel/cli/check/rules.h"

#include <cmath>

#include "tests/cli/check/golden_testing.h"

namespace spinel::check {
namespace {

golden::Outputs tensor_output(const at::Tensor& tensor) { return {{{"out", tensor}}, {}}; }
golden::Outputs value_output(const Config& value) { return {{}, {{"out", value}}}; }

CaseBuilder stored(const at::Tensor& tensor) { return CaseBuilder().add("output.out", tensor); }

TEST(Elementwise, FloatsAgreeWithinTheTolerance) {
  const CaseBuilder builder = stored(doubles({1.0, -2.0, 0.0}));
  EXPECT_PASSED(run_with(builder, tensor_output(doubles({1.0 + 0.9e-6, -2.0 - 1.9e-6, 0.9e-8}))));
  EXPECT_FAILED(run_with(builder, tensor_output(doubles({1.0 + 1.2e-6, -2.0, 0.0}))),
                "out: 1 of 3 elements differ, worst at [0] 1.0000012 instead of 1");
  EXPECT_FAILED(run_with(builder, tensor_output(doubles({1.0, -2.0, 2e-8}))), "worst at [2]");
}

TEST(Elementwise, NanEqualsNanAndInfinitiesHaveTheirSign) {
  const CaseBuilder builder = stored(doubles({std::nan(""), HUGE_VAL, -HUGE_VAL}));
  EXPECT_PASSED(run_with(builder, tensor_output(doubles({std::nan(""), HUGE_VAL, -HUGE_VAL}))));
  EXPECT_FAILED(run_with(builder, tensor_output(doubles({0, HUGE_VAL, -HUGE_VAL}))), "1 of 3");
  EXPECT_FAILED(run_with(builder, tensor_output(doubles({std::nan(""), -HUGE_VAL, -HUGE_VAL}))), "1 of 3");
  EXPECT_FAILED(run_with(stored(doubles({1})), tensor_output(doubles({std::nan("")}))), "1 of 1");
}

TEST(Elementwise, DtypeAndShapeCount) {
  EXPECT_FAILED(run_with(stored(doubles({1})), tensor_output(at::ones({1}, at::kFloat))), "Float instead of Double");
  EXPECT_FAILED(run_with(stored(doubles({1, 1})), tensor_output(at::ones({2, 1}, at::kDouble))),
                "[2, 1] instead of [2]");
  EXPECT_FAILED(run_with(stored(doubles({1})), tensor_output({})), "it is None");
  EXPECT_FAILED(run_with(stored(doubles({1})), golden::Outputs{}), "it is None");
}

TEST(Elementwise, IntegersAndBooleansAreEqual) {
  EXPECT_PASSED(run_with(stored(longs({1, 2})), tensor_output(longs({1, 2}))));
  EXPECT_FAILED(run_with(stored(longs({1, 2})), tensor_output(longs({1, 3}))), "first at [1] 3 instead of 2");
  const at::Tensor truth = at::tensor({1, 0}, at::kLong).to(at::kBool);
  EXPECT_PASSED(run_with(stored(truth), tensor_output(truth)));
  EXPECT_FAILED(run_with(stored(truth), tensor_output(truth.logical_not())), "2 of 2");
}

TEST(Elementwise, SparseAndDictionaryOutputsAreComparedByPart) {
  CaseBuilder builder;
  builder.add("output.out.row", longs({0})).add("output.out.value", doubles({1})).add("output.out/a", doubles({2}));
  golden::Outputs outputs{{{"out.row", longs({0})}, {"out.value", doubles({1})}, {"out/a", doubles({2})}}, {}};
  EXPECT_PASSED(run_with(builder, outputs));
  outputs.tensors[1].second = doubles({3});
  EXPECT_FAILED(run_with(builder, outputs), "out.value: 1 of 1");
  outputs.tensors[1].second = doubles({1});
  outputs.tensors.emplace_back("out/b", doubles({1}));
  EXPECT_FAILED(run_with(builder, outputs), "'out/b' must be None");
}

TEST(Elementwise, ExpectedValuesHoldTensorsInside) {
  CaseBuilder builder;
  builder.set("expect", R"({"out": {"class": "Data", "x": {"tensor": "d.x"}, "n": 1.0}})")
      .add("output.d.x", doubles({1}));
  const auto with = [](double x, int64_t n) {
    golden::Outputs outputs = value_output(parse_json(R"({"class": "Data", "x": {"tensor": "r.x"}})", "test"));
    outputs.values[0].second.set("n", n);
    outputs.tensors.emplace_back("r.x", doubles({x}));
    return outputs;
  };
  EXPECT_PASSED(run_with(builder, with(1, 1)));
  EXPECT_FAILED(run_with(builder, with(2, 1)), "x: d.x: 1 of 1");
  EXPECT_FAILED(run_with(builder, with(1, 2)), "n is 2 instead of 1.0");
}

TEST(NoneOutputs, MustBeNone) {
  CaseBuilder builder = CaseBuilder().set("none_outputs", R"(["out"])");
  EXPECT_PASSED(run_with(builder, golden::Outputs{}));
  EXPECT_PASSED(run_with(builder, tensor_output({})));
  EXPECT_FAILED(run_with(builder, tensor_output(doubles({1}))), "it must be None");
}

TEST(Rows, MatchInAnyOrder) {
  const at::Tensor rows = at::tensor({1.0, 2.0, 3.0, 4.0, 1.0, 2.0}, at::kDouble).view({3, 2});
  const CaseBuilder builder = stored(rows).set("compare", R"({"out": "rows"})");
  EXPECT_PASSED(run_with(builder, tensor_output(rows.index_select(0, longs({2, 0, 1})))));
  EXPECT_FAILED(run_with(builder, tensor_output(rows.index_select(0, longs({1, 0, 1})))), "1 surplus, 1 missing");
  EXPECT_FAILED(run_with(builder, tensor_output(rows.narrow(0, 0, 2))), "2 rows instead of 3");
  EXPECT_FAILED(run_with(stored(rows), tensor_output(rows.index_select(0, longs({1, 0, 2})))), "differ");
}

TEST(Rows, CountAlongTheNamedAxis) {
  const at::Tensor edges = longs({0, 1, 2, 5, 6, 7}).view({2, 3});
  const CaseBuilder builder = stored(edges).set("compare", R"({"out": "rows@1"})");
  EXPECT_PASSED(run_with(builder, tensor_output(edges.index_select(1, longs({2, 0, 1})))));
  EXPECT_FAILED(run_with(builder, tensor_output(edges.index_select(0, longs({1, 0})))), "surplus");
}

TEST(Rows, OutputsOfAGroupMoveTogether) {
  CaseBuilder builder;
  builder.set("outputs", R"(["i", "d", "s"])").set("compare", R"({"i": "rows:g@1", "d": "rows:g", "s": "rows:g"})");
  builder.set("expect", R"({"s": ["a", "b"]})");
  builder.add("output.i", longs({0, 1, 2, 3}).view({2, 2})).add("output.d", doubles({0.5, 0.25}));
  const auto outputs = [](const at::Tensor& i, const at::Tensor& d, const char* s) {
    return golden::Outputs{{{"i", i}, {"d", d}}, {{"s", parse_json(s, "test")}}};
  };
  const at::Tensor swapped = longs({1, 0, 3, 2}).view({2, 2});
  EXPECT_PASSED(run_with(builder, outputs(swapped, doubles({0.25, 0.5}), R"(["b", "a"])")));
  EXPECT_FAILED(run_with(builder, outputs(swapped, doubles({0.5, 0.25}), R"(["b", "a"])")), "rows:g");
  EXPECT_FAILED(run_with(builder, outputs(swapped, doubles({0.25, 0.5}), R"(["a", "b"])")), "rows:g");
  EXPECT_FAILED(run_with(builder, outputs(swapped, doubles({0.25}), R"(["b", "a"])")), "has 1 rows");
}

TEST(Rows, FractionalCoordinatesAreComparedModuloOne) {
  const CaseBuilder builder = stored(doubles({0.0, 0.25}).view({2, 1})).set("compare", R"({"out": "rows%1"})");
  EXPECT_PASSED(run_with(builder, tensor_output(doubles({-0.75, 1.0 - 1e-9}).view({2, 1}))));
  EXPECT_FAILED(run_with(builder, tensor_output(doubles({0.5, 0.0}).view({2, 1}))), "1 surplus");
  EXPECT_FAILED(run_with(stored(doubles({0.0}).view({1, 1})).set("compare", R"({"out": "rows"})"),
                         tensor_output(doubles({1.0}).view({1, 1}))),
                "1 surplus");
}

TEST(Rows, RowsWithASmallColumnAreOptional) {
  const at::Tensor rows = doubles({1, 0.5, 2, 1e-7}).view({2, 2});
  const CaseBuilder builder =
      stored(rows).set("compare", R"({"out": {"rule": "rows", "optional": {"column": 1, "below": 1e-6}}})");
  EXPECT_PASSED(run_with(builder, tensor_output(doubles({1, 0.5}).view({1, 2}))));
  EXPECT_PASSED(run_with(builder, tensor_output(doubles({7, -1e-8, 1, 0.5}).view({2, 2}))));
  EXPECT_FAILED(run_with(builder, tensor_output(doubles({2, 1e-7}).view({1, 2}))), "1 missing");
}

TEST(Rules, AListOfRulesMustHoldAsAWhole) {
  const CaseBuilder builder = stored(longs({1, 2})).set("compare", R"({"out": ["rows", "elementwise"]})");
  EXPECT_PASSED(run_with(builder, tensor_output(longs({1, 2}))));
  EXPECT_FAILED(run_with(builder, tensor_output(longs({2, 1}))), "2 of 2");
}

TEST(Rules, AnUnknownRuleFails) {
  EXPECT_FAILED(run_with(stored(longs({1})).set("compare", R"({"out": "row"})"), tensor_output(longs({1}))),
                "there is no rule 'row'; did you mean 'rows'?");
  EXPECT_FAILED(run_with(stored(longs({1})).set("compare", R"({"out": "rows@x"})"), tensor_output(longs({1}))),
                "has no axis");
}

TEST(Ids, TheFirstAreInOrderTheOthersASet) {
  CaseBuilder builder = stored(longs({4, 2, 7, 9})).set("compare", R"({"out": "ids"})");
  builder.add("input.subset", longs({4, 2}));
  EXPECT_PASSED(run_with(builder, tensor_output(longs({4, 2, 9, 7}))));
  EXPECT_FAILED(run_with(builder, tensor_output(longs({2, 4, 7, 9}))), "the first ids");
  EXPECT_FAILED(run_with(builder, tensor_output(longs({4, 2, 9, 9}))), "as a set");
}

TEST(Via, ColumnsArePositionsInTheIds) {
  CaseBuilder builder;
  builder.set("outputs", R"(["n_id", "adj"])").set("compare", R"({"n_id": "ids", "adj": "via:n_id"})");
  builder.add("input.subset", longs({4})).add("output.n_id", longs({4, 2, 7}));
  builder.add("output.adj.row", longs({0, 0}))
      .add("output.adj.col", longs({1, 2}))
      .add("output.adj.value", doubles({0.5, 1}));
  const auto outputs = [](std::vector<int64_t> col, std::vector<double> value) {
    return golden::Outputs{{{"n_id", longs({4, 7, 2})},
                            {"adj.row", longs({0, 0})},
                            {"adj.col", longs(col)},
                            {"adj.value", doubles(value)}},
                           {}};
  };
  EXPECT_PASSED(run_with(builder, outputs({1, 2}, {1, 0.5})));
  EXPECT_FAILED(run_with(builder, outputs({1, 2}, {0.5, 1})), "via:n_id");
  EXPECT_FAILED(run_with(builder, outputs({1, 3}, {1, 0.5})), "a column is no position");
}

TEST(Json, ComparesValues) {
  const CaseBuilder builder = CaseBuilder()
                                  .set("compare", R"({"out": "json"})")
                                  .set("expect", R"({"out": {"a": [1, 2.5, null], "b": "x", "c": NaN}})");
  CaseBuilder fixed = builder;
  fixed.set("expect", R"({"out": {"a": [1, 2.5, null], "b": "x", "c": "NaN"}})");
  const auto check = [&](const char* text) { return run_with(fixed, value_output(parse_json(text, "test"))); };
  EXPECT_PASSED(check(R"({"b": "x", "c": "NaN", "a": [1.0, 2.5000001, null]})"));
  Config not_a_number = parse_json(R"({"b": "x", "a": [1, 2.5, null]})", "test");
  not_a_number.set("c", std::nan(""));
  EXPECT_PASSED(run_with(fixed, value_output(not_a_number)));
  not_a_number.set("c", 1.0);
  EXPECT_FAILED(run_with(fixed, value_output(not_a_number)), "c is 1.0");
  EXPECT_PASSED(run_with(fixed, tensor_output(golden::from_text(R"({"b": "x", "c": "NaN", "a": [1, 2.5, null]})"))));
  EXPECT_FAILED(check(R"({"b": "x", "c": "NaN", "a": [2.5, 1, null]})"), "a[0] is 2.5 instead of 1");
  EXPECT_FAILED(check(R"({"b": "x", "c": "NaN", "a": [1, 2.5]})"), "a has 2 items instead of 3");
  EXPECT_FAILED(check(R"({"b": "y", "c": "NaN", "a": [1, 2.5, null]})"), "b is \"y\" instead of \"x\"");
  EXPECT_FAILED(check(R"({"c": "NaN", "a": [1, 2.5, null]})"), "the key 'b' is missing");
  EXPECT_FAILED(check(R"({"b": "x", "c": "NaN", "d": 1, "a": [1, 2.5, null]})"), "the key 'd' is one too many");
  EXPECT_FAILED(check(R"({"b": "x", "c": "NaN", "a": [true, 2.5, null]})"), "a[0]");
  EXPECT_FAILED(run_with(builder, golden::Outputs{}), "not JSON");  // ST-20: broken metadata
}

TEST(Json, TextsAreCutByTheirOwnOffsets) {
  CaseBuilder builder;
  builder.set("outputs", R"(["out", "cut"])").set("compare", R"({"out": "json@cut", "cut": "skip"})");
  builder.add("output.out", golden::from_text(R"([1]{"a":2})")).add("output.cut", longs({0, 3, 10}));
  const auto outputs = [](const char* text, std::vector<int64_t> cut) {
    return golden::Outputs{{{"out", golden::from_text(text)}, {"cut", longs(cut)}}, {}};
  };
  EXPECT_PASSED(run_with(builder, outputs(R"([1.0] {"a" : 2})", {0, 5, 15})));
  EXPECT_FAILED(run_with(builder, outputs(R"([1]{"a":3})", {0, 3, 10})), "out[1]: a is 3 instead of 2");
  EXPECT_FAILED(run_with(builder, outputs(R"([1]{"a":2})", {0, 10})), "1 values instead of 2");
  EXPECT_FAILED(run_with(builder, outputs("[1]", {0, 3, 99})), "does not lie in a text");
}

TEST(CifOperators, AreASet) {
  const std::string head = "data_x\n_symmetry_equiv_pos_as_xyz\n";
  const CaseBuilder builder =
      stored(golden::from_text(head + "  1  'x, y, z'\n")).set("compare", R"({"out": "cif_operators"})");
  const CaseBuilder two = stored(golden::from_text(head + "  1 'x, y, z'\n  2 '-x, y, z'\nloop_\n"))
                              .set("compare", R"({"out": "cif_operators"})");
  const auto check = [&](const std::string& text) { return run_with(two, tensor_output(golden::from_text(text))); };
  EXPECT_PASSED(check(head + "  1 '-x, y, z'\n  2 'x, y, z'\nloop_\n"));
  EXPECT_FAILED(check(head + "  1 '-x, y, z'\n  2 '-x, y, z'\nloop_\n"), "symmetry operators");
  EXPECT_FAILED(check(head + "  1 'x, y, z'\nloop_\n"), "symmetry operators");
  EXPECT_FAILED(check(head + "  1 'x, y, z'\n  3 '-x, y, z'\nloop_\n"), "line 3");
  EXPECT_FAILED(check(head + "  1 'x, y, z'\n  2 '-x, y, z'\nloop\n"), "line 3 is 'loop' instead of 'loop_'");
}

TEST(Gram, TheFrameIsFree) {
  const at::Tensor cell = doubles({3, 0, 0, 1, 4, 0, 0, 0, 5}).view({1, 3, 3});
  const at::Tensor turn = doubles({0, 1, 0, -1, 0, 0, 0, 0, 1}).view({3, 3});
  const CaseBuilder builder = stored(cell).set("compare", R"({"out": "gram"})");
  EXPECT_PASSED(run_with(builder, tensor_output(cell.matmul(turn))));
  EXPECT_FAILED(run_with(builder, tensor_output(cell * 1.01)), "matrix 0");
  EXPECT_FAILED(run_with(builder, tensor_output(cell[0])), "shape");
}

TEST(Files, GivenKeysAreCompared) {
  CaseBuilder builder = CaseBuilder().set("outputs", R"(["files"])").set("compare", R"({"files": "files"})");
  builder.set("expect", R"({"files": {"a.txt": "6869"}, "error": false, "outside": []})");
  const auto outputs = [](const char* files, bool error, const char* outside) {
    return golden::Outputs{
        {}, {{"files", parse_json(files, "test")}, {"error", error}, {"outside", parse_json(outside, "t")}}};
  };
  EXPECT_PASSED(run_with(builder, outputs(R"({"a.txt": "6869"})", false, "[]")));
  EXPECT_FAILED(run_with(builder, outputs(R"({"a.txt": "6868"})", false, "[]")), "a.txt");
  EXPECT_FAILED(run_with(builder, outputs(R"({"a.txt": "6869", "b": ""})", false, "[]")), "one too many");
  EXPECT_FAILED(run_with(builder, outputs(R"({"a.txt": "6869"})", true, "[]")), "the call failed");
  EXPECT_FAILED(run_with(builder, outputs(R"({"a.txt": "6869"})", false, R"(["../x"])")), "outside the folder");
  builder.set("expect", R"({"error": true})");
  EXPECT_FAILED(run_with(builder, outputs("{}", false, "[]")), "must fail");
}

TEST(Greedy, TokensCountUpToTheFirstTie) {
  CaseBuilder builder;
  builder.set("outputs", R"(["ids", "lp", "top"])")
      .set("compare", R"({"ids": "greedy:lp", "lp": "greedy:lp", "top": "greedy:lp"})");
  builder.add("output.ids", longs({5, 6, 7})).add("output.top", longs({5, 1, 6, 1, 7, 1}).view({3, 2}));
  builder.add("output.lp", doubles({-0.1, -2, -0.7, -0.7005, -0.1, -3}).view({3, 2}));
  const auto outputs = [](std::vector<int64_t> ids, std::vector<double> lp) {
    return golden::Outputs{{{"ids", longs(ids)},
                            {"lp", doubles(lp).view({3, 2})},
                            {"top", longs({ids[0], 9, ids[1], 9, ids[2], 9}).view({3, 2})}},
                           {}};
  };
  EXPECT_PASSED(run_with(builder, outputs({5, 6, 7}, {-0.1, -2, -0.7, -0.7005, -0.1, -3})));
  EXPECT_PASSED(run_with(builder, outputs({5, 1, 2}, {-0.1, -2, -0.7, -0.7005, -9, -9})));
  EXPECT_FAILED(run_with(builder, outputs({4, 6, 7}, {-0.1, -2, -0.7, -0.7005, -0.1, -3})), "ids: 1 of 1");
  EXPECT_FAILED(run_with(builder, outputs({5, 6, 7}, {-0.1, -2, -0.8, -0.7005, -0.1, -3})), "lp: 1 of 4");
}

/// A path of four nodes 0 - 1 - 2 - 3, whose best cut in two is one edge.
CaseBuilder path_case(const char* property) {
  CaseBuilder builder;
  builder.set("outputs", R"(["out", "partptr", "perm"])").set("output_sizes", R"({"out": [4, 4]})");
  builder.set("args", R"({"num_parts": 2})").set("expect", R"({"edge_cut": 1.0, "bandwidth_after": 1})");
  const std::string rule = std::string("\"property:") + property + "\"";
  builder.set("compare", R"({"out": )" + rule + R"(, "partptr": )" + rule + R"(, "perm": )" + rule + "}");
  builder.set("call", R"({"args": [{"sparse": "A", "size": [4, 4]}]})");
  const at::Tensor row = longs({0, 1, 1, 2, 2, 3}), col = longs({1, 0, 2, 1, 3, 2});
  builder.add("input.A.row", row).add("input.A.col", col).add("output.out.row", row).add("output.out.col", col);
  return builder.add("output.partptr", longs({0, 2, 4})).add("output.perm", longs({0, 1, 2, 3}));
}

golden::Outputs path_result(std::vector<int64_t> perm, std::vector<int64_t> partptr) {
  std::vector<int64_t> position(4), row, col;
  for (size_t i = 0; i < 4; ++i) position[static_cast<size_t>(perm[i]) % 4] = static_cast<int64_t>(i);
  for (int64_t k = 0; k < 3; ++k) {
    row.insert(row.end(), {position[k], position[k + 1]});
    col.insert(col.end(), {position[k + 1], position[k]});
  }
  return {{{"out.row", longs(row)}, {"out.col", longs(col)}, {"partptr", longs(partptr)}, {"perm", longs(perm)}}, {}};
}

TEST(Partition, AnyGoodCutPasses) {
  const CaseBuilder builder = path_case("partition");
  EXPECT_PASSED(run_with(builder, path_result({0, 1, 2, 3}, {0, 2, 4})));
  EXPECT_PASSED(run_with(builder, path_result({3, 2, 0, 1}, {0, 2, 4})));
  EXPECT_FAILED(run_with(builder, path_result({0, 2, 1, 3}, {0, 2, 4})), "the edge cut is 3");
  EXPECT_FAILED(run_with(builder, path_result({0, 1, 2, 2}, {0, 2, 4})), "perm is no permutation");
  EXPECT_FAILED(run_with(builder, path_result({3, 2, 1, 0}, {0, 4})), "does not rise");
  EXPECT_FAILED(run_with(builder, path_result({3, 2, 1, 0}, {0, 4, 4})), "part 0 has the weight 4");
  golden::Outputs wrong = path_result({3, 2, 0, 1}, {0, 2, 4});
  wrong.tensors[3].second = longs({2, 3, 0, 1});
  EXPECT_FAILED(run_with(builder, wrong), "out is not A[perm][:, perm]");
}

TEST(Bandwidth, AnyNarrowOrderPasses) {
  const CaseBuilder builder = path_case("bandwidth");
  EXPECT_PASSED(run_with(builder, path_result({3, 2, 1, 0}, {0, 2, 4})));
  EXPECT_FAILED(run_with(builder, path_result({0, 2, 1, 3}, {0, 2, 4})), "the bandwidth is 2");
  EXPECT_FAILED(run_with(path_case("width"), path_result({0, 2, 1, 3}, {0, 2, 4})), "there is no property 'width'");
}

/// Rock salt with a = 4 Å as a cube, and as its primitive cell moved and turned round.
CaseBuilder crystal_case() {
  CaseBuilder builder;
  builder.set("outputs", R"(["cell", "x", "z", "n"])").set("tolerance", R"({"rtol": 1e-5, "atol": 1e-5})");
  builder.set("compare", R"({"cell": "crystal:c/lattice", "x": "crystal:c/frac", "z": "crystal:c/numbers",
                             "n": "crystal:c/counts"})");
  builder.add("output.cell", doubles({0, 2, 2, 2, 0, 2, 2, 2, 0}).view({1, 3, 3}));
  builder.add("output.x", doubles({0, 0, 0, 0.5, 0.5, 0.5}).view({2, 3}));
  return builder.add("output.z", longs({11, 17})).add("output.n", longs({2}));
}

golden::Outputs crystal_result(const at::Tensor& cell, const at::Tensor& x, const at::Tensor& z) {
  return {{{"cell", cell.view({1, 3, 3})}, {"x", x.view({2, 3})}, {"z", z}, {"n", longs({2})}}, {}};
}

TEST(Crystal, CellOriginAndOrderAreFree) {
  const CaseBuilder builder = crystal_case();
  const at::Tensor cell = doubles({0, 2, 2, 2, 0, 2, 2, 2, 0}).view({3, 3});
  const at::Tensor other = at::matmul(doubles({1, 1, 0, 0, 1, 0, 0, 0, 1}).view({3, 3}), cell);
  const at::Tensor shifted = doubles({0.6, 0.6, 0.6, 0.1, 0.1, 0.1});
  EXPECT_PASSED(run_with(builder, crystal_result(cell, shifted, longs({17, 11}))));
  const at::Tensor cartesian = at::matmul(shifted.view({2, 3}), cell);
  EXPECT_PASSED(run_with(builder, crystal_result(other, at::matmul(cartesian, at::inverse(other)), longs({17, 11}))));
  EXPECT_FAILED(run_with(builder, crystal_result(cell, shifted, longs({17, 19}))), "the atomic numbers differ");
  EXPECT_FAILED(run_with(builder, crystal_result(cell * 1.001, shifted, longs({17, 11}))), "of the Niggli cell is");
  EXPECT_FAILED(run_with(builder, crystal_result(cell, doubles({0.6, 0.6, 0.6, 0.12, 0.1, 0.1}), longs({17, 11}))),
                "the distances of the elements");
}

}  // namespace
}  // namespace spinel::check
