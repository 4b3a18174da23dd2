#include <charconv>
#include <cmath>

#include "spinel/base/format.h"
#include "spinel/cli/plot/canvas.h"

namespace spinel::plot {
namespace {

/// At most two decimals, without trailing zeros: pixels need no more, and files stay small.
std::string number(double value) {
  char buffer[64];
  const double rounded = std::round(value * 100) / 100;
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, rounded == 0 ? 0.0 : rounded).ptr;
  return std::string(buffer, end);
}

std::string paint(std::string_view attribute, const Color& color) {
  std::string text = format("{}=\"#{:02x}{:02x}{:02x}\"", attribute, int{color.red}, int{color.green}, int{color.blue});
  if (color.opacity < 1) text += format(" {}-opacity=\"{}\"", attribute, number(color.opacity));
  return text;
}

}  // namespace

std::string escape_xml(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&': result += "&amp;"; break;
      case '<': result += "&lt;"; break;
      case '>': result += "&gt;"; break;
      case '"': result += "&quot;"; break;
      default: result += c;
    }
  }
  return result;
}

SvgCanvas::SvgCanvas(double width, double height, std::string_view description) {
  content_ = format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" width=\"{}\" height=\"{}\" role=\"img\" "
      "aria-label=\"{}\" font-family=\"system-ui, 'DejaVu Sans', sans-serif\">\n",
      number(width), number(height), number(width), number(height), escape_xml(description));
}

void SvgCanvas::line(const std::vector<Point>& points, const Color& color, double width, bool dashed) {
  content_ += "<polyline fill=\"none\" points=\"";
  for (size_t i = 0; i < points.size(); ++i) {
    content_ += format("{}{},{}", i ? " " : "", number(points[i].x), number(points[i].y));
  }
  content_ += format("\" {} stroke-width=\"{}\" stroke-linejoin=\"round\"{}/>\n", paint("stroke", color), number(width),
                     dashed ? " stroke-dasharray=\"5 4\"" : "");
}

void SvgCanvas::fill(const Rectangle& area, const Color& color) {
  content_ += format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" {}/>\n", number(area.x), number(area.y),
                     number(area.width), number(area.height), paint("fill", color));
}

void SvgCanvas::circle(const Point& center, double radius, const Color& color) {
  content_ += format("<circle cx=\"{}\" cy=\"{}\" r=\"{}\" {}/>\n", number(center.x), number(center.y), number(radius),
                     paint("fill", color));
}

void SvgCanvas::text(const Point& at, std::string_view text, const TextStyle& style) {
  constexpr std::string_view kAnchors[] = {"start", "middle", "end"};
  content_ += format("<text x=\"{}\" y=\"{}\" font-size=\"{}\" text-anchor=\"{}\" {}", number(at.x), number(at.y),
                     number(style.size), kAnchors[static_cast<int>(style.anchor)], paint("fill", style.color));
  if (style.bold) content_ += " font-weight=\"bold\"";
  if (style.upright) content_ += format(" transform=\"rotate(-90 {} {})\"", number(at.x), number(at.y));
  content_ += ">" + escape_xml(text) + "</text>\n";
}

}  // namespace spinel::plot
