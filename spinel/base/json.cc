#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>

#include "spinel/base/config.h"
#include "spinel/base/config_text.h"
#include "spinel/base/error.h"
#include "spinel/base/utf8.h"

namespace spinel {
namespace {

using boost::json::error_code;
using boost::json::string_view;

// A tokenizer's vocabulary with its merges stays below; 4·10^6 values take some 400 MB.
constexpr size_t max_json_values = 4'000'000;

/// Boost.JSON's SAX handler. Numbers are kept as text and read by from_chars: Boost 1.81 rounds some of them wrongly.
class JsonHandler {
 public:
  static constexpr std::size_t max_object_size = std::size_t(-1);
  static constexpr std::size_t max_array_size = std::size_t(-1);
  static constexpr std::size_t max_key_size = std::size_t(-1);
  static constexpr std::size_t max_string_size = std::size_t(-1);

  explicit JsonHandler(std::string_view name) : tree(name, max_json_values) {}

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) { return tree.begin_map(), true; }
  bool on_object_end(std::size_t, error_code&) { return tree.end(), true; }
  bool on_array_begin(error_code&) { return tree.begin_list(), true; }
  bool on_array_end(std::size_t, error_code&) { return tree.end(), true; }
  bool on_key_part(string_view part, std::size_t, error_code&) { return add(part); }
  bool on_key(string_view part, std::size_t, error_code&) { return add(part), tree.key(take()), true; }
  bool on_string_part(string_view part, std::size_t, error_code&) { return add(part); }
  bool on_string(string_view part, std::size_t, error_code&) { return add(part), tree.scalar(take()), true; }
  bool on_number_part(string_view part, error_code&) { return add(part); }
  bool on_int64(int64_t, string_view part, error_code&) { return number(part); }
  bool on_uint64(uint64_t, string_view part, error_code&) { return number(part); }
  bool on_double(double, string_view part, error_code&) { return number(part); }
  bool on_bool(bool value, error_code&) { return tree.scalar(value), true; }
  bool on_null(error_code&) { return tree.scalar(Config()), true; }
  bool on_comment_part(string_view, error_code&) { return true; }
  bool on_comment(string_view, error_code&) { return true; }

  config_text::TreeBuilder tree;

 private:
  bool add(string_view part) {
    pending_.append(part.data(), part.size());
    return true;
  }
  bool number(string_view part) {
    add(part);
    tree.scalar(config_text::parse_number(take(), tree.where()));
    return true;
  }
  std::string take() { return std::exchange(pending_, {}); }

  std::string pending_;
};

void append_json(const Config& value, int indent, int level, std::string& out) {
  const auto new_line = [&](int at) {
    if (indent < 0) return;
    out += '\n';
    out.append(static_cast<size_t>(indent * at), ' ');
  };
  switch (value.type()) {
    case Config::Type::null: out += "null"; return;
    case Config::Type::boolean: out += value.as_bool() ? "true" : "false"; return;
    case Config::Type::integer: out += std::to_string(value.as_int()); return;
    case Config::Type::number: {
      const std::string text = config_text::number_text(value.as_double());
      // JSON has no such numbers; as_double() reads these strings back.
      out += text.find_first_of("ai") == std::string::npos ? text : '"' + text + '"';
      return;
    }
    case Config::Type::string: out += config_text::quoted(value.as_string()); return;
    case Config::Type::list: {
      bool nested = false;
      for (const Config& item : value.as_list()) nested = nested || item.is_map() || item.is_list();
      bool first = true;
      out += '[';
      for (const Config& item : value.as_list()) {
        if (!first) out += nested && indent >= 0 ? "," : ", ";
        first = false;
        if (nested) new_line(level + 1);
        append_json(item, indent, level + 1, out);
      }
      if (nested) new_line(level);
      out += ']';
      return;
    }
    case Config::Type::map: {
      bool first = true;
      out += '{';
      for (const auto& [key, item] : value.as_map()) {
        if (!first) out += indent < 0 ? ", " : ",";
        first = false;
        new_line(level + 1);
        out += config_text::quoted(key) + ": ";
        append_json(item, indent, level + 1, out);
      }
      if (!first) new_line(level);
      out += '}';
      return;
    }
  }
}

}  // namespace

Config parse_json(std::string_view text, std::string_view name) {
  boost::json::parse_options options;
  // Our own builder refuses the first level too many, with the line.
  options.max_depth = config_text::max_depth + 1;
  options.allow_invalid_utf8 = true;  // checked below, where the line is known
  boost::json::basic_parser<JsonHandler> parser(options, name);
  config_text::TreeBuilder& tree = parser.handler().tree;
  const size_t invalid = find_invalid_utf8(text);
  if (invalid != std::string_view::npos) {
    tree.set_line(1 + static_cast<int>(std::count(text.begin(), text.begin() + invalid, '\n')));
    tree.fail_here(format("byte 0x{:02x} is not UTF-8", static_cast<uint8_t>(text[invalid])));
  }
  int line = 1;
  while (true) {
    // Line by line, so that every event knows its line; a raw line break is never inside a JSON token.
    const size_t newline = text.find('\n');
    const bool last = newline == std::string_view::npos;
    const std::string_view piece = last ? text : text.substr(0, newline + 1);
    tree.set_line(line);
    error_code error;
    const size_t used = parser.write_some(!last, piece.data(), piece.size(), error);
    if (!error && used < piece.size()) error = boost::json::error::extra_data;
    if (error) tree.fail_here(format("not JSON: {}", error.message()));
    if (last) break;
    text.remove_prefix(newline + 1);
    ++line;
  }
  return tree.take_root();
}

std::string to_json(const Config& value, int indent) {
  std::string text;
  append_json(value, indent, 0, text);
  return text;
}

}  // namespace spinel
