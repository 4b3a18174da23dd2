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

bool same_file(const std::string& a, const std::string& b) {
  std::error_code none;
  return absolute_path(a) == absolute_path(b) || std::filesystem::equivalent(a, b, none);
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
  require(!same_file(output, input), "{}: it is the same file as the input {}; choose another name", output, input);
}

void refuse_shared_files(const std::vector<std::string>& outputs) {
  for (size_t i = 0; i < outputs.size(); ++i) {
    for (size_t k = 0; k < i; ++k) {
      if (outputs[i].empty() || outputs[k].empty()) continue;
      require(!same_file(outputs[i], outputs[k]), "{}: two outputs would be written to it; give each a file of its own",
              outputs[i]);
    }
  }
}

}  // namespace spinel::cli
