#include "spinel/hosts/torch/max_pool.h"

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>
#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

#include <cmath>
#include <functional>
#include <random>
#include <string>

#include "spinel/base/error.h"

namespace spinel::hosts {
namespace {

at::Tensor torch_pool(int dims, const at::Tensor& x, const MaxPoolOptions& o) {
  switch (dims) {
    case 1: return at::max_pool1d(x, o.kernel_size, o.stride, o.padding, o.dilation, o.ceil_mode);
    case 2: return at::max_pool2d(x, o.kernel_size, o.stride, o.padding, o.dilation, o.ceil_mode);
    default: return at::max_pool3d(x, o.kernel_size, o.stride, o.padding, o.dilation, o.ceil_mode);
  }
}
std::tuple<at::Tensor, at::Tensor> torch_pool_with_indices(int dims, const at::Tensor& x, const MaxPoolOptions& o) {
  switch (dims) {
    case 1: return at::max_pool1d_with_indices(x, o.kernel_size, o.stride, o.padding, o.dilation, o.ceil_mode);
    case 2: return at::max_pool2d_with_indices(x, o.kernel_size, o.stride, o.padding, o.dilation, o.ceil_mode);
    default: return at::max_pool3d_with_indices(x, o.kernel_size, o.stride, o.padding, o.dilation, o.ceil_mode);
  }
}

bool same(const at::Tensor& a, const at::Tensor& b) {
  return a.scalar_type() == b.scalar_type() && a.sizes() == b.sizes() && at::allclose(a, b, 0, 0, true);
}

MaxPoolOptions random_options(std::mt19937& random, int dims) {
  MaxPoolOptions options;
  options.padding.clear();
  options.dilation.clear();
  for (int a = 0; a < dims; ++a) {
    options.kernel_size.push_back(1 + random() % 4);
    options.stride.push_back(1 + random() % 3);
    options.padding.push_back(random() % (options.kernel_size.back() / 2 + 1));
    options.dilation.push_back(1 + random() % 3);
  }
  options.ceil_mode = random() % 2;
  return options;
}

at::Tensor random_input(std::mt19937& random, int dims, at::ScalarType type) {
  std::vector<int64_t> sizes{int64_t(1 + random() % 3), int64_t(1 + random() % 20)};
  for (int a = 0; a < dims; ++a) sizes.push_back(10 + random() % 8);
  at::Tensor x =
      at::isFloatingType(type) ? at::randn(sizes).mul(4).round().to(type) : at::randint(0, 100, sizes).to(type);
  if (dims == 2 && random() % 2) x = x.contiguous(at::MemoryFormat::ChannelsLast);
  if (dims == 3 && random() % 2) x = x.contiguous(at::MemoryFormat::ChannelsLast3d);
  if (random() % 4 == 0) x = x.transpose(-1, 1 + random() % dims);
  if (random() % 4 == 0) x = x[0];
  return x;
}

TEST(TorchMaxPool, AgreesWithTorchInValuesIndicesLayoutAndGradients) {
  std::mt19937 random(3);
  at::manual_seed(3);
  for (int k = 0; k < 60; ++k) {
    const int dims = 1 + k % 3;
    const MaxPoolOptions options = random_options(random, dims);
    const at::ScalarType types[] = {at::kFloat, at::kDouble, at::kBFloat16, at::kHalf, at::kInt, at::kByte};
    const at::ScalarType type = types[random() % 6];
    at::Tensor x = random_input(random, dims, type);
    at::Tensor wanted, wanted_indices;
    try {
      std::tie(wanted, wanted_indices) = torch_pool_with_indices(dims, x, options);
      if ((wanted_indices < 0).any().item<bool>()) continue;
    } catch (const c10::Error&) {
      // torch refuses some memory formats without batch, and windows without output.
      try {
        std::tie(wanted, wanted_indices) = torch_pool_with_indices(dims, x.contiguous(), options);
        x = x.contiguous();
      } catch (const c10::Error&) {
        EXPECT_THROW(max_pool(dims, x, options), Error);
        continue;
      }
    }
    at::Tensor y, indices;
    try {
      std::tie(y, indices) = max_pool_with_indices(dims, x, options);
    } catch (const Error& error) {
      // torch reads beyond the input there.
      ASSERT_NE(std::string(error.what()).find("padding alone"), std::string::npos) << error.what();
      continue;
    }
    ASSERT_TRUE(same(y, wanted)) << k;
    ASSERT_TRUE(same(indices, wanted_indices)) << k;
    ASSERT_TRUE(same(max_pool(dims, x, options), wanted)) << k;
    if (dims > 1) ASSERT_EQ(y.suggest_memory_format(), wanted.suggest_memory_format());
    if (!at::isFloatingType(type)) continue;
    x = x.detach().requires_grad_();
    const at::Tensor dy = at::randint(-3, 4, y.sizes()).to(type);
    const auto gradient = [&](const at::Tensor& result) { return torch::autograd::grad({result}, {x}, {dy})[0]; };
    const at::Tensor expected = gradient(torch_pool(dims, x, options));
    ASSERT_TRUE(same(gradient(max_pool(dims, x, options)), expected)) << k;
    ASSERT_TRUE(same(gradient(std::get<0>(max_pool_with_indices(dims, x, options))), expected)) << k;
  }
}

TEST(TorchMaxPool, HasDerivativesOfEveryOrder) {
  at::manual_seed(5);
  const MaxPoolOptions options{.kernel_size = {3}, .stride = {2}, .padding = {1}, .dilation = {2}};
  const at::Tensor x = at::randn({2, 3, 9, 11}, at::kDouble).requires_grad_();
  const auto second = [&](const at::Tensor& y) {
    const at::Tensor weight = at::linspace(1, 2, y.numel(), at::kDouble).view(y.sizes());
    const at::Tensor first = torch::autograd::grad({(y.pow(3) * weight).sum()}, {x}, {}, true, true)[0];
    const at::Tensor second = torch::autograd::grad({first.pow(2).sum()}, {x}, {}, true, true)[0];
    return torch::autograd::grad({second.pow(2).sum()}, {x})[0];
  };
  const at::Tensor expected = second(at::max_pool2d(x, 3, 2, 1, 2));
  EXPECT_TRUE(at::allclose(second(max_pool2d(x, options)), expected));
  EXPECT_TRUE(at::allclose(second(std::get<0>(max_pool_with_indices(2, x, options))), expected));
  EXPECT_GT(expected.abs().max().item<double>(), 0);
}

TEST(TorchMaxPool, TakesGradientsThatAreBroadcast) {
  const at::Tensor x = at::arange(2 * 3 * 8 * 8, at::kFloat).view({2, 3, 8, 8}).requires_grad_();
  const auto gradient = [&](const at::Tensor& y) { return torch::autograd::grad({y.sum()}, {x})[0]; };
  EXPECT_TRUE(at::equal(gradient(max_pool2d(x, {.kernel_size = {2}})), gradient(at::max_pool2d(x, 2))));
}

TEST(TorchMaxPool, NeedsNoTapNumbersForLongWindows) {
  at::manual_seed(1);
  const at::Tensor x = at::randn({1, 2, 30, 40}).requires_grad_();
  const auto gradient = [&](const at::Tensor& y) { return torch::autograd::grad({y.square().sum()}, {x})[0]; };
  EXPECT_TRUE(at::allclose(gradient(max_pool2d(x, {.kernel_size = {17}, .stride = {1}, .padding = {8}})),
                           gradient(at::max_pool2d(x, 17, 1, 8))));
}

TEST(TorchMaxPool, GivesShapesWithoutData) {
  const at::Tensor x =
      at::empty({2, 3, 9, 8}, at::TensorOptions().device(at::kMeta)).contiguous(at::MemoryFormat::ChannelsLast);
  const MaxPoolOptions options{.kernel_size = {3}, .stride = {2}, .padding = {1}, .dilation = {2}};
  const auto [y, indices] = max_pool_with_indices(2, x, options);
  EXPECT_EQ(y.sizes(), at::IntArrayRef({2, 3, 4, 3}));
  EXPECT_TRUE(y.is_meta() && y.is_contiguous(at::MemoryFormat::ChannelsLast));
  EXPECT_EQ(indices.scalar_type(), at::kLong);
  EXPECT_THROW(max_pool2d(x, {.kernel_size = {10}}), Error);
}

TEST(TorchMaxPool, AcceptsAnEmptyBatchAndNoOtherEmptiness) {
  const MaxPoolOptions two{.kernel_size = {2}};
  EXPECT_EQ(max_pool2d(at::empty({0, 3, 8, 8}), two).sizes(), at::IntArrayRef({0, 3, 4, 4}));
  const at::Tensor x = at::empty({0, 3, 8, 8}).requires_grad_();
  EXPECT_EQ(torch::autograd::grad({max_pool2d(x, two).sum()}, {x})[0].sizes(), x.sizes());
  EXPECT_THROW(max_pool2d(at::empty({2, 0, 8, 8}), two), Error);
  EXPECT_THROW(max_pool3d(at::empty({2, 3, 0, 8, 8}), two), Error);
}

std::string message(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(TorchMaxPool, SaysWhatIsWrong) {
  const MaxPoolOptions two{.kernel_size = {2}};
  const at::Tensor x = at::zeros({1, 2, 8, 8});
  EXPECT_NE(message([&] { max_pool2d({}, two); }).find("the input is undefined"), std::string::npos);
  EXPECT_EQ(message([&] { max_pool2d(x.to(at::kBool), two); }), "\"max_pool2d\" not implemented for 'Bool'");
  EXPECT_EQ(message([&] { max_pool1d(x[0].to(at::kComplexFloat), two); }),
            "\"max_pool1d\" not implemented for 'ComplexFloat'");
  EXPECT_NE(message([&] { max_pool2d(x[0][0], two); }).find("non-empty 3D or 4D"), std::string::npos);
  EXPECT_NE(message([&] { paddle_max_pool(2, x[0], {.kernel_size = {2}}); }).find("has 3 dimensions; 4 are needed"),
            std::string::npos);
}

TEST(TorchMaxPool, RefusesIndicesThatDoNotFit) {
  max_pool2d(at::zeros({1, 1, 4, 4}), {.kernel_size = {2}});  // declares the operators
  const auto op = c10::Dispatcher::singleton().findSchemaOrThrow("spinel::_max_pool_backward", "");
  const auto call = [&](const at::Tensor& dy, const at::Tensor& index, std::vector<int64_t> window) {
    torch::jit::Stack stack{dy, index, std::vector<int64_t>{1, 1, 4, 4}, window, false};
    op.callBoxed(stack);
    return stack[0].toTensor();
  };
  const std::vector<int64_t> window{0, 2, 2, 1, 0, 0, 2, 2, 1, 0, 0};
  const at::Tensor dy = at::ones({1, 1, 2, 2}), index = at::zeros({1, 1, 2, 2}, at::kLong);
  EXPECT_EQ(call(dy, index, window)[0][0][0][0].item<float>(), 4);
  EXPECT_NE(message([&] { call(dy, index + 16, window); }).find("4 indices lie outside"), std::string::npos);
  EXPECT_NE(message([&] {
              call(dy, at::zeros({1, 1, 2, 3}, at::kLong), window);
            }).find("[1, 1, 2, 3]; [1, 1, 2, 2]"),
            std::string::npos);
  EXPECT_NE(message([&] {
              call(at::ones({1, 1, 2, 1}), index, window);
            }).find("the gradient has sizes"),
            std::string::npos);
  EXPECT_NE(message([&] { call(dy, index.to(at::kFloat), window); }).find("the indices are float32"),
            std::string::npos);
  EXPECT_NE(message([&] { call(dy, index, {0, 2}); }).find("the window has 2 numbers"), std::string::npos);
  EXPECT_NE(message([&] {
              call(dy, index, {0, 2, 0, 1, 0, 0, 2, 2, 1, 0, 0});
            }).find("must be positive"),
            std::string::npos);
}

TEST(PaddleMaxPool, FollowsTheAcceptanceExamples) {
  // x = arange, k 2, s 1, d 2: the maximum is the last tap, and each gets one gradient.
  for (int dims = 1; dims <= 3; ++dims) {
    std::vector<int64_t> sizes{1, 1};
    for (int a = 0; a < dims; ++a) sizes.push_back(6);
    const at::Tensor x = at::arange(int64_t(std::pow(6, dims)), at::kFloat).view(sizes).requires_grad_();
    at::Tensor wanted = x;
    for (int a = 0; a < dims; ++a) wanted = wanted.narrow(2 + a, 2, 4);
    const at::Tensor y = std::get<0>(paddle_max_pool(dims, x, {.kernel_size = {2}, .stride = {1}, .dilation = {2}}));
    EXPECT_TRUE(at::equal(y, wanted));
    EXPECT_TRUE(at::equal(torch::autograd::grad({y.sum()}, {x})[0], torch::autograd::grad({wanted.sum()}, {x})[0]));
  }
  const at::Tensor x = at::arange(36, at::kFloat).view({1, 1, 6, 6});
  const at::Tensor y = std::get<0>(paddle_max_pool(2, x, {.kernel_size = {2}, .stride = {1}, .dilation = {1, 2}}));
  EXPECT_TRUE(at::equal(y, x.narrow(2, 1, 5).narrow(3, 2, 4)));
  const auto [pooled, mask] = paddle_max_pool(2, x,
                                              {.kernel_size = {2},
                                               .stride = {2},
                                               .padding = {.list = {1}},
                                               .return_mask = true,
                                               .ceil_mode = true,
                                               .dilation = {2}});
  EXPECT_EQ(pooled.sizes(), at::IntArrayRef({1, 1, 4, 4}));
  EXPECT_EQ(mask.sizes(), pooled.sizes());
}

}  // namespace
}  // namespace spinel::hosts
