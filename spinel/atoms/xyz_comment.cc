#include "spinel/atoms/xyz_comment.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <span>

#include "spinel/atoms/scan.h"
#include "spinel/base/config.h"
#include "spinel/base/error.h"

namespace spinel::xyz {

namespace {

using scan::is_blank;

char closing(char open) {
  switch (open) {
    case '"': return '"';
    case '\'': return '\'';
    case '{': return '}';
    case '[': return ']';
    default: return 0;
  }
}

// The length of a value like [[1, 2], [3, 4]] at the beginning of `text`, or 0.
size_t nested_brackets(std::string_view text) {
  size_t next = 1;
  while (next < text.size() && is_blank(text[next])) ++next;
  if (text.size() < 2 || text[0] != '[' || next == text.size() || text[next] != '[') return 0;
  int depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '[') ++depth;
    if (text[i] == ']' && --depth == 0) return i + 1;
  }
  return 0;
}

bool separator(char c) { return is_blank(c) || c == ','; }

// Words between blanks and commas; stops early (false) where `take` refuses one.
template <typename Take>
bool each_word(std::string_view text, Take take) {
  size_t at = 0;
  while (true) {
    while (at < text.size() && separator(text[at])) ++at;
    if (at == text.size()) return true;
    const size_t begin = at;
    while (at < text.size() && !separator(text[at])) ++at;
    if (!take(text.substr(begin, at - begin))) return false;
  }
}

template <typename T, typename Parse>
bool parse_list(std::string_view text, Parse parse, FrameProperty& property) {
  std::vector<T> values;
  const bool good = each_word(text, [&](std::string_view word) {
    if constexpr (std::is_same_v<T, uint8_t>) {
      bool value;
      if (!parse(word, value)) return false;
      values.push_back(value);
    } else {
      T value;
      if (!parse(word, value)) return false;
      values.push_back(value);
    }
    return true;
  });
  if (!good) return false;
  property.shape.clear();
  if (values.size() != 1) property.shape = {std::ssize(values)};
  property.values = std::move(values);
  return true;
}

// Leaves of rectangular nested lists in order, with their common type; false: not rectangular or mixed.
struct JsonArray {
  std::vector<int64_t> shape;
  std::vector<const Config*> leaves;
  bool flatten(const Config& value, size_t depth) {
    if (!value.is_list()) {
      leaves.push_back(&value);
      return depth == shape.size();
    }
    const auto& items = value.as_list();
    if (depth == shape.size()) {
      if (!leaves.empty()) return false;
      shape.push_back(std::ssize(items));
    }
    if (shape[depth] != std::ssize(items)) return false;
    for (const Config& item : items) {
      if (!flatten(item, depth + 1)) return false;
    }
    return true;
  }
  template <typename Predicate>
  bool all(Predicate predicate) const {
    return std::all_of(leaves.begin(), leaves.end(), [&](const Config* leaf) { return predicate(*leaf); });
  }
};

template <typename T, typename Get>
FrameProperty json_property(const JsonArray& array, Get get) {
  std::vector<T> values;
  for (const Config* leaf : array.leaves) values.push_back(static_cast<T>(get(*leaf)));
  return {array.shape, std::move(values)};
}

// Python writes NaN and Infinity into JSON, which strict JSON does not know. They become texts behind a mark; a file
// would have to hold one of these three texts, mark and all, to be misread.
constexpr std::string_view kMark = "\x01";
std::string mark_nonfinite(std::string_view text) {
  std::string result;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\' && i + 1 < text.size()) {
      result.append(text.substr(i++, 2));
      continue;
    }
    if (text[i] == '"') quoted = !quoted;
    std::string_view word;
    if (!quoted) {
      for (std::string_view candidate : {"NaN", "-Infinity", "Infinity"}) {
        if (text.substr(i, candidate.size()) == candidate) word = candidate;
      }
    }
    if (word.empty()) {
      result += text[i];
    } else {
      result += format("\"\\u0001{}\"", word == "NaN" ? "nan" : word == "Infinity" ? "inf" : "-inf");
      i += word.size() - 1;
    }
  }
  return result;
}

bool is_number(const Config& leaf) {
  if (!leaf.is_string()) return leaf.type() == Config::Type::integer || leaf.type() == Config::Type::number;
  const std::string& text = leaf.as_string();
  return text == "\x01nan" || text == "\x01inf" || text == "\x01-inf";
}

