#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "spinel/base/error.h"
#include "spinel/base/platform/dynamic_library.h"
#include "spinel/hosts/pd_build_op/declaration.h"
#include "tests/support/errors.h"

namespace spinel::hosts::pd {
namespace {

using testing::HasSubstr;
using torch::autograd::grad;

/// The library of sample.cc, loaded once.
void load_sample() {
  static const DynamicLibrary library = DynamicLibrary::open(SPINEL_TEST_LIBRARY_PD);
  static_cast<void>(library);
}

c10::OperatorHandle op(const std::string& name) {
  load_sample();
  return c10::Dispatcher::singleton().findSchemaOrThrow(("paddle_ops::" + name).c_str(), "");
}
std::string schema(const std::string& name) { return c10::toString(op(name).schema()); }

at::Tensor cube(const at::Tensor& x, double factor) {
  return op("pd_cube").typed<at::Tensor(const at::Tensor&, double)>().call(x, factor);
}

at::Tensor weighted(at::TensorList parts, const std::optional<at::Tensor>& bias, at::ArrayRef<double> weights,
                    std::string_view mode = "sum", bool negate = false, int64_t repeat = 1) {
  return op("pd_weighted")
      .typed<at::Tensor(at::TensorList, const std::optional<at::Tensor>&, at::ArrayRef<double>, std::string_view, bool,
                        int64_t)>()
      .call(parts, bias, weights, mode, negate, repeat);
}

at::Tensor input() { return at::tensor({0.5, -1.5, 2.0}, at::kDouble).requires_grad_(); }

std::string failure(const std::function<void()>& run) {
  try {
    run();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

TEST(PdBuildOp, DerivesSchemas) {
  EXPECT_EQ(schema("pd_cube"), "paddle_ops::pd_cube(Tensor X, float factor) -> Tensor");
  EXPECT_EQ(schema("pd_cube_grad"), "paddle_ops::pd_cube_grad(Tensor X, Tensor Out_grad, float factor) -> Tensor");
  EXPECT_EQ(
      schema("pd_cube_grad_grad"),
      "paddle_ops::pd_cube_grad_grad(Tensor X, Tensor Out_grad, Tensor X_grad_grad, float factor) -> (Tensor, Tensor)");
  EXPECT_EQ(schema("pd_weighted"),
            "paddle_ops::pd_weighted(Tensor[] Parts, Tensor? Bias, float[] weights, str mode, bool negate, int repeat) "
            "-> Tensor");
  EXPECT_EQ(schema("pd_add_"), "paddle_ops::pd_add_(Tensor(a!) X, Tensor Y) -> Tensor(a!)");
}

TEST(PdBuildOp, DerivesSchemasOfEveryMark) {
  Declaration declaration;
  declaration.name = "f";
  declaration.inputs = {"x", "in", "v@VECTOR@OPTIONAL"};
  declaration.outputs = {"out@VECTOR", "y"};
  declaration.inplace = {{"in", "y"}};
  declaration.attributes = {"n: int", "s : std::vector<std::string>"};
  EXPECT_EQ(schema_of(declaration),
            "f(Tensor x, Tensor(a!) in_, Tensor[]? v, int n, str[] s) -> (Tensor[], Tensor(a!))");
  declaration.attributes = {"n: short"};
  EXPECT_THAT(error_of([&] { schema_of(declaration); }).what(),
              HasSubstr("attribute 'n' is of type 'short'; known: bool"));
  declaration.attributes = {"n"};
  EXPECT_THAT(error_of([&] { schema_of(declaration); }).what(), HasSubstr("has no type"));
}

TEST(PdBuildOp, ComputesAndTakesViews) {
  const at::Tensor x = at::arange(6, at::kFloat).view({2, 3}).t();
  EXPECT_TRUE(cube(x, 2).equal(2 * x * x * x));
  EXPECT_EQ(cube(at::ones({2}, at::kDouble), 1).scalar_type(), at::kDouble);
  EXPECT_THAT(failure([] { cube(at::ones({2}, at::kInt), 1); }), HasSubstr("cube is not implemented for data type"));
}

// The gradients are those of f(x) = 2 x^3 written by hand: 6 x^2 and 12 x.
TEST(PdBuildOp, GradientsAndTheirGradientsAreThoseWrittenByHand) {
  const at::Tensor x = input(), w = at::tensor({1.0, -2.0, 0.5}, at::kDouble).requires_grad_();
  const at::Tensor dx = grad({cube(x, 2)}, {x}, {w}, true, true)[0];
  EXPECT_TRUE(dx.allclose(6 * x * x * w));
  const auto second = grad({dx.sum()}, {x, w});
  EXPECT_TRUE(second[0].allclose(12 * x * w));
  EXPECT_TRUE(second[1].allclose(6 * x * x));
}

TEST(PdBuildOp, GradientsAgreeWithDifferences) {
  const at::Tensor x = input();
  constexpr double step = 1e-6;
  const at::Tensor dx = grad({cube(x, 0.7).sum()}, {x}, {}, true, true)[0];
  const at::Tensor ddx = grad({dx.sum()}, {x})[0];
  const at::Tensor up = (x + step).detach().requires_grad_(), down = (x - step).detach().requires_grad_();
  EXPECT_TRUE(dx.allclose((cube(up, 0.7) - cube(down, 0.7)) / (2 * step), 1e-6, 1e-8));
  const at::Tensor dup = grad({cube(up, 0.7).sum()}, {up})[0], ddown = grad({cube(down, 0.7).sum()}, {down})[0];
  EXPECT_TRUE(ddx.allclose((dup - ddown) / (2 * step), 1e-6, 1e-6));
}

TEST(PdBuildOp, TakesEachKindOfArgument) {
  const at::Tensor a = at::tensor({1.0, 2.0}, at::kDouble), b = at::tensor({3.0, 4.0}, at::kDouble);
  EXPECT_TRUE(weighted({a, b}, {}, {2, 1}).equal(2 * a + b));
  EXPECT_TRUE(weighted({a, b}, b, {2, 1}, "mean", true, 3).allclose(-3 * (2 * a + 2 * b) / 2));
  EXPECT_THAT(failure([&] { weighted({a, b}, {}, {1}); }), HasSubstr("there are 2 parts and 1 weights"));
  EXPECT_THAT(failure([&] { weighted({a.to(at::kFloat)}, {}, {1}); }),
              HasSubstr("it holds Float but is read as Double"));
}

TEST(PdBuildOp, WritesInPlaceAlsoThroughViews) {
  const auto add = op("pd_add_").typed<at::Tensor(at::Tensor, const at::Tensor&)>();
  const at::Tensor x = at::zeros({2}, at::kDouble), y = at::tensor({1.0, 2.0}, at::kDouble);
  EXPECT_TRUE(add.call(x, y).is_same(x));
  EXPECT_TRUE(x.equal(y));
  const at::Tensor whole = at::zeros({4}, at::kDouble), every_second = whole.slice(0, 0, 4, 2);
  add.call(every_second, y);
  EXPECT_TRUE(whole.equal(at::tensor({1.0, 0.0, 2.0, 0.0}, at::kDouble)));
}

TEST(PdBuildOp, InfersShapesWithoutData) {
  const at::Tensor meta = at::empty({4, 5}, at::TensorOptions(at::kDouble).device(at::kMeta));
  const at::Tensor out = cube(meta, 1);
  EXPECT_TRUE(out.is_meta());
  EXPECT_EQ(out.sizes(), meta.sizes());
  EXPECT_EQ(out.scalar_type(), at::kDouble);
  const auto halves = op("pd_halves").typed<std::tuple<at::Tensor, at::Tensor>(const at::Tensor&)>();
  EXPECT_THAT(failure([&] { halves.call(meta); }), HasSubstr("whose sizes only the data tell"));
  const auto [first, second] = halves.call(at::arange(4, at::kDouble));
  EXPECT_EQ(first.size(0), 2);
  EXPECT_EQ(second[0].item<double>(), 2.0);
}

TEST(PdBuildOp, WithoutAGradientOperatorNoGradientFlows) {
  const auto halves = op("pd_halves").typed<std::tuple<at::Tensor, at::Tensor>(const at::Tensor&)>();
  EXPECT_FALSE(std::get<0>(halves.call(input())).requires_grad());
}

// The gradient that libtorch hands in is others' as well, and here one number shown three times.
TEST(PdBuildOp, AGradientWrittenInPlaceIsACopy) {
  const auto halve = op("pd_halve_").typed<at::Tensor(at::Tensor)>();
  const at::Tensor x = input(), weight = at::ones({3}, at::kDouble);
  EXPECT_TRUE(grad({halve.call(x * 1)}, {x}, {weight})[0].equal(at::full({3}, 0.5, at::kDouble)));
  EXPECT_TRUE(weight.equal(at::ones({3}, at::kDouble)));
  EXPECT_TRUE(grad({halve.call(x * 1).sum()}, {x})[0].equal(at::full({3}, 0.5, at::kDouble)));
}

TEST(PdBuildOp, NamesStaticOperatorsAndMakesMemoryOfAnotherType) {
  const at::Tensor signs = op("static_op_pd_signs").typed<at::Tensor(const at::Tensor&)>().call(input());
  EXPECT_EQ(signs.scalar_type(), at::kInt);
  EXPECT_TRUE(signs.equal(at::tensor({1, -1, 1}, at::kInt)));
}

TEST(PdBuildOp, ReadsPartsOfComplexNumbers) {
  const at::Tensor z = at::complex(at::tensor({1.0, 2.0}), at::tensor({-3.0, 4.0}));
  EXPECT_TRUE(op("pd_conjugate").typed<at::Tensor(const at::Tensor&)>().call(z).equal(z.conj().resolve_conj()));
}

TEST(PdBuildOp, HasTheArithmeticOfPaddle) {
  const at::Tensor x = input().detach();
  const auto [sum, clipped, fives] =
      op("pd_arithmetic").typed<std::tuple<at::Tensor, at::Tensor, at::Tensor>(const at::Tensor&)>().call(x);
  EXPECT_TRUE(sum.allclose(x.reciprocal() - (x - 1) * 2 + 3 - x));
  EXPECT_TRUE(clipped.equal(at::tensor({1.0, 0.5, -1.0}, at::kDouble)));
  EXPECT_TRUE(fives.equal(at::full({3}, 5.0, at::kDouble)));
}

}  // namespace
}  // namespace spinel::hosts::pd
