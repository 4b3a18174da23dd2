#include "spinel/hosts/plain/plain_methods.h"

#include <gtest/gtest.h>

#include "spinel/hosts/plain/plain_tensor.h"
#include "spinel/registry/call_error.h"
#include "spinel/registry/tensor_functions.h"
#include "tests/support/errors.h"

namespace spinel::plain {
namespace {

using registry::Device;
using registry::DeviceType;
using registry::MemoryFormat;
using registry::Scalar;
using registry::ScalarType;
using registry::Tensor;
using Sizes = std::vector<int64_t>;

/// 0, 1, 2, … of these sizes.
Tensor range(Sizes sizes, ScalarType dtype = ScalarType::float32) {
  int64_t count = 1;
  for (int64_t size : sizes) count *= size;
  const Tensor line = empty({count}, dtype);
  for (int64_t i = 0; i < count; ++i) plain_methods().fill(registry::select(line, 0, i), Scalar(i));
  return registry::view(line, sizes);
}

/// All elements in row-major order, as float64.
std::vector<double> elements(const Tensor& tensor) {
  const Tensor flat = registry::contiguous(registry::to(tensor, {.dtype = ScalarType::float64}));
  const auto* data = static_cast<const double*>(flat.data());
  return {data, data + flat.numel()};
}

registry::ErrorClass class_of(auto run) {
  try {
    run();
  } catch (const registry::CallError& error) {
    return error.error_class();
  }
  return registry::ErrorClass::runtime;
}

TEST(TensorFunctions, ViewsShareMemory) {
  const Tensor x = range({2, 3, 4});
  EXPECT_EQ(elements(registry::select(x, 1, -1)), (std::vector<double>{8, 9, 10, 11, 20, 21, 22, 23}));
  EXPECT_EQ(elements(registry::slice(x, 2, 1, {}, 2)),
            (std::vector<double>{1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23}));
  EXPECT_EQ(registry::slice(x, 0, 5, 9).sizes().vec(), (Sizes{0, 3, 4}));
  EXPECT_EQ(elements(registry::narrow(registry::select(x, 0, 1), 0, 1, 1)), (std::vector<double>{16, 17, 18, 19}));
  const Tensor turned = registry::permute(x, {2, 0, 1});
  EXPECT_EQ(turned.sizes().vec(), (Sizes{4, 2, 3}));
  EXPECT_EQ(elements(registry::select(turned, 0, 1)), (std::vector<double>{1, 5, 9, 13, 17, 21}));
  EXPECT_EQ(registry::transpose(x, 0, -1).strides().vec(), (Sizes{1, 4, 12}));
  EXPECT_EQ(registry::unsqueeze(x, -1).sizes().vec(), (Sizes{2, 3, 4, 1}));
  EXPECT_EQ(registry::squeeze(registry::unsqueeze(x, 1)).sizes().vec(), (Sizes{2, 3, 4}));
  EXPECT_EQ(registry::squeeze(x, 0).sizes().vec(), (Sizes{2, 3, 4}));
  EXPECT_EQ(elements(registry::expand(range({2, 1}), {2, 2, 2})), (std::vector<double>{0, 0, 1, 1, 0, 0, 1, 1}));
  plain_methods().fill(registry::select(x, 0, 0), Scalar(7));
  EXPECT_EQ(elements(x)[11], 7);
  EXPECT_EQ(elements(x)[12], 12);
}

TEST(TensorFunctions, ViewAndReshapeFollowTheStrides) {
  const Tensor x = range({2, 3, 4});
  EXPECT_EQ(registry::view(x, {6, -1}).data(), x.data());
  EXPECT_EQ(registry::view(x, {1, 2, 3, 2, 2}).strides().vec(), (Sizes{24, 12, 4, 2, 1}));
  const Tensor turned = registry::transpose(x, 0, 1);
  EXPECT_EQ(registry::view(turned, {3, 2, 2, 2}).strides().vec(), (Sizes{4, 12, 2, 1}));
  EXPECT_EQ(error_of([&] { registry::view(turned, {6, 4}); }).kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(elements(registry::reshape(turned, {24}))[4], 12);
  EXPECT_NE(registry::reshape(turned, {24}).data(), x.data());
  EXPECT_EQ(registry::flatten(x, 1).sizes().vec(), (Sizes{2, 12}));
  EXPECT_EQ(registry::flatten(empty({})).sizes().vec(), (Sizes{1}));
  EXPECT_EQ(registry::view(empty({0, 3}), {3, 0}).sizes().vec(), (Sizes{3, 0}));
  EXPECT_EQ(error_of([&] { registry::view(x, {5, -1}); }).kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(error_of([&] { registry::view(x, {-1, -1}); }).kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(error_of([&] { registry::view(x, {int64_t{1} << 62, 8}); }).kind(), ErrorKind::invalid_argument);
}

TEST(TensorFunctions, CopiesKeepOrChangeTheOrderOfMemory) {
  const Tensor x = range({1, 3, 2, 2});
  const Tensor last = registry::contiguous(x, MemoryFormat::channels_last);
  EXPECT_EQ(last.strides().vec(), (Sizes{12, 1, 6, 3}));
  EXPECT_TRUE(registry::is_contiguous(last, MemoryFormat::channels_last));
  EXPECT_FALSE(registry::is_contiguous(last));
  EXPECT_EQ(elements(last), elements(x));
  EXPECT_EQ(registry::clone(last).strides().vec(), last.strides().vec());
  EXPECT_EQ(registry::clone(last, MemoryFormat::contiguous).strides().vec(), x.strides().vec());
  EXPECT_EQ(registry::empty_like(registry::slice(x, 3, 0, 1)).strides().vec(), (Sizes{6, 2, 1, 1}));
  EXPECT_TRUE(registry::contiguous(x).is_same(x));
  EXPECT_EQ(error_of([&] { registry::contiguous(range({2}), MemoryFormat::channels_last); }).kind(),
            ErrorKind::invalid_argument);
}

TEST(TensorFunctions, ConversionsAreThoseOfCpp) {
  const auto number = [](double value, ScalarType dtype) {
    const Tensor x = registry::new_full(empty({}), {}, Scalar(value), {.dtype = dtype});
    return x.item();
  };
  EXPECT_EQ(number(-2.7, ScalarType::int32), Scalar(-2));
  EXPECT_EQ(number(1e30, ScalarType::int64), Scalar(std::numeric_limits<int64_t>::max()));
  EXPECT_EQ(number(std::nan(""), ScalarType::uint8), Scalar(0));
  EXPECT_EQ(number(0.5, ScalarType::boolean), Scalar(true));
  EXPECT_EQ(number(1.5, ScalarType::complex64), Scalar(std::complex<double>(1.5)));
  EXPECT_EQ(number(65520, ScalarType::float16), Scalar(HUGE_VAL));
  EXPECT_EQ(number(65519, ScalarType::float16), Scalar(65504.0));
  EXPECT_EQ(number(1 + 0x1p-11, ScalarType::float16), Scalar(1.0));             // a tie goes to even
  EXPECT_EQ(number(1 + 3 * 0x1p-11, ScalarType::float16), Scalar(1 + 0x1p-9));  // also upwards
  EXPECT_EQ(number(3 * 0x1p-25, ScalarType::float16), Scalar(0x1p-23));         // subnormal, tie to even
  EXPECT_EQ(number(1 + 0x1p-8, ScalarType::bfloat16), Scalar(1.0));
  EXPECT_EQ(number(-3 * 0x1p-8 - 1, ScalarType::bfloat16), Scalar(-1 - 0x1p-6));
  const Tensor same = range({3});
  EXPECT_TRUE(registry::to(same, {.dtype = ScalarType::float32, .device = Device{}}).is_same(same));
  EXPECT_FALSE(registry::to(same, {}, true).is_same(same));
}

TEST(TensorFunctions, ErrorsAreThoseOfPyTorch) {
  const Tensor x = range({2, 3});
  EXPECT_EQ(class_of([&] { registry::select(x, 2, 0); }), registry::ErrorClass::index);
  EXPECT_EQ(class_of([&] { registry::select(x, 0, 2); }), registry::ErrorClass::index);
  EXPECT_EQ(class_of([&] { registry::narrow(x, 0, 3, 0); }), registry::ErrorClass::index);
  EXPECT_EQ(error_of([&] { registry::narrow(x, 1, 2, 2); }).kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(error_of([&] { registry::permute(x, {0, 0}); }).kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(error_of([&] { registry::expand(x, {2, 4}); }).kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(error_of([&] { registry::expand(x, {3}); }).kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(error_of([&] { registry::copy(x, empty({2})); }).kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(error_of([&] { registry::clone({}); }).kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(error_of([&] {
              registry::new_empty(x, {2}, {.device = Device{DeviceType::cuda, 0}});
            }).kind(),
            ErrorKind::unavailable);
}

TEST(TensorFunctions, FactoriesNeedAHost) {
  const registry::TensorMethods* before = registry::set_default_tensor_methods(nullptr);
  EXPECT_EQ(error_of([] { registry::empty({2}); }).kind(), ErrorKind::unavailable);
  registry::set_default_tensor_methods(&plain_methods());
  EXPECT_EQ(elements(registry::full({2}, Scalar(3), {.dtype = ScalarType::int16})), (std::vector<double>{3, 3}));
  EXPECT_EQ(registry::full({2}, Scalar(1), {.device = Device{DeviceType::meta, -1}}).data(), nullptr);
  registry::set_default_tensor_methods(before);
}

}  // namespace
}  // namespace spinel::plain
