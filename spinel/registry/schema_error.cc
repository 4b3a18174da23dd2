#include "spinel/registry/schema_error.h"

#include <algorithm>
#include <array>

#include "spinel/base/utf8.h"

namespace spinel::registry::inline v1 {
namespace {

constexpr std::array<std::string_view, 10> kind_names = {
    "syntax",        "bad_token",     "bad_escape", "bad_default", "unknown_type",
    "unknown_class", "overload_name", "name_only",  "vararg",      "default_order"};
static_assert(kind_names[static_cast<size_t>(SchemaErrorKind::default_order)] == "default_order");

constexpr size_t max_context = 60;  ///< bytes of the line that are shown before and after the place

bool continues_code_point(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

/// Text that takes one line of a terminal: what is not printable becomes a blank or U+FFFD.
std::string printable(std::string_view text) {
  std::string line = to_valid_utf8(text);
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return line;
}

size_t columns(const std::string& line) {
  return static_cast<size_t>(std::count_if(line.begin(), line.end(), [](char c) { return !continues_code_point(c); }));
}

/// The line of `offset` with marks below it.
std::string underlined(std::string_view source, size_t offset, size_t length) {
  const size_t before = offset == 0 ? std::string_view::npos : source.rfind('\n', offset - 1);
  size_t begin = before == std::string_view::npos ? 0 : before + 1;
  size_t end = std::min(source.find('\n', offset), source.size());
  std::string_view head, tail;
  if (offset - begin > max_context) {
    begin = offset - max_context;
    while (begin < offset && continues_code_point(source[begin])) ++begin;
    head = "…";
  }
  if (end - offset > max_context) {
    end = offset + max_context;
    while (end > offset && continues_code_point(source[end])) --end;
    tail = "…";
  }
  const std::string left = printable(source.substr(begin, offset - begin));
  const size_t marked_bytes = std::min(length, end - offset);
  const std::string marked = printable(source.substr(offset, marked_bytes));
  std::string text = "\n  ";
  text += head;
  text += left + marked + printable(source.substr(offset + marked_bytes, end - offset - marked_bytes));
  text += tail;
  text += "\n  " + std::string((head.empty() ? 0 : 1) + columns(left), ' ');
  text += std::string(std::max<size_t>(columns(marked), 1), '^');
  return text;
}

std::string message(std::string_view reason, std::string_view source, size_t offset, size_t length) {
  return format("schema: {} at byte {}", reason, offset) + underlined(source, offset, length);
}

}  // namespace

std::string_view to_string(SchemaErrorKind kind) { return kind_names[static_cast<size_t>(kind)]; }

std::string in_quotes(std::string_view text) {
  constexpr size_t max_length = 40;
  if (text.size() <= max_length) return "'" + printable(text) + "'";
  size_t end = max_length;
  while (end > 0 && continues_code_point(text[end])) --end;
  return "'" + printable(text.substr(0, end)) + "…'";
}

SchemaError::SchemaError(SchemaErrorKind kind, std::string_view reason, std::string_view source, size_t offset,
                         size_t length)
    : Error(ErrorKind::invalid_argument, message(reason, source, std::min(offset, source.size()), length)),
      kind_(kind),
      offset_(std::min(offset, source.size())),
      length_(length) {}

}  // namespace spinel::registry::inline v1
