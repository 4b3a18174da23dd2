#include "spinel/base/platform/process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
#include "tests/support/errors.h"

namespace spinel {
namespace {

TEST(Process, ReturnsStatusAndBothOutputs) {
  const ProcessResult result = run_process({"sh", "-c", "echo out; echo err >&2; exit 3"});
  EXPECT_EQ(result.exit_status, 3);
  EXPECT_EQ(result.output, "out\n");
  EXPECT_EQ(result.errors, "err\n");
}

TEST(Process, ArgumentsAreNotReadByAShell) {
  EXPECT_EQ(run_process({"printf", "%s|", "a b", "$HOME", "'\"", ""}).output, "a b|$HOME|'\"||");
}

TEST(Process, AddsAndReplacesVariables) {
  const ProcessResult result =
      run_process({"sh", "-c", "echo $SPINEL_A; echo $HOME"}, {{"SPINEL_A", "x=y"}, {"HOME", "elsewhere"}});
  EXPECT_EQ(result.output, "x=y\nelsewhere\n");
}

TEST(Process, LongOutputsOnBothStreamsDoNotBlock) {
  const ProcessResult result =
      run_process({"sh", "-c", "head -c 3000000 /dev/zero >&2; head -c 3000000 /dev/zero; cat"});
  EXPECT_EQ(result.output.size(), 3'000'000u);
  EXPECT_EQ(result.errors.size(), 3'000'000u);
}

TEST(Process, SignalsAndMissingProgramsAreTold) {
  EXPECT_EQ(run_process({"sh", "-c", "kill -9 $$"}).exit_status, 137);
  EXPECT_EQ(error_of([] { run_process({"no-such-program"}); }).kind(), ErrorKind::not_found);
  EXPECT_EQ(error_of([] { run_process({}); }).kind(), ErrorKind::invalid_argument);
}

TEST(Process, KnowsItself) {
  EXPECT_GT(process_id(), 0);
  EXPECT_FALSE(host_name().empty());
  EXPECT_TRUE(file_exists(program_path()));
}

}  // namespace
}  // namespace spinel
