// Activations, radial bases, cutoff functions and layers against their formulas, number by number.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <numbers>
#include <random>

#include "spinel/nn/activation.h"
#include "spinel/nn/cutoff.h"
#include "spinel/nn/dense/dense.h"
#include "spinel/nn/radial_basis.h"
#include "tests/support/errors.h"

namespace spinel::nn {
namespace {

using std::numbers::ln2;
using std::numbers::pi;
using testing::HasSubstr;
using Formula = std::function<double(double)>;

double softplus(double x) { return std::log1p(std::exp(x)); }
double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

/// Every name of the list without arguments.
const std::map<std::string, Formula>& formulas() {
  static const std::map<std::string, Formula> list{
      {"identity", [](double x) { return x; }},
      {"relu", [](double x) { return std::max(x, 0.0); }},
      {"silu", [](double x) { return x * sigmoid(x); }},
      {"swish", [](double x) { return x * sigmoid(x); }},
      {"sigmoid", sigmoid},
      {"tanh", [](double x) { return std::tanh(x); }},
      {"shifted_softplus", [](double x) { return softplus(x) - ln2; }},
      {"ssp", [](double x) { return softplus(x) - ln2; }},
      {"selu", [](double x) { return 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * (std::exp(x) - 1)); }},
      {"mish", [](double x) { return x * std::tanh(softplus(x)); }},
      {"softsign", [](double x) { return x / (1 + std::abs(x)); }},
      {"softplus", softplus},
      {"elu", [](double x) { return x > 0 ? x : std::exp(x) - 1; }},
      {"celu", [](double x) { return std::max(x, 0.0) + std::min(std::exp(x) - 1, 0.0); }},
      {"leaky_relu", [](double x) { return x > 0 ? x : 0.01 * x; }},
      {"gelu", [](double x) { return x * 0.5 * (1 + std::erf(x / std::sqrt(2.0))); }}};
  return list;
}

void expect_formula(const Config& activation, const Formula& formula) {
  const Activation f = make_activation(activation);
  const at::Tensor x = at::linspace(-6, 6, 121, at::kDouble);
  const at::Tensor y = f(x);
  for (int64_t k = 0; k < x.numel(); ++k) {
    ASSERT_NEAR(y[k].item<double>(), formula(x[k].item<double>()), 1e-12)
        << to_json(activation, -1) << " at " << x[k].item<double>();
  }
}

TEST(ActivationFormulas, EveryNameOfTheListHasItsOwn) {
  ASSERT_EQ(formulas().size(), activation_list().all().size());
  for (const std::string& name : activation_list().names()) {
    ASSERT_TRUE(formulas().contains(name)) << name;
    expect_formula(name, formulas().at(name));
    EXPECT_EQ(make_activation(name).name, name);
  }
}

TEST(ActivationFormulas, ArgumentsEnterThem) {
  const auto with = [](const char* name, const char* key, Config value) {
    return Config::map({{name, Config::map({{key, std::move(value)}})}});
  };
  expect_formula(with("softplus", "beta", 3.0), [](double x) { return softplus(3 * x) / 3; });
  expect_formula(with("elu", "alpha", 0.5), [](double x) { return x > 0 ? x : 0.5 * (std::exp(x) - 1); });
  expect_formula(with("celu", "alpha", 2.0),
                 [](double x) { return std::max(x, 0.0) + std::min(2 * (std::exp(x / 2) - 1), 0.0); });
  expect_formula(with("leaky_relu", "negative_slope", 0.3), [](double x) { return x > 0 ? x : 0.3 * x; });
  expect_formula(with("gelu", "approximate", "tanh"),
                 [](double x) { return 0.5 * x * (1 + std::tanh(std::sqrt(2 / pi) * (x + 0.044715 * x * x * x))); });
  for (const char* json :
       {R"({"softplus": {"beta": 0}})", R"({"elu": {"alpha": -1}})", R"({"gelu": {"approximate": "x"}})",
        R"({"relu": {"alpha": 1}})", R"({"elu": {"alpha": "a"}})"}) {
    EXPECT_EQ(error_of([&] { make_activation(parse_json(json, "t")); }).kind(), ErrorKind::invalid_argument) << json;
  }
}

TEST(RadialBasisFormulas, HoldForAnyOptions) {
  std::mt19937 random(141);
  std::uniform_real_distribution<double> uniform(0, 1);
  for (int repeat = 0; repeat < 40; ++repeat) {
    const auto n = static_cast<int64_t>(2 + random() % 12);
    const double cutoff = 2 + 6 * uniform(random), start = 0.3 + uniform(random);
    const at::Tensor d = at::rand({7}, at::kDouble) * 8 + 0.05;
    Config arguments = Config::map({{"n_rbf", n}, {"cutoff", cutoff}});
    const auto values = [&](const char* name, const Config& options) {
      const auto basis = radial_basis_list().at(name).make(options);
      EXPECT_EQ(basis->n_rbf(), n);
      basis->to(at::kDouble);
      return basis->forward(d);
    };
    const at::Tensor bessel = values("BesselRBF", arguments);
    arguments.set("start", start);
    const at::Tensor spread = values("GaussianRBF", arguments), centered = values("GaussianRBFCentered", arguments);
    for (int64_t e = 0; e < 7; ++e) {
      const double r = d[e].item<double>();
      for (int64_t k = 0; k < n; ++k) {
        const double step = (cutoff - start) / static_cast<double>(n - 1);
        const double offset = start + step * static_cast<double>(k);
        // Constants are float32, so that values differ by as much.
        ASSERT_NEAR(spread[e][k].item<double>(), std::exp(-std::pow((r - offset) / step, 2) / 2), 3e-5);
        ASSERT_NEAR(centered[e][k].item<double>(), std::exp(-std::pow(r / offset, 2) / 2), 3e-5);
        ASSERT_NEAR(bessel[e][k].item<double>(), std::sin(static_cast<double>(k + 1) * pi * r / cutoff) / r, 3e-5);
      }
    }
  }
}

TEST(RadialBasisFormulas, ImpossibleOptionsAreRefused) {
  struct Case {
    const char *name, *json, *message;
  };
  for (const Case& c : {Case{"GaussianRBF", R"({"start": 5.0, "cutoff": 5.0})", "start is 5 with the cutoff 5"},
                        Case{"GaussianRBF", R"({"start": "inf"})", "start is inf"},
                        Case{"GaussianRBF", R"({"start": "nan"})", "start is nan"},
                        Case{"GaussianRBF", R"({"n_rbf": 1})", "at least 2"},
                        Case{"GaussianRBFCentered", R"({"start": 0})", "greater than 0"},
                        Case{"GaussianRBFCentered", R"({"start": -1})", "greater than 0"},
                        Case{"BesselRBF", R"({"n_rbf": 0})", "n_rbf"}, Case{"BesselRBF", R"({"cutoff": 0})", "cutoff"},
                        Case{"BesselRBF", R"({"start": 1})", "start"}}) {
    const Error error = error_of([&] { radial_basis_list().at(c.name).make(parse_json(c.json, "t")); });
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument) << c.name << c.json;
    EXPECT_THAT(error.what(), HasSubstr(c.message)) << c.name;
  }
}

