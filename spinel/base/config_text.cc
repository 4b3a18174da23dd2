#include "spinel/base/config_text.h"

#include <charconv>
#include <cmath>
#include <utility>

#include "spinel/base/error.h"
#include "spinel/base/utf8.h"

namespace spinel::config_text {

Config parse_number(std::string_view text, const std::string& where) {
  std::string_view digits = text;
  if (!digits.empty() && digits.front() == '+') digits.remove_prefix(1);
  // from_chars also takes "inf", "nan" and a second sign.
  const std::string_view unsigned_part = digits.starts_with('-') && digits == text ? digits.substr(1) : digits;
  if (unsigned_part.empty() || std::string_view("0123456789.").find(unsigned_part[0]) == std::string_view::npos) {
    return Config();
  }
  const char* const end = digits.data() + digits.size();
  int64_t integer = 0;
  const auto as_integer = std::from_chars(digits.data(), end, integer);
  if (as_integer.ec == std::errc() && as_integer.ptr == end) return Config(integer);
  double number = 0;
  const auto as_double = std::from_chars(digits.data(), end, number);
  if (as_double.ptr != end || as_double.ec == std::errc::invalid_argument) return Config();
  if (as_double.ec == std::errc()) return Config(number);
  // Out of range either way: below the smallest denormal the exponent is negative and the nearest double is 0.
  const size_t exponent = text.find_first_of("eE");
  if (exponent != std::string_view::npos && text.substr(exponent + 1).starts_with('-')) {
    return Config(text.starts_with('-') ? -0.0 : 0.0);
  }
  fail(ErrorKind::invalid_argument, "{}: the number {} is too large; at most 1.797e308 fits", where, text);
}

std::string number_text(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  char buffer[32];
  const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
  std::string text(buffer, end);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string quoted(std::string_view text) {
  const std::string valid = to_valid_utf8(text);
  std::string result = "\"";
  for (const char c : valid) {
    switch (c) {
      case '"': result += "\\\""; break;
      case '\\': result += "\\\\"; break;
      case '\n': result += "\\n"; break;
      case '\r': result += "\\r"; break;
      case '\t': result += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
          result += format("\\u{:04x}", static_cast<int>(c));
        } else {
          result += c;
        }
    }
  }
  return result + "\"";
}

TreeBuilder::TreeBuilder(std::string_view name, size_t max_nodes)
    : file_(std::make_shared<const std::string>(name)), max_nodes_(max_nodes) {}

std::string TreeBuilder::where() const { return *file_ + ":" + std::to_string(line_); }

void TreeBuilder::fail_here(const std::string& what) const {
  fail(ErrorKind::invalid_argument, "{}: {}", where(), what);
}

std::string join_path(const std::string& parent, std::string_view key) {
  return parent.empty() ? std::string(key) : parent + "." + std::string(key);
}

std::string TreeBuilder::path_of_next() const {
  if (stack_.empty()) return "";
  const Open& open = stack_.back();
  return join_path(open.path, open.is_map ? open.key : std::to_string(open.items.size()));
}

void TreeBuilder::count(size_t nodes) {
  nodes_ += nodes;
  if (nodes_ > max_nodes_) fail_here(format("more than {} values; the limit guards against alias bombs", max_nodes_));
}

void TreeBuilder::begin(bool is_map) {
  count(1);
  if (stack_.size() >= static_cast<size_t>(max_depth)) fail_here(format("nested deeper than {} levels", max_depth));
  Open open;
  open.is_map = is_map;
  open.line = line_;
  open.path = path_of_next();
  stack_.push_back(std::move(open));
}

void TreeBuilder::begin_map() { begin(true); }
void TreeBuilder::begin_list() { begin(false); }

void TreeBuilder::key(std::string text) {
  Open& open = stack_.back();
  if (!open.keys.insert(text).second) {
    fail_here(format("{}: the key stands twice in one map", quoted(join_path(open.path, text))));
  }
  open.key = std::move(text);
  open.has_key = true;
}

void TreeBuilder::place(Config value, int line, std::string path) {
  value.set_location({file_, line});
  value.set_path_name(std::move(path));
  if (stack_.empty()) {
    root_ = std::move(value);
    has_root_ = true;
    last_ = &root_;
    return;
  }
  Open& open = stack_.back();
  if (open.is_map) {
    open.entries.emplace_back(std::move(open.key), std::move(value));
    open.has_key = false;
    last_ = &open.entries.back().second;
  } else {
    open.items.push_back(std::move(value));
    last_ = &open.items.back();
  }
}

void TreeBuilder::scalar(Config value) {
  count(1);
  place(std::move(value), line_, path_of_next());
}

void TreeBuilder::end() {
  Open open = std::move(stack_.back());
  stack_.pop_back();
  place(open.is_map ? Config::map(std::move(open.entries)) : Config(std::move(open.items)), open.line,
        std::move(open.path));
}

void TreeBuilder::copy_of(const Config& value) {
  count(count_nodes(value));
  Config copy = value;
  const std::string path = path_of_next();
  set_paths(copy, path);
  place(std::move(copy), line_, path);
}

size_t count_nodes(const Config& value) {
  size_t nodes = 1;
  if (value.is_map()) {
    for (const auto& entry : value.as_map()) nodes += count_nodes(entry.second);
  } else if (value.is_list()) {
    for (const Config& item : value.as_list()) nodes += count_nodes(item);
  }
  return nodes;
}

void set_paths(Config& value, const std::string& path) {
  value.set_path_name(path);
  if (value.is_map()) {
    for (auto& [key, item] : value.as_map()) set_paths(item, join_path(path, key));
  } else if (value.is_list()) {
    size_t index = 0;
    for (Config& item : value.as_list()) set_paths(item, join_path(path, std::to_string(index++)));
  }
}

}  // namespace spinel::config_text
