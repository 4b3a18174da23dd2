// Runs a disabled test of this program in a process of its own.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "spinel/base/platform/process.h"

namespace spinel {

/// `command`: a program that starts others (strace, fiu-run) with its arguments, or nothing.
inline ProcessResult run_disabled_test(const std::string& name,
                                       std::vector<std::pair<std::string, std::string>> environment,
                                       std::vector<std::string> command = {}) {
  command.insert(command.end(), {program_path(), "--gtest_also_run_disabled_tests", "--gtest_filter=" + name});
  // ctest gives this process a part of the tests; that one may not be in it.
  environment.insert(environment.end(), {{"GTEST_TOTAL_SHARDS", "1"}, {"GTEST_SHARD_INDEX", "0"}});
  return run_process(command, environment);
}

}  // namespace spinel
