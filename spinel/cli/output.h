// What commands write to stdout, with every failure noticed.
#pragma once

#include <string_view>

namespace spinel::cli {

/// Writes to stdout; a closed pipe or a full disk is unavailable "stdout: …".
void print(std::string_view text);
/// print() with a line end, and flushed.
void print_line(std::string_view text);

}  // namespace spinel::cli
