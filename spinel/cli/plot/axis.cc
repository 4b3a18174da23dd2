#include "spinel/cli/plot/axis.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>

#include "spinel/base/format.h"

namespace spinel::plot {
namespace {

std::string superscript(int exponent) {
  constexpr std::string_view kDigits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string text = exponent < 0 ? "⁻" : "";
  for (const char c : format("{}", std::abs(exponent))) text += kDigits[c - '0'];
  return text;
}

std::string power_text(double mantissa, int decimals, int exponent) {
  if (std::abs(mantissa) >= 10 - 0.5 * std::pow(10, -decimals)) {  // it would be rounded to 10
    mantissa /= 10;
    ++exponent;
  }
  if (mantissa == 1 && decimals == 0) return "10" + superscript(exponent);
  return fixed_text(mantissa, decimals) + "×10" + superscript(exponent);
}

struct Extent {
  double low = 0, high = 1;
  bool empty = true;
};

Extent extent(const std::vector<double>& values, bool positive) {
  Extent result;
  for (const double value : values) {
    if (!std::isfinite(value) || (positive && value <= 0)) continue;
    result.low = result.empty ? value : std::min(result.low, value);
    result.high = result.empty ? value : std::max(result.high, value);
    result.empty = false;
  }
  return result;
}

}  // namespace

std::string fixed_text(double value, int decimals) {
  char buffer[400];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, std::abs(value), std::chars_format::fixed,
                                 std::clamp(decimals, 0, 20))
                       .ptr;
  const std::string text(buffer, end);
  const bool zero = text.find_first_of("123456789") == std::string::npos;
  return value < 0 && !zero ? "−" + text : text;
}

std::string significant_text(double value, int digits) {
  if (value == 0) return "0";
  if (!std::isfinite(value)) return std::isnan(value) ? "NaN" : value > 0 ? "∞" : "−∞";
  const int exponent = static_cast<int>(std::floor(std::log10(std::abs(value))));
  if (exponent < -4 || exponent > 6) return power_text(value / std::pow(10, exponent), digits - 1, exponent);
  return fixed_text(value, std::max(0, digits - 1 - exponent));
}

double Axis::fraction(double value) const {
  if (!logarithmic) return (value - low) / (high - low);
  return (std::log(value) - std::log(low)) / (std::log(high) - std::log(low));
}

Axis linear_axis(double low, double high, int max_ticks) {
  Axis axis{low, high, false, {}};
  const double rough = (high - low) / std::max(1, max_ticks - 1);
  const int power = static_cast<int>(std::floor(std::log10(rough)));
  const double unit = std::pow(10, power);
  const double ratio = rough / unit;
  const double multiple = ratio <= 1.0001 ? 1 : ratio <= 2.0001 ? 2 : ratio <= 5.0001 ? 5 : 10;
  const double step = multiple * unit;
  const int decimals = std::max(0, multiple == 10 ? -power - 1 : -power);
  const bool large = std::max(std::abs(low), std::abs(high)) >= 1e6 && step >= 1;
  const double slack = 1e-9 * step;
  for (double k = std::ceil((low - slack) / step); k * step <= high + slack; ++k) {
    axis.ticks.push_back({k * step, large ? significant_text(k * step, 4) : fixed_text(k * step, decimals)});
  }
  return axis;
}

Axis linear_axis(const std::vector<double>& values, int max_ticks) {
  Extent range = extent(values, false);
  // Twice this is still finite, as the margin of a range must be.
  constexpr double kLargest = 1e307;
  range.low = std::clamp(range.low, -kLargest, kLargest);
  range.high = std::clamp(range.high, -kLargest, kLargest);
  // A range below what doubles resolve around its values cannot be divided into ticks.
  const double least = std::max(1e-9 * std::max(std::abs(range.low), std::abs(range.high)), 1e-300);
  if (range.high - range.low <= least) {
    const double half = range.low == 0 ? 1 : std::max(least, 0.05 * std::abs(range.low));
    range.low -= half;
    range.high += half;
  }
  const double margin = range.empty ? 0 : 0.04 * (range.high - range.low);
  return linear_axis(range.low - margin, range.high + margin, max_ticks);
}

Axis logarithmic_axis(const std::vector<double>& values) {
  Extent range = extent(values, true);
  if (range.empty) range = {0.1, 1, false};
  // The margins and their logarithms must be finite.
  range.low = std::clamp(range.low, 1e-300, 1e307);
  range.high = std::clamp(range.high, 1e-300, 1e307);
  Axis axis{range.low / 1.15, range.high * 1.15, true, {}};
  const int first = static_cast<int>(std::floor(std::log10(axis.low)));
  const int last = static_cast<int>(std::ceil(std::log10(axis.high)));
  const bool short_range = axis.high / axis.low < 200;
  const int stride = std::max(1, (last - first) / 6);
  for (int power = first; power <= last; ++power) {
    for (const int multiple : {1, 2, 5}) {
      if (multiple > 1 && !short_range) break;
      if (!short_range && (power - first) % stride) break;
      const double value = multiple * std::pow(10, power);
      if (value < axis.low || value > axis.high) continue;
      const bool plain = power >= -4 && power <= 4;
      axis.ticks.push_back({value, plain ? fixed_text(value, std::max(0, -power)) : power_text(multiple, 0, power)});
    }
  }
  return axis;
}

}  // namespace spinel::plot
