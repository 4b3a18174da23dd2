// Child processes, and what identifies this one.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace spinel {

int64_t process_id();
/// "localhost" where the system tells none.
std::string host_name();
/// The path of the running program.
std::string program_path();

struct ProcessResult {
  int exit_status = 0;  ///< 128 + n: ended by signal n
  std::string output;   ///< what it wrote to stdout
  std::string errors;   ///< what it wrote to stderr
};

/// Runs a program with arguments (no shell in between) and the variables added to this process's environment, waits,
/// and returns what it wrote. The program is looked up in PATH. not_found: there is none; unavailable: the system
/// cannot start it.
ProcessResult run_process(const std::vector<std::string>& command,
                          const std::vector<std::pair<std::string, std::string>>& environment = {});

}  // namespace spinel
