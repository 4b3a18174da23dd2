#include "spinel/models/schnet/filter_table.h"

#include <ATen/ATen.h>

#include "spinel/kernels/cpu/spline_conv.h"

namespace spinel::models {
namespace {

// Knots added on either side. Beyond them the coefficients count as 0; that error falls by 0.43 a knot (the larger
// pole of the quintic prefilter), so 36 knots take it below 1e-13.
constexpr int64_t kMargin = 36;

/// Spline coefficients c [n, width] of samples s [n, width]: (c_{k−2} + 26 c_{k−1} + 66 c_k + 26 c_{k+1} + c_{k+2}) /
/// 120 = s_k, with zeros beyond the ends. Elimination without pivots: the matrix is diagonally dominant.
at::Tensor solve_for_coefficients(const at::Tensor& samples) {
  const int64_t n = samples.size(0), width = samples.size(1);
  at::Tensor result = (120.0 * samples).contiguous();
  double* c = result.mutable_data_ptr<double>();
  std::vector<double> diagonal(n), upper(n);
  const auto subtract = [&](int64_t to, int64_t from, double factor) {
    for (int64_t f = 0; f < width; ++f) c[to * width + f] -= factor * c[from * width + f];
  };
  for (int64_t k = 0; k < n; ++k) {
    const double second = k >= 2 ? 1 / diagonal[k - 2] : 0;
    const double first = k >= 1 ? (26 - (k >= 2 ? second * upper[k - 2] : 0)) / diagonal[k - 1] : 0;
    diagonal[k] = 66 - (k >= 1 ? first * upper[k - 1] : 0) - second;
    upper[k] = 26 - first;
    if (k >= 1) subtract(k, k - 1, first);
    if (k >= 2) subtract(k, k - 2, second);
  }
  for (int64_t k = n - 1; k >= 0; --k) {
    if (k + 1 < n) subtract(k, k + 1, upper[k]);
    if (k + 2 < n) subtract(k, k + 2, 1);
    for (int64_t f = 0; f < width; ++f) c[k * width + f] /= diagonal[k];
  }
  return result;
}

FilterTable interpolate(const std::function<at::Tensor(const at::Tensor&)>& function, double longest,
                        int64_t intervals) {
  FilterTable table;
  table.step = longest / static_cast<double>(intervals - 1);
  // No knot at distance 0, where a basis may have a removable singularity.
  table.origin = -0.3 * table.step;
  const int64_t n = intervals + 1 + 2 * kMargin;
  const at::Tensor knots =
      table.origin + table.step * (at::arange(n, at::TensorOptions(at::kDouble)) - static_cast<double>(kMargin));
  const at::Tensor centred = solve_for_coefficients(function(knots));
  table.coefficients = centred.slice(0, kMargin - 2, kMargin + intervals + 3).contiguous();
  return table;
}

double largest(const at::Tensor& t) { return t.abs().max().item<double>(); }

}  // namespace

std::pair<at::Tensor, at::Tensor> evaluate(const FilterTable& table, const at::Tensor& distances) {
  const at::Tensor d = distances.to(at::kDouble).contiguous();
  const int64_t n = d.numel();
  at::Tensor rows = at::empty({n, kernels::kSplineRows}, at::kLong);
  at::Tensor weights = at::empty({2, n, kernels::kSplineRows}, at::kDouble);
  for (int64_t e = 0; e < n; ++e) {
    const kernels::SplineBasis basis = kernels::spline_basis(d.const_data_ptr<double>()[e], table.origin, table.step);
    for (int k = 0; k < kernels::kSplineRows; ++k) {
      rows.mutable_data_ptr<int64_t>()[e * kernels::kSplineRows + k] = basis.row + k;
      weights.mutable_data_ptr<double>()[e * kernels::kSplineRows + k] = basis.value[k];
      weights.mutable_data_ptr<double>()[(n + e) * kernels::kSplineRows + k] = basis.slope[k];
    }
  }
  const at::Tensor gathered = table.coefficients.to(at::kDouble)
                                  .index_select(0, rows.flatten())
                                  .view({n, kernels::kSplineRows, table.coefficients.size(1)});
  const auto sum = [&](int which) { return at::bmm(weights[which].unsqueeze(1), gathered).squeeze(1); };
  return {sum(0), sum(1)};
}

std::optional<FilterTable> make_filter_table(const std::function<at::Tensor(const at::Tensor&)>& function,
                                             double longest, const FilterTolerance& tolerance) {
  FilterTable table = interpolate(function, longest, 64);
  for (int64_t intervals = 64; intervals <= 4096; intervals *= 2) {
    FilterTable finer = interpolate(function, longest, 2 * intervals);
    // Three points an interval: the error of a spline peaks between its knots.
    const at::Tensor probes = at::linspace(0, longest, 3 * intervals + 1, at::TensorOptions(at::kDouble));
    const auto [value, slope] = evaluate(table, probes);
    const auto [finer_value, finer_slope] = evaluate(finer, probes);
    if (largest(value - finer_value) <= tolerance.value * largest(finer_value) &&
        largest(slope - finer_slope) <= tolerance.slope * largest(finer_slope)) {
      return table;
    }
    table = std::move(finer);
  }
  return std::nullopt;
}

}  // namespace spinel::models
