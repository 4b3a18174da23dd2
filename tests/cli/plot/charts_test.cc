#include "spinel/cli/plot/charts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace spinel::plot {
namespace {

using testing::Contains;
using testing::HasSubstr;

/// Keeps what was drawn.
class Recorder : public Canvas {
 public:
  void line(const std::vector<Point>& points, const Color&, double, bool) override { lines.push_back(points); }
  void fill(const Rectangle& area, const Color& color) override {
    fills.push_back(area);
    colors.push_back(color);
  }
  void circle(const Point& center, double, const Color&) override { circles.push_back(center); }
  void text(const Point&, std::string_view text, const TextStyle&) override { texts.emplace_back(text); }

  std::vector<std::vector<Point>> lines;
  std::vector<Rectangle> fills;
  std::vector<Color> colors;
  std::vector<Point> circles;
  std::vector<std::string> texts;
};

constexpr Rectangle kArea{0, 0, 430, 428};

TEST(Parity, APerfectPredictionLiesOnTheIdentity) {
  Recorder canvas;
  draw_parity(canvas, kArea, {"energy", "eV", {1, 2, 3}, {1, 2, 3}, 3, 0, 0});
  ASSERT_EQ(canvas.circles.size(), 3u);
  const std::vector<Point>& identity = canvas.lines.back();
  ASSERT_EQ(identity.size(), 2u);
  for (const Point& p : canvas.circles) {
    const double along = (p.x - identity[0].x) / (identity[1].x - identity[0].x);
    EXPECT_NEAR(identity[0].y + along * (identity[1].y - identity[0].y), p.y, 1e-9);
  }
  EXPECT_LT(canvas.circles[2].y, canvas.circles[0].y);                              // larger values stand higher
  EXPECT_NEAR(identity[1].x - identity[0].x, identity[0].y - identity[1].y, 1e-9);  // a square
}

TEST(Parity, NamesQuantityUnitsAndErrors) {
  Recorder canvas;
  draw_parity(canvas, kArea, {"forces", "eV/Å", {1, 2}, {1.1, 2}, 2, 0.05, 0.0707});
  for (const char* text : {"Forces", "target forces (eV/Å)", "predicted forces (eV/Å)", "MAE 0.0500 eV/Å",
                           "RMSE 0.0707 eV/Å", "2 values"}) {
    EXPECT_THAT(canvas.texts, Contains(text));
  }
}

TEST(Parity, ManyPointsBecomeADensity) {
  ParityData data{"forces", "eV/Å", {}, {}, 20000, 0.1, 0.1};
  for (int i = 0; i < 20000; ++i) {
    data.target.push_back(std::sin(i));
    data.predicted.push_back(std::sin(i) + 0.1 * std::cos(3.7 * i));
  }
  Recorder canvas;
  draw_parity(canvas, kArea, data);
  EXPECT_TRUE(canvas.circles.empty());
  EXPECT_GT(canvas.fills.size(), 500u);
  EXPECT_LT(canvas.fills.size(), 15000u);
  for (const Color& color : canvas.colors) {
    EXPECT_GT(color.opacity, 0);
    EXPECT_LE(color.opacity, 1);
  }
}

TEST(Parity, ValuesThatAreNotFiniteAreLeftOut) {
  Recorder canvas;
  draw_parity(canvas, kArea, {"energy", "eV", {1, std::nan(""), 3}, {1, 2, INFINITY}, 3, 0, 0});
  EXPECT_EQ(canvas.circles.size(), 1u);
  Recorder empty;
  draw_parity(empty, kArea, {"energy", "eV", {}, {}, 0, 0, 0});
  EXPECT_FALSE(empty.lines.empty());
}

TEST(Histogram, BarsHoldAllErrorsInside) {
  ParityData data{"energy", "eV", {}, {}, 1000, 0, 0};
  for (int i = 0; i < 1000; ++i) {
    data.target.push_back(0);
    data.predicted.push_back(i < 999 ? std::sin(i) : 500);
  }
  Recorder canvas;
  draw_histogram(canvas, kArea, data);
  EXPECT_GT(canvas.fills.size(), 20u);  // the outlier does not flatten the rest
  EXPECT_THAT(canvas.texts, Contains("1 values outside"));
  EXPECT_THAT(canvas.texts, Contains("predicted − target (eV)"));
  for (const Rectangle& bar : canvas.fills) {
    EXPECT_GE(bar.y, 30);
    EXPECT_LE(bar.bottom(), 428 - 51);
  }
}

TEST(Histogram, ErrorsOfZeroAndNoErrorsAtAllAreDrawn) {
  Recorder zero, none;
  draw_histogram(zero, kArea, {"energy", "eV", {1, 1}, {1, 1}, 2, 0, 0});
  EXPECT_EQ(zero.fills.size(), 1u);
  draw_histogram(none, kArea, {"energy", "eV", {}, {}, 0, 0, 0});
  EXPECT_TRUE(none.fills.empty());
}

TEST(Curves, FallOnALogarithmicAxis) {
  Recorder canvas;
  draw_curves(canvas, kArea,
              {"Loss", "epoch", "loss", {{"train", {1, 2, 3}, {1, 0.1, 0.01}}, {"val", {1, 2, 3}, {2, NAN, 0}}}});
  EXPECT_THAT(canvas.texts, Contains("train"));
  EXPECT_THAT(canvas.texts, Contains("val"));
  std::vector<Point> train;
  for (const auto& line : canvas.lines) {
    if (line.size() == 3) train = line;
  }
  ASSERT_EQ(train.size(), 3u);
  EXPECT_NEAR(train[1].y - train[0].y, train[2].y - train[1].y, 1e-9);  // a straight line
}

TEST(SvgCanvas, EscapesTextAndWritesOneElement) {
  SvgCanvas canvas(100, 50, "a \"plot\" <of> & things");
  canvas.text({1, 2.346}, "x < y & \"z\"", {.bold = true, .upright = true});
  canvas.line({{0, 0}, {1, 1}}, {255, 0, 16, 0.5}, 1, true);
  canvas.fill({1, 2, 3, 4}, {});
  canvas.circle({5, 6}, 7, {});
  const std::string svg = canvas.finish();
  EXPECT_TRUE(svg.starts_with("<svg xmlns="));
  EXPECT_TRUE(svg.ends_with("</svg>\n"));
  EXPECT_THAT(svg, HasSubstr("aria-label=\"a &quot;plot&quot; &lt;of&gt; &amp; things\""));
  EXPECT_THAT(svg, HasSubstr(">x &lt; y &amp; &quot;z&quot;</text>"));
  EXPECT_THAT(svg, HasSubstr("rotate(-90 1 2.35)"));
  EXPECT_THAT(svg, HasSubstr("stroke=\"#ff0010\" stroke-opacity=\"0.5\""));
}

}  // namespace
}  // namespace spinel::plot
