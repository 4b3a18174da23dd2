#include "spinel/base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spinel/base/error.h"
#include "spinel/base/platform/process.h"
#include "tests/support/disabled_test.h"
#include "tests/support/errors.h"

namespace spinel {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class Log : public ::testing::Test {
 protected:
  ~Log() override { set_log_level(before_); }
  template <typename Action>
  static std::string stderr_of(Action&& action) {
    ::testing::internal::CaptureStderr();
    ::testing::internal::CaptureStdout();
    action();
    EXPECT_EQ(::testing::internal::GetCapturedStdout(), "");
    return ::testing::internal::GetCapturedStderr();
  }
  const LogLevel before_ = log_level();
};

TEST_F(Log, WritesToStderrFromItsLevelOn) {
  set_log_level(LogLevel::info);
  EXPECT_EQ(stderr_of([] { log_debug("unseen"); }), "");
  EXPECT_EQ(stderr_of([] { log_info("{} of {}", 1, 2); }), "1 of 2\n");
  EXPECT_EQ(stderr_of([] { log_warning("careful"); }), "warning: careful\n");
  EXPECT_EQ(stderr_of([] { log_error("broken"); }), "error: broken\n");
  set_log_level(LogLevel::debug);
  EXPECT_EQ(stderr_of([] { log_debug("seen"); }), "debug: seen\n");
  set_log_level(LogLevel::off);
  EXPECT_EQ(stderr_of([] { log_error("unseen"); }), "");
}

TEST_F(Log, NoMessageForgesALineOrDrivesTheTerminal) {  // RQ-17
  set_log_level(LogLevel::info);
  EXPECT_EQ(stderr_of([] { log_info("a\r\nerror: b\x1b[2J\tc"); }), "a\\x0d\\x0aerror: b\\x1b[2J\tc\n");
}

TEST_F(Log, LevelsHaveNames) {
  EXPECT_EQ(parse_log_level("debug"), LogLevel::debug);
  EXPECT_EQ(parse_log_level("off"), LogLevel::off);
  const Error error = error_of([] { parse_log_level("loud"); });
  EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
  EXPECT_THAT(error.what(), HasSubstr("'loud' is unknown; debug, info"));
}

/// Run again by the next test in a process of its own.
TEST_F(Log, DISABLED_ShowsItsLevel) { log_warning("shown at level {}", static_cast<int>(log_level())); }

TEST_F(Log, TheVariableSetsTheLevel) {
  const auto run = [](const char* level) {
    return run_disabled_test("Log.DISABLED_ShowsItsLevel", {{"SPINEL_LOG", level}}).errors;
  };
  EXPECT_THAT(run("warning"), HasSubstr("warning: shown at level 2"));
  EXPECT_THAT(run("error"), Not(HasSubstr("shown")));
  EXPECT_THAT(run(""), HasSubstr("shown at level 1"));
  EXPECT_THAT(run("loud"), HasSubstr("SPINEL_LOG: 'loud' is no level"));
}

}  // namespace
}  // namespace spinel
