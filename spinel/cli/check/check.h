// The golden runner: from files and folders to a line a case and the count of what passed.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "spinel/cli/check/run_case.h"

namespace spinel::check {

struct RunOptions {
  CheckSettings settings;
  int jobs = 1;          ///< worker processes
  int threads = 1;       ///< threads of each
  double timeout = 300;  ///< seconds until a case counts as hanging
  bool verbose = false;  ///< the worst element of each output
};

struct Summary {
  int64_t passed = 0, failed = 0, skipped = 0;
};

/// Files as they are; of folders all .safetensors and .json files below them, sorted, without those that say no `area`
/// (weights, tables). A path that does not exist: not_found. Nothing found: invalid_argument.
std::vector<std::string> find_case_files(const std::vector<std::string>& paths);

/// Runs all cases in forked workers and hands each line of the report to `print`, in the order of the files; the last
/// one is "N passed, N failed" (", N skipped" if any).
Summary run_cases(const std::vector<std::string>& files, const CheckLists& lists, const RunOptions& options,
                  const std::function<void(std::string_view)>& print);

/// The lists of all rooms: list.cc.
const CheckLists& check_lists();

}  // namespace spinel::check
