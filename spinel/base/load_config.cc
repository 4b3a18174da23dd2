#include <algorithm>
#include <filesystem>

#include "spinel/base/config.h"
#include "spinel/base/config_text.h"
#include "spinel/base/error.h"
#include "spinel/base/interpolation.h"
#include "spinel/base/platform/file.h"
#include "spinel/base/suggest.h"

namespace spinel {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t max_file_size = uint64_t{16} << 20;
constexpr size_t max_include_depth = 16;

std::string read_text(const std::string& file) {
  std::string text = read_file(file, max_file_size);
  if (text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);
  return text;
}

/// A map with one capitalised key, `Name: {arguments}`: merging two of different names would make neither.
bool is_component(const Config& value) {
  return value.is_map() && value.as_map().size() == 1 && value.as_map().front().first[0] >= 'A' &&
         value.as_map().front().first[0] <= 'Z';
}

/// Entries of `own` over those of `base`, maps merged key by key. Sections (the first level) are always merged.
void merge(Config& base, const Config& own, bool top) {
  const bool other_component =
      !top && is_component(base) && is_component(own) && base.as_map().front().first != own.as_map().front().first;
  if (!base.is_map() || !own.is_map() || other_component) {
    base = own;
    return;
  }
  for (const auto& [key, value] : own.as_map()) {
    if (Config* existing = base.find(key)) {
      merge(*existing, value, false);
    } else {
      base.set(key, value);
    }
  }
}

Config load_with_includes(const std::string& file, std::vector<fs::path>& chain) {
  std::error_code error;
  fs::path path = fs::weakly_canonical(fs::path(file), error);
  if (error) path = file;
  require(std::find(chain.begin(), chain.end(), path) == chain.end(), "{}: it includes itself", file);
  require(chain.size() < max_include_depth, "{}: includes are nested deeper than {} files", file, max_include_depth);
  const std::string extension = path.extension().string();
  const std::string text = read_text(file);
  require(extension == ".json" || extension == ".yaml" || extension == ".yml",
          "{}: the ending '{}' is unknown; known: .yaml, .yml, .json", file, extension);
  Config own = extension == ".json" ? parse_json(text, file) : parse_yaml(text, file);
  require(own.is_map(), "{}: the file holds {}; a map of sections is needed", file, own.type_name());
  const Config* include = own.find("include");
  if (!include) return own;
  chain.push_back(path);
  Config result = Config::map();
  const std::vector<std::string> names =
      include->is_string() ? std::vector{include->as_string()} : include->as_strings();
  for (const std::string& name : names) {
    const fs::path other = fs::path(file).parent_path() / name;
    try {
      merge(result, load_with_includes(other.string(), chain), true);
    } catch (const Error& missing) {
      if (missing.kind() != ErrorKind::not_found) throw;
      fail(ErrorKind::not_found, "{}: {}", include->where(), missing.what());
    }
  }
  chain.pop_back();
  own.erase("include");
  merge(result, own, true);
  result.set_location(own.location());
  return result;
}

[[noreturn]] void refuse_key(const std::string& where, const std::string& parent, const std::string& why) {
  fail(ErrorKind::invalid_argument, "{}: '{}' {}", where, parent, why);
}

/// Refuses a path that leads into something without such a key: a number, a list that is shorter, another component.
/// A key that a map merely lacks is left to those who know the options. A component without arguments (`Adam`) gets
/// an empty map of them where the path goes on through it.
void prepare_path(Config& root, const std::string& path, const std::string& where) {
  Config* at = &root;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('.', begin), path.size());
    const std::string key = path.substr(begin, end - begin), parent = path.substr(0, begin ? begin - 1 : 0);
    if (at->is_string() && at->as_string() == key) {
      Config arguments = Config::map();
      arguments.set_location(at->location());
      Config named = Config::map({{key, std::move(arguments)}});
      named.set_location(at->location());
      *at = std::move(named);
      config_text::set_paths(*at, parent);
    }
    const Config* next = at->find_path(key);
    if (!next && at->is_list()) refuse_key(where, parent, format("has {} items, no '{}'", at->as_list().size(), key));
    if (!next && begin && is_component(*at)) {
      const std::string& name = at->as_map().front().first;
      refuse_key(where, parent,
                 format("is the component {}, not {}{}; --set {}={{Name: {{…}}}} takes another", name, key,
                        nearest_name(key, {name}).empty() ? "" : " (did you mean '" + name + "'?)", parent));
    }
    if (!next && !at->is_map() && !at->is_null()) {
      refuse_key(where, parent, format("is {}, so it has no key '{}'", at->type_name(), key));
    }
    if (!next) return;
    at = const_cast<Config*>(next);
    begin = end + 1;
  }
}

void apply_override(Config& root, const std::string& text) {
  const std::string where = "--set " + text;
  const size_t equals = text.find('=');
  require(equals != std::string::npos && equals > 0, "{}: not an assignment; write section.key=value", where);
  std::string path = text.substr(0, equals);
  require(std::count(path.begin(), path.end(), '.') < config_text::max_depth && path.find("..") == std::string::npos &&
              !path.starts_with('.') && !path.ends_with('.'),
          "{}: '{}' is no key path; write section.key=value", where, path.substr(0, 200));
  prepare_path(root, path, where);
  const Config::Location location{std::make_shared<const std::string>(where), 0};
  Config value = parse_yaml(std::string_view(text).substr(equals + 1), where);
  value.set_location(location);
  // Maps that are missing on the way come from here too, so a complaint about their keys names this option.
  for (size_t dot = path.rfind('.'); dot != std::string::npos && !root.find_path(path.substr(0, dot));
       dot = path.rfind('.')) {
    value = Config::map({{path.substr(dot + 1), std::move(value)}});
    value.set_location(location);
    path.erase(dot);
  }
  config_text::set_paths(value, path);
  root.set_path(path, std::move(value));
}

}  // namespace

Config load_config(const std::string& file, const std::vector<std::string>& overrides) {
  std::vector<fs::path> chain;
  Config config = load_with_includes(file, chain);
  for (const std::string& text : overrides) apply_override(config, text);
  interpolate(config);
  return config;
}

}  // namespace spinel
