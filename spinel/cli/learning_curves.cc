#include "spinel/cli/learning_curves.h"

#include <algorithm>

#include "spinel/base/platform/file.h"
#include "spinel/train/run_log.h"

namespace spinel::cli {
namespace {

/// Training curves have a point every few batches: means of neighbours keep them readable.
void thin_out(plot::Curve& curve, size_t most) {
  const size_t group = (curve.x.size() + most - 1) / std::max<size_t>(1, most);
  if (group <= 1) return;
  plot::Curve result{curve.name, {}, {}};
  for (size_t begin = 0; begin < curve.x.size(); begin += group) {
    const size_t end = std::min(begin + group, curve.x.size());
    double x = 0, y = 0;
    for (size_t k = begin; k < end; ++k) {
      x += curve.x[k];
      y += curve.y[k];
    }
    result.x.push_back(x / static_cast<double>(end - begin));
    result.y.push_back(y / static_cast<double>(end - begin));
  }
  curve = std::move(result);
}

plot::Curve& curve_of(std::vector<plot::CurveData>& charts, const std::string& quantity, const std::string& part) {
  auto chart = std::find_if(charts.begin(), charts.end(), [&](const auto& c) { return c.title == quantity; });
  if (chart == charts.end()) chart = charts.insert(chart, {quantity, "batches", quantity, {}});
  for (plot::Curve& curve : chart->curves) {
    if (curve.name == part) return curve;
  }
  return chart->curves.emplace_back(plot::Curve{part, {}, {}});
}

}  // namespace

std::vector<plot::CurveData> read_learning_curves(const std::string& path) {
  std::vector<plot::CurveData> charts;
  if (!file_exists(path)) return charts;
  for (const Config& line : train::read_run_log(path)) {
    const Config* step = line.find("step");
    if (!step || step->type() != Config::Type::integer) continue;
    for (const auto& [name, value] : line.as_map()) {
      const size_t slash = name.find('/');
      const bool number = value.type() == Config::Type::number || value.type() == Config::Type::integer;
      if (slash == std::string::npos || !number || name.ends_with("/lr") || name.ends_with("/epoch")) continue;
      plot::Curve& curve = curve_of(charts, name.substr(slash + 1), name.substr(0, slash));
      curve.x.push_back(static_cast<double>(step->as_int()));
      curve.y.push_back(value.as_double());
    }
  }
  for (plot::CurveData& chart : charts) {
    for (plot::Curve& curve : chart.curves) thin_out(curve, 200);
  }
  // A test score is one point at the end, which is no curve.
  for (plot::CurveData& chart : charts) {
    std::erase_if(chart.curves, [](const plot::Curve& curve) { return curve.x.size() < 2; });
  }
  std::erase_if(charts, [](const plot::CurveData& chart) { return chart.curves.empty(); });
  return charts;
}

}  // namespace spinel::cli
