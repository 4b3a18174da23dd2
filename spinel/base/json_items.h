// Cuts a JSON text of many items into them, so that a list of any length is read with the memory of one item.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spinel {

struct JsonItemsOptions {
  /// Keys of an outermost map whose list holds the items; such a map is no item itself.
  std::vector<std::string> list_keys = {};
  std::string name = "";                ///< what messages call the file; empty: its path
  size_t max_item = size_t{256} << 20;  ///< bytes
};

/// The items of a file: the elements of an outermost list, outermost maps, or the elements of a list under one of
/// `list_keys` in one. Outermost values may follow one another (JSON Lines, pages of answers put together). gzip is
/// recognised by its content. An item is cut out by its brackets and quotes alone; parse_json then judges it.
/// Anything else outside of items, or an end inside: corrupt with file and line.
class JsonItems {
 public:
  explicit JsonItems(const std::string& path, JsonItemsOptions options = {});
  /// Reads `text`, which must stay alive; `name` is the file's name in messages.
  JsonItems(std::string_view text, std::string name, JsonItemsOptions options = {});
  ~JsonItems();
  JsonItems(JsonItems&&) noexcept;
  JsonItems& operator=(JsonItems&&) noexcept;

  /// The text of the next item, valid until the next call; false at the end.
  bool next(std::string_view& item);
  /// Line (from 1) on which the last item began.
  int64_t line() const;
  int64_t count() const;         ///< items so far
  uint64_t file_size() const;    ///< bytes
  uint64_t file_offset() const;  ///< bytes of the file consumed so far, for a progress bar

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace spinel
