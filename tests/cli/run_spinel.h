// Runs the built program as a user would.
#pragma once

#include <string>
#include <vector>

#include "spinel/base/platform/file.h"
#include "spinel/base/platform/process.h"

namespace spinel::cli {

inline std::string spinel_path() { return std::string(SPINEL_BINARY_DIR) + "/bin/spinel"; }

inline ProcessResult run_spinel(std::vector<std::string> arguments,
                                const std::vector<std::pair<std::string, std::string>>& environment = {}) {
  arguments.insert(arguments.begin(), spinel_path());
  return run_process(arguments, environment);
}

/// A line of shell in which $spinel is the program.
inline ProcessResult run_shell(const std::string& line) {
  return run_process({"bash", "-c", line}, {{"spinel", spinel_path()}});
}

inline std::string source_file(const std::string& path) { return std::string(SPINEL_SOURCE_DIR) + "/" + path; }

}  // namespace spinel::cli
