#include "spinel/nn/dense/linear.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "spinel/nn/dense/hetero_linear.h"
#include "spinel/nn/dense/mlp.h"
#include "tests/support/errors.h"

namespace spinel::nn {
namespace {

using testing::HasSubstr;

TEST(Linear, InitialisesAsItIsAsked) {
  for (const char* name : {"glorot", "uniform", "kaiming_uniform"}) {
    const Linear lin(100, 50, {.weight_initializer = name, .bias_initializer = "zeros"});
    const double bound = name == std::string("glorot") ? std::sqrt(6.0 / 150) : 0.1;
    const double largest = lin.weight().abs().max().item<double>();
    EXPECT_LE(largest, bound);
    EXPECT_GT(largest, 0.95 * bound) << name;
    EXPECT_TRUE(lin.bias().eq(0).all().item<bool>());
  }
  const Linear plain(100, 50);
  EXPECT_LE(plain.bias().abs().max().item<double>(), 0.1);
  EXPECT_FALSE(Linear(2, 3, {.bias = false}).bias().defined());
  EXPECT_EQ(Linear(16, 32).to_string(), "Linear(16, 32, bias=True)");
  EXPECT_THAT(error_of([] { Linear(1, 1, {.weight_initializer = "xavier"}); }).what(),
              HasSubstr("Linear: weight_initializer 'xavier' is none; known: glorot"));
}

TEST(Linear, DrawsWhatTorchDraws) {
  at::manual_seed(12345);
  const Linear lin(4, 3);
  at::manual_seed(12345);
  const at::Tensor weight = at::empty({3, 4}).uniform_(-0.5, 0.5), bias = at::empty({3}).uniform_(-0.5, 0.5);
  EXPECT_TRUE(at::allclose(lin.weight(), weight, 1e-6));
  EXPECT_TRUE(at::allclose(lin.bias(), bias, 1e-6));
}

TEST(Linear, TakesItsWidthFromTheFirstInput) {
  Linear lazy(-1, 3);
  EXPECT_TRUE(lazy.has_lazy_parameters());
  EXPECT_FALSE(lazy.in_channels());
  const std::vector<at::Tensor> before = lazy.parameters();
  EXPECT_EQ(lazy.forward(at::randn({5, 4})).sizes(), at::IntArrayRef({5, 3}));
  EXPECT_EQ(*lazy.in_channels(), 4);
  EXPECT_FALSE(lazy.has_lazy_parameters());
  // An optimiser that was given the parameters before has them now.
  EXPECT_TRUE(before[0].is_same(lazy.weight()));
  EXPECT_EQ(before[0].numel(), 12);
  lazy.forward(at::randn({5, 4})).sum().backward();
  EXPECT_TRUE(before[0].grad().defined());
  EXPECT_THAT(error_of([&] {
                lazy.forward(at::randn({5, 3}));
              }).what(),
              HasSubstr("Linear: x has 3 features but in_channels is 4"));
}

TEST(Linear, LazyOneLoadsAFullOne) {
  Linear full(4, 3), lazy(-1, 3);
  lazy.to(at::kDouble);
  lazy.load_state_dict(full.state_dict());
  EXPECT_EQ(*lazy.in_channels(), 4);
  EXPECT_EQ(lazy.weight().scalar_type(), at::kDouble);
  EXPECT_TRUE(lazy.weight().to(at::kFloat).equal(full.weight()));
  EXPECT_TRUE(lazy.weight().requires_grad());
}

TEST(HeteroLinear, MultipliesEachRowByItsTypesWeight) {
  for (const bool sorted : {false, true}) {
    HeteroLinear lin(4, 3, 3, {.is_sorted = sorted});
    const at::Tensor types = sorted ? at::tensor({0, 0, 2, 2, 2}, at::kLong) : at::tensor({2, 0, 2, 0, 2}, at::kLong);
    const at::Tensor x = at::randn({5, 4}), out = lin.forward(x, types);
    const NamedTensors state = lin.state_dict();
    for (int64_t i = 0; i < 5; ++i) {
      const int64_t t = types[i].item<int64_t>();
      EXPECT_TRUE(at::allclose(out[i], x[i].matmul(state.at("weight")[t]) + state.at("bias")[t], 1e-5, 1e-6));
    }
    out.sum().backward();
    EXPECT_TRUE(lin.parameters()[0].grad()[1].eq(0).all().item<bool>());
  }
  HeteroLinear lazy(-1, 3, 2);
  EXPECT_EQ(lazy.forward(at::randn({0, 4}), at::empty({0}, at::kLong)).sizes(), at::IntArrayRef({0, 3}));
  EXPECT_EQ(lazy.state_dict().at("weight").sizes(), at::IntArrayRef({2, 4, 3}));
  EXPECT_THAT(error_of([&] {
                lazy.forward(at::randn({1, 4}), at::tensor({2}, at::kLong));
              }).what(),
              HasSubstr("HeteroLinear: type_vec: it holds 2 but dim_size is 2"));
}

TEST(HeteroDictLinear, KeepsTheOrderOfConstruction) {
  HeteroDictLinear lin({{"v", 16}, {"w", 8}}, 5);
  const NamedTensors out = lin.forward({{"w", at::randn({2, 8})}, {"v", at::randn({3, 16})}, {"x", at::randn({1, 1})}});
  EXPECT_THAT(out.names(), testing::ElementsAre("v", "w"));
  EXPECT_THAT(lin.state_dict().names(),
              testing::ElementsAre("lins.v.weight", "lins.v.bias", "lins.w.weight", "lins.w.bias"));
  EXPECT_THAT(lin.forward({{"w", at::randn({2, 8})}}).names(), testing::ElementsAre("w"));
  HeteroDictLinear lazy(-1, 5, {"a", "b"});
  EXPECT_EQ(lazy.forward({{"a", at::randn({2, 3})}}).at("a").size(1), 5);
  EXPECT_TRUE(lazy.has_lazy_parameters());
  EXPECT_THAT(error_of([&] { lin.at("vv"); }).what(), HasSubstr("no type 'vv'; did you mean 'v'"));
}

TEST(MLP, FormsOfItsWidthsAgree) {
  MLP a({.channel_list = {8, 16, 16, 4}}),
      b({.in_channels = 8, .hidden_channels = 16, .out_channels = 4, .num_layers = 3});
  b.load_state_dict(a.state_dict());
  const at::Tensor x = at::randn({5, 8});
  EXPECT_TRUE(a.forward(x).equal(b.forward(x)));
  EXPECT_EQ(a.to_string(), "MLP(8, 16, 16, 4)");
  const auto [out, embedding] = a.forward_with_embedding(x);
  EXPECT_EQ(embedding.sizes(), at::IntArrayRef({5, 16}));
}

TEST(MLP, ListsMustBeAsLongAsTheLayers) {
  const auto message = [](MLPOptions options) {
    return std::string(error_of([&] { MLP made(std::move(options)); }).what());
  };
  EXPECT_THAT(message({.channel_list = {8, 4, 2}, .dropout = {0.1, 0.2, 0.3}}),
              HasSubstr("dropout has 3 entries but there are 2"));
  EXPECT_THAT(message({.channel_list = {8, 4, 2}, .bias = {true, false, true}}), HasSubstr("bias has 3 entries"));
  EXPECT_THAT(message({.channel_list = {8}}), HasSubstr("channel_list has 1 widths"));
  EXPECT_THAT(message({}), HasSubstr("num_layers is 0"));
  MLP dropped({.channel_list = {8, 64, 2}, .dropout = {1.0}, .norm = Config()});
  // All hidden activations are dropped, the plain last layer is not.
  EXPECT_TRUE(dropped.forward(at::randn({3, 8})).equal(dropped.state_dict().at("lins.1.bias").expand({3, 2})));
  dropped.eval();
  EXPECT_FALSE(dropped.forward(at::randn({3, 8})).equal(dropped.state_dict().at("lins.1.bias").expand({3, 2})));
}

TEST(Layers, AreMadeByName) {
  const auto made = make_layer(parse_json(
      R"({"Sequential": {"layers": [{"Linear": {"in_features": 5, "out_features": 6}}, "ReLU",
      {"MLP": {"channel_list": [6, 2]}}]}})",
      "test"));
  EXPECT_EQ(made->forward(at::randn({3, 5})).sizes(), at::IntArrayRef({3, 2}));
  EXPECT_EQ(*made->in_channels(), 5);
  EXPECT_TRUE(made->state_dict().contains("0.weight") && made->state_dict().contains("2.lins.0.bias"));
  EXPECT_EQ(make_layer(Config()), nullptr);
  EXPECT_THAT(error_of([] { make_layer("Relu6"); }).what(), HasSubstr("no layer has this name; did you mean 'ReLU'"));
  EXPECT_THAT(error_of([] { make_layer(parse_json(R"({"Linear": {"out_features": 6}})", "test")); }).what(),
              HasSubstr("in_features and in_channels are not given"));
}

}  // namespace
}  // namespace spinel::nn
