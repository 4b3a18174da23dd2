#include "spinel/kernels/cpu/tall_product.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "spinel/kernels/cpu/simd_level.h"

namespace spinel::kernels {
namespace {

struct TallShape {
  int64_t rows, depth, width;
};

std::vector<float> random_numbers(int64_t count, unsigned seed) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> numbers(static_cast<size_t>(count));
  for (float& number : numbers) number = uniform(generator);
  return numbers;
}

class TallProductTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { force_simd_level(GetParam()); }
  void TearDown() override { force_simd_level("best"); }
};

// Rows beside tiles and blocks, widths beside vectors and panels.
const TallShape shapes[] = {{1, 1, 1},    {5, 3, 7},     {96, 16, 16}, {97, 33, 21},  {200, 64, 40},
                            {193, 7, 64}, {500, 65, 80}, {384, 2, 97}, {1000, 128, 3}};

TEST_P(TallProductTest, IsTheSumOfProducts) {
  for (const auto& [rows, depth, width] : shapes) {
    for (const bool transposed : {false, true}) {
      const auto x = random_numbers(rows * depth, 1), b = random_numbers(depth * width, 2);
      const auto bias = random_numbers(width, 3), addend = random_numbers(rows * width, 4);
      const int64_t row_stride = transposed ? 1 : width, column_stride = transposed ? depth : 1;
      for (const bool with_terms : {false, true}) {
        std::vector<float> y(static_cast<size_t>(rows * width + 1), 7.5f);
        tall_product({rows, depth, width, x.data(), b.data(), row_stride, column_stride,
                      with_terms ? bias.data() : nullptr, with_terms ? addend.data() : nullptr, y.data()},
                     serial());
        EXPECT_EQ(y.back(), 7.5f) << "written past the end";
        for (int64_t n = 0; n < rows; ++n) {
          for (int64_t f = 0; f < width; ++f) {
            double sum = with_terms ? double{bias[size_t(f)]} + addend[size_t(n * width + f)] : 0;
            for (int64_t k = 0; k < depth; ++k) {
              sum += double{x[size_t(n * depth + k)]} * b[size_t(k * row_stride + f * column_stride)];
            }
            ASSERT_NEAR(y[size_t(n * width + f)], sum, 1e-5) << rows << " " << depth << " " << width << " at " << n;
          }
        }
      }
    }
  }
}

TEST_P(TallProductTest, OuterProductsAreSummedOverRows) {
  for (const auto& [rows, depth, width] : shapes) {
    const auto a = random_numbers(rows * depth, 5), b = random_numbers(rows * width, 6);
    for (const ParallelFor* parallel : {&serial(), &thread_pool()}) {
      std::vector<float> c(static_cast<size_t>(depth * width + 1), 7.5f), sum_a(static_cast<size_t>(depth));
      tall_outer_product({rows, depth, width, a.data(), b.data(), c.data(), sum_a.data()}, *parallel);
      EXPECT_EQ(c.back(), 7.5f) << "written past the end";
      for (int64_t k = 0; k < depth; ++k) {
        double total = 0;
        for (int64_t n = 0; n < rows; ++n) total += a[size_t(n * depth + k)];
        ASSERT_NEAR(sum_a[size_t(k)], total, 1e-4);
        for (int64_t f = 0; f < width; ++f) {
          double sum = 0;
          for (int64_t n = 0; n < rows; ++n) sum += double{a[size_t(n * depth + k)]} * b[size_t(n * width + f)];
          ASSERT_NEAR(c[size_t(k * width + f)], sum, 1e-4) << rows << " " << depth << " " << width;
        }
      }
    }
  }
}

TEST_P(TallProductTest, WithoutRowsThereIsNothingToSum) {
  std::vector<float> c(6, 1), sum_a(2, 1);
  tall_outer_product({0, 2, 3, nullptr, nullptr, c.data(), sum_a.data()}, serial());
  EXPECT_EQ(c, std::vector<float>(6, 0));
  EXPECT_EQ(sum_a, std::vector<float>(2, 0));
}

TEST_P(TallProductTest, NotANumberStaysInItsRow) {
  const int64_t rows = 30, depth = 4, width = 5;
  auto x = random_numbers(rows * depth, 7);
  const auto b = random_numbers(depth * width, 8);
  x[size_t(11 * depth + 2)] = NAN;
  std::vector<float> y(size_t(rows * width));
  tall_product({rows, depth, width, x.data(), b.data(), width, 1, nullptr, nullptr, y.data()}, serial());
  for (int64_t n = 0; n < rows; ++n) {
    for (int64_t f = 0; f < width; ++f) EXPECT_EQ(std::isnan(y[size_t(n * width + f)]), n == 11);
  }
}

INSTANTIATE_TEST_SUITE_P(Levels, TallProductTest, ::testing::ValuesIn(simd_levels()),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace spinel::kernels
