// The one source that knows cairo.
#include "spinel/base/error.h"
#include "spinel/cli/plot/canvas.h"

#ifdef SPINEL_HAVE_CAIRO
#include <cairo.h>

#include <cmath>
#include <numbers>
#endif

namespace spinel::plot {

#ifdef SPINEL_HAVE_CAIRO
namespace {

class CairoCanvas : public PngCanvas {
 public:
  CairoCanvas(double width, double height, double scale)
      : surface_(cairo_image_surface_create(CAIRO_FORMAT_RGB24, static_cast<int>(std::lround(width * scale)),
                                            static_cast<int>(std::lround(height * scale)))),
        cairo_(cairo_create(surface_.get())) {
    check(cairo_surface_status(surface_.get()));
    check(cairo_status(cairo_.get()));
    cairo_scale(cairo_.get(), scale, scale);
    cairo_set_source_rgb(cairo_.get(), 1, 1, 1);
    cairo_paint(cairo_.get());
  }

  void line(const std::vector<Point>& points, const Color& color, double width, bool dashed) override {
    if (points.empty()) return;
    set(color);
    cairo_set_line_width(cairo_.get(), width);
    cairo_set_line_join(cairo_.get(), CAIRO_LINE_JOIN_ROUND);
    const double dashes[] = {5, 4};
    cairo_set_dash(cairo_.get(), dashes, dashed ? 2 : 0, 0);
    cairo_move_to(cairo_.get(), points.front().x, points.front().y);
    for (const Point& point : points) cairo_line_to(cairo_.get(), point.x, point.y);
    cairo_stroke(cairo_.get());
  }

  void fill(const Rectangle& area, const Color& color) override {
    set(color);
    cairo_rectangle(cairo_.get(), area.x, area.y, area.width, area.height);
    cairo_fill(cairo_.get());
  }

  void circle(const Point& center, double radius, const Color& color) override {
    set(color);
    cairo_new_path(cairo_.get());
    cairo_arc(cairo_.get(), center.x, center.y, radius, 0, 2 * std::numbers::pi);
    cairo_fill(cairo_.get());
  }

  void text(const Point& at, std::string_view text, const TextStyle& style) override {
    const std::string content(text);
    cairo_t* const cairo = cairo_.get();
    set(style.color);
    cairo_select_font_face(cairo, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL,
                           style.bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(cairo, style.size);
    cairo_text_extents_t extents;
    cairo_text_extents(cairo, content.c_str(), &extents);
    const double shift = style.anchor == TextStyle::Anchor::start    ? 0
                         : style.anchor == TextStyle::Anchor::middle ? -extents.x_advance / 2
                                                                     : -extents.x_advance;
    cairo_save(cairo);
    cairo_translate(cairo, at.x, at.y);
    if (style.upright) cairo_rotate(cairo, -std::numbers::pi / 2);
    cairo_move_to(cairo, shift, 0);
    cairo_show_text(cairo, content.c_str());
    cairo_restore(cairo);
  }

  std::string encode() const override {
    check(cairo_status(cairo_.get()));
    cairo_surface_flush(surface_.get());
    std::string bytes;
    const auto append = [](void* closure, const unsigned char* data, unsigned int length) {
      static_cast<std::string*>(closure)->append(reinterpret_cast<const char*>(data), length);
      return CAIRO_STATUS_SUCCESS;
    };
    check(cairo_surface_write_to_png_stream(surface_.get(), append, &bytes));
    return bytes;
  }

 private:
  static void check(cairo_status_t status) {
    if (status != CAIRO_STATUS_SUCCESS) {
      fail(ErrorKind::unavailable, "plot: cairo cannot draw the image ({})", cairo_status_to_string(status));
    }
  }
  void set(const Color& color) {
    cairo_set_source_rgba(cairo_.get(), color.red / 255.0, color.green / 255.0, color.blue / 255.0, color.opacity);
  }

  struct Destroy {
    void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
    void operator()(cairo_t* cairo) const { cairo_destroy(cairo); }
  };
  std::unique_ptr<cairo_surface_t, Destroy> surface_;
  std::unique_ptr<cairo_t, Destroy> cairo_;
};

}  // namespace

bool png_available() { return true; }

std::unique_ptr<PngCanvas> make_png_canvas(double width, double height, double scale) {
  return std::make_unique<CairoCanvas>(width, height, scale);
}

#else

bool png_available() { return false; }

std::unique_ptr<PngCanvas> make_png_canvas(double, double, double) {
  fail(ErrorKind::unavailable,
       "plot: this build cannot draw PNG files; install libcairo2-dev and configure with -DSPINEL_CAIRO=ON");
}

#endif

}  // namespace spinel::plot
