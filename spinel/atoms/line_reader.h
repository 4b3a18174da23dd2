// Lines out of a file, a gzip file or text in memory, in one pass with bounded memory.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace spinel {

/// Hands out line after line without its end (\n or \r\n). A view is valid until the next call.
class LineReader {
 public:
  /// Fills a buffer and returns how many bytes there were; 0 at the end.
  using Source = std::function<size_t(char* data, size_t size)>;

  /// gzip is recognised by its first two bytes. `max_line` > 0: longer lines are `corrupt`.
  static LineReader open(const std::string& path, int64_t max_line);
  static LineReader over(std::string_view text, std::string name);

  /// False at the end. A last line without an end of line counts.
  bool next(std::string_view& line);
  /// The line that next() would hand out, without consuming it.
  bool peek(std::string_view& line);
  /// Number (from 1) of the line last handed out by next().
  int64_t line_number() const { return number_; }
  const std::string& name() const { return name_; }

 private:
  void check_length(int64_t size) const;
  bool find_line();
  bool fill();

  std::string name_;
  Source source_;
  int64_t max_line_ = 0;
  std::vector<char> buffer_;
  const char* at_ = nullptr;  ///< what is unread: [at_, end_)
  const char* end_ = nullptr;
  const char* line_end_ = nullptr;  ///< end of the line found at at_; null: none found yet
  bool finished_ = false;
  int64_t number_ = 0;
};

}  // namespace spinel
