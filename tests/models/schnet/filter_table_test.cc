#include "spinel/models/schnet/filter_table.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

namespace spinel::models {
namespace {

at::Tensor waves(const at::Tensor& d) { return at::stack({at::sin(3 * d), at::exp(-2 * (d - 1.5).square())}, 1); }

at::Tensor slopes(const at::Tensor& d) {
  return at::stack({3 * at::cos(3 * d), -4 * (d - 1.5) * at::exp(-2 * (d - 1.5).square())}, 1);
}

TEST(FilterTable, ValueAndSlopeAreWithinTheTolerance) {
  const at::Tensor d = at::linspace(0, 5, 1237, at::TensorOptions(at::kDouble));
  int64_t rows = 0;
  for (const FilterTolerance& tolerance : {FilterTolerance{1e-5, 1e-4}, {1e-9, 1e-8}, {1e-12, 1e-10}}) {
    const auto table = make_filter_table(waves, 5.0, tolerance);
    ASSERT_TRUE(table);
    const auto [value, slope] = evaluate(*table, d);
    EXPECT_LE((value - waves(d)).abs().max().item<double>(), tolerance.value);
    EXPECT_LE((slope - slopes(d)).abs().max().item<double>(), 3 * tolerance.slope);
    EXPECT_GE(table->coefficients.size(0), rows);
    rows = table->coefficients.size(0);
  }
}

TEST(FilterTable, RoughFunctionIsRefused) {
  const auto step = [](const at::Tensor& d) { return (d > 2).to(at::kDouble).unsqueeze(1); };
  EXPECT_FALSE(make_filter_table(step, 5.0, {}));
}

TEST(FilterTable, RemovableSingularityAtZeroIsNotSampled) {
  const auto sinc = [](const at::Tensor& d) { return at::where(d == 0, 1e6, at::sin(d) / d).unsqueeze(1); };
  const auto table = make_filter_table(sinc, 4.0, {1e-9, 1e-8});
  ASSERT_TRUE(table);
  EXPECT_NEAR(evaluate(*table, at::zeros({1}, at::kDouble)).first.item<double>(), 1.0, 1e-8);
}

}  // namespace
}  // namespace spinel::models
