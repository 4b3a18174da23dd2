// Headers with PyTorch's names that hold more than registration: loops, types of sums, numbers of 8 bits, choices of
// types.
#include <ATen/ATen.h>
#include <ATen/AccumulateType.h>
#include <ATen/Dispatch_v2.h>
#include <ATen/Parallel.h>
#include <c10/util/Float8_e4m3fn.h>
#include <c10/util/Float8_e4m3fnuz.h>
#include <c10/util/Float8_e5m2.h>
#include <c10/util/Float8_e5m2fnuz.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "spinel/base/parallel.h"
#include "spinel/hosts/plain/plain_methods.h"

namespace spinel::compat_test {
namespace {

TEST(Parallel, PiecesCoverTheRangeOnce) {
  set_thread_pool_size(4);
  std::vector<int> seen(1000, 0);
  at::parallel_for(10, 1000, 50, [&](int64_t first, int64_t last) {
    EXPECT_GE(last - first, last == 1000 ? 1 : 50);
    EXPECT_LT(at::get_thread_num(), at::get_num_threads());
    for (int64_t i = first; i < last; ++i) ++seen[static_cast<size_t>(i)];
  });
  EXPECT_EQ(std::accumulate(seen.begin(), seen.begin() + 10, 0), 0);
  EXPECT_EQ(std::set<int>(seen.begin() + 10, seen.end()), std::set<int>{1});
  EXPECT_EQ(at::get_thread_num(), 0);
  at::parallel_for(5, 5, 1, [](int64_t, int64_t) { FAIL(); });
  const auto fails = [](int64_t, int64_t) { throw std::runtime_error("a piece fails"); };
  EXPECT_THROW(at::parallel_for(0, 100, 1, fails), std::runtime_error);
  set_thread_pool_size(0);
}

TEST(Parallel, PiecesAreTakenTogetherInTheirOrder) {
  const auto text = [](int64_t first, int64_t last, std::string before) {
    for (int64_t i = first; i < last; ++i) before += std::to_string(i);
    return before;
  };
  const auto join = [](const std::string& a, const std::string& b) { return a + b; };
  EXPECT_EQ(at::parallel_reduce(0, 10, 3, std::string(), text, join), "0123456789");
  EXPECT_EQ(at::parallel_reduce(4, 4, 3, std::string("none"), text, join), "none");
}

TEST(AccumulateType, IsWiderThanTheElements) {
  EXPECT_TRUE((std::is_same_v<at::acc_type<float, false>, double>));
  EXPECT_TRUE((std::is_same_v<at::acc_type<float, true>, float>));
  EXPECT_TRUE((std::is_same_v<at::acc_type<c10::Half, false>, float>));
  EXPECT_TRUE((std::is_same_v<at::acc_type<int8_t, false>, int64_t>));
  EXPECT_TRUE((std::is_same_v<at::acc_type<bool, true>, bool>));
  EXPECT_TRUE((std::is_same_v<at::opmath_type<c10::Float8_e5m2>, float>));
  EXPECT_TRUE((std::is_same_v<at::opmath_type<double>, double>));
}

template <typename T>
class Float8Test : public testing::Test {};
using Float8Types = testing::Types<c10::Float8_e4m3fn, c10::Float8_e5m2, c10::Float8_e4m3fnuz, c10::Float8_e5m2fnuz>;
TYPED_TEST_SUITE(Float8Test, Float8Types);

TYPED_TEST(Float8Test, EveryNumberComesBackAndRoundingGoesToTheNearest) {
  std::vector<float> finite;
  for (int bits = 0; bits < 256; ++bits) {
    const TypeParam number(static_cast<uint8_t>(bits), TypeParam::from_bits());
    const float value = number;
    if (std::isnan(value)) {
      EXPECT_TRUE(std::isnan(static_cast<float>(TypeParam(value))));
      continue;
    }
    EXPECT_EQ(TypeParam(value).x, bits) << value;
    if (std::isfinite(value)) finite.push_back(value);
  }
  std::sort(finite.begin(), finite.end());
  finite.erase(std::unique(finite.begin(), finite.end()), finite.end());
  for (size_t i = 1; i < finite.size(); ++i) {
    const float middle = (finite[i - 1] + finite[i]) / 2;
    EXPECT_EQ(static_cast<float>(TypeParam(std::nextafter(middle, -INFINITY))), finite[i - 1]);
    EXPECT_EQ(static_cast<float>(TypeParam(std::nextafter(middle, INFINITY))), finite[i]);
    EXPECT_EQ(TypeParam(middle).x & 1, 0) << middle;  // ties to even
  }
}

TEST(Float8, LimitsAreThoseOfTheFormats) {
  EXPECT_EQ(static_cast<float>(c10::Float8_e4m3fn(448.0F)), 448);
  EXPECT_TRUE(std::isnan(static_cast<float>(c10::Float8_e4m3fn(480.0F))));
  EXPECT_EQ(static_cast<float>(c10::Float8_e5m2(57344.0F)), 57344);
  EXPECT_TRUE(std::isinf(static_cast<float>(c10::Float8_e5m2(65536.0F))));
  EXPECT_EQ(static_cast<float>(c10::Float8_e4m3fnuz(240.0F)), 240);
  EXPECT_EQ(c10::Float8_e4m3fnuz(-0.0F).x, 0);
  EXPECT_EQ(c10::Float8_e5m2fnuz(INFINITY).x, 0x80);
  EXPECT_EQ(c10::Float8_e4m3fn(-0.0F).x, 0x80);
}

TEST(DispatchV2, ChoosesAmongTheNamedTypes) {
  const auto size_of = [](c10::ScalarType type) {
    return AT_DISPATCH_V2(type, "size_of", AT_WRAP([&] { return sizeof(scalar_t); }),
                          AT_EXPAND(AT_ALL_TYPES_AND_COMPLEX), AT_EXPAND(AT_BAREBONES_UNSIGNED_TYPES), c10::kHalf,
                          AT_EXPAND(AT_FLOAT8_TYPES));
  };
  EXPECT_EQ(size_of(c10::kByte), 1u);
  EXPECT_EQ(size_of(c10::kHalf), 2u);
  EXPECT_EQ(size_of(c10::kUInt32), 4u);
  EXPECT_EQ(size_of(c10::kComplexDouble), 16u);
  EXPECT_EQ(size_of(c10::kFloat8_e5m2), 1u);
  EXPECT_THROW(size_of(c10::kBool), Error);
}

class Tensors : public testing::Test {
 protected:
  void SetUp() override { before_ = registry::set_default_tensor_methods(&plain::plain_methods()); }
  void TearDown() override { registry::set_default_tensor_methods(before_); }
  static std::vector<double> elements(const at::Tensor& tensor) {
    const at::Tensor wide = tensor.to(at::kDouble).contiguous();
    return {wide.data_ptr<double>(), wide.data_ptr<double>() + wide.numel()};
  }
  const registry::TensorMethods* before_ = nullptr;
};

TEST_F(Tensors, AssigningToAPartWritesItsElements) {
  at::Tensor x = at::zeros({2, 2});
  const at::Tensor row = at::tensor({1.0F, 2.0F});
  x[0] = row;
  x[1][0] = 5;
  x.select(0, 1).select(0, 1) = at::tensor({7.0F})[0];
  EXPECT_EQ(elements(x), (std::vector<double>{1, 2, 5, 7}));
  at::Tensor other = x;
  other = row;  // another tensor under the name, the elements stay
  EXPECT_EQ(elements(x), (std::vector<double>{1, 2, 5, 7}));
}

TEST_F(Tensors, ArithmeticWorksOnAHostWithoutOperatorsOfItsOwn) {
  const at::Tensor x = at::tensor({3.0F, 1.0F, 2.0F});
  EXPECT_EQ(elements(x + x * x), (std::vector<double>{12, 2, 6}));
  const auto [values, indices] = x.sort(0, true);
  EXPECT_EQ(elements(values), (std::vector<double>{3, 2, 1}));
  EXPECT_EQ(elements(indices), (std::vector<double>{0, 2, 1}));
  at::Tensor sum = at::ones({1, 1});
  sum.addmm_(x.view({1, 3}), x.view({3, 1}), 2);
  EXPECT_EQ(sum.item<double>(), 16);
  EXPECT_EQ(x.gt(1.5).sum().item<int64_t>(), 2);
}

TEST_F(Tensors, ChecksNameTheArgument) {
  const at::Tensor a = at::zeros({2}), b = at::zeros({2}, at::kLong);
  const at::TensorArg first{a, "boxes", 1}, second{b, "scores", 2};
  EXPECT_NO_THROW(at::checkAllSameGPU("nms", {first, second}));
  EXPECT_NO_THROW(at::checkAllSameSize("nms", {first, second}));
  EXPECT_NO_THROW(at::checkDim("nms", first, 1));
  try {
    at::checkAllSameType("nms", {first, second});
    FAIL();
  } catch (const c10::Error& error) {
    EXPECT_STREQ(error.what(),
                 "Expected tensor for argument #1 'boxes' to have the same type as tensor for argument #2 'scores'; "
                 "but type Float does not equal Long (while checking arguments for nms)");
  }
}

TEST(Checks, AreStatementsWithoutASemicolonAndPrintOptionals) {
  const std::optional<double> some = 1.5, none;
  try {
    TORCH_CHECK(false, "between ", some, " and ", none)
    FAIL();
  } catch (const c10::Error& error) {
    EXPECT_STREQ(error.what(), "between 1.5 and nullopt");
  }
}

}  // namespace
}  // namespace spinel::compat_test
