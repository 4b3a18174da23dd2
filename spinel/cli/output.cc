#include "spinel/cli/output.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"

namespace spinel::cli {
namespace {

[[noreturn]] void fail_to_write() {
  fail(ErrorKind::unavailable, "stdout: cannot be written ({})", std::strerror(errno));
}

}  // namespace

void print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) fail_to_write();
}

void print_line(std::string_view text) {
  print(text);
  print("\n");
  if (std::fflush(stdout) != 0) fail_to_write();
}

void refuse_same_file(const std::string& output, const std::string& input) {
  std::error_code none;
  const bool same = absolute_path(output) == absolute_path(input) || std::filesystem::equivalent(output, input, none);
  require(!same, "{}: it is the same file as the input {}; choose another name", output, input);
}

}  // namespace spinel::cli
