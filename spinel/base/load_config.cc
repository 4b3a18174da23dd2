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

/// Keys or indices that exist at the deepest existing ancestor of `path`, for the suggestion.
void require_known_path(const Config& root, const std::string& path, const std::string& where) {
  const Config* at = &root;
  size_t begin = 0;
  while (begin <= path.size()) {
    const size_t end = std::min(path.find('.', begin), path.size());
    const std::string key = path.substr(begin, end - begin);
    const Config* next = at->find_path(key);
    if (!next || key.empty()) {
      std::vector<std::string> known;
      if (at->is_map()) {
        for (const auto& entry : at->as_map()) known.push_back(entry.first);
      }
      const std::string parent = path.substr(0, begin ? begin - 1 : 0);
      fail(ErrorKind::invalid_argument, "{}: {} has no key '{}'{} (begin with '+' to add a key)", where,
           parent.empty() ? "the config" : "'" + parent + "'", key, suggestion(key, known));
    }
    at = next;
    begin = end + 1;
  }
}

void apply_override(Config& root, const std::string& text) {
  const std::string where = "--set " + text;
  const bool add = text.starts_with('+');
  const size_t equals = text.find('=');
  require(equals != std::string::npos && equals > (add ? 1 : 0), "{}: not an assignment; write section.key=value",
          where);
  const std::string path = text.substr(add ? 1 : 0, equals - (add ? 1 : 0));
  require(std::count(path.begin(), path.end(), '.') < config_text::max_depth && path.find("..") == std::string::npos &&
              !path.starts_with('.') && !path.ends_with('.'),
          "{}: '{}' is no key path; write section.key=value", where, path.substr(0, 200));
  if (!add) require_known_path(root, path, where);
  Config value = parse_yaml(std::string_view(text).substr(equals + 1), where);
  value.set_location({std::make_shared<const std::string>(where), 0});
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
