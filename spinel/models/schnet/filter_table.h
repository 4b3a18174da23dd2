// A filter network of frozen weights, tabulated over the distance as quintic B-spline coefficients.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <optional>

namespace spinel::models {

/// Coefficients of f(d) for d in [0, longest]; rows as kernels::spline_conv reads them.
struct FilterTable {
  double origin = 0;        ///< Å, the first knot (below 0)
  double step = 0;          ///< Å between knots
  at::Tensor coefficients;  ///< [intervals + 5, width]
};

/// How exact a table must be, relative to the largest value and the largest slope of the function.
struct FilterTolerance {
  double value = 1e-7;
  double slope = 1e-6;
};

/// Interpolates `function` ([n] float64 distances → [n, width] float64; smooth, and defined a little outside of
/// [0, longest]) with as few knots as the tolerance allows; the error is measured against a table with half the step.
/// None where 4096 intervals are not enough.
std::optional<FilterTable> make_filter_table(const std::function<at::Tensor(const at::Tensor&)>& function,
                                             double longest, const FilterTolerance& tolerance);

/// Value and slope [n, width] of a table at distances [n], all float64; for checks.
std::pair<at::Tensor, at::Tensor> evaluate(const FilterTable& table, const at::Tensor& distances);

}  // namespace spinel::models
