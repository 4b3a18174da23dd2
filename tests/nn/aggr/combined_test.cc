#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "spinel/nn/aggr/aggregation.h"
#include "tests/support/errors.h"

namespace spinel::nn {
namespace {

using testing::HasSubstr;

at::Tensor longs(std::vector<int64_t> values) { return at::tensor(values, at::kLong); }
std::unique_ptr<Aggregation> make(const char* json) { return make_aggregation(parse_json(json, "test")); }
std::string message(const char* json) {
  return error_of([&] { make(json); }).what();
}

const at::Tensor& index_of_groups() {
  static const at::Tensor index = longs({2, 0, 2, 0, 0, 3, 2, 0, 0, 2});
  return index;
}

TEST(QuantileAggregation, AgreesWithTorchForEveryInterpolation) {
  at::manual_seed(1);
  const at::Tensor x = at::randn({10, 3}, at::kDouble);
  for (const char* kind : {"linear", "lower", "higher", "nearest", "midpoint"}) {
    for (const double q : {0.0, 0.1, 0.5, 0.62, 1.0}) {
      const auto aggr =
          make_aggregation("quantile", Config::map({{"q", q}, {"interpolation", kind}, {"fill_value", -7.0}}));
      aggr->to(at::kDouble);
      const at::Tensor out = aggr->forward(x, index_of_groups(), {}, 5);
      for (const int64_t g : {0, 2, 3}) {
        const at::Tensor part = x.index_select(0, index_of_groups().eq(g).nonzero().view({-1}));
        EXPECT_TRUE(at::allclose(out[g], at::quantile(part, q, 0, false, kind), 1e-6)) << kind << q;
      }
      EXPECT_TRUE(out[1].eq(-7).all().item<bool>());
      EXPECT_TRUE(out[4].eq(-7).all().item<bool>());
      EXPECT_TRUE(at::allclose(aggr->forward(x.t(), index_of_groups(), {}, 5, 1), out.t()));
    }
  }
}

TEST(QuantileAggregation, OfSeveralLiesInBlocks) {
  const at::Tensor x = at::randn({10, 2, 3}, at::kDouble);
  const auto both = make(R"({"quantile": {"q": [0.25, 0.75]}})");
  const auto low = make(R"({"quantile": {"q": 0.25}})"), high = make(R"({"quantile": {"q": 0.75}})");
  const at::Tensor out = both->forward(x, index_of_groups(), {}, 4, 0);
  EXPECT_TRUE(out.equal(
      at::cat({low->forward(x, index_of_groups(), {}, 4, 0), high->forward(x, index_of_groups(), {}, 4, 0)}, 1)));
  const at::Tensor line = x.select(1, 0).select(1, 0);
  EXPECT_TRUE(both->forward(line, index_of_groups(), {}, 4, 0)
                  .select(1, 1)
                  .equal(high->forward(line, index_of_groups(), {}, 4, 0)));
  EXPECT_THAT(message(R"({"quantile": {"q": []}})"), HasSubstr("at least one quantile"));
  EXPECT_THAT(message(R"({"quantile": {"q": 1.5}})"), HasSubstr("q is 1.5; it must lie in [0, 1]"));
  EXPECT_THAT(message(R"({"quantile": {"q": 0.5, "interpolation": "liner"}})"), HasSubstr("did you mean 'linear'"));
}

TEST(MedianAggregation, IsTheLowerOne) {
  const at::Tensor x = at::randn({10, 3}, at::kDouble);
  const at::Tensor out = make(R"("median")")->forward(x, index_of_groups());
  for (const int64_t g : {0, 2, 3}) {
    const at::Tensor part = x.index_select(0, index_of_groups().eq(g).nonzero().view({-1}));
    EXPECT_TRUE(out[g].equal(std::get<0>(part.median(0))));
  }
}

TEST(SortAggregation, OrdersByTheLastFeatureAndPads) {
  const at::Tensor x = at::tensor({1.0, 5.0, 2.0, 7.0, 3.0, 6.0, 4.0, 0.5}, at::kDouble).view({4, 2});
  const at::Tensor index = longs({0, 0, 0, 2});
  const at::Tensor out = make(R"({"sort": {"k": 2}})")->forward(x, index, {}, 4);
  EXPECT_TRUE(out.equal(
      at::tensor({2.0, 7.0, 3.0, 6.0, 0.0, 0.0, 0.0, 0.0, 4.0, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0}, at::kDouble)
          .view({4, 4})));
  EXPECT_EQ(make(R"({"sort": {"k": 9}})")->forward(x, index).sizes(), at::IntArrayRef({3, 18}));
  EXPECT_THAT(message(R"({"sort": {"k": 0}})"), HasSubstr("k"));
}

TEST(MultiAggregation, CombinesInEveryMode) {
  const at::Tensor x = at::randn({10, 4});
  const at::Tensor mean = make(R"("mean")")->forward(x, index_of_groups()),
                   max = make(R"("max")")->forward(x, index_of_groups());
  const at::Tensor stacked = at::stack({mean, max});
  const auto run = [&](const std::string& mode) {
    const Config kwargs = Config::map({{"mode", mode}});
    return make_aggregation(parse_json(R"(["mean", "max"])", "test"), kwargs)->forward(x, index_of_groups());
  };
  EXPECT_TRUE(at::allclose(run("cat"), at::cat({mean, max}, 1)));
  EXPECT_TRUE(at::allclose(run("sum"), mean + max));
  EXPECT_TRUE(at::allclose(run("mean"), (mean + max) / 2));
  EXPECT_TRUE(at::allclose(run("min"), at::minimum(mean, max)));
  EXPECT_TRUE(at::allclose(run("max"), at::maximum(mean, max)));
  EXPECT_TRUE(at::allclose(run("logsumexp"), stacked.logsumexp(0)));
  EXPECT_TRUE(at::allclose(run("std"), stacked.std(0)));
  EXPECT_TRUE(at::allclose(run("var"), stacked.var(0)));
  for (const char* mode : {"proj", "attn"}) {
    const auto aggr = make_aggregation(
        parse_json(R"(["mean", "max"])", "test"),
        Config::map({{"mode", mode}, {"mode_kwargs", Config::map({{"in_channels", 4}, {"out_channels", 6}})}}));
    EXPECT_EQ(aggr->forward(x, index_of_groups()).sizes(), at::IntArrayRef({4, 6}));
    EXPECT_EQ(aggr->out_channels(4), 6);
  }
  EXPECT_EQ(make(R"(["mean"])")->to_string(), "MultiAggregation([MeanAggregation()], mode=cat)");
}

TEST(MultiAggregation, RefusesWhatCannotBeCombined) {
  EXPECT_THAT(message("[]"), HasSubstr("aggrs is empty"));
  EXPECT_THAT(message(R"({"multi": {"aggrs": ["mean", "max"], "aggrs_kwargs": [{}]}})"),
              HasSubstr("aggrs_kwargs has 1 entries but there are 2"));
  EXPECT_THAT(message(R"({"multi": {"aggrs": ["mean"], "mode": "proj"}})"), HasSubstr("there is one; give several"));
  EXPECT_THAT(message(R"({"multi": {"aggrs": ["mean", "max"], "mode": "attn"}})"),
              HasSubstr("needs in_channels and out_channels"));
  EXPECT_THAT(message(R"({"multi": {"aggrs": ["mean", "max"], "mode": "cta"}})"), HasSubstr("did you mean 'cat'"));
}

TEST(DegreeScaler, ScalesByTheAverageDegree) {
  const at::Tensor x = at::ones({6, 1}, at::kDouble), index = longs({0, 0, 0, 1, 3, 3});
  const auto aggr = make(R"({"degreescaler": {"aggr": "sum", "scaler": ["identity", "amplification", "attenuation",
      "linear", "inverse_linear"], "deg": [0, 2, 1, 1]}})");
  aggr->to(at::kDouble);
  const double linear = 7.0 / 4, logarithm = (2 * std::log(2) + std::log(3) + std::log(4)) / 4;
  const at::Tensor out = aggr->forward(x, index);
  const at::Tensor expected =
      3 * at::tensor({1.0, std::log(4) / logarithm, logarithm / std::log(4), 3 / linear, linear / 3}, at::kDouble);
  EXPECT_TRUE(at::allclose(out[0], expected, 1e-6));
  EXPECT_TRUE(out[2].equal(at::zeros({5}, at::kDouble)));
  // One name, where the reference would take it letter by letter.
  EXPECT_EQ(make(R"({"degreescaler": {"aggr": ["sum", "max"], "scaler": "linear", "deg": [1, 1]}})")
                ->forward(x, index)
                .size(1),
            2);
  EXPECT_EQ(make(R"({"degreescaler": {"aggr": "sum", "scaler": "linear", "deg": [1, 1], "train_norm": true}})")
                ->parameters()
                .size(),
            2U);
  EXPECT_THAT(message(R"({"degreescaler": {"aggr": "sum", "scaler": "lin", "deg": [1]}})"),
              HasSubstr("no scaler 'lin'"));
  EXPECT_THAT(message(R"({"degreescaler": {"aggr": "sum", "scaler": "linear", "deg": [0]}})"),
              HasSubstr("counts no node"));
}

