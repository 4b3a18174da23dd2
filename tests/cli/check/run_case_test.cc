#include "spinel/cli/check/run_case.h"

#include <cmath>

#include "tests/cli/check/golden_testing.h"

namespace spinel::check {
namespace {

golden::Outputs one(const at::Tensor& tensor) { return {{{"out", tensor}}, {}}; }

TEST(FunctionCase, GetsItsCall) {
  CaseBuilder builder;
  builder.set("args", R"({"k": 3})").set("call", R"({"args": ["x", {"value": 2}, "d", {"sparse": "a", "size": [1, 1]}],
                                                     "kwargs": {"y": "w", "flag": true, "name": {"value": "w"}}})");
  builder.add("input.x", doubles({1})).add("input.w", doubles({5})).add("input.d/a", doubles({7}));
  builder.add("input.dummy", doubles({0})).add("output.out", doubles({1}));
  const CaseResult result = run_function(builder, [](const golden::Call& call) {
    EXPECT_EQ(call.args.at("k").as_int(), 3);
    EXPECT_EQ(call.positional_names, (std::vector<std::string>{"x", "", "", ""}));
    EXPECT_EQ(std::get<Config>(call.positional[1]), Config(2));
    EXPECT_EQ(to_json(std::get<Config>(call.positional[2]), -1), R"({"input": "d"})");
    EXPECT_EQ(to_json(std::get<Config>(call.positional[3]), -1), R"({"sparse": "a", "size": [1, 1]})");
    EXPECT_EQ(call.tensor("y").item<double>(), 5);
    EXPECT_EQ(call.tensor("d/a").item<double>(), 7);
    EXPECT_EQ(std::get<Config>(call.named[1].second), Config(true));
    EXPECT_EQ(std::get<Config>(call.named[2].second), Config("w"));
    EXPECT_FALSE(call.optional_tensor("dummy").defined());
    EXPECT_THROW(call.tensor("nothing"), Error);
    return one(call.tensor("x"));
  });
  EXPECT_PASSED(result);
}

TEST(FunctionCase, SeedsTheGlobalGenerator) {
  at::manual_seed(11);
  CaseBuilder builder = CaseBuilder().set("args", R"({"seed": 11})").add("output.out", at::rand({4}));
  EXPECT_PASSED(run_function(builder, [](const golden::Call&) { return one(at::rand({4})); }));
}

TEST(FunctionCase, GradientsFollowTheCotangents) {
  CaseBuilder builder;
  builder.set("call", R"({"args": ["x"]})").add("input.x", doubles({1, 2, 3})).add("output.out", doubles({1, 4, 9}));
  builder.add("cotangent.out", doubles({1, 10, 100})).add("grad.input.x", doubles({2, 40, 600}));
  const auto square = [](const golden::Call& call) { return one(call.tensor("x") * call.tensor("x")); };
  EXPECT_PASSED(run_function(builder, square));
  const auto wrong = [](const golden::Call& call) { return one(call.tensor("x").detach() * call.tensor("x")); };
  EXPECT_FAILED(run_function(builder, wrong), "grad.input.x: 3 of 3");
  const auto constant = [](const golden::Call& call) { return one((call.tensor("x") * call.tensor("x")).detach()); };
  EXPECT_FAILED(run_function(builder, constant), "no output depends differentiably");
}

TEST(FunctionCase, WithoutCotangentsAllFloatingOutputsCountWithOnes) {
  CaseBuilder builder;
  builder.set("call", R"({"args": ["x"]})").set("outputs", R"(["out", "n", "p"])").add("input.x", doubles({1, 2}));
  builder.add("output.out", doubles({1, 4})).add("output.n", longs({2})).add("output.p", doubles({3, 6}));
  builder.add("grad.input.x", doubles({2 + 3, 4 + 3}));
  const auto function = [](const golden::Call& call) {
    const at::Tensor x = call.tensor("x");
    return golden::Outputs{{{"out", x * x}, {"n", longs({2})}, {"p", 3 * x}}, {}};
  };
  EXPECT_PASSED(run_function(builder, function));
  // With one cotangent the other outputs take no part.
  CaseBuilder part = builder;
  part.tensors.pop_back();
  part.add("cotangent.out", doubles({1, 1})).add("grad.input.x", doubles({2, 4}));
  EXPECT_PASSED(run_function(part, function));
}

TEST(FunctionCase, CotangentsOfRowsFollowTheMatching) {
  CaseBuilder builder;
  builder.set("call", R"({"args": ["x"]})").set("compare", R"({"out": "rows"})").add("input.x", doubles({1, 2, 3}));
  builder.add("output.out", doubles({3, 1, 2})).add("cotangent.out", doubles({300, 1, 20}));
  builder.add("grad.input.x", doubles({1, 20, 300}));
  EXPECT_PASSED(run_function(builder, [](const golden::Call& call) { return one(call.tensor("x") * 1.0); }));
}

// Two equal edges with equal attributes, whose order nobody promised: either may have gone to either row.
TEST(FunctionCase, GradientsOfEqualRowsMayChangePlaces) {
  CaseBuilder builder;
  builder.set("call", R"({"args": ["x", "e"]})").set("compare", R"({"out": "rows"})");
  builder.add("input.x", doubles({5, 5, 5, 7})).add("input.e", longs({0, 0, 1, 2, 3, 3, 3, 3}).view({2, 4}));
  builder.add("output.out", doubles({5, 5, 5, 7})).add("cotangent.out", doubles({1, 10, 100, 1000}));
  const auto identity = [](const golden::Call& call) { return one(call.tensor("x") * 1); };
  const auto with = [&](const std::vector<double>& gradient) {
    CaseBuilder full = builder;
    return run_function(full.add("grad.input.x", doubles(gradient)), identity);
  };
  EXPECT_PASSED(with({1, 10, 100, 1000}));
  EXPECT_PASSED(with({10, 1, 100, 1000}));
  // The third has the same attribute but is another edge; and no value may be there twice.
  EXPECT_FAILED(with({100, 10, 1, 1000}), "grad.input.x: 2 of 4");
  EXPECT_FAILED(with({1, 1, 100, 1000}), "grad.input.x: 1 of 4");
  builder.set("compare", R"({"out": "elementwise"})");
  EXPECT_FAILED(with({10, 1, 100, 1000}), "grad.input.x: 2 of 4");
}

TEST(FunctionCase, GradientsHaveTheirOwnTolerance) {
  CaseBuilder builder;
  builder.set("call", R"({"args": ["x"]})").add("input.x", doubles({1})).add("output.out", doubles({1}));
  builder.add("grad.input.x", doubles({1.01}));
  const auto identity = [](const golden::Call& call) { return one(call.tensor("x") * 1.0); };
  EXPECT_FAILED(run_function(builder, identity), "grad.input.x");
  builder.set("tolerance", R"({"rtol": 1e-6, "atol": 1e-8, "grad_rtol": 0.1})");
  EXPECT_PASSED(run_function(builder, identity));
}

TEST(Settings, AnotherDtypeHasTheTolerancesOfTheTable) {
  CaseBuilder builder;
  builder.set("call", R"({"args": ["x"]})").add("input.x", doubles({1.0 / 3})).add("output.out", doubles({2.0 / 3}));
  CheckSettings settings;
  settings.dtype = at::kFloat;
  const auto twice = [](const golden::Call& call) {
    EXPECT_EQ(call.tensor("x").scalar_type(), at::kFloat);
    return one(call.tensor("x") * 2);
  };
  EXPECT_PASSED(run_function(builder, twice, settings));
  EXPECT_FAILED(run_function(
                    builder, [](const golden::Call& call) { return one(call.tensor("x") * 2.001); }, settings),
                "1 of 1");
  // A function that always computes in double is compared all the same.
  EXPECT_PASSED(run_function(
      builder, [](const golden::Call& call) { return one(call.tensor("x").to(at::kDouble) * 2); }, settings));
  EXPECT_EQ(dtype_tolerance(at::kFloat).rtol, 1e-4);
  EXPECT_GT(dtype_tolerance(at::kBFloat16).rtol, dtype_tolerance(at::kHalf).rtol);
}

TEST(Tolerance, DefaultsDependOnTheDtype) {
  CaseBuilder builder;
  builder.metadata.erase("tolerance");
  builder.add("output.out", at::ones({1}, at::kFloat));
  EXPECT_PASSED(run_with(builder, one(at::full({1}, 1.00005, at::kFloat))));
  EXPECT_FAILED(run_with(builder, one(at::full({1}, 1.001, at::kFloat))), "1 of 1");
}

TEST(Needs, ACaseWithoutItsDataIsSkipped) {
  const TemporaryFolder data;
  CaseBuilder builder =
      CaseBuilder().set("needs", R"({"data": "shared/data/table.txt"})").add("output.out", doubles({1}));
  CheckSettings settings;
  settings.data_folder = data.path();
  const auto function = [](const golden::Call&) { return one(doubles({1})); };
  const CaseResult skipped = run_function(builder, function, settings);
  EXPECT_EQ(skipped.status, CaseResult::Status::skipped);
  EXPECT_THAT(skipped.reason, ::testing::HasSubstr("needs table.txt"));
  write_file_atomic(data.file("table.txt"), "x");
  EXPECT_PASSED(run_function(builder, function, settings));
}

// ST-20
TEST(BrokenCase, IsItsOwnFailure) {
  EXPECT_FAILED(run_with(CaseBuilder(), one(doubles({1}))), "stores neither a tensor nor an expected value");
  EXPECT_FAILED(run_with(CaseBuilder().set("kind", "dance"), {}), "the kind 'dance' is unknown");
  EXPECT_FAILED(run_with(CaseBuilder().set("outputs", "[1"), {}), "metadata.outputs");
  EXPECT_FAILED(run_with(CaseBuilder().set("format", "golden/2"), {}), "golden/1 is known");
  EXPECT_FAILED(run_with(CaseBuilder().set("call", R"({"args": ["gone"]})"), {}), "the call names 'gone'");
  CaseBuilder without_area;
  without_area.metadata.erase("area");
  EXPECT_FAILED(run_with(without_area, {}), "the metadata has no 'area'");
  EXPECT_FAILED(run_with(CaseBuilder().set("name", "g"), {}),
                "test/g: no function is known under this name; did you mean");
  const auto throws = [](const golden::Call&) -> golden::Outputs { throw std::runtime_error("broken\nstack"); };
  EXPECT_FAILED(run_function(CaseBuilder(), throws), "broken");
  EXPECT_FAILED(run_golden_file("/nowhere/a.safetensors", {}, {}), "/nowhere/a.safetensors");
}

/// y = x · weight + bias, with a buffer that counts calls in train mode.
struct Affine : nn::Module {
  Affine() {
    add_parameter("weight", weight_ = at::zeros({1}, at::kDouble));
    add_parameter("bias", bias_ = at::zeros({1}, at::kDouble));
    add_buffer("calls", calls_ = at::zeros({}, at::kLong));
  }
  at::Tensor forward(const at::Tensor& x) {
    if (is_training()) calls_.add_(1);
    return x * weight_ + bias_;
  }
  at::Tensor weight_, bias_, calls_;
};

CheckLists affine_lists() {
  CheckLists lists;
  lists.modules = {{"test/Affine", [](const Config&) {
                      auto module = std::make_unique<Affine>();
                      Affine* affine = module.get();
                      return golden::ModuleUnderTest{
                          std::move(module), [affine](const golden::Call& call) {
                            const at::Tensor out = affine->forward(call.tensor("x"));
                            return golden::Outputs{{{"out", out}, {"loss", out.square().mean()}}, {}};
                          }};
                    }}};
  return lists;
}

CaseResult run_affine(const CaseBuilder& builder) {
  const TemporaryFolder folder;
  return run_golden_file(builder.write(folder.file("case.safetensors")), affine_lists(), {});
}

CaseBuilder affine_case() {
  CaseBuilder builder = CaseBuilder().set("kind", "module").set("name", "Affine").set("call", R"({"args": ["x"]})");
  builder.add("param.weight", doubles({2})).add("param.bias", doubles({1})).add("input.x", doubles({3, 4}));
  return builder.add("output.out", doubles({7, 9}));
}

TEST(ModuleCase, LoadsParametersAndComparesGradients) {
  EXPECT_PASSED(run_affine(affine_case()));
  EXPECT_PASSED(run_affine(affine_case().add("grad.param.weight", doubles({7})).add("grad.param.bias", doubles({2}))));
  EXPECT_FAILED(run_affine(affine_case().add("grad.param.weight", doubles({8}))), "grad.param.weight");
  EXPECT_FAILED(run_affine(affine_case().add("param.scale", doubles({8}))), "the module has no parameter 'scale'");
  EXPECT_FAILED(run_affine(affine_case().add("buffer.call", longs({8}))), "did you mean 'calls'?");
  CaseBuilder incomplete = affine_case();
  incomplete.tensors.erase(incomplete.tensors.begin());
  EXPECT_FAILED(run_affine(incomplete), "parameter 'weight' is not in the case");
}

TEST(ModuleCase, BuffersAreLoadedAndReadAfterTheCall) {
  CaseBuilder builder = affine_case().set("outputs", R"(["out", "after.calls"])").set("mode", "train");
  builder.add("buffer.calls", at::full({}, 5, at::kLong)).add("output.after.calls", at::full({}, 6, at::kLong));
  builder.add("final.param.calls", at::full({}, 6, at::kLong));
  EXPECT_PASSED(run_affine(builder));
  EXPECT_FAILED(run_affine(builder.set("mode", "eval")), "after.calls: 1 of 1");
  EXPECT_FAILED(run_affine(builder), "final.param.calls: 1 of 1");
}

/// Steps of plain gradient descent on the mean of (x·w + b)², by hand.
CaseBuilder train_case(int64_t steps) {
  CaseBuilder builder = CaseBuilder().set("kind", "train").set("name", "Affine").set("call", R"({"args": ["x"]})");
  builder.set("loss", R"({"name": "model", "output": "loss"})").set("optimizer", R"({"name": "SGD", "lr": 0.1})");
  builder.add("param.weight", doubles({2})).add("param.bias", doubles({1}));
  const std::vector<double> batches = {3, -1};
  std::vector<double> losses;
  double w = 2, b = 1;
  for (int64_t step = 0; step < steps; ++step) {
    const double x = batches[step % 2], y = x * w + b;
    losses.push_back(y * y);
    w -= 0.1 * 2 * y * x;
    b -= 0.1 * 2 * y;
  }
  builder.add("batch0.input.x", doubles({batches[0]})).add("batch1.input.x", doubles({batches[1]}));
  builder.add("final.param.weight", doubles({w})).add("final.param.bias", doubles({b}));
  return builder.add("loss", doubles(losses));
}

TEST(TrainCase, FollowsTheLossesOfTheSteps) {
  EXPECT_PASSED(run_affine(train_case(4)));
  CaseBuilder other_rate = train_case(4).set("optimizer", R"({"name": "SGD", "lr": 0.11})");
  EXPECT_FAILED(run_affine(other_rate), "loss: 3 of 4 elements differ");
  EXPECT_FAILED(run_affine(train_case(4).set("loss", R"({"name": "modl", "output": "loss"})")),
                "did you mean 'model'?");
  EXPECT_FAILED(run_affine(train_case(4).set("loss", R"({"name": "model", "output": "lost"})")), "no output 'lost'");
}

TEST(TrainCase, RatesOfTheStepsComeFromTheCase) {
  CaseBuilder listed = train_case(3).set("optimizer", R"({"name": "SGD", "lr": 7, "lr_per_step": [0.1, 0.1, 0.1]})");
  EXPECT_PASSED(run_affine(listed));
  EXPECT_PASSED(
      run_affine(train_case(3).set("optimizer", R"({"name": "SGD", "lr": 7})").add("lr", doubles({0.1, 0.1, 0.1}))));
  EXPECT_FAILED(run_affine(train_case(3).set("optimizer", R"({"name": "SGD", "lr": 7})").add("lr", doubles({0.1}))),
                "1 rates are given for 3 steps");
}

TEST(TrainCase, TermsTakeTargetsFromTheBatch) {
  CaseBuilder builder = train_case(1);
  builder.set("loss", R"({"name": "terms", "terms": [{"fn": "mse", "output": "out", "target": "t", "weight": 1.0},
                                                     {"fn": "l1", "output": "out", "target": "t", "weight": 0.5}]})");
  builder.add("batch0.input.t", doubles({5}));
  std::erase_if(builder.tensors, [](const auto& entry) { return entry.first.starts_with("final"); });
  std::erase_if(builder.tensors, [](const auto& entry) { return entry.first == "loss"; });
  builder.add("loss", doubles({4 + 0.5 * 2}));
  EXPECT_PASSED(run_affine(builder));
}

