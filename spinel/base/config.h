// A configuration value: the tree that JSON and YAML files, golden metadata and component arguments are read into.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace spinel {

/// Null, boolean, integer, number, string, list or map (insertion order kept, keys unique), with the
/// place it was read from, so that an error can name file, line and key path.
class Config {
 public:
  struct Location {
    std::shared_ptr<const std::string> file;  ///< null: not read from a file
    int line = 0;                             ///< 1-based; 0: unknown
  };
  using List = std::vector<Config>;
  using Map = std::vector<std::pair<std::string, Config>>;
  enum class Type { null, boolean, integer, number, string, list, map };

  // Not inline: each user would compile all of the variant again.
  Config();
  Config(bool value);
  Config(int value);
  Config(int64_t value);
  Config(double value);
  Config(const char* value);
  Config(std::string value);
  Config(List value);
  Config(const Config& other);
  Config(Config&& other) noexcept;
  Config& operator=(const Config& other);
  Config& operator=(Config&& other) noexcept;
  ~Config();
  static Config map(Map entries = {});

  Type type() const { return static_cast<Type>(value_.index()); }
  bool is_null() const { return type() == Type::null; }
  bool is_map() const { return type() == Type::map; }
  bool is_list() const { return type() == Type::list; }
  bool is_string() const { return type() == Type::string; }
  /// "a map", "a string", …: for error messages.
  std::string_view type_name() const;

  /// The value as the type named. Wrong type: invalid_argument with `where()`. as_int also takes 3.0; as_double also
  /// takes integers and the strings nan, inf, -inf.
  bool as_bool() const;
  int64_t as_int() const;
  double as_double() const;
  const std::string& as_string() const;
  const List& as_list() const;
  const Map& as_map() const;
  List& as_list();
  Map& as_map();  ///< the caller keeps the keys unique
  std::vector<int64_t> as_ints() const;
  std::vector<double> as_doubles() const;
  std::vector<std::string> as_strings() const;

  /// Map access. find: null pointer if absent. at: error that names the key and the nearest existing one.
  const Config* find(std::string_view key) const;
  Config* find(std::string_view key);
  const Config& at(std::string_view key) const;
  bool contains(std::string_view key) const { return find(key) != nullptr; }
  /// Adds or replaces.
  void set(std::string_view key, Config value);
  bool erase(std::string_view key);
  /// "a.b.2" → value, or null pointer.
  const Config* find_path(std::string_view dotted) const;
  void set_path(std::string_view dotted, Config value);

  const Location& location() const { return location_; }
  void set_location(Location location) { location_ = std::move(location); }
  /// "file.yaml:12: Model.cutoff" or as much of it as is known; the beginning of every message about this value.
  std::string where() const;
  /// Key path from the root ("Model.SchNet.cutoff"); filled by the parsers.
  const std::string& path() const { return path_; }
  void set_path_name(std::string path) { path_ = std::move(path); }

  friend bool operator==(const Config& a, const Config& b);

 private:
  struct MapBox {
    Map entries;
    /// Maps are equal as objects: without order.
    bool operator==(const MapBox& other) const;
  };
  std::variant<std::monostate, bool, int64_t, double, std::string, List, MapBox> value_;
  Location location_;
  std::string path_;
};

/// Strict JSON (RFC 8259): duplicate keys, trailing text, depth > 64 and invalid UTF-8 are errors with the line.
/// `name` is what messages call the text (a file name).
Config parse_json(std::string_view text, std::string_view name);
/// JSON text; indent < 0: one line. Doubles round-trip; integers stay integers.
std::string to_json(const Config& value, int indent = 2);

/// YAML 1.2 core schema; duplicate keys, tags, anchors that expand past 10^5 nodes: errors with the line.
Config parse_yaml(std::string_view text, std::string_view name);
std::string to_yaml(const Config& value);

/// Reads a .yaml, .yml or .json file, resolves `include: other.yaml` (relative to the file; own keys win), applies
/// `overrides` ("a.b=c", YAML notation; the key may be new, option tables check it; a path into a number, past a list
/// or to another component is refused), then replaces `${a.b}` (a whole value keeps its type; in a text it is text).
Config load_config(const std::string& file, const std::vector<std::string>& overrides = {});

}  // namespace spinel
