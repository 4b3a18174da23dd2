#include "spinel/base/config.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "spinel/base/error.h"
#include "spinel/base/suggest.h"

namespace spinel {
namespace {

[[noreturn]] void wrong_type(const Config& value, std::string_view needed) {
  fail(ErrorKind::invalid_argument, "{}: the value is {}; {} is needed",
       value.where().empty() ? "config" : value.where(), value.type_name(), needed);
}

}  // namespace

Config::Config() = default;
Config::Config(bool value) : value_(value) {}
Config::Config(int value) : value_(int64_t{value}) {}
Config::Config(int64_t value) : value_(value) {}
Config::Config(double value) : value_(value) {}
Config::Config(const char* value) : value_(std::string(value)) {}
Config::Config(std::string value) : value_(std::move(value)) {}
Config::Config(List value) : value_(std::move(value)) {}
Config::Config(const Config& other) = default;
Config::Config(Config&& other) noexcept = default;
Config& Config::operator=(const Config& other) = default;
Config& Config::operator=(Config&& other) noexcept = default;
Config::~Config() = default;

bool operator==(const Config& a, const Config& b) { return a.value_ == b.value_; }

Config Config::map(Map entries) {
  Config result;
  result.value_ = MapBox{std::move(entries)};
  return result;
}

bool Config::MapBox::operator==(const MapBox& other) const {
  if (entries.size() != other.entries.size()) return false;
  return std::all_of(entries.begin(), entries.end(), [&](const auto& entry) {
    const auto match = std::find_if(other.entries.begin(), other.entries.end(),
                                    [&](const auto& candidate) { return candidate.first == entry.first; });
    return match != other.entries.end() && match->second == entry.second;
  });
}

std::string_view Config::type_name() const {
  static constexpr std::string_view names[] = {"null",     "a boolean", "an integer", "a number",
                                               "a string", "a list",    "a map"};
  return names[value_.index()];
}

std::string Config::where() const {
  std::string text;
  if (location_.file) {
    text = *location_.file;
    if (location_.line > 0) text += ":" + std::to_string(location_.line);
  }
  if (!path_.empty()) text += (text.empty() ? "" : ": ") + path_;
  return text;
}

bool Config::as_bool() const {
  if (const bool* value = std::get_if<bool>(&value_)) return *value;
  wrong_type(*this, "true or false");
}

int64_t Config::as_int() const {
  if (const int64_t* value = std::get_if<int64_t>(&value_)) return *value;
  if (const double* value = std::get_if<double>(&value_)) {
    // 2^63 itself does not fit; the comparison in double is exact.
    if (*value == std::trunc(*value) && *value >= -9223372036854775808.0 && *value < 9223372036854775808.0) {
      return static_cast<int64_t>(*value);
    }
  }
  wrong_type(*this, "an integer");
}

double Config::as_double() const {
  if (const double* value = std::get_if<double>(&value_)) return *value;
  if (const int64_t* value = std::get_if<int64_t>(&value_)) return static_cast<double>(*value);
  if (const std::string* value = std::get_if<std::string>(&value_)) {
    if (*value == "nan") return std::nan("");
    if (*value == "inf") return HUGE_VAL;
    if (*value == "-inf") return -HUGE_VAL;
  }
  wrong_type(*this, "a number");
}

const std::string& Config::as_string() const {
  if (const std::string* value = std::get_if<std::string>(&value_)) return *value;
  wrong_type(*this, "a string");
}

const Config::List& Config::as_list() const {
  if (const List* value = std::get_if<List>(&value_)) return *value;
  wrong_type(*this, "a list");
}

Config::List& Config::as_list() { return const_cast<List&>(std::as_const(*this).as_list()); }

const Config::Map& Config::as_map() const {
  if (const MapBox* value = std::get_if<MapBox>(&value_)) return value->entries;
  wrong_type(*this, "a map");
}

Config::Map& Config::as_map() { return const_cast<Map&>(std::as_const(*this).as_map()); }

std::vector<int64_t> Config::as_ints() const {
  std::vector<int64_t> result;
  for (const Config& item : as_list()) result.push_back(item.as_int());
  return result;
}

std::vector<double> Config::as_doubles() const {
  std::vector<double> result;
  for (const Config& item : as_list()) result.push_back(item.as_double());
  return result;
}

std::vector<std::string> Config::as_strings() const {
  std::vector<std::string> result;
  for (const Config& item : as_list()) result.push_back(item.as_string());
  return result;
}

const Config* Config::find(std::string_view key) const {
  const MapBox* box = std::get_if<MapBox>(&value_);
  if (!box) return nullptr;
  for (const auto& [name, value] : box->entries) {
    if (name == key) return &value;
  }
  return nullptr;
}

Config* Config::find(std::string_view key) { return const_cast<Config*>(std::as_const(*this).find(key)); }

const Config& Config::at(std::string_view key) const {
  if (const Config* value = find(key)) return *value;
  std::vector<std::string> names;
  for (const auto& entry : as_map()) names.push_back(entry.first);
  fail(ErrorKind::invalid_argument, "{}: the key '{}' is missing{}", where().empty() ? "config" : where(), key,
       suggestion(key, names));
}

void Config::set(std::string_view key, Config value) {
  if (is_null()) value_ = MapBox{};
  if (!is_map()) wrong_type(*this, "a map");
  if (Config* existing = find(key)) {
    *existing = std::move(value);
  } else {
    std::get<MapBox>(value_).entries.emplace_back(std::string(key), std::move(value));
  }
}

bool Config::erase(std::string_view key) {
  MapBox* box = std::get_if<MapBox>(&value_);
  if (!box) return false;
  return std::erase_if(box->entries, [&](const auto& entry) { return entry.first == key; }) > 0;
}

const Config* Config::find_path(std::string_view dotted) const {
  const Config* at = this;
  while (at && !dotted.empty()) {
    const size_t dot = dotted.find('.');
    const std::string_view key = dotted.substr(0, dot);
    dotted = dot == std::string_view::npos ? std::string_view() : dotted.substr(dot + 1);
    if (at->is_list()) {
      size_t index = 0;
      const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), index);
      const List& items = at->as_list();
      const bool number = error == std::errc() && end == key.data() + key.size();
      at = number && index < items.size() ? &items[index] : nullptr;
    } else {
      at = at->find(key);
    }
  }
  return at;
}

void Config::set_path(std::string_view dotted, Config value) {
  const size_t dot = dotted.rfind('.');
  if (dot == std::string_view::npos) {
    set(dotted, std::move(value));
    return;
  }
  const std::string_view parent = dotted.substr(0, dot);
  if (!find_path(parent)) set_path(parent, Config::map());
  Config* at = const_cast<Config*>(find_path(parent));
  const Config* existing = at->find_path(dotted.substr(dot + 1));
  if (at->is_list() && existing) {
    *const_cast<Config*>(existing) = std::move(value);
  } else {
    at->set(dotted.substr(dot + 1), std::move(value));
  }
}

}  // namespace spinel
