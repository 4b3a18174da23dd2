// What commands write to stdout, with every failure noticed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace spinel::cli {

/// Writes to stdout; a closed pipe or a full disk is unavailable "stdout: …".
void print(std::string_view text);
/// print() with a line end, and flushed.
void print_line(std::string_view text);

/// Refuses an output that is also an input, by whatever name it is called (a link, a hard link, another spelling): it
/// would be replaced while it is read. invalid_argument naming both.
void refuse_same_file(const std::string& output, const std::string& input);
/// Refuses several outputs in one file; empty names are none. invalid_argument naming it.
void refuse_shared_files(const std::vector<std::string>& outputs);

}  // namespace spinel::cli
