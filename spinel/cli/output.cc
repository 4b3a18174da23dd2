#include "spinel/cli/output.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "spinel/base/error.h"

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

}  // namespace spinel::cli
