#include "spinel/cli/learning_curves.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spinel/base/format.h"
#include "spinel/base/platform/file.h"

namespace spinel::cli {
namespace {

using testing::ElementsAre;

std::vector<plot::CurveData> curves_of(const std::string& log) {
  const TemporaryFolder folder;
  write_file_atomic(folder.file("log.jsonl"), log);
  return read_learning_curves(folder.file("log.jsonl"));
}

TEST(LearningCurves, PartsOfOneQuantityShareAChart) {
  const auto charts = curves_of(
      "{\"step\": 1, \"train/lr\": 0.1, \"train/epoch\": 1.0, \"train/loss\": 4}\n"
      "{\"step\": 2, \"val/loss\": 5.5, \"val/energy/mae\": 0.5}\n"
      "{\"step\": 3, \"train/loss\": 3.0, \"note\": \"text\"}\n"
      "{\"step\": 4, \"val/loss\": 5.0, \"val/energy/mae\": 0.25, \"test/loss\": 7.0}\n");
  ASSERT_EQ(charts.size(), 2u);
  EXPECT_EQ(charts[0].title, "loss");
  ASSERT_EQ(charts[0].curves.size(), 2u) << "one test score is no curve";
  EXPECT_EQ(charts[0].curves[0].name, "train");
  EXPECT_THAT(charts[0].curves[0].x, ElementsAre(1, 3));
  EXPECT_THAT(charts[0].curves[0].y, ElementsAre(4, 3));
  EXPECT_EQ(charts[0].curves[1].name, "val");
  EXPECT_EQ(charts[1].title, "energy/mae");
}

TEST(LearningCurves, ManyPointsBecomeMeansOfNeighbours) {
  std::string log;
  for (int k = 0; k < 400; ++k) log += format("{{\"step\": {}, \"train/loss\": {}}}\n", k, k % 2);
  const auto charts = curves_of(log);
  ASSERT_EQ(charts.size(), 1u);
  ASSERT_EQ(charts[0].curves[0].x.size(), 200u);
  EXPECT_EQ(charts[0].curves[0].x[0], 0.5);
  EXPECT_EQ(charts[0].curves[0].y[10], 0.5);
}

TEST(LearningCurves, NoLogNoCurves) {
  EXPECT_TRUE(read_learning_curves("/nowhere/log.jsonl").empty());
  EXPECT_TRUE(curves_of("").empty());
  EXPECT_TRUE(curves_of("{\"step\": 1, \"train/loss\": \"nan\"}\n{\"step\": 2, \"train/loss\": \"inf\"}\n").empty());
}

}  // namespace
}  // namespace spinel::cli
