// Radial bases and cutoff functions at the borders: no distances, one, views of others, both dtypes, and how smoothly
// they end.
#include <ATen/ATen.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <limits>

#include "spinel/nn/cutoff.h"
#include "spinel/nn/radial_basis.h"

namespace spinel::nn {
namespace {

at::Tensor slope_of(const at::Tensor& y, const at::Tensor& x) {
  return torch::autograd::grad({y.sum()}, {x}, {}, true, true, true)[0];
}

template <typename Use>
void for_each_function(Use use) {
  for (const std::string& name : radial_basis_list().names()) {
    const auto made = radial_basis_list().at(name).make(Config::map({{"n_rbf", 7}, {"cutoff", 4.0}}));
    use(name, *made);
  }
  for (const std::string& name : cutoff_list().names()) {
    const auto made = cutoff_list().at(name).make(Config::map({{"cutoff", 4.0}}));
    use(name, *made);
  }
}

/// [E, 7] of a basis, [E] of a cutoff function.
std::vector<int64_t> shape_of(const RadialBasis&, int64_t edges) { return {edges, 7}; }
std::vector<int64_t> shape_of(const CutoffFunction&, int64_t edges) { return {edges}; }

TEST(RadialFunctions, AnyNumberOfDistancesInEitherDtype) {
  for_each_function([](const std::string& name, auto& function) {
    for (const at::ScalarType dtype : {at::kFloat, at::kDouble}) {
      function.to(dtype);
      for (const int64_t edges : {0, 1, 2, 33}) {
        const at::Tensor d = at::rand({edges}, dtype) * 5 + 0.1;
        const at::Tensor y = function.forward(d);
        EXPECT_EQ(y.sizes(), at::IntArrayRef(shape_of(function, edges))) << name;
        EXPECT_EQ(y.scalar_type(), dtype) << name;
        const auto [value, derivative] = function.with_derivative(d);
        EXPECT_EQ(value.sizes(), y.sizes()) << name;
        EXPECT_EQ(derivative.sizes(), y.sizes()) << name;
        EXPECT_EQ(derivative.scalar_type(), dtype) << name;
        EXPECT_TRUE(at::allclose(value, y, 1e-6, 1e-6)) << name;
      }
    }
  });
}

TEST(RadialFunctions, EachDistanceCountsByItself) {
  for_each_function([](const std::string& name, auto& function) {
    function.to(at::kDouble);
    const at::Tensor all = at::linspace(0.2, 5, 24, at::kDouble), every_third = all.slice(0, 1, 24, 3);
    ASSERT_FALSE(every_third.is_contiguous());
    const at::Tensor y = function.forward(all);
    EXPECT_TRUE(at::allclose(function.forward(every_third), y.slice(0, 1, 24, 3), 1e-12, 1e-15)) << name;
    EXPECT_TRUE(at::allclose(function.forward(all.flip(0)), y.flip(0), 1e-12, 1e-15)) << name;
    const auto [value, derivative] = function.with_derivative(every_third);
    EXPECT_TRUE(at::allclose(derivative, function.with_derivative(all).second.slice(0, 1, 24, 3), 1e-12, 1e-15))
        << name;
  });
}

TEST(RadialFunctions, TheQuickDerivativeNeedsNoGraphAndIsThatOfTheValues) {
  for_each_function([](const std::string& name, auto& function) {
    function.to(at::kDouble);
    const at::Tensor d = (at::linspace(0.3, 3.9, 40, at::kDouble)).requires_grad_();
    const auto [value, derivative] = function.with_derivative(d);
    EXPECT_FALSE(value.requires_grad() || derivative.requires_grad()) << name;
    const double h = 1e-6;
    const at::Tensor numeric = (function.forward(d + h) - function.forward(d - h)) / (2 * h);
    EXPECT_LT((derivative - numeric).abs().max().template item<double>(), 1e-8) << name;
    // And the second derivative by autograd is the numeric one of the first.
    const at::Tensor first = slope_of(function.forward(d), d), second = slope_of(first, d);
    const at::Tensor up = (d + h).detach().requires_grad_(), down = (d - h).detach().requires_grad_();
    const at::Tensor bend = (slope_of(function.forward(up), up) - slope_of(function.forward(down), down)) / (2 * h);
    EXPECT_LT((second - bend).abs().max().template item<double>(), 1e-5) << name;
  });
}

TEST(RadialFunctions, NanDistancesStayNan) {
  for_each_function([](const std::string& name, auto& function) {
    function.to(at::kDouble);
    const at::Tensor y = function.forward(at::full({1}, std::numeric_limits<double>::quiet_NaN(), at::kDouble));
    EXPECT_TRUE(y.isnan().all().template item<bool>()) << name;
  });
}

// Energies are continuous where atoms leave the cutoff only if the factor is, and forces only if its slope is.
TEST(CutoffFunctions, ValueAndSlopeEndAtTheCutoff) {
  for (const std::string& name : cutoff_list().names()) {
    for (const double c : {1.0, 4.0, 9.5}) {
      const auto cutoff = cutoff_list().at(name).make(Config::map({{"cutoff", c}}));
      cutoff->to(at::kDouble);
      const auto [value, slope] = cutoff->with_derivative(at::full({1}, c * (1 - 1e-5), at::kDouble));
      EXPECT_LT(value.item<double>(), 1e-9) << name;
      EXPECT_LT(std::abs(slope.item<double>()), 1e-4) << name;
      const auto [beyond, still] =
          cutoff->with_derivative(at::tensor({c, c * (1 + 1e-12), 2 * c, 1e6 * c}, at::kDouble));
      EXPECT_EQ(beyond.abs().max().item<double>(), 0) << name;
      EXPECT_EQ(still.abs().max().item<double>(), 0) << name;
    }
  }
}

TEST(RadialBases, ResettingTrainableOnesBringsTheirFirstValuesBack) {
  for (const char* name : {"GaussianRBF", "GaussianRBFCentered"}) {
    const auto basis = radial_basis_list().at(name).make(Config::map({{"n_rbf", 5}, {"trainable", true}}));
    const auto fixed = radial_basis_list().at(name).make(Config::map({{"n_rbf", 5}}));
    ASSERT_EQ(basis->parameters().size(), 2u);
    for (const at::Tensor& parameter : basis->parameters()) parameter.detach().fill_(3);
    basis->reset_parameters();
    for (const auto& [key, tensor] : fixed->state_dict()) {
      EXPECT_TRUE(at::equal(basis->state_dict().at(key).detach(), tensor)) << name << key;
    }
    // Gradients reach both parameters.
    const at::Tensor y = basis->forward(at::linspace(0.5, 4, 6));
    const auto gradients = torch::autograd::grad({y.square().sum()}, basis->parameters());
    for (const at::Tensor& gradient : gradients) EXPECT_GT(gradient.abs().sum().item<float>(), 0) << name;
  }
}

}  // namespace
}  // namespace spinel::nn
