// tests/compat/autograd_extension.cc built against libtorch: what the tests of other hosts expect of it holds there.
#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include "spinel/base/platform/dynamic_library.h"

namespace spinel::compat_test {
namespace {

using torch::autograd::grad;

template <typename Signature>
auto op(const char* name) {
  static const DynamicLibrary library = DynamicLibrary::open(SPINEL_TEST_AUTOGRAD_EXTENSION_TORCH);
  static_cast<void>(library);
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, "").typed<Signature>();
}
using Unary = at::Tensor(const at::Tensor&);
using Binary = at::Tensor(const at::Tensor&, const at::Tensor&);

at::Tensor leaf(at::ArrayRef<double> values) { return at::tensor(values, at::kDouble).requires_grad_(); }

TEST(AutogradExtension, HasDerivativesOfEveryOrder) {
  const at::Tensor x = leaf({0.25, -1.0, 2.0});
  at::Tensor derivative = op<Binary>("autograd_ext::product").call(x, op<Unary>("autograd_ext::exponential").call(x));
  for (int order = 1; order <= 4; ++order) {
    derivative = grad({derivative.sum()}, {x}, {}, true, true)[0];
    EXPECT_TRUE(derivative.allclose((order + x) * x.exp(), 1e-12)) << order;
  }
}

TEST(AutogradExtension, TakesListsAndOptionals) {
  using Weighted =
      std::tuple<at::Tensor, at::Tensor, at::Tensor>(at::TensorList, const std::optional<at::Tensor>&, double);
  const at::Tensor a = leaf({1, 2}), b = leaf({3, 4}), w = at::tensor({10.0, 100.0}, at::kDouble);
  const auto [total, count, copy] = op<Weighted>("autograd_ext::weighted").call({a, b}, w, 2.0);
  EXPECT_TRUE(total.equal(at::tensor({80.0, 1200.0}, at::kDouble)));
  EXPECT_TRUE(total.requires_grad());
  EXPECT_FALSE(count.requires_grad());
  EXPECT_FALSE(copy.requires_grad());
  for (const at::Tensor& gradient : grad({total.sum()}, {a, b})) {
    EXPECT_TRUE(gradient.equal(at::tensor({20.0, 200.0}, at::kDouble)));
  }
}

TEST(AutogradExtension, WritesInPlaceAndHandsThrough) {
  const at::Tensor x = leaf({-1, 2}), y = x * 3;
  const at::Tensor z = op<at::Tensor(at::Tensor)>("autograd_ext::rectify_").call(y);
  EXPECT_TRUE(grad({z.sum()}, {x})[0].equal(at::tensor({0.0, 3.0}, at::kDouble)));
  EXPECT_THROW(op<at::Tensor(at::Tensor)>("autograd_ext::rectify_").call(x), std::exception);
  const at::Tensor same = op<Unary>("autograd_ext::identity").call(x);
  EXPECT_TRUE(grad({(same * same).sum()}, {x})[0].equal(2 * x));
}

TEST(AutogradExtension, FollowsViewsAndCopies) {
  const at::Tensor x = at::arange(6, at::kDouble).view({3, 2}).requires_grad_();
  const at::Tensor y = op<Unary>("autograd_ext::views").call(x);
  const at::Tensor first = grad({y.pow(3).sum()}, {x}, {}, true, true)[0];
  const at::Tensor counts = at::tensor({2.0, 1.0, 2.0}, at::kDouble), row = x.select(1, 1);
  EXPECT_TRUE(first.select(1, 1).allclose(3 * counts * row * row));
  EXPECT_TRUE(first.select(1, 0).equal(at::zeros({3}, at::kDouble)));
  EXPECT_TRUE(grad({first.sum()}, {x})[0].select(1, 1).allclose(6 * counts * row));
}

TEST(AutogradExtension, RefusesWhatWasOverwritten) {
  const at::Tensor x = leaf({1, 2}), y = op<Unary>("autograd_ext::exponential").call(x);
  y.mul_(2);
  try {
    grad({y.sum()}, {x});
    FAIL() << "expected an error";
  } catch (const std::exception& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("modified by an inplace operation"));
  }
}

}  // namespace
}  // namespace spinel::compat_test