TEST(CutoffFormulas, HoldForAnyCutoff) {
  for (const double c : {0.5, 3.0, 5.0, 12.5}) {
    const auto cosine = cutoff_list().at("CosineCutoff").make(Config::map({{"cutoff", c}}));
    const auto mollifier = cutoff_list().at("MollifierCutoff").make(Config::map({{"cutoff", c}}));
    cosine->to(at::kDouble);
    mollifier->to(at::kDouble);
    const at::Tensor d = at::linspace(0, 1.5 * c, 61, at::kDouble);
    const at::Tensor a = cosine->forward(d), b = mollifier->forward(d);
    for (int64_t k = 0; k < d.numel(); ++k) {
      const double r = d[k].item<double>();
      ASSERT_NEAR(a[k].item<double>(), r < c ? (std::cos(pi * r / c) + 1) / 2 : 0, 1e-12) << r;
      ASSERT_NEAR(b[k].item<double>(), r + 1e-7 < c ? std::exp(1 - 1 / (1 - std::pow(r / c, 2))) : 0, 1e-12) << r;
    }
  }
  for (const std::string& name : cutoff_list().names()) {
    EXPECT_EQ(error_of([&] {
                cutoff_list().at(name).make(Config::map({{"cutoff", 0.0}}));
              }).kind(),
              ErrorKind::invalid_argument);
    EXPECT_EQ(cutoff_list().at(name).make(Config::map())->state_dict().at("cutoff").item<float>(), 5.f);
  }
}

