#include "spinel/base/interpolation.h"

#include <algorithm>

#include "spinel/base/config_text.h"
#include "spinel/base/error.h"
#include "spinel/base/suggest.h"

namespace spinel {
namespace {

constexpr size_t max_copied_nodes = 100'000;
constexpr size_t max_inserted_text = size_t{16} << 20;

class Interpolator {
 public:
  explicit Interpolator(const Config& source) : source_(source) {}

  /// Resolves all strings at and below `value`, which stands at `path` from the root.
  void resolve(Config& value, const std::string& path) {
    if (value.is_map()) {
      for (auto& [key, item] : value.as_map()) resolve(item, config_text::join_path(path, key));
    } else if (value.is_list()) {
      size_t index = 0;
      for (Config& item : value.as_list()) resolve(item, config_text::join_path(path, std::to_string(index++)));
    } else if (value.is_string() && value.as_string().find("${") != std::string::npos) {
      value = resolved_string(value);
    }
  }

 private:
  Config resolved_string(const Config& value) {
    const std::string& text = value.as_string();
    std::string result;
    size_t at = 0;
    while (true) {
      const size_t start = text.find("${", at);
      if (start == std::string::npos) break;
      if (start > 0 && text[start - 1] == '\\') {
        result += text.substr(at, start - 1 - at) + "${";
        at = start + 2;
        continue;
      }
      const size_t end = text.find('}', start);
      require(end != std::string::npos, "{}: '{}' has no closing brace; write ${{section.key}}", value.where(), text);
      const Config target = lookup(text.substr(start + 2, end - start - 2), value);
      if (start == 0 && end + 1 == text.size()) return placed(target, value);
      result += text.substr(at, start - at) + as_text(target, value);
      at = end + 1;
      inserted_ += result.size();
      require(inserted_ <= max_inserted_text, "{}: the references insert more than 16 MiB of text", value.where());
    }
    return placed(Config(result + text.substr(at)), value);
  }

  /// The resolved value at `path`.
  Config lookup(const std::string& path, const Config& reference) {
    const Config* found = path.empty() ? nullptr : source_.find_path(path);
    if (!found) {
      fail(ErrorKind::invalid_argument, "{}: ${{{}}} refers to nothing{}", reference.where(), path,
           suggestion(path, all_paths()));
    }
    require(std::find(visiting_.begin(), visiting_.end(), path) == visiting_.end(), "{}: ${{{}}} refers to itself",
            reference.where(), path);
    require(visiting_.size() < static_cast<size_t>(config_text::max_depth), "{}: references are nested deeper than {}",
            reference.where(), config_text::max_depth);
    copied_ += config_text::count_nodes(*found);
    require(copied_ <= max_copied_nodes, "{}: the references copy more than {} values", reference.where(),
            max_copied_nodes);
    Config copy = *found;
    visiting_.push_back(path);
    resolve(copy, path);
    visiting_.pop_back();
    return copy;
  }

  Config placed(Config value, const Config& reference) {
    const size_t nodes = config_text::count_nodes(value);
    copied_ += nodes - 1;
    require(copied_ <= max_copied_nodes, "{}: the references copy more than {} values", reference.where(),
            max_copied_nodes);
    value.set_location(reference.location());
    config_text::set_paths(value, reference.path());
    return value;
  }

  static std::string as_text(const Config& value, const Config& reference) {
    switch (value.type()) {
      case Config::Type::string: return value.as_string();
      case Config::Type::number: return config_text::number_text(value.as_double());
      case Config::Type::integer:
      case Config::Type::boolean: return to_json(value, -1);
      default:
        fail(ErrorKind::invalid_argument, "{}: {} cannot stand inside a text; a number, boolean or string can",
             reference.where(), value.type_name());
    }
  }

  std::vector<std::string> all_paths() const {
    std::vector<std::string> paths;
    collect(source_, "", paths);
    return paths;
  }
  static void collect(const Config& value, std::string path, std::vector<std::string>& paths) {
    // Enough for a suggestion, and a bound on its cost.
    if (!value.is_map() || paths.size() > 2000) return;
    for (const auto& [key, item] : value.as_map()) {
      paths.push_back(config_text::join_path(path, key));
      collect(item, paths.back(), paths);
    }
  }

  const Config& source_;  ///< with its references: each is resolved anew where it is used
  std::vector<std::string> visiting_;
  size_t copied_ = 0;
  size_t inserted_ = 0;
};

}  // namespace

void interpolate(Config& root) {
  const Config source = root;
  Interpolator(source).resolve(root, "");
}

}  // namespace spinel
