#include "spinel/cli/plot/report.h"

#include <cmath>

#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
#include "spinel/base/random.h"
#include "spinel/cli/plot/axis.h"

namespace spinel::plot {
namespace {

constexpr double kPanelWidth = 430, kPanelHeight = 428;  // the inner part of a parity panel is a square

constexpr std::string_view kStyle = R"(
body { font: 15px/1.5 system-ui, "DejaVu Sans", sans-serif; color: #22262b; background: #fff; margin: 2rem auto;
  max-width: 920px; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0 0 .8rem; } h2 { font-size: 1.15rem; margin: 1.8rem 0 .4rem; }
table { border-collapse: collapse; } th, td { text-align: left; padding: .2rem 1.6rem .2rem 0; vertical-align: top; }
th { font-weight: 600; color: #5b646e; } td.number { text-align: right; font-variant-numeric: tabular-nums; }
.charts { display: flex; flex-wrap: wrap; gap: 1rem; } svg { max-width: 100%; height: auto; }
)";

template <typename Draw>
std::string svg(double width, double height, const std::string& description, Draw draw) {
  SvgCanvas canvas(width, height, description);
  draw(canvas, Rectangle{0, 0, width, height});
  return canvas.finish();
}

std::string error_table(const std::vector<ParityData>& quantities) {
  std::string text = "<table>\n<tr><th>quantity</th><th>unit</th><th>values</th><th>MAE</th><th>RMSE</th></tr>\n";
  for (const ParityData& data : quantities) {
    text += format(
        "<tr><td>{}</td><td>{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td>"
        "<td class=\"number\">{}</td></tr>\n",
        escape_xml(data.name), escape_xml(data.unit), data.count, significant_text(data.mae),
        significant_text(data.rmse));
  }
  return text + "</table>\n";
}

}  // namespace

void write_parity_png(const std::string& path, const std::vector<ParityData>& quantities) {
  require(!quantities.empty(), "{}: there is nothing to draw; a parity plot needs targets in the input", path);
  const auto canvas = make_png_canvas(kPanelWidth * static_cast<double>(quantities.size()), kPanelHeight);
  for (size_t k = 0; k < quantities.size(); ++k) {
    draw_parity(*canvas, {kPanelWidth * static_cast<double>(k), 0, kPanelWidth, kPanelHeight}, quantities[k]);
  }
  write_file_atomic(path, canvas->encode());
}

void write_html_report(const std::string& path, const Report& report) {
  std::string text = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  text += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
  text +=
      "<title>" + escape_xml(report.title) + "</title>\n<style>" + std::string(kStyle) + "</style>\n</head>\n<body>\n";
  text += "<h1>" + escape_xml(report.title) + "</h1>\n<table>\n";
  for (const auto& [name, value] : report.facts) {
    text += "<tr><th>" + escape_xml(name) + "</th><td>" + escape_xml(value) + "</td></tr>\n";
  }
  text += "</table>\n";
  if (!report.quantities.empty()) text += "<h2>Errors</h2>\n" + error_table(report.quantities);
  for (const ParityData& data : report.quantities) {
    text += "<div class=\"charts\">\n";
    text += svg(kPanelWidth, kPanelHeight, format("parity plot of {}", data.name),
                [&](Canvas& canvas, const Rectangle& area) { draw_parity(canvas, area, data); });
    text += svg(kPanelWidth, kPanelHeight, format("histogram of the error of {}", data.name),
                [&](Canvas& canvas, const Rectangle& area) { draw_histogram(canvas, area, data); });
    text += "</div>\n";
  }
  if (!report.curves.empty()) text += "<h2>Learning curves</h2>\n<div class=\"charts\">\n";
  for (const CurveData& data : report.curves) {
    text += svg(kPanelWidth, 340, "learning curve: " + data.title,
                [&](Canvas& canvas, const Rectangle& area) { draw_curves(canvas, area, data); });
  }
  if (!report.curves.empty()) text += "</div>\n";
  write_file_atomic(path, text + "</body>\n</html>\n");
}

ParityCollector::ParityCollector(std::string name, std::string unit, size_t most_kept) : most_kept_(most_kept) {
  kept_.name = std::move(name);
  kept_.unit = std::move(unit);
}

void ParityCollector::add(double target, double predicted) {
  if (!std::isfinite(target) || !std::isfinite(predicted)) {
    ++skipped_;
    return;
  }
  const double error = predicted - target;
  absolute_ += std::abs(error);
  square_ += error * error;
  ++count_;
  if (kept_.target.size() < most_kept_) {
    kept_.target.push_back(target);
    kept_.predicted.push_back(predicted);
    return;
  }
  // Reservoir sampling (Vitter 1985, algorithm R).
  const double draw = Philox(0).uniform(0, static_cast<uint64_t>(count_))[0] * static_cast<double>(count_);
  const auto place = static_cast<size_t>(draw);
  if (place >= most_kept_) return;
  kept_.target[place] = target;
  kept_.predicted[place] = predicted;
}

double ParityCollector::rmse() const { return count_ ? std::sqrt(square_ / static_cast<double>(count_)) : 0; }

ParityData ParityCollector::data() const {
  ParityData result = kept_;
  result.count = count_;
  result.mae = mae();
  result.rmse = rmse();
  return result;
}

}  // namespace spinel::plot