double number_of(const Config& leaf) {
  double value = 0;
  if (!leaf.is_string()) return leaf.as_double();
  scan::parse_real(std::string_view(leaf.as_string()).substr(kMark.size()), value);
  return value;
}

// Rectangular arrays of one kind, as arrays; false for everything else.
bool json_to_property(const Config& json, FrameProperty& property) {
  using Type = Config::Type;
  JsonArray array;
  if (!array.flatten(json, 0)) return false;
  if (array.all([](const Config& c) { return c.type() == Type::integer; })) {
    property = json_property<int64_t>(array, [](const Config& c) { return c.as_int(); });
  } else if (array.all(is_number)) {
    property = json_property<double>(array, number_of);
  } else if (array.all([](const Config& c) { return c.type() == Type::boolean; })) {
    property = json_property<uint8_t>(array, [](const Config& c) { return c.as_bool(); });
  } else if (array.all([](const Config& c) { return c.is_string(); })) {
    property = json_property<std::string>(array, [](const Config& c) { return c.as_string(); });
  } else {
    return false;
  }
  return true;
}

}  // namespace

namespace {

// Takes a key (up to '=' or a blank) or a value (up to a blank) from `line`, with quotes and escapes resolved.
std::string take_word(std::string_view line, size_t& at, bool key, std::string_view where) {
  std::string word;
  for (; at < line.size() && !is_blank(line[at]) && !(key && line[at] == '='); ++at) {
    const char c = line[at];
    if (c == '\\') {
      if (++at < line.size()) word += line[at];
      else break;
    } else if (const char close = closing(c)) {
      const size_t opened = at;
      for (++at; at < line.size() && line[at] != close; ++at) {
        if (line[at] == '\\' && at + 1 < line.size()) ++at;
        word += line[at];
      }
      if (at >= line.size()) {
        fail(ErrorKind::corrupt, "{}, column {}: the {} that opens here is not closed; a {} is missing", where,
             opened + 1, c, close);
      }
    } else {
      word += c;
    }
  }
  return word;
}

void skip_blanks(std::string_view line, size_t& at) {
  while (at < line.size() && is_blank(line[at])) ++at;
}

}  // namespace

std::vector<RawPair> split_comment(std::string_view line, std::string_view where) {
  std::vector<RawPair> pairs;
  size_t at = 0;
  while (true) {
    skip_blanks(line, at);
    if (at == line.size()) return pairs;
    RawPair& pair = pairs.emplace_back();
    pair.column = at + 1;
    pair.key = take_word(line, at, true, where);
    size_t sign = at;
    skip_blanks(line, sign);
    if (sign == line.size() || line[sign] != '=') continue;
    pair.has_value = true;
    at = sign + 1;
    skip_blanks(line, at);
    if (const size_t length = nested_brackets(line.substr(at))) {
      pair.value = line.substr(at, length);
      at += length;
    } else {
      pair.value = take_word(line, at, false, where);
    }
  }
}

bool is_uid(std::string_view key) {
  return key.size() == 3 && (key[0] | 32) == 'u' && (key[1] | 32) == 'i' && (key[2] | 32) == 'd';
}

FrameProperty parse_value(std::string_view value, std::string_view where) {
  FrameProperty property;
  if (parse_list<int64_t>(value, scan::parse_integer, property)) return property;
  if (parse_list<double>(value, scan::parse_real, property)) return property;
  if (parse_list<uint8_t>(value, scan::parse_boolean, property)) return property;
  if (value.starts_with("_JSON ")) {
    if (json_to_property(parse_json(mark_nonfinite(value.substr(6)), where), property)) return property;
  } else if (value.starts_with("[") && nested_brackets(value) == value.size()) {
    // A two-dimensional array of the newer notation, or a text that only looks like one.
    try {
      if (json_to_property(parse_json(mark_nonfinite(value), where), property)) return property;
    } catch (const Error&) {
    }
  }
  return {{}, std::vector<std::string>{std::string(value)}};
}

std::vector<double> parse_numbers(const RawPair& pair, std::string_view where) {
  std::vector<double> numbers;
  const bool good = each_word(pair.value, [&](std::string_view word) {
    double number;
    if (!scan::parse_real(word, number)) {
      fail(ErrorKind::corrupt, "{}, column {}: {} holds '{}', which is not a number", where, pair.column, pair.key,
           word.substr(0, 40));
    }
    numbers.push_back(number);
    return numbers.size() <= 9;
  });
  if (!good || (numbers.size() != 9 && !(numbers.size() == 6 && pair.key == "stress"))) {
    fail(ErrorKind::corrupt, "{}, column {}: {} holds {} numbers; it must hold 9", where, pair.column, pair.key,
         good ? format("{}", numbers.size()) : "more than 9");
  }
  return numbers;
}

