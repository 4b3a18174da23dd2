// Types of nodes and of edges of heterogeneous graphs, and dictionaries by them.
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spinel/base/error.h"
#include "spinel/base/suggest.h"

namespace spinel::graph {

/// (source, relation, target): ("author", "writes", "paper").
struct EdgeType {
  std::string source, relation, target;

  /// "author__writes__paper": the key of files and calls by name.
  std::string key() const { return source + "__" + relation + "__" + target; }
  /// "(author, writes, paper)": for messages.
  std::string text() const { return "(" + source + ", " + relation + ", " + target + ")"; }
  bool operator==(const EdgeType&) const = default;
  auto operator<=>(const EdgeType&) const = default;
};

/// The type with this key. Another number of parts than three between "__", or an empty one: invalid_argument that
/// `owner` begins. Types whose names hold "__" are found by find_edge_type() alone.
EdgeType parse_edge_type(std::string_view key, std::string_view owner);
/// The one of `known` with this key, or else parse_edge_type().
EdgeType find_edge_type(std::string_view key, const std::vector<EdgeType>& known, std::string_view owner);

/// The node types and edge types of a heterogeneous graph.
struct Metadata {
  std::vector<std::string> node_types;
  std::vector<EdgeType> edge_types;
};

/// Values by edge type in order of insertion.
template <typename T>
class EdgeDict {
 public:
  using Entry = std::pair<EdgeType, T>;
  EdgeDict() = default;
  EdgeDict(std::initializer_list<Entry> entries) {
    for (const Entry& entry : entries) set(entry.first, entry.second);
  }

  size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }
  auto begin() { return entries_.begin(); }
  auto end() { return entries_.end(); }
  /// Null pointer if absent.
  const T* find(const EdgeType& type) const {
    for (const Entry& entry : entries_) {
      if (entry.first == type) return &entry.second;
    }
    return nullptr;
  }
  /// Absent: not_found with the nearest known type; `owner` begins the message.
  const T& at(const EdgeType& type, std::string_view owner = "edge types") const {
    if (const T* found = find(type)) return *found;
    fail(ErrorKind::not_found, "{}: there is no edge type {}{}", owner, type.text(), suggestion(type.key(), keys()));
  }
  /// Adds or replaces.
  void set(const EdgeType& type, T value) {
    for (Entry& entry : entries_) {
      if (entry.first == type) {
        entry.second = std::move(value);
        return;
      }
    }
    entries_.emplace_back(type, std::move(value));
  }
  std::vector<EdgeType> types() const {
    std::vector<EdgeType> all;
    for (const Entry& entry : entries_) all.push_back(entry.first);
    return all;
  }
  std::vector<std::string> keys() const {
    std::vector<std::string> all;
    for (const Entry& entry : entries_) all.push_back(entry.first.key());
    return all;
  }

 private:
  std::vector<Entry> entries_;
};

}  // namespace spinel::graph