TEST(DenseFormulas, AnyLeadingAxesAndAnyActivation) {
  for (const char* name : {"identity", "silu", "shifted_softplus", "tanh"}) {
    for (const bool bias : {false, true}) {
      Dense layer(3, 2, bias, make_activation(name));
      layer.to(at::kDouble);
      if (bias) layer.state_dict().at("bias").detach().copy_(at::tensor({0.5, -0.25}, at::kDouble));
      EXPECT_EQ(layer.bias().defined(), bias);
      for (const std::vector<int64_t>& shape : {std::vector<int64_t>{3}, {4, 3}, {2, 4, 3}, {0, 3}}) {
        const at::Tensor x = at::randn(shape, at::kDouble), y = layer.forward(x);
        std::vector<int64_t> wanted = shape;
        wanted.back() = 2;
        ASSERT_EQ(y.sizes(), at::IntArrayRef(wanted));
        const at::Tensor rows = x.reshape({-1, 3}), results = y.reshape({-1, 2});
        for (int64_t r = 0; r < rows.size(0); ++r) {
          for (int64_t o = 0; o < 2; ++o) {
            double sum = bias ? layer.bias()[o].item<double>() : 0;
            for (int64_t i = 0; i < 3; ++i) sum += rows[r][i].item<double>() * layer.weight()[o][i].item<double>();
            ASSERT_NEAR(results[r][o].item<double>(), formulas().at(name)(sum), 1e-12);
          }
        }
      }
    }
  }
}

TEST(MlpFormulas, LayersFollowEachOtherAndTheLastIsLinear) {
  Mlp net({4, 3, 2}, make_activation("tanh"));
  net.to(at::kDouble);
  const at::Tensor x = at::randn({5, 4}, at::kDouble);
  const NamedTensors state = net.state_dict();
  EXPECT_THAT(state.names(), testing::ElementsAre("0.weight", "0.bias", "1.weight", "1.bias"));
  const at::Tensor hidden = at::tanh(at::matmul(x, state.at("0.weight").t()) + state.at("0.bias"));
  EXPECT_TRUE(at::allclose(net.forward(x), at::matmul(hidden, state.at("1.weight").t()) + state.at("1.bias"), 1e-12));
}

TEST(MlpWidths, HalveUntilTheOutputOrAreAsGiven) {
  struct Case {
    int64_t in, out, layers;
    std::optional<int64_t> hidden;
    std::vector<int64_t> widths;
  };
  for (const Case& c : {Case{128, 1, 2, {}, {128, 64, 1}}, Case{128, 1, 4, {}, {128, 64, 32, 16, 1}},
                        Case{3, 1, 4, {}, {3, 1, 1, 1, 1}}, Case{7, 5, 3, {}, {7, 5, 5, 5}}, Case{8, 1, 1, {}, {8, 1}},
                        Case{8, 1, 1, 9, {8, 1}}, Case{8, 2, 3, 16, {8, 16, 16, 2}}}) {
    EXPECT_EQ(mlp_widths(c.in, c.out, c.layers, c.hidden), c.widths);
  }
}

}  // namespace
}  // namespace spinel::nn