void append_real(std::string& text, double value) {
  char buffer[32];
  const auto result = std::to_chars(buffer, buffer + sizeof buffer, value);
  const std::string_view digits(buffer, result.ptr - buffer);
  text += digits;
  if (std::isfinite(value) && digits.find_first_of(".e") == std::string_view::npos) text += ".0";
}

namespace {

// In double quotes where blanks, quotes or brackets make it necessary.
void append_quoted(std::string& line, std::string_view text) {
  const bool quote = text.empty() || text.find_first_of(" \t\"'{}[]=\\") != std::string_view::npos;
  if (!quote) {
    line += text;
    return;
  }
  line += '"';
  for (char c : text) {
    if (c == '"' || c == '\\') line += '\\';
    line += c;
  }
  line += '"';
}

void append_value(std::string& text, double value) { append_real(text, value); }
void append_value(std::string& text, int64_t value) { text += std::to_string(value); }
void append_value(std::string& text, uint8_t value) { text += value ? 'T' : 'F'; }

void append_json(std::string& text, double value) {
  if (std::isnan(value)) text += "NaN";
  else if (std::isinf(value)) text += value > 0 ? "Infinity" : "-Infinity";
  else append_real(text, value);
}
void append_json(std::string& text, int64_t value) { text += std::to_string(value); }
void append_json(std::string& text, uint8_t value) { text += value ? "true" : "false"; }
void append_json(std::string& text, const std::string& value) { text += to_json(Config(value), -1); }

template <typename T>
void append_nested(std::string& text, const std::vector<T>& values, std::span<const int64_t> shape, size_t& next) {
  if (shape.empty()) {
    append_json(text, values[next++]);
    return;
  }
  text += '[';
  for (int64_t i = 0; i < shape[0]; ++i) {
    if (i > 0) text += ", ";
    append_nested(text, values, shape.subspan(1), next);
  }
  text += ']';
}

template <typename T>
std::string json_text(const std::vector<T>& values, const std::vector<int64_t>& shape) {
  std::string text = "_JSON ";
  size_t next = 0;
  append_nested(text, values, shape, next);
  return text;
}

bool plain_text(const std::string& text) {
  if (text.empty()) return false;
  for (unsigned char c : text) {
    if (c < 0x20 && c != '\t') return false;
  }
  try {
    const FrameProperty read = parse_value(text, "text");
    const auto* words = std::get_if<std::vector<std::string>>(&read.values);
    return words && read.shape.empty() && words->front() == text;
  } catch (const Error&) {
    return false;
  }
}

template <typename T>
std::string value_text(const std::vector<T>& values, const std::vector<int64_t>& shape) {
  if constexpr (std::is_same_v<T, std::string>) {
    return shape.empty() && plain_text(values[0]) ? values[0] : json_text(values, shape);
  } else {
    // A list of one would come back as a scalar; a list of none looks like a missing value.
    if (shape.size() > 1 || (shape.size() == 1 && values.size() < 2)) return json_text(values, shape);
    std::string text;
    for (const T& value : values) {
      if (!text.empty()) text += ' ';
      append_value(text, value);
    }
    return text;
  }
}

}  // namespace

void append_pair(std::string& line, std::string_view key, const FrameProperty& property) {
  int64_t count = 1;
  for (int64_t extent : property.shape) count *= extent;
  line += ' ';
  append_quoted(line, key);
  line += '=';
  const auto* texts = std::get_if<std::vector<std::string>>(&property.values);
  if (texts && is_uid(key) && count == 1 && property.shape.empty() && texts->size() == 1 && !texts->front().empty() &&
      texts->front().find_first_of("\r\n") == std::string::npos) {
    append_quoted(line, texts->front());
    return;
  }
  std::visit(
      [&](const auto& values) {
        require(std::ssize(values) == count, "frame: '{}' has {} values but its shape asks for {}", key, values.size(),
                count);
        append_quoted(line, value_text(values, property.shape));
      },
      property.values);
}

}  // namespace spinel::xyz
