#include "spinel/base/config.h"
#include "spinel/base/config_text.h"
#include "spinel/base/error.h"

namespace spinel {
namespace {

/// Whether `text` can stand without quotes and is read back as this string.
bool is_plain(const std::string& text) {
  if (text.empty() || text.size() > 200) return false;
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '/'; };
  if (!letter(text.front())) return false;
  for (const char c : text) {
    if (!letter(c) && !(c >= '0' && c <= '9') && c != '-' && c != '.' && c != '/') return false;
  }
  for (const char* word : {"null", "Null", "NULL", "true", "True", "TRUE", "false", "False", "FALSE"}) {
    if (text == word) return false;
  }
  return true;
}

std::string string_text(const std::string& text) { return is_plain(text) ? text : config_text::quoted(text); }

std::string scalar_text(const Config& value) {
  if (value.is_string()) return string_text(value.as_string());
  if (value.type() == Config::Type::number) {
    const std::string text = config_text::number_text(value.as_double());
    if (text == "nan" || text == "inf") return "." + text;
    return text == "-inf" ? "-.inf" : text;
  }
  return to_json(value, -1);
}

bool is_nested(const Config& value) {
  return (value.is_map() && !value.as_map().empty()) || (value.is_list() && !value.as_list().empty());
}

/// "[1, 2, 3]" for lists of scalars and of such lists (a cell, a shape).
bool fits_one_line(const Config& list) {
  for (const Config& item : list.as_list()) {
    if (is_nested(item) && !(item.is_list() && fits_one_line(item))) return false;
  }
  return true;
}

std::string flow_text(const Config& value) {
  if (value.is_map()) return "{}";
  if (!value.is_list()) return scalar_text(value);
  std::string text = "[";
  for (const Config& item : value.as_list()) text += (text.size() > 1 ? ", " : "") + flow_text(item);
  return text + "]";
}

void append_block(const Config& value, int indent, std::string& out);

/// What follows "key:" or "-".
void append_value(const Config& value, int indent, bool in_list, std::string& out) {
  if (!is_nested(value) || (value.is_list() && fits_one_line(value))) {
    out += " " + flow_text(value) + "\n";
  } else if (in_list && value.is_map()) {
    // The first key of a map in a list stands behind the dash.
    std::string block;
    append_block(value, indent, block);
    out += " " + block.substr(static_cast<size_t>(indent));
  } else {
    out += "\n";
    append_block(value, indent, out);
  }
}

void append_block(const Config& value, int indent, std::string& out) {
  const std::string margin(static_cast<size_t>(indent), ' ');
  if (value.is_map()) {
    for (const auto& [key, item] : value.as_map()) {
      const std::string text = string_text(key);
      // A key that stands before its ':' on one line may have 1024 characters (YAML 1.2, section 7.4.3).
      out += margin + (text.size() > 1000 ? "? " + text + "\n" + margin + ":" : text + ":");
      append_value(item, indent + 2, false, out);
    }
  } else {
    for (const Config& item : value.as_list()) {
      out += margin + "-";
      append_value(item, indent + 2, true, out);
    }
  }
}

}  // namespace

std::string to_yaml(const Config& value) {
  if (!is_nested(value) || (value.is_list() && fits_one_line(value))) return flow_text(value) + "\n";
  std::string text;
  append_block(value, 0, text);
  return text;
}

}  // namespace spinel
