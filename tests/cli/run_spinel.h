// Runs the built program as a user would.
#pragma once

#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <vector>

#include "spinel/base/platform/file.h"
#include "spinel/base/platform/process.h"
#include "tests/support/paths.h"

namespace spinel::cli {

inline std::string spinel_path() { return build_dir() + "/bin/spinel"; }

inline ProcessResult run_spinel(std::vector<std::string> arguments,
                                const std::vector<std::pair<std::string, std::string>>& environment = {}) {
  arguments.insert(arguments.begin(), spinel_path());
  return run_process(arguments, environment);
}

/// A line of shell in which $spinel is the program.
inline ProcessResult run_shell(const std::string& line) {
  return run_process({"bash", "-c", line}, {{"spinel", spinel_path()}});
}

inline std::string source_file(const std::string& path) { return source_dir() + "/" + path; }

/// The run ended with `status`, one line on stderr that names what is wrong, and nothing on stdout.
inline void expect_failure(const ProcessResult& result, int status, const std::string& text) {
  EXPECT_EQ(result.exit_status, status) << result.errors;
  EXPECT_EQ(std::count(result.errors.begin(), result.errors.end(), '\n'), 1) << result.errors;
  EXPECT_THAT(result.errors, testing::StartsWith("spinel: "));
  EXPECT_THAT(result.errors, testing::HasSubstr(text));
  EXPECT_EQ(result.output, "");
}

/// A small SchNet as SchNetPack saved it, and frames with the energies and forces that SchNetPack gives for them.
inline std::string schnetpack_model() { return source_file("tests/golden/cli/schnetpack/best_model"); }
inline std::string schnetpack_frames() { return source_file("tests/golden/cli/schnetpack/frames.xyz"); }

/// That model as a checkpoint of ours, converted into `folder` with the options given.
inline std::string converted_model(const TemporaryFolder& folder, const std::vector<std::string>& options = {}) {
  const std::string path = folder.file("model.safetensors");
  std::vector<std::string> arguments = {"convert", schnetpack_model(), "-o", path};
  arguments.insert(arguments.end(), options.begin(), options.end());
  const ProcessResult result = run_spinel(arguments);
  EXPECT_EQ(result.exit_status, 0) << result.errors;
  return path;
}

}  // namespace spinel::cli