TEST(TrainCase, MicroBatchesShareTheLoss) {
  // Two halves of one batch give the mean of their losses and of their gradients.
  CaseBuilder builder = CaseBuilder().set("kind", "train").set("name", "Affine").set("call", R"({"args": ["x"]})");
  builder.set("loss", R"({"name": "model", "output": "loss", "micro_batches": 2})")
      .set("optimizer", R"({"name": "SGD", "lr": 0.1})");
  builder.add("param.weight", doubles({2})).add("param.bias", doubles({1}));
  builder.add("batch0.input.m0.x", doubles({1})).add("batch0.input.m1.x", doubles({2}));
  builder.add("loss", doubles({(9.0 + 25.0) / 2}))
      .add("final.param.weight", doubles({2 - 0.1 * (2 * 3 * 1 + 2 * 5 * 2) / 2}));
  EXPECT_PASSED(run_affine(builder));
}

TEST(TrainCase, SwaIsTheMeanFromItsFirstStepOn) {
  CaseBuilder builder = train_case(3).set("optimizer", R"({"name": "SGD", "lr": 0.1, "swa_from_step": 1})");
  double w = 2, b = 1, mean = 0;
  for (int step = 0; step < 3; ++step) {
    const double x = step % 2 ? -1 : 3, y = x * w + b;
    w -= 0.1 * 2 * y * x;
    b -= 0.1 * 2 * y;
    if (step >= 1) mean += w / 2;
  }
  EXPECT_PASSED(run_affine(CaseBuilder(builder).add("final.swa.weight", doubles({mean}))));
  EXPECT_FAILED(run_affine(CaseBuilder(builder).add("final.swa.weight", doubles({mean + 1e-3}))), "final.swa.weight");
}

}  // namespace
}  // namespace spinel::check
