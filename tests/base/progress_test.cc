#include "spinel/base/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "spinel/base/log.h"

namespace spinel {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class ProgressTest : public ::testing::Test {
 protected:
  ProgressOptions options(int width) {
    return {.unit = "batch",
            .terminal_width = width,
            .clock = [this] { return now_; },
            .write = [this](std::string_view text) { written_ += text; }};
  }
  std::string take() { return std::exchange(written_, {}); }
  double now_ = 1000;
  std::string written_;
};

TEST_F(ProgressTest, PlainLinesComeAtTheirIntervalAndAtTheEnd) {
  {
    Progress progress("train", 30, options(0));
    now_ += 5;
    progress.update(6);
    EXPECT_EQ(take(), "");
    now_ += 5;
    progress.update(12, "loss=0.12");
    EXPECT_EQ(take(), "train  40% 12/30 [00:10<00:15, 1.20 batch/s, loss=0.12]\n");
    progress.update(13);
    EXPECT_EQ(take(), "");
    now_ += 10;
  }
  EXPECT_EQ(take(), "train  43% 13/30 [00:20<00:26, 1.54 s/batch]\n");
}

TEST_F(ProgressTest, WorkThatNeverBeganOrFailedAddsNothingToItsError) {
  { Progress progress("train", 30, options(0)); }
  EXPECT_EQ(take(), "");
  for (const int width : {0, 60}) {
    std::string before;
    try {
      Progress progress("train", 30, options(width));
      progress.update(6);
      before = take();
      throw 1;
    } catch (int) {
    }
    EXPECT_EQ(take(), width ? "\n" : "");
  }
}

TEST_F(ProgressTest, TheBarIsFilledInEighthsOfACell) {
  const auto cells = [](const std::string& line) {
    const size_t begin = line.find('|') + 1;
    return line.substr(begin, line.find('|', begin) - begin);
  };
  const auto repeated = [](std::string_view cell, int times) {
    std::string text;
    for (int i = 0; i < times; ++i) text += cell;
    return text;
  };
  Progress progress("t", 320, options(300));  // wide enough for all 40 cells
  const std::pair<int64_t, std::string> expected[] = {{0, repeated(" ", 40)},         {1, "▏" + repeated(" ", 39)},
                                                      {8, "█" + repeated(" ", 39)},   {12, "█▌" + repeated(" ", 38)},
                                                      {319, repeated("█", 39) + "▉"}, {320, repeated("█", 40)},
                                                      {400, repeated("█", 40)}};
  for (const auto& [done, bar] : expected) {
    now_ += 1;
    progress.update(done);
    EXPECT_EQ(cells(take()), bar) << done;
  }
}

TEST_F(ProgressTest, TheBarIsRedrawnInPlaceAndFitsTheTerminal) {
  Progress progress("train", 100, options(80));
  now_ += 2;
  progress.update(50, "loss=1");
  const std::string line = take();
  EXPECT_THAT(line, StartsWith("\rtrain  50%|██"));
  EXPECT_THAT(line, HasSubstr("| 50/100 [00:02<00:02, 25.0 batch/s, loss=1]\x1b[K"));
  EXPECT_THAT(line, Not(HasSubstr("\n")));
  progress.update(51);
  EXPECT_EQ(take(), "");  // too soon
  now_ += 1;
  progress.update(60, std::string(200, 'x'));
  const std::string cut = take();
  EXPECT_EQ(cut.size(), 1 + 79 + 3u);
  progress.finish();
  EXPECT_THAT(take(), EndsWith("\x1b[K\n"));
  progress.update(70);
  progress.finish();
  EXPECT_EQ(take(), "");
}

TEST_F(ProgressTest, UnknownTotalsShowCountAndRate) {
  Progress progress("read", 0, options(60));
  now_ += 2;
  progress.update(5000);
  EXPECT_EQ(take(), "\rread 5000 [00:02, 2500 batch/s]\x1b[K");
}

TEST_F(ProgressTest, NothingDoneYetIsNoDivisionByZero) {
  Progress progress("read", 10, options(60));
  progress.update(0);
  EXPECT_THAT(take(), HasSubstr("0/10 [00:00<?, 0.00 batch/s]"));
}

TEST_F(ProgressTest, QuietWritesNothing) {
  ProgressOptions quiet = options(80);
  quiet.quiet = true;
  {
    Progress progress("train", 10, quiet);
    now_ += 20;
    progress.update(5);
  }
  EXPECT_EQ(take(), "");
}

TEST_F(ProgressTest, ALogLineTakesTheBarAwayFirst) {
  Progress progress("train", 10, options(80));
  progress.update(5);
  take();
  ::testing::internal::CaptureStderr();
  log_message(LogLevel::warning, "careful");
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "warning: careful\n");
  EXPECT_EQ(take(), "\r\x1b[K");
  progress.update(6);
  EXPECT_THAT(take(), HasSubstr("6/10"));
}

TEST(FormatDuration, GrowsWithTheTime) {
  EXPECT_EQ(format_duration(0), "00:00");
  EXPECT_EQ(format_duration(7.4), "00:07");
  EXPECT_EQ(format_duration(59.6), "01:00");
  EXPECT_EQ(format_duration(7405), "2:03:25");
  EXPECT_EQ(format_duration(4 * 86400 + 7405), "4d 02:03:25");
  EXPECT_EQ(format_duration(-1), "?");
}

}  // namespace
}  // namespace spinel
