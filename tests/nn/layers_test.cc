#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <numbers>

#include "spinel/nn/activation.h"
#include "spinel/nn/cutoff.h"
#include "spinel/nn/dense/dense.h"
#include "spinel/nn/radial_basis.h"
#include "tests/support/errors.h"

namespace spinel::nn {
namespace {

using testing::HasSubstr;

at::Tensor grid(double low, double high, int64_t count = 50) { return at::linspace(low, high, count, at::kDouble); }

at::Tensor slope_of(const at::Tensor& y, const at::Tensor& x, bool graph = false) {
  return torch::autograd::grad({y.sum()}, {x}, {}, graph, graph, true)[0];
}

TEST(Activation, EveryNameOfTheListIsTwiceDifferentiable) {
  for (const std::string& name : activation_list().names()) {
    // Away from the kinks of the piecewise ones.
    const at::Tensor x = (grid(-3, 3) + 0.013).requires_grad_();
    const at::Tensor y = make_activation(name)(x);
    EXPECT_EQ(y.sizes(), x.sizes()) << name;
    const at::Tensor slope = slope_of(y * y, x, true);
    const at::Tensor step = at::full_like(x, 1e-5);
    const Activation f = make_activation(name);
    const at::Tensor numeric = (f(x + step).square() - f(x - step).square()) / 2e-5;
    EXPECT_LT((slope - numeric).abs().max().item<double>(), 1e-8) << name;
    EXPECT_TRUE(slope_of(slope, x).isfinite().all().item<bool>()) << name;
  }
}

TEST(Activation, ShiftedSoftplusIsZeroAtZero) {
  const at::Tensor y = shifted_softplus(at::tensor({0.0, 1.0}, at::kDouble));
  EXPECT_DOUBLE_EQ(y[0].item<double>(), 0);
  EXPECT_NEAR(y[1].item<double>(), std::log1p(std::exp(1.0)) - std::numbers::ln2, 1e-15);
}

TEST(Activation, TakesArgumentsAndNamesMistakes) {
  const Config leaky = Config::map({{"leaky_relu", Config::map({{"negative_slope", 0.5}})}});
  const Activation f = make_activation(leaky);
  EXPECT_TRUE(f.has_arguments);
  EXPECT_DOUBLE_EQ(f(at::tensor({-2.0}, at::kDouble)).item<double>(), -1.0);
  EXPECT_FALSE(make_activation("silu").has_arguments);
  const Error unknown = error_of([] { make_activation("sillu"); });
  EXPECT_EQ(unknown.kind(), ErrorKind::not_found);
  EXPECT_THAT(unknown.what(), HasSubstr("silu"));
  EXPECT_THAT(error_of([] {
                make_activation(Config::map({{"elu", Config::map({{"alfa", 1.0}})}}));
              }).what(),
              HasSubstr("alpha"));
}

TEST(Dense, IsAffineWithTheReferencesInitialisation) {
  at::manual_seed(3);
  Dense layer(300, 200);
  EXPECT_EQ(layer.state_dict().names(), (std::vector<std::string>{"weight", "bias"}));
  const double bound = std::sqrt(6.0 / 500);
  EXPECT_LE(layer.weight().abs().max().item<double>(), bound);
  EXPECT_GT(layer.weight().abs().max().item<double>(), 0.99 * bound);
  EXPECT_EQ(layer.bias().abs().max().item<double>(), 0);
  const at::Tensor x = at::randn({4, 300});
  EXPECT_TRUE(at::allclose(layer.forward(x), at::matmul(x, layer.weight().t()), 1e-4, 1e-5));
  EXPECT_EQ(Dense(3, 2, false).parameters().size(), 1u);
  EXPECT_EQ(error_of([] { Dense(0, 2); }).kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(error_of([] { Dense(2, 0); }).kind(), ErrorKind::invalid_argument);
}

TEST(Mlp, HasPyramidalOrEqualWidthsAndALinearEnd) {
  EXPECT_EQ(mlp_widths(128, 1, 2), (std::vector<int64_t>{128, 64, 1}));
  EXPECT_EQ(mlp_widths(9, 3, 4), (std::vector<int64_t>{9, 4, 3, 3, 3}));
  EXPECT_EQ(mlp_widths(8, 1, 3, 5), (std::vector<int64_t>{8, 5, 5, 1}));
  EXPECT_EQ(mlp_widths(8, 1, 1), (std::vector<int64_t>{8, 1}));
  Mlp net(mlp_widths(8, 1, 3), make_activation("relu"));
  EXPECT_TRUE(net.state_dict().contains("2.bias"));
  EXPECT_EQ(net.layers().back()->activation().name, "identity");
  EXPECT_EQ(net.forward(at::randn({5, 8})).sizes(), at::IntArrayRef({5, 1}));
  EXPECT_THAT(error_of([] { Mlp({8}, make_activation("relu")); }).what(), HasSubstr("Mlp: 1 widths are given"));
}

std::unique_ptr<RadialBasis> basis(const std::string& name, Config arguments = Config::map()) {
  arguments.set("n_rbf", 6);
  arguments.set("cutoff", 5.0);
  auto made = radial_basis_list().at(name).make(arguments);
  made->to(at::kDouble);
  return made;
}

TEST(RadialBasis, ValuesFollowTheFormulas) {
  const at::Tensor d = at::tensor({0.7, 3.3}, at::kDouble);
  const at::Tensor gauss = basis("GaussianRBF")->forward(d);
  EXPECT_NEAR(gauss[1][2].item<double>(), std::exp(-std::pow(3.3 - 2.0, 2) / 2), 1e-7);
  const at::Tensor centered = basis("GaussianRBFCentered")->forward(d);
  EXPECT_NEAR(centered[0][0].item<double>(), std::exp(-0.49 / 2), 1e-7);
  EXPECT_NEAR(centered[1][5].item<double>(), std::exp(-3.3 * 3.3 / 50), 1e-7);
  const at::Tensor bessel = basis("BesselRBF")->forward(d);
  EXPECT_NEAR(bessel[0][1].item<double>(), std::sin(2 * std::numbers::pi * 0.7 / 5) / 0.7, 1e-6);
}

TEST(RadialBasis, ConstantsAreMadeInFloat32AndCast) {
  const NamedTensors state = basis("BesselRBF")->state_dict();
  const double third = state.at("freqs")[2].item<double>();
  EXPECT_EQ(third, static_cast<double>(static_cast<float>(third)));
  EXPECT_NE(third, 3 * std::numbers::pi / 5);
}

TEST(RadialBasis, DerivativesAgreeWithAutograd) {
  for (const std::string& name : radial_basis_list().names()) {
    const auto rbf = basis(name);
    EXPECT_EQ(rbf->n_rbf(), 6);
    const at::Tensor d = grid(0.1, 6).requires_grad_();
    const auto [value, derivative] = rbf->with_derivative(d.detach());
    const at::Tensor y = rbf->forward(d);
    EXPECT_TRUE(at::allclose(value, y, 1e-14, 1e-14)) << name;
    for (int64_t k = 0; k < 6; ++k) {
      const at::Tensor column = torch::autograd::grad({y.select(1, k).sum()}, {d}, {}, true)[0];
      EXPECT_TRUE(at::allclose(derivative.select(1, k), column, 1e-11, 1e-13)) << name;
    }
  }
}

TEST(RadialBasis, IsDefinedAtZeroDistance) {
  for (const std::string& name : radial_basis_list().names()) {
    EXPECT_TRUE(basis(name)->forward(at::zeros({1}, at::kDouble)).isfinite().all().item<bool>()) << name;
  }
}

TEST(RadialBasis, TrainableGaussiansHaveParameters) {
  EXPECT_TRUE(basis("GaussianRBF")->parameters().empty());
  EXPECT_EQ(basis("GaussianRBF")->state_dict().names(), (std::vector<std::string>{"widths", "offsets"}));
  EXPECT_EQ(basis("GaussianRBF", Config::map({{"trainable", true}}))->parameters().size(), 2u);
  EXPECT_EQ(error_of([] {
              radial_basis_list().at("GaussianRBF").make(Config::map({{"n_rbf", 1}}));
            }).kind(),
            ErrorKind::invalid_argument);
}

TEST(Cutoff, FallsFromOneToZeroSmoothly) {
  for (const std::string& name : cutoff_list().names()) {
    const auto cutoff = cutoff_list().at(name).make(Config::map({{"cutoff", 4.0}}));
    cutoff->to(at::kDouble);
    const at::Tensor d = at::cat({grid(0, 4.5), at::tensor({4.0, 9.0}, at::kDouble)}).requires_grad_();
    const at::Tensor y = cutoff->forward(d);
    const auto [value, derivative] = cutoff->with_derivative(d.detach());
    EXPECT_TRUE(at::allclose(value, y, 1e-14, 1e-300)) << name;
    EXPECT_TRUE(at::allclose(derivative, slope_of(y, d, true), 1e-11, 1e-14)) << name;
    EXPECT_DOUBLE_EQ(y[0].item<double>(), 1.0);
    EXPECT_EQ(y[-1].item<double>(), 0.0);
    EXPECT_EQ(y[-2].item<double>(), 0.0);
    EXPECT_LE((y.slice(0, 1, 50) - y.slice(0, 0, 49)).max().item<double>(), 0.0) << name;
    const at::Tensor second = slope_of(slope_of(y, d, true), d);
    EXPECT_TRUE(second.isfinite().all().item<bool>()) << name;  // no 0·inf beyond the cutoff
  }
}

}  // namespace
}  // namespace spinel::nn
