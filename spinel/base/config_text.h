// What the JSON and YAML readers and writers share: limits, numbers as text, and the building of located values.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "spinel/base/config.h"

namespace spinel::config_text {

inline constexpr int max_depth = 64;

/// `text` as a number if all of it has JSON's or YAML's decimal form; integers that leave int64 become doubles.
/// A number beyond the range of double (1e400): invalid_argument beginning with `where`. Null: not a number.
/// Independent of the locale.
Config parse_number(std::string_view text, const std::string& where);

/// The shortest text that reads back as the same double, always with a '.', an exponent, or as nan, inf, -inf.
std::string number_text(double value);

/// `text` in double quotes with JSON's escapes (which are YAML's too).
std::string quoted(std::string_view text);

/// Builds a Config from the events of a parser, and gives each value its location and key path.
class TreeBuilder {
 public:
  /// `name` is what messages call the text; more than `max_nodes` values are an error.
  TreeBuilder(std::string_view name, size_t max_nodes);

  void set_line(int line) { line_ = line; }
  void begin_map();
  void begin_list();
  /// The key of the next value; given twice in one map: error.
  void key(std::string text);
  bool wants_key() const { return !stack_.empty() && stack_.back().is_map && !stack_.back().has_key; }
  void scalar(Config value);
  /// Ends the map or list begun last; its value goes to its parent.
  void end();
  /// A copy of a value read before (a YAML alias); counts with all its nodes.
  void copy_of(const Config& value);

  /// Adds to the number of values that is limited.
  void count(size_t nodes);

  /// The value placed last; valid until the next event.
  const Config& last() const { return *last_; }
  Config take_root() { return std::move(root_); }
  bool empty() const { return !has_root_; }
  size_t depth() const { return stack_.size(); }
  /// "name:line", the beginning of every message.
  std::string where() const;
  [[noreturn]] void fail_here(const std::string& what) const;

 private:
  struct Open {
    bool is_map = false;
    bool has_key = false;
    int line = 0;
    std::string path;
    std::string key;
    Config::Map entries;
    Config::List items;
    std::unordered_set<std::string> keys;
  };
  std::string path_of_next() const;
  void begin(bool is_map);
  void place(Config value, int line, std::string path);

  std::shared_ptr<const std::string> file_;
  size_t max_nodes_;
  size_t nodes_ = 0;
  int line_ = 1;
  std::vector<Open> stack_;
  Config root_;
  bool has_root_ = false;
  const Config* last_ = nullptr;
};

/// Values in the tree, the root included.
size_t count_nodes(const Config& value);
/// Sets the key paths of a tree that stands at `path`.
void set_paths(Config& value, const std::string& path);
std::string join_path(const std::string& parent, std::string_view key);

}  // namespace spinel::config_text
