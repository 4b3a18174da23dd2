#include "spinel/cli/plot/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
#include "spinel/cli/plot/axis.h"
#include "spinel/cli/plot/canvas.h"
#include "tests/support/errors.h"

namespace spinel::plot {
namespace {

using testing::HasSubstr;

TEST(ParityCollector, ErrorsAreThoseOfAllValuesAlsoBeyondTheSample) {
  std::mt19937 random(131);
  std::normal_distribution<double> normal;
  for (const size_t kept : {size_t{1}, size_t{10}, size_t{100000}}) {
    ParityCollector collector("energy", "eV", kept);
    double absolute = 0, square = 0;
    for (int i = 0; i < 3000; ++i) {
      const double target = normal(random), predicted = target + normal(random);
      collector.add(target, predicted);
      absolute += std::abs(predicted - target);
      square += std::pow(predicted - target, 2);
    }
    const ParityData data = collector.data();
    EXPECT_EQ(data.name, "energy");
    EXPECT_EQ(data.unit, "eV");
    EXPECT_EQ(data.count, 3000);
    EXPECT_NEAR(data.mae, absolute / 3000, 1e-12);
    EXPECT_NEAR(data.rmse, std::sqrt(square / 3000), 1e-12);
    EXPECT_EQ(data.target.size(), std::min<size_t>(kept, 3000));
    EXPECT_EQ(data.predicted.size(), data.target.size());
  }
}

TEST(ParityCollector, EveryValueHasTheSameChanceAndTheChoiceIsRepeated) {
  const auto sample = [] {
    ParityCollector collector("x", "", 400);
    for (int i = 0; i < 4000; ++i) collector.add(i, i);
    return collector.data().target;
  };
  const std::vector<double> kept = sample();
  EXPECT_EQ(kept, sample());
  // Of each tenth of the values about a tenth of the sample.
  std::vector<int> tenths(10);
  for (const double value : kept) ++tenths[static_cast<size_t>(value / 400)];
  for (const int count : tenths) EXPECT_NEAR(count, 40, 30);  // five standard deviations
}

TEST(ParityCollector, WhatIsNotFiniteIsCountedApart) {
  const double nan = std::nan(""), infinity = std::numeric_limits<double>::infinity();
  ParityCollector collector("x", "");
  EXPECT_EQ(collector.mae(), 0);
  EXPECT_EQ(collector.rmse(), 0);
  collector.add(1, nan);
  collector.add(infinity, 1);
  collector.add(1, 3);
  EXPECT_EQ(collector.count(), 1);
  EXPECT_EQ(collector.skipped(), 2);
  EXPECT_EQ(collector.mae(), 2);
}

TEST(HtmlReport, HoldsEverythingInOneFileAndEscapesIt) {
  const TemporaryFolder folder;
  Report report;
  report.title = "<model> & \"run\"";
  report.facts = {{"file", "a<b>.xyz"}, {"frames", "12"}};
  report.quantities = {{"energy", "eV", {1, 2, 3}, {1, 2.5, 3}, 3, 0.1667, 0.2887}};
  report.curves = {{"loss", "batches", "loss", {{"train", {1, 2, 3}, {1, 0.5, 0.25}}}}};
  write_html_report(folder.file("r.html"), report);
  const std::string text = read_file(folder.file("r.html"));
  EXPECT_THAT(text, HasSubstr("<h1>&lt;model&gt; &amp; &quot;run&quot;</h1>"));
  EXPECT_THAT(text, HasSubstr("a&lt;b&gt;.xyz"));
  EXPECT_THAT(text, HasSubstr("0.167"));
  EXPECT_EQ(text.find("<model>"), std::string::npos);
  EXPECT_EQ(text.find("src="), std::string::npos);  // no outside parts
  EXPECT_EQ(text.find("href="), std::string::npos);
  EXPECT_EQ(text.find("<script"), std::string::npos);
  size_t charts = 0;
  for (size_t at = text.find("<svg"); at != std::string::npos; at = text.find("<svg", at + 1)) ++charts;
  EXPECT_EQ(charts, 3u);  // parity, histogram, curve
  EXPECT_TRUE(text.ends_with("</html>\n"));
}

TEST(HtmlReport, OfNothingIsStillAPage) {
  const TemporaryFolder folder;
  write_html_report(folder.file("r.html"), {"title", {}, {}, {}});
  const std::string text = read_file(folder.file("r.html"));
  EXPECT_THAT(text, HasSubstr("<title>title</title>"));
  EXPECT_EQ(text.find("<h2>"), std::string::npos);
}

TEST(ParityPng, IsAnImageWithAPanelForEachQuantity) {
  const TemporaryFolder folder;
  const ParityData data{"energy", "eV", {1, 2, 3}, {1, 2.5, 3}, 3, 0.1667, 0.2887};
  EXPECT_EQ(error_of([&] { write_parity_png(folder.file("p.png"), {}); }).kind(), ErrorKind::invalid_argument);
  if (!png_available()) {
    EXPECT_EQ(error_of([&] { write_parity_png(folder.file("p.png"), {data}); }).kind(), ErrorKind::unavailable);
    return;
  }
  std::vector<uint32_t> widths;
  for (size_t panels = 1; panels <= 2; ++panels) {
    write_parity_png(folder.file("p.png"), std::vector<ParityData>(panels, data));
    const std::string bytes = read_file(folder.file("p.png"));
    ASSERT_TRUE(bytes.starts_with("\x89PNG\r\n\x1a\n"));
    uint32_t width = 0;  // in the first chunk, highest byte first
    for (size_t i = 16; i < 20; ++i) width = width << 8 | static_cast<uint8_t>(bytes[i]);
    widths.push_back(width);
  }
  EXPECT_EQ(widths[1], 2 * widths[0]);
}

TEST(AxisProperties, AnyFiniteValuesHaveAnAxisWithTicksInside) {
  std::mt19937_64 random(132);
  for (int repeat = 0; repeat < 3000; ++repeat) {
    std::vector<double> values(1 + random() % 3);
    for (double& value : values) {
      do value = std::bit_cast<double>(random());
      while (!std::isfinite(value) || std::abs(value) > 1e307);
      if (repeat % 2) value = std::fmod(value, 1000);
    }
    const int most = 3 + static_cast<int>(random() % 6);
    const Axis axis = linear_axis(values, most);
    ASSERT_TRUE(std::isfinite(axis.low) && std::isfinite(axis.high) && axis.low < axis.high);
    for (const double value : values) ASSERT_TRUE(axis.low <= value && value <= axis.high) << value;
    ASSERT_LE(axis.ticks.size(), static_cast<size_t>(most));
    for (size_t k = 0; k < axis.ticks.size(); ++k) {
      const double slack = 1e-9 * (axis.high - axis.low);
      ASSERT_GE(axis.ticks[k].value, axis.low - slack);
      ASSERT_LE(axis.ticks[k].value, axis.high + slack);
      if (k > 0) ASSERT_GT(axis.ticks[k].value, axis.ticks[k - 1].value);
    }
    ASSERT_NEAR(axis.fraction(axis.low), 0, 1e-12);
    ASSERT_NEAR(axis.fraction(axis.high), 1, 1e-12);
  }
}

TEST(AxisProperties, TheLargestAndSmallestNumbersAreNoTrap) {
  const double most = std::numeric_limits<double>::max(), least = std::numeric_limits<double>::denorm_min();
  for (const std::vector<double>& values : {std::vector<double>{-most, most},
                                            {most},
                                            {0, most},
                                            {least, 2 * least},
                                            {-least, least},
                                            {0, least},
                                            {least}}) {
    const Axis axis = linear_axis(values);
    EXPECT_TRUE(std::isfinite(axis.low) && std::isfinite(axis.high) && axis.low < axis.high) << values[0];
    EXPECT_LE(axis.ticks.size(), 6u);
  }
}

TEST(Svg, TextOfUsersCannotLeaveItsElement) {
  for (const char* text : {"<script>", "a & b", "\"quoted\"", "]]>", "<!--"}) {
    SvgCanvas canvas(100, 100, text);
    canvas.text({1, 2}, text, {});
    const std::string svg = canvas.finish();
    EXPECT_THAT(svg, HasSubstr(escape_xml(text)));
    EXPECT_EQ(svg.find("<script>"), std::string::npos);
    EXPECT_EQ(svg.find("<!--"), std::string::npos);
  }
  EXPECT_EQ(escape_xml("<a href=\"x\">&</a>"), "&lt;a href=&quot;x&quot;&gt;&amp;&lt;/a&gt;");
}

}  // namespace
}  // namespace spinel::plot
