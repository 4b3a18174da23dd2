// Single elements of every type against the compiler's own arithmetic, over all values where these can be counted.
#include "spinel/hosts/plain/element.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "tests/support/errors.h"

namespace spinel::plain {
namespace {

using registry::Scalar;
using registry::ScalarType;

double real(const Scalar& value) { return std::get<double>(value.value()); }

uint16_t bits_of(double value, ScalarType dtype) {
  uint16_t bits = 0;
  write_element(&bits, dtype, Scalar(value));
  return bits;
}

TEST(Element, EveryHalfComesBackAsItIs) {
  for (uint32_t k = 0; k <= 0xffff; ++k) {
    const auto bits = static_cast<uint16_t>(k);
    const double value = real(read_element(&bits, ScalarType::float16));
    const int exponent = bits >> 10 & 0x1f, fraction = bits & 0x3ff;
    const double sign = bits & 0x8000 ? -1 : 1;
    if (exponent == 0x1f && fraction) {
      EXPECT_TRUE(std::isnan(value)) << bits;
      EXPECT_EQ(bits_of(value, ScalarType::float16) & 0x7e00, 0x7e00) << bits;
      continue;
    }
    const double wanted = exponent == 0x1f ? HUGE_VAL
                          : exponent       ? std::ldexp(1 + fraction / 1024.0, exponent - 15)
                                           : fraction * 0x1p-24;
    ASSERT_EQ(value, sign * wanted) << bits;
    ASSERT_EQ(std::signbit(value), (bits & 0x8000) != 0) << bits;
    ASSERT_EQ(bits_of(value, ScalarType::float16), bits);
  }
}

TEST(Element, EveryBfloat16ComesBackAsItIs) {
  for (uint32_t k = 0; k <= 0xffff; ++k) {
    const auto bits = static_cast<uint16_t>(k);
    const double value = real(read_element(&bits, ScalarType::bfloat16));
    if (std::isnan(value)) {
      EXPECT_GT(bits & 0x7fff, 0x7f80) << bits;
      EXPECT_GT(bits_of(value, ScalarType::bfloat16) & 0x7fff, 0x7f80) << bits;
      continue;
    }
    ASSERT_EQ(bits_of(value, ScalarType::bfloat16), bits);
  }
}

/// The nearest of all values of a type of 16 bits, of two equally near the one with an even last bit.
uint16_t nearest(float value, ScalarType dtype) {
  const uint16_t infinity = dtype == ScalarType::float16 ? 0x7c00 : 0x7f80;
  // Up to infinity the bits of numbers of one sign ascend with them.
  uint32_t low = 0, high = infinity;
  const double size = std::abs(static_cast<double>(value));
  const auto at = [&](uint32_t k) {
    // Infinity stands where the next number would be.
    if (k == infinity) return dtype == ScalarType::float16 ? 65536.0 : 0x1p128;
    const auto bits = static_cast<uint16_t>(k);
    return real(read_element(&bits, dtype));
  };
  if (size >= at(high)) {
    low = high;
  } else {
    while (high - low > 1) {
      const uint32_t middle = (low + high) / 2;
      (at(middle) <= size ? low : high) = middle;
    }
    const double below = size - at(low), above = at(high) - size;
    if (above < below || (above == below && (low & 1))) low = high;
  }
  return static_cast<uint16_t>(low | (std::signbit(value) ? 0x8000 : 0));
}

TEST(Element, FloatsAreRoundedToTheNearestHalf) {
  std::mt19937 random(31);
  for (int repeat = 0; repeat < 200000; ++repeat) {
    float value = std::bit_cast<float>(static_cast<uint32_t>(random()));
    if (repeat % 2) {  // in and around the range of halves, often on a tie
      value = std::ldexp(static_cast<float>(random() % 8193) - 4096, static_cast<int>(random() % 32) - 26);
    }
    if (std::isnan(value)) continue;
    ASSERT_EQ(bits_of(value, ScalarType::float16), nearest(value, ScalarType::float16)) << value;
    ASSERT_EQ(bits_of(value, ScalarType::bfloat16), nearest(value, ScalarType::bfloat16)) << value;
  }
}

template <typename T>
void expect_integers(ScalarType dtype) {
  using Limits = std::numeric_limits<T>;
  const auto written = [&](const Scalar& value) {
    T result{};
    write_element(&result, dtype, value);
    return result;
  };
  for (const T value : {Limits::min(), static_cast<T>(Limits::min() + 1), T(0), T(1), static_cast<T>(Limits::max() / 2),
                        static_cast<T>(Limits::max() - 1), Limits::max()}) {
    if (static_cast<uint64_t>(value) > INT64_MAX && std::is_unsigned_v<T>) {
      EXPECT_EQ(error_of([&] { read_element(&value, dtype); }).kind(), ErrorKind::invalid_argument);
      continue;
    }
    const Scalar read = read_element(&value, dtype);
    EXPECT_EQ(std::get<int64_t>(read.value()), static_cast<int64_t>(value));
    EXPECT_EQ(written(read), value);
  }
  // Floats are cut towards zero and end at the bounds.
  EXPECT_EQ(written(Scalar(1.99)), T(1));
  EXPECT_EQ(written(Scalar(-1e300)), Limits::min());
  EXPECT_EQ(written(Scalar(1e300)), Limits::max());
  EXPECT_EQ(written(Scalar(HUGE_VAL)), Limits::max());
  EXPECT_EQ(written(Scalar(-HUGE_VAL)), Limits::min());
  EXPECT_EQ(written(Scalar(std::nan(""))), T(0));
  EXPECT_EQ(written(Scalar(-0.5)), T(0));
  if (std::is_signed_v<T>) EXPECT_EQ(written(Scalar(-1.99)), static_cast<T>(-1));
  EXPECT_EQ(written(Scalar(std::complex<double>(7.5, 3))), T(7));
  EXPECT_EQ(written(Scalar(true)), T(1));
}

TEST(Element, IntegersOfEveryWidth) {
  expect_integers<uint8_t>(ScalarType::uint8);
  expect_integers<int8_t>(ScalarType::int8);
  expect_integers<uint16_t>(ScalarType::uint16);
  expect_integers<int16_t>(ScalarType::int16);
  expect_integers<uint32_t>(ScalarType::uint32);
  expect_integers<int32_t>(ScalarType::int32);
  expect_integers<uint64_t>(ScalarType::uint64);
  expect_integers<int64_t>(ScalarType::int64);
}

TEST(Element, RealAndComplexNumbersAndTruthValues) {
  const auto back = [](const Scalar& value, ScalarType dtype) {
    char memory[16];
    write_element(memory, dtype, value);
    return read_element(memory, dtype);
  };
  EXPECT_EQ(back(Scalar(0.1), ScalarType::float64), Scalar(0.1));
  EXPECT_EQ(back(Scalar(0.1), ScalarType::float32), Scalar(static_cast<double>(0.1f)));
  EXPECT_EQ(back(Scalar(int64_t{1} << 53), ScalarType::float64), Scalar(0x1p53));
  const std::complex<double> z(0.5, -2);
  EXPECT_EQ(back(Scalar(z), ScalarType::complex64), Scalar(z));
  EXPECT_EQ(back(Scalar(z), ScalarType::complex128), Scalar(z));
  EXPECT_EQ(back(Scalar(3), ScalarType::complex128), Scalar(std::complex<double>(3)));
  EXPECT_EQ(back(Scalar(z), ScalarType::float64), Scalar(0.5));
  for (const Scalar& value :
       {Scalar(2), Scalar(-0.25), Scalar(std::complex<double>(0, 1)), Scalar(true), Scalar(std::nan(""))}) {
    EXPECT_EQ(back(value, ScalarType::boolean), Scalar(true));
  }
  for (const Scalar& value : {Scalar(0), Scalar(0.0), Scalar(-0.0), Scalar(false), Scalar(std::complex<double>(0))}) {
    EXPECT_EQ(back(value, ScalarType::boolean), Scalar(false));
  }
}

TEST(Element, TypesWithoutNumbersAreNamed) {
  char memory[16] = {};
  for (const ScalarType dtype : {ScalarType::complex32, ScalarType::quint4x2}) {
    const std::string name(registry::to_string(dtype));
    const Error read = error_of([&] { read_element(memory, dtype); });
    EXPECT_EQ(read.kind(), ErrorKind::invalid_argument);
    EXPECT_THAT(read.what(), testing::HasSubstr("elements of type " + name + " cannot be read"));
    EXPECT_THAT(error_of([&] { write_element(memory, dtype, Scalar(1)); }).what(),
                testing::HasSubstr("elements of type " + name + " cannot be written"));
  }
}

}  // namespace
}  // namespace spinel::plain
