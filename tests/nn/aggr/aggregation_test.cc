#include "spinel/nn/aggr/aggregation.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "spinel/nn/aggr/basic.h"
#include "spinel/nn/aggr/multi.h"
#include "tests/support/errors.h"

namespace spinel::nn {
namespace {

using testing::HasSubstr;

at::Tensor longs(std::vector<int64_t> values) { return at::tensor(values, at::kLong); }

/// Every aggregation of the list with arguments for elements of four features, and what it does not support.
struct Case {
  const char* name;
  const char* arguments;
  bool any_order = true;    ///< elements may come in any order of groups
  bool by_pointers = true;  ///< pointers alone are enough
  bool invariant = true;    ///< the order inside a group does not matter
  bool twice = true;        ///< has second derivatives (in torch's own kernels)
};
const Case cases[] = {
    {"SumAggregation", "{}"},
    {"MeanAggregation", "{}"},
    {"MaxAggregation", "{}"},
    {"MinAggregation", "{}"},
    {"MulAggregation", "{}", true, false},
    {"VarAggregation", "{}"},
    {"StdAggregation", "{}"},
    {"VariancePreservingAggregation", "{}"},
    {"MedianAggregation", "{}", true, false},
    {"QuantileAggregation", R"({"q": [0.2, 0.8]})", true, false},
    {"SortAggregation", R"({"k": 3})", false},
    {"SoftmaxAggregation", R"({"t": 0.5, "learn": true})"},
    {"PowerMeanAggregation", R"({"p": 2.0})"},
    {"AttentionalAggregation",
     R"({"gate_nn": {"Linear": {"in_channels": 4, "out_channels": 1}}, "nn": {"MLP": {"channel_list": [4, 5]}}})"},
    {"DeepSetsAggregation", R"({"local_nn": {"Linear": {"in_channels": 4, "out_channels": 3}}})"},
    {"LSTMAggregation", R"({"in_channels": 4, "out_channels": 3})", false, true, false, false},
    {"GRUAggregation", R"({"in_channels": 4, "out_channels": 3})", false, true, false, false},
    {"Set2Set", R"({"in_channels": 4, "processing_steps": 2})", true, false, true, false},
    {"LCMAggregation", R"({"in_channels": 4, "out_channels": 3})", false, true, false, false},
    {"MLPAggregation", R"({"in_channels": 4, "out_channels": 3, "max_num_elements": 4, "num_layers": 1})", false, true,
     false},
    {"SetTransformerAggregation", R"({"channels": 4, "heads": 2})", false},
    {"GraphMultisetTransformer", R"({"channels": 4, "k": 2})", false},
    {"PatchTransformerAggregation", R"({"in_channels": 4, "out_channels": 3, "patch_size": 2, "hidden_channels": 4})",
     false, true, false},
    {"EquilibriumAggregation", R"({"in_channels": 4, "out_channels": 3, "num_layers": [5]})", true, false},
    {"MultiAggregation", R"({"aggrs": ["mean", "max", "std", {"softmax": {"learn": true}}]})"},
    {"DegreeScalerAggregation", R"({"aggr": ["mean", "max"], "scaler": ["identity", "linear"], "deg": [1, 2, 3]})",
     true, false},
};

std::unique_ptr<Aggregation> make(const Case& one) {
  at::manual_seed(7);
  auto made = aggregation_list().at(one.name).make(parse_json(one.arguments, one.name));
  made->to(at::kDouble);
  made->eval();
  return made;
}

const at::Tensor& sorted_index() {
  static const at::Tensor index = longs({0, 0, 0, 1, 1, 2, 2, 2, 2, 3});
  return index;
}

at::Tensor elements() {
  at::manual_seed(3);
  return at::rand({10, 4}, at::kDouble) + 0.1;
}

class EveryAggregation : public testing::TestWithParam<Case> {};
INSTANTIATE_TEST_SUITE_P(List, EveryAggregation, testing::ValuesIn(cases),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_P(EveryAggregation, GivesARowAGroupOfTheWidthItSays) {
  const auto aggr = make(GetParam());
  const at::Tensor out = aggr->forward(elements(), sorted_index());
  EXPECT_EQ(out.sizes(), at::IntArrayRef({4, aggr->out_channels(4)}));
  EXPECT_TRUE(out.isfinite().all().item<bool>());
  EXPECT_EQ(aggr->name(), GetParam().name);
  EXPECT_TRUE(aggr->to_string().starts_with(GetParam().name));
}

TEST_P(EveryAggregation, PointersAndIndexAgree) {
  const auto aggr = make(GetParam());
  const at::Tensor ptr = longs({0, 3, 5, 9, 10}), x = elements();
  if (GetParam().by_pointers) {
    EXPECT_TRUE(at::allclose(aggr->forward(x, {}, ptr), aggr->forward(x, sorted_index())));
  } else {
    EXPECT_THAT(error_of([&] { aggr->forward(x, {}, ptr); }).what(), HasSubstr("no index is given"));
  }
}

TEST_P(EveryAggregation, EachGroupIsByItself) {
  const auto aggr = make(GetParam());
  // Padding is part of the result of networks on dense batches.
  if (!GetParam().invariant) return;
  const at::Tensor x = elements(), out = aggr->forward(x, sorted_index());
  const int64_t begin[] = {0, 3, 5, 9, 10};
  if (GetParam().name == std::string("EquilibriumAggregation")) return;  // its regularisation is a mean over groups
  for (int64_t g = 0; g < 4; ++g) {
    const at::Tensor rows = x.narrow(0, begin[g], begin[g + 1] - begin[g]);
    const at::Tensor alone = aggr->forward(rows, at::zeros({rows.size(0)}, at::kLong));
    EXPECT_TRUE(at::allclose(alone[0], out[g])) << g;
  }
}

TEST_P(EveryAggregation, OrderOfElementsDoesNotMatter) {
  const auto aggr = make(GetParam());
  const at::Tensor x = elements();
  const at::Tensor inside = longs({2, 0, 1, 4, 3, 8, 6, 7, 5, 9});
  if (GetParam().invariant) {
    EXPECT_TRUE(
        at::allclose(aggr->forward(x.index_select(0, inside), sorted_index()), aggr->forward(x, sorted_index())));
  }
  const at::Tensor mixed = longs({9, 4, 0, 7, 2, 5, 1, 3, 8, 6});
  const auto run = [&] { return aggr->forward(x.index_select(0, mixed), sorted_index().index_select(0, mixed)); };
  if (GetParam().any_order) {
    EXPECT_TRUE(at::allclose(run(), aggr->forward(x, sorted_index())));
  } else {
    EXPECT_THAT(error_of(run).what(), HasSubstr("the index does not rise"));
  }
}

TEST_P(EveryAggregation, EmptyGroupsAndNoElementsAreFinite) {
  const auto aggr = make(GetParam());
  const at::Tensor with_empty = aggr->forward(elements(), sorted_index() * 2, {}, 9);
  EXPECT_EQ(with_empty.size(0), 9);
  // torch's attention over no elements is NaN, as the reference's is.
  if (GetParam().name != std::string("GraphMultisetTransformer")) {
    EXPECT_TRUE(with_empty.isfinite().all().item<bool>());
  }
  if (GetParam().name == std::string("PatchTransformerAggregation")) return;  // has no patch then
  const at::Tensor none = aggr->forward(at::empty({0, 4}, at::kDouble), longs({}), {}, 2);
  EXPECT_EQ(none.size(0), 2);
}

TEST_P(EveryAggregation, GradientsAgreeWithDifferences) {
  const auto aggr = make(GetParam());
  const at::Tensor x = elements().set_requires_grad(true);
  const at::Tensor weights = at::rand({4, aggr->out_channels(4)}, at::kDouble);
  const auto value = [&](const at::Tensor& at) { return (aggr->forward(at, sorted_index()) * weights).sum(); };
  const at::Tensor gradient = torch::autograd::grad({value(x)}, {x})[0];
  const at::Tensor step = at::randn_like(x) * 1e-6;
  EXPECT_NEAR((gradient * step).sum().item<double>(), ((value(x + step) - value(x - step)) / 2).item<double>(), 1e-10);
  for (const at::Tensor& parameter : aggr->parameters()) {
    const auto found = torch::autograd::grad({value(x.detach())}, {parameter}, {}, false, false, true);
    EXPECT_TRUE(!found[0].defined() || found[0].isfinite().all().item<bool>());
  }
}

TEST_P(EveryAggregation, HasSecondDerivatives) {
  if (!GetParam().twice) return;
  const auto aggr = make(GetParam());
  const at::Tensor x = elements().set_requires_grad(true), direction = at::randn_like(x);
  const auto slope = [&](const at::Tensor& at) {
    return torch::autograd::grad({aggr->forward(at, sorted_index()).square().sum()}, {at}, {}, true, true)[0];
  };
  const at::Tensor second = torch::autograd::grad({(slope(x) * direction).sum()}, {x})[0];
  const double h = 1e-5;
  const auto moved = [&](double by) { return slope((x.detach() + by * direction).set_requires_grad(true)).detach(); };
  const at::Tensor difference = (moved(h) - moved(-h)) / (2 * h);
  EXPECT_TRUE(at::allclose(second, difference, 1e-4, 1e-6))
      << "off by " << (second - difference).abs().max().item<double>() << " of "
      << difference.abs().max().item<double>();
}

TEST_P(EveryAggregation, SavesAndLoads) {
  const auto a = make(GetParam());
  at::manual_seed(99);
  auto b = aggregation_list().at(GetParam().name).make(parse_json(GetParam().arguments, GetParam().name));
  b->to(at::kDouble);
  b->eval();
  b->reset_parameters();
  b->load_state_dict(a->state_dict());
  EXPECT_TRUE(b->forward(elements(), sorted_index()).equal(a->forward(elements(), sorted_index())));
}

TEST_P(EveryAggregation, RefusesWrongInput) {
  const auto aggr = make(GetParam());
  const auto message = [](auto action) { return std::string(error_of(action).what()); };
  const std::string name = GetParam().name;
  const at::Tensor x = elements();
  EXPECT_THAT(message([&] { aggr->forward(x, sorted_index(), {}, {}, 2); }), HasSubstr(name + ": dim is 2"));
  EXPECT_THAT(message([&] { aggr->forward(x, sorted_index(), {}, 3); }), HasSubstr("it holds 3 but dim_size is 3"));
  EXPECT_THAT(message([&] { aggr->forward(x, longs({0, 1})); }), HasSubstr(name + ": x has 10 elements"));
  EXPECT_THAT(message([&] { aggr->forward(x, -sorted_index()); }), HasSubstr("numbers of groups begin at 0"));
}

TEST(EveryAggregationOfTheList, IsTried) {
  std::vector<std::string> tried;
  for (const Case& one : cases) tried.push_back(one.name);
  EXPECT_THAT(tried, testing::UnorderedElementsAreArray(aggregation_list().names()));
}

TEST(Aggregation, ChecksDimSizeAgainstPointers) {
  SumAggregation sum;
  EXPECT_THAT(error_of([&] {
                sum.forward(elements(), {}, longs({0, 10}), 4);
              }).what(),
              HasSubstr("SumAggregation: dim_size is 4 but ptr has 1 groups"));
  EXPECT_TRUE(at::allclose(sum.forward(elements()), elements().sum(0, true)));
  EXPECT_EQ(sum.forward(elements(), {}, {}, 3).size(0), 3);
  EXPECT_EQ(sum.forward(at::ones({2, 10, 4}), sorted_index()).sizes(), at::IntArrayRef({2, 4, 4}));
}

TEST(Aggregation, IsCalledByName) {
  const auto aggr = make_aggregation("mean");
  const at::Tensor x = elements();
  const ValueList out = aggr->call({{x}, {{"index", sorted_index()}, {"dim_size", Config(6)}}});
  ASSERT_EQ(out.size(), 1U);
  EXPECT_TRUE(out[0].tensor()->equal(aggr->forward(x, sorted_index(), {}, 6)));
  const auto message = [&](CallArguments arguments) {
    return std::string(error_of([&] { aggr->call(arguments); }).what());
  };
  EXPECT_THAT(message({{x}, {{"indx", sorted_index()}}}), HasSubstr("takes no argument 'indx'; did you mean 'index'"));
  EXPECT_THAT(message({{}, {}}), HasSubstr("MeanAggregation: x is missing"));
  EXPECT_THAT(message({{x}, {{"index", Config("a")}}}), HasSubstr("index: it is a string; a tensor is needed"));
  EXPECT_THAT(message({{x}, {{"x", x}}}), HasSubstr("x is given twice"));
}

TEST(MakeAggregation, TakesTheFieldsNames) {
  const auto name_of = [](const char* json) { return make_aggregation(parse_json(json, "test"))->name(); };
  EXPECT_EQ(name_of(R"("add")"), "SumAggregation");
  EXPECT_EQ(name_of(R"("power_mean")"), "PowerMeanAggregation");
  EXPECT_EQ(name_of(R"("MaxAggregation")"), "MaxAggregation");
  EXPECT_EQ(name_of(R"({"softmax": {"t": 2.0}})"), "SoftmaxAggregation");
  EXPECT_EQ(name_of(R"(["mean", "max"])"), "MultiAggregation");
  EXPECT_EQ(make_aggregation(Config()), nullptr);
  const Error error = error_of([] { make_aggregation("maxx", Config(), "SAGEConv: aggr"); });
  EXPECT_EQ(error.kind(), ErrorKind::not_found);
  EXPECT_THAT(error.what(), HasSubstr("SAGEConv: aggr: there is no aggregation 'maxx'; did you mean 'max'"));
  EXPECT_THAT(error_of([] { make_aggregation("softmax", Config::map({{"tt", 1.0}})); }).what(), HasSubstr("tt"));
}

TEST(StdAggregation, OfEqualElementsHasFiniteGradients) {
  StdAggregation aggr;
  const at::Tensor x = at::ones({4, 2}, at::kDouble).set_requires_grad(true);
  const at::Tensor out = aggr.forward(x, longs({0, 0, 2, 2}));
  EXPECT_TRUE(out.equal(at::zeros({3, 2}, at::kDouble)));
  EXPECT_TRUE(torch::autograd::grad({out.sum()}, {x})[0].isfinite().all().item<bool>());
}

TEST(FusedAggregation, AgreesWithTheSeparateOnes) {
  const std::vector<const char*> names{"sum", "mean", "min", "max", "mul", "var", "std"};
  std::vector<std::unique_ptr<Aggregation>> aggrs;
  for (const char* name : names) aggrs.push_back(make_aggregation(name));
  FusedAggregation fused(std::move(aggrs));
  const at::Tensor x = elements(), index = longs({3, 0, 3, 1, 0, 3, 5, 1, 3, 0});
  const std::vector<at::Tensor> results = fused.forward(x, index, 7);
  for (size_t k = 0; k < names.size(); ++k) {
    EXPECT_TRUE(at::allclose(results[k], make_aggregation(names[k])->forward(x, index, {}, 7))) << names[k];
  }
  std::vector<std::unique_ptr<Aggregation>> other;
  other.push_back(make_aggregation("median"));
  EXPECT_THAT(error_of([&] { FusedAggregation(std::move(other)); }).what(), HasSubstr("MedianAggregation is no sum"));
}

}  // namespace
}  // namespace spinel::nn
