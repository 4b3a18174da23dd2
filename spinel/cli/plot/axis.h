// Axes of charts: ranges, ticks at round values with labels, and the way from values to pixels.
#pragma once

#include <string>
#include <vector>

namespace spinel::plot {

struct Tick {
  double value = 0;
  std::string label;
};

/// A linear or logarithmic axis over [low, high].
struct Axis {
  double low = 0, high = 1;
  bool logarithmic = false;
  std::vector<Tick> ticks;  ///< inside [low, high]
  /// 0 at `low`, 1 at `high`.
  double fraction(double value) const;
};

/// An axis that holds all finite values up to 1e307, with some room at both ends and at most `max_ticks` ticks at
/// multiples of 1, 2 or 5 times a power of ten. No finite value: [0, 1]. All equal: a range around them.
Axis linear_axis(const std::vector<double>& values, int max_ticks = 6);
/// The same over given ends, which stay as they are.
Axis linear_axis(double low, double high, int max_ticks = 6);
/// Ticks at powers of ten, and at 2 and 5 times them where the range is short; values ≤ 0 are left out.
Axis logarithmic_axis(const std::vector<double>& values);

/// `value` with so many decimals, a true minus sign and no "−0".
std::string fixed_text(double value, int decimals);
/// About `digits` significant digits, with a power of ten where the number is very large or small: "0.0312",
/// "1.2×10⁻⁶".
std::string significant_text(double value, int digits = 3);

}  // namespace spinel::plot
