// A surface to draw on in pixels, with two kinds behind it: SVG text and, where cairo was built in, a PNG image.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace spinel::plot {

struct Point {
  double x = 0, y = 0;  ///< pixels from the top left corner
};

struct Rectangle {
  double x = 0, y = 0, width = 0, height = 0;
  double right() const { return x + width; }
  double bottom() const { return y + height; }
};

struct Color {
  uint8_t red = 0, green = 0, blue = 0;
  double opacity = 1;
  friend bool operator==(const Color&, const Color&) = default;
};

struct TextStyle {
  enum class Anchor { start, middle, end };
  double size = 12;  ///< pixels
  Color color{0x33, 0x33, 0x33};
  Anchor anchor = Anchor::start;
  bool bold = false;
  bool upright = false;  ///< turned by 90° against the clock, for the label of a vertical axis
};

class Canvas {
 public:
  virtual ~Canvas() = default;
  virtual void line(const std::vector<Point>& points, const Color& color, double width, bool dashed = false) = 0;
  virtual void fill(const Rectangle& area, const Color& color) = 0;
  virtual void circle(const Point& center, double radius, const Color& color) = 0;
  /// `at` is on the base line of the text.
  virtual void text(const Point& at, std::string_view text, const TextStyle& style) = 0;
};

/// Makes the text of one <svg> element.
class SvgCanvas : public Canvas {
 public:
  /// `description` is read out by screen readers.
  SvgCanvas(double width, double height, std::string_view description);
  void line(const std::vector<Point>& points, const Color& color, double width, bool dashed) override;
  void fill(const Rectangle& area, const Color& color) override;
  void circle(const Point& center, double radius, const Color& color) override;
  void text(const Point& at, std::string_view text, const TextStyle& style) override;
  std::string finish() const { return content_ + "</svg>\n"; }

 private:
  std::string content_;
};

/// Text in which &, <, > and " stand as XML wants them.
std::string escape_xml(std::string_view text);

/// A drawing that becomes a PNG file.
class PngCanvas : public Canvas {
 public:
  /// The file's bytes.
  virtual std::string encode() const = 0;
};
/// `scale`: image pixels per canvas pixel. A build without cairo: unavailable, naming the option that turns it on.
std::unique_ptr<PngCanvas> make_png_canvas(double width, double height, double scale = 2);
bool png_available();

}  // namespace spinel::plot
