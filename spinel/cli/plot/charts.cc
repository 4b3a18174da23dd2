#include "spinel/cli/plot/charts.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "spinel/base/format.h"
#include "spinel/cli/plot/axis.h"

namespace spinel::plot {
namespace {

constexpr Color kText{0x22, 0x26, 0x2b};
constexpr Color kQuiet{0x5b, 0x64, 0x6e};
constexpr Color kGrid{0xe4, 0xe7, 0xeb};
constexpr Color kFrame{0x9a, 0xa3, 0xad};
constexpr Color kBlue{0x1f, 0x63, 0xb0};
// Colours that people with a colour vision deficiency can tell apart (Okabe and Ito).
constexpr Color kCurves[] = {{0x00, 0x72, 0xb2}, {0xd5, 0x5e, 0x00}, {0x00, 0x9e, 0x73},
                             {0xcc, 0x79, 0xa7}, {0xe6, 0x9f, 0x00}, {0x56, 0xb4, 0xe9}};
/// From this many points on, a parity plot shows their density.
constexpr size_t kMostPoints = 1500;

/// The inner part of a chart with its axes; turns values into pixels.
struct Panel {
  Rectangle area;
  Axis x, y;
  Point at(double value_x, double value_y) const {
    return {area.x + area.width * x.fraction(value_x), area.bottom() - area.height * y.fraction(value_y)};
  }
};

Rectangle inside(const Rectangle& area) {
  return {area.x + 72, area.y + 34, area.width - 72 - 16, area.height - 34 - 52};
}

void draw_axes(Canvas& canvas, const Panel& panel, const std::string& title, const std::string& x_label,
               const std::string& y_label) {
  const Rectangle& area = panel.area;
  for (const Tick& tick : panel.x.ticks) {
    const double x = panel.at(tick.value, panel.y.low).x;
    canvas.line({{x, area.y}, {x, area.bottom()}}, kGrid, 1);
    canvas.text({x, area.bottom() + 17}, tick.label,
                {.size = 11, .color = kQuiet, .anchor = TextStyle::Anchor::middle});
  }
  for (const Tick& tick : panel.y.ticks) {
    const double y = panel.at(panel.x.low, tick.value).y;
    canvas.line({{area.x, y}, {area.right(), y}}, kGrid, 1);
    canvas.text({area.x - 7, y + 4}, tick.label, {.size = 11, .color = kQuiet, .anchor = TextStyle::Anchor::end});
  }
  canvas.line({{area.x, area.y},
               {area.right(), area.y},
               {area.right(), area.bottom()},
               {area.x, area.bottom()},
               {area.x, area.y}},
              kFrame, 1);
  const auto middle = TextStyle::Anchor::middle;
  canvas.text({area.x, area.y - 12}, title, {.size = 14, .color = kText, .bold = true});
  canvas.text({area.x + area.width / 2, area.bottom() + 40}, x_label, {.size = 12, .color = kText, .anchor = middle});
  canvas.text({area.x - 56, area.y + area.height / 2}, y_label,
              {.size = 12, .color = kText, .anchor = middle, .upright = true});
}

std::string with_unit(const std::string& name, const std::string& unit) {
  return unit.empty() ? name : name + " (" + unit + ")";
}

std::string capitalized(std::string name) {
  if (!name.empty() && name[0] >= 'a' && name[0] <= 'z') name[0] = static_cast<char>(name[0] - 'a' + 'A');
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

/// Small squares whose opacity grows with the logarithm of the number of points in them.
void draw_density(Canvas& canvas, const Panel& panel, const ParityData& data) {
  constexpr double kCell = 3;
  std::map<std::pair<int, int>, int> counts;
  int highest = 1;
  for (size_t i = 0; i < data.target.size(); ++i) {
    const Point p = panel.at(data.target[i], data.predicted[i]);
    if (!std::isfinite(p.x) || !std::isfinite(p.y)) continue;
    const std::pair cell(static_cast<int>((p.x - panel.area.x) / kCell),
                         static_cast<int>((p.y - panel.area.y) / kCell));
    highest = std::max(highest, ++counts[cell]);
  }
  for (const auto& [cell, count] : counts) {
    Color color = kBlue;
    color.opacity = 0.3 + 0.7 * (highest > 1 ? std::log(count) / std::log(highest) : 1);
    canvas.fill({panel.area.x + kCell * cell.first, panel.area.y + kCell * cell.second, kCell, kCell}, color);
  }
}

void draw_points(Canvas& canvas, const Panel& panel, const ParityData& data) {
  Color color = kBlue;
  color.opacity = data.target.size() > 300 ? 0.35 : 0.6;
  for (size_t i = 0; i < data.target.size(); ++i) {
    const Point p = panel.at(data.target[i], data.predicted[i]);
    if (std::isfinite(p.x) && std::isfinite(p.y)) canvas.circle(p, 2.6, color);
  }
}

}  // namespace

void draw_parity(Canvas& canvas, const Rectangle& area, const ParityData& data) {
  std::vector<double> both = data.target;
  both.insert(both.end(), data.predicted.begin(), data.predicted.end());
  const Axis axis = linear_axis(both, 8);
  const Panel panel{inside(area), axis, axis};
  const std::string quantity = with_unit(data.name, data.unit);
  draw_axes(canvas, panel, capitalized(data.name), "target " + quantity, "predicted " + quantity);
  if (data.target.size() > kMostPoints) {
    draw_density(canvas, panel, data);
  } else {
    draw_points(canvas, panel, data);
  }
  canvas.line({panel.at(axis.low, axis.low), panel.at(axis.high, axis.high)}, kText, 1, true);
  const std::string unit = data.unit.empty() ? "" : " " + data.unit;
  const std::string lines[] = {"MAE " + significant_text(data.mae) + unit, "RMSE " + significant_text(data.rmse) + unit,
                               format("{} values", data.count)};
  double y = panel.area.y + 20;
  for (const std::string& line : lines) {
    canvas.text({panel.area.x + 11, y}, line, {.size = 12, .color = kText});
    y += 17;
  }
}

void draw_histogram(Canvas& canvas, const Rectangle& area, const ParityData& data) {
  std::vector<double> errors;
  for (size_t i = 0; i < data.target.size(); ++i) {
    const double error = data.predicted[i] - data.target[i];
    if (std::isfinite(error)) errors.push_back(error);
  }
  // A range that holds 99 % of the errors: a single outlier would leave one bar otherwise.
  std::vector<double> sizes;
  for (const double error : errors) sizes.push_back(std::abs(error));
  std::sort(sizes.begin(), sizes.end());
  double reach = sizes.empty() ? 1 : 1.1 * sizes[static_cast<size_t>(0.99 * static_cast<double>(sizes.size() - 1))];
  if (reach <= 0) reach = sizes.empty() || sizes.back() <= 0 ? 1e-6 : sizes.back();
  const int bins = std::clamp(static_cast<int>(std::sqrt(static_cast<double>(errors.size()))), 9, 61) | 1;
  std::vector<double> counts(bins);
  int64_t outside = 0;
  for (const double error : errors) {
    if (std::abs(error) > reach) ++outside;
    else ++counts[std::min(bins - 1, static_cast<int>((error + reach) / (2 * reach) * bins))];
  }
  const double highest = std::max(1.0, *std::max_element(counts.begin(), counts.end()));
  const Panel panel{inside(area), linear_axis(-reach, reach, 8), linear_axis(0, 1.08 * highest, 5)};
  const std::string unit = data.unit.empty() ? "" : " (" + data.unit + ")";
  draw_axes(canvas, panel, "Error of " + data.name, "predicted − target" + unit, "values");
  const double width = panel.area.width / bins;
  for (int bin = 0; bin < bins; ++bin) {
    const double height = panel.area.height * panel.y.fraction(counts[bin]);
    if (counts[bin] == 0) continue;
    canvas.fill({panel.area.x + bin * width + 0.5, panel.area.bottom() - height, std::max(0.5, width - 1), height},
                {kBlue.red, kBlue.green, kBlue.blue, 0.85});
  }
  const Point bottom = panel.at(0, panel.y.low), top = panel.at(0, panel.y.high);
  canvas.line({bottom, top}, kText, 1, true);
  if (outside) {
    canvas.text({panel.area.right() - 9, panel.area.y + 20}, format("{} values outside", outside),
                {.size = 11, .color = kQuiet, .anchor = TextStyle::Anchor::end});
  }
}

void draw_curves(Canvas& canvas, const Rectangle& area, const CurveData& data) {
  std::vector<double> xs, ys;
  for (const Curve& curve : data.curves) {
    xs.insert(xs.end(), curve.x.begin(), curve.x.end());
    ys.insert(ys.end(), curve.y.begin(), curve.y.end());
  }
  const Panel panel{inside(area), linear_axis(xs, 7), logarithmic_axis(ys)};
  draw_axes(canvas, panel, data.title, data.x_label, data.y_label);
  double legend = panel.area.y + 20;
  for (size_t k = 0; k < data.curves.size(); ++k) {
    const Curve& curve = data.curves[k];
    const Color& color = kCurves[k % std::size(kCurves)];
    std::vector<Point> points;
    for (size_t i = 0; i < curve.x.size(); ++i) {
      if (std::isfinite(curve.y[i]) && curve.y[i] > 0) points.push_back(panel.at(curve.x[i], curve.y[i]));
    }
    canvas.line(points, color, 1.8);
    if (points.size() == 1) canvas.circle(points.front(), 3, color);
    canvas.line({{panel.area.right() - 34, legend - 4}, {panel.area.right() - 12, legend - 4}}, color, 2.5);
    canvas.text({panel.area.right() - 40, legend}, curve.name,
                {.size = 12, .color = kText, .anchor = TextStyle::Anchor::end});
    legend += 17;
  }
}

}  // namespace spinel::plot
