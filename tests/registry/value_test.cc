#include "spinel/registry/value.h"

#include <gtest/gtest.h>

#include "tests/registry/tensors.h"
#include "tests/support/errors.h"

namespace spinel::registry {
namespace {

TEST(Value, HoldsEachKindAndSaysItsType) {
  EXPECT_EQ(Value().type().to_string(), "NoneType");
  EXPECT_EQ(Value(true).type().to_string(), "bool");
  EXPECT_EQ(Value(3).to_int(), 3);
  EXPECT_EQ(Value(2.5).to_double(), 2.5);
  EXPECT_EQ(Value(std::complex<double>(1, 2)).to_complex().imag(), 2);
  EXPECT_EQ(Value("text").to_string(), "text");
  EXPECT_EQ(to_string(Value(Device{DeviceType::cuda, 1}).to_device()), "cuda:1");
  EXPECT_EQ(to_string(Value(Device{DeviceType::cpu, -1}).to_device()), "cpu");
  EXPECT_EQ(Value(ScalarType::float32).to_int(), 6);
  EXPECT_EQ(make_list_value({1, 2}).type().to_string(), "int[]");
  EXPECT_EQ(make_list_value({1, 2.5}).type().to_string(), "Any[]");
  EXPECT_EQ(make_tuple_value({1, "a"}).type().to_string(), "(int, str)");
  static_assert(sizeof(Value) == 16);
}

TEST(Value, ReadAsAnotherKindIsAnError) {
  const Error error = error_of([] { Value(2.5).to_int(); });
  EXPECT_STREQ(error.what(), "value: expected Int but got Double");
  EXPECT_EQ(error_of([] { Value(true).to_int(); }).kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(error_of([] { Value("x").to_tensor(); }).kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(error_of([] { Value().to_list(); }).kind(), ErrorKind::invalid_argument);
}

TEST(Value, CopiesShareContainersAndCountTensors) {
  const Tensor tensor = test_tensor(2.0);
  {
    const Value value(tensor);
    const Value copy = value;
    EXPECT_EQ(tensor.pointer().use_count(), 3u);
    EXPECT_TRUE(copy.to_tensor().is_same(tensor));
    Value moved = copy;
    EXPECT_TRUE(std::move(moved).to_tensor().is_same(tensor));
    EXPECT_TRUE(moved.is_none());
  }
  EXPECT_EQ(tensor.pointer().use_count(), 1u);
  const Value list = make_list_value({1});
  const Value shared = list;
  shared.to_list().items.emplace_back(2);
  EXPECT_EQ(list.to_list().items.size(), 2u);
  EXPECT_FALSE(Value(Tensor()).to_tensor().defined());
}

TEST(Value, EqualityIsByKind) {
  EXPECT_EQ(Value(1), Value(1));
  EXPECT_NE(Value(1), Value(true));
  EXPECT_NE(Value(1), Value(1.0));
  EXPECT_EQ(make_list_value({1, "a"}), make_list_value({1, "a"}));
  EXPECT_NE(Value(test_tensor(1)), Value(test_tensor(1)));
  auto a = make_intrusive<DictValue>(), b = make_intrusive<DictValue>();
  a->items = {{1, "x"}, {2, "y"}};
  b->items = {{2, "y"}, {1, "x"}};
  EXPECT_EQ(Value(a), Value(b));
  b->items[0].second = "z";
  EXPECT_NE(Value(a), Value(b));
}

TEST(Value, ReprIsShort) {
  EXPECT_EQ(make_list_value({1, 2.5, "a", Value()}).repr(), "[1, 2.5, 'a', None]");
  EXPECT_EQ(make_list_value(std::vector<Value>(1000, 7)).repr().size(), 203u);
}

TEST(Value, DefaultsOfSchemasBecomeValues) {
  ConstantList list;
  list.items = {Constant(int64_t{1}), Constant(int64_t{2})};
  const Value value{Constant(list)};
  EXPECT_EQ(value, make_list_value({1, 2}));
  EXPECT_TRUE(value.to_list().typed);
  EXPECT_TRUE(Value{Constant()}.is_none());
  EXPECT_EQ(Value{Constant(std::string("x"))}, Value("x"));
}

TEST(Scalar, ConvertsWhereTheValueFits) {
  EXPECT_EQ(Scalar(2.7).to_int(), 2);
  EXPECT_EQ(Scalar(true).to_double(), 1.0);
  EXPECT_TRUE(Scalar(std::complex<double>(0, 1)).to_bool());
  EXPECT_EQ(error_of([] { Scalar(1e19).to_int(); }).kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(error_of([] { Scalar(std::complex<double>(0, 1)).to_double(); }).kind(), ErrorKind::invalid_argument);
}

TEST(ScalarType, NamesAndSizes) {
  EXPECT_EQ(find_scalar_type("double"), ScalarType::float64);
  EXPECT_EQ(find_scalar_type("bfloat16"), ScalarType::bfloat16);
  EXPECT_EQ(find_scalar_type("nope"), std::nullopt);
  EXPECT_EQ(element_size(ScalarType::complex128), 16u);
  EXPECT_EQ(to_string(static_cast<ScalarType>(99)), "unknown");
}

}  // namespace
}  // namespace spinel::registry