TEST(Softmax, AndPowerMeanLearn) {
  for (const char* json :
       {R"({"softmax": {"learn": true, "channels": 3}})", R"({"powermean": {"learn": true, "channels": 3}})"}) {
    const auto aggr = make(json);
    aggr->forward(at::rand({10, 3}), index_of_groups()).sum().backward();
    EXPECT_TRUE(aggr->parameters()[0].grad().defined());
    EXPECT_EQ(aggr->parameters()[0].numel(), 3);
    EXPECT_THAT(error_of([&] {
                  aggr->forward(at::rand({10, 4}), index_of_groups());
                }).what(),
                HasSubstr("with 3 channels"));
  }
  const at::Tensor x = at::randn({10, 3}, at::kDouble);
  const auto limit = make(R"({"softmax": {"t": 1000.0}})");
  EXPECT_TRUE(at::allclose(limit->forward(x, index_of_groups()), make(R"("max")")->forward(x, index_of_groups())));
  EXPECT_THAT(message(R"({"softmax": {"learn": true, "semi_grad": true}})"), HasSubstr("semi_grad lets no gradient"));
  EXPECT_THAT(message(R"({"softmax": {"channels": 2}})"), HasSubstr("t is not learnt"));
}

TEST(LCMAggregation, NeedsAProjectionForOtherWidths) {
  EXPECT_THAT(message(R"({"lcm": {"in_channels": 3, "out_channels": 4, "project": false}})"),
              HasSubstr("elements must be projected"));
  const auto aggr = make(R"({"lcm": {"in_channels": 3, "out_channels": 3, "project": false}})");
  const at::Tensor x = at::randn({6, 3}), index = longs({0, 0, 0, 1, 1, 1});
  const at::Tensor same = at::cat({x.narrow(0, 0, 3), x.narrow(0, 0, 3)});
  const at::Tensor out = aggr->forward(same, index);
  EXPECT_TRUE(out[0].equal(out[1]));
}

TEST(Equilibrium, WithoutStepsIsZero) {
  const auto make_with = [](int64_t steps) {
    return make_aggregation("equilibrium", Config::map({{"in_channels", 3},
                                                        {"out_channels", 2},
                                                        {"num_layers", parse_json("[4]", "test")},
                                                        {"grad_iter", steps}}));
  };
  const at::Tensor x = at::randn({6, 3}), index = longs({0, 0, 0, 1, 1, 1});
  EXPECT_TRUE(make_with(0)->forward(x, index).equal(at::zeros({2, 2})));
  const auto five = make_with(5);
  five->forward(x, index).sum().backward();
  for (const auto& [name, parameter] : five->named_parameters()) {
    // A bias that only shifts the energy moves nothing.
    const bool shifts = name == "potential.layers.1.bias" || name.starts_with("potential.res_trans");
    if (shifts && name.ends_with("bias")) continue;
    EXPECT_TRUE(parameter.grad().defined()) << name;
  }
}

}  // namespace
}  // namespace spinel::nn
