#include "spinel/base/json_items.h"

#include <algorithm>
#include <optional>

#include "spinel/base/config.h"
#include "spinel/base/error.h"
#include "spinel/base/gzip.h"
#include "spinel/base/platform/file.h"
#include "spinel/base/utf8.h"

namespace spinel {
namespace {

constexpr size_t chunk = size_t{1} << 18;

bool is_blank(int c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

}  // namespace

struct JsonItems::State {
  static constexpr int end_of_text = -1;
  enum class Place { outside, in_list, in_map_list };

  State(std::string given_name, JsonItemsOptions given) : name(std::move(given_name)), options(std::move(given)) {}

  void open_file(const std::string& path) {
    file.emplace(File::open(path));
    size = file->size();
    packed.resize(chunk);
    unpacked.resize(chunk);
    std::byte first[2];
    const size_t got = file->read_at(0, first);
    if (GzipReader::has_signature(std::span<const std::byte>(first, got))) {
      gzip.emplace(name, [this] { return std::span<const std::byte>(packed.data(), read_file_piece(packed)); });
    }
  }
  size_t read_file_piece(std::vector<std::byte>& buffer) {
    const size_t got = file->read(buffer);
    offset += got;
    return got;
  }
  bool refill() {
    if (!file) return false;
    const size_t got = gzip ? gzip->read(unpacked) : read_file_piece(unpacked);
    rest = {reinterpret_cast<const char*>(unpacked.data()), got};
    return got > 0;
  }

  int peek() { return rest.empty() && !refill() ? end_of_text : static_cast<unsigned char>(rest.front()); }
  /// Takes what peek() showed.
  void take() {
    line += rest.front() == '\n';
    rest.remove_prefix(1);
  }
  int peek_solid() {
    int c;
    while (is_blank(c = peek())) take();
    return c;
  }
  bool take_if(char wanted) {
    if (peek_solid() != wanted) return false;
    take();
    return true;
  }
  [[noreturn]] void refuse(const std::string& what) {
    const int c = peek();
    const std::string found = c == end_of_text       ? "the end of the file"
                              : c < 0x20 || c > 0x7e ? format("the byte {}", c)
                                                     : format("'{}'", static_cast<char>(c));
    fail(ErrorKind::corrupt, "{}:{}: {} stands where {} is needed; it is cut or no JSON", name, line, found, what);
  }
  void append(std::string& text, char c) {
    if (text.size() >= options.max_item) {
      fail(ErrorKind::corrupt, "{}:{}: an item is longer than {} bytes", name, item_line, options.max_item);
    }
    text += c;
  }

  /// Appends the string that begins here, quotes and escapes as they are.
  void take_string(std::string& text) {
    for (bool escaped = false, opened = false;;) {
      const int c = peek();
      if (c == end_of_text || c == '\n') refuse("the end of a text");
      append(text, static_cast<char>(c));
      take();
      if (opened && !escaped && c == '"') return;
      escaped = opened && !escaped && c == '\\';
      opened = true;
    }
  }

  /// Appends the value that begins here.
  void take_value(std::string& text) {
    int64_t depth = 0;
    bool begun = false;
    while (true) {
      const int c = depth == 0 && !begun ? peek_solid() : peek();
      if (c == '"') {
        take_string(text);
        if (depth == 0) return;
      } else if (c == '{' || c == '[') {
        ++depth;
        append(text, static_cast<char>(c));
        take();
      } else if (c == end_of_text || ((c == ',' || c == '}' || c == ']' || is_blank(c)) && depth == 0)) {
        if (depth > 0 || !begun) refuse("a value");
        return;
      } else {
        depth -= c == '}' || c == ']';
        append(text, static_cast<char>(c));
        take();
        if ((c == '}' || c == ']') && depth == 0) return;
      }
      begun = true;
    }
  }

  bool is_list_key(const std::string& quoted) {
    return std::any_of(options.list_keys.begin(), options.list_keys.end(),
                       [&](const std::string& key) { return quoted == "\"" + key + "\""; });
  }

  /// Reads on in an outermost map; true where it has led to a list of items, false at its end.
  bool read_map() {
    while (true) {
      if (take_if('}')) return false;
      if (map_entries++ && !take_if(',')) refuse("',' or '}'");
      std::string key;
      if (peek_solid() != '"') refuse("a key");
      take_string(key);
      if (!take_if(':')) refuse("':'");
      if (peek_solid() == '[' && is_list_key(key)) {
        take();
        had_list = true;
        return true;
      }
      if (map_entries > 1 && !map_text.empty()) append(map_text, ',');
      for (const char c : key) append(map_text, c);
      append(map_text, ':');
      take_value(map_text);
    }
  }
  /// At the end of an outermost map: true if it is an item itself.
  bool finish_map(std::string_view& item) {
    place = Place::outside;
    if (had_list) return false;
    text = "{" + map_text + "}";
    item = text;
    ++count;
    return true;
  }

  bool next(std::string_view& item) {
    while (true) {
      if (place == Place::outside) {
        const int c = peek_solid();
        if (c == end_of_text) return false;
        if (c != '[' && c != '{') refuse("'[' or '{'");
        item_line = line;
        take();
        elements = 0;
        if (c == '[') {
          place = Place::in_list;
          continue;
        }
        map_text.clear();
        map_entries = 0;
        had_list = false;
        if (read_map()) place = Place::in_map_list;
        else if (finish_map(item)) return true;
        continue;
      }
      if (take_if(']')) {
        elements = 0;
        if (place == Place::in_list) place = Place::outside;
        else if (!read_map() && finish_map(item)) return true;
        continue;
      }
      if (elements++ && !take_if(',')) refuse("',' or ']'");
      peek_solid();
      item_line = line;
      text.clear();
      take_value(text);
      item = text;
      ++count;
      return true;
    }
  }

  std::string name;
  JsonItemsOptions options;
  std::optional<File> file;
  std::optional<GzipReader> gzip;
  std::vector<std::byte> packed, unpacked;
  std::string_view rest;
  uint64_t size = 0, offset = 0;
  int64_t line = 1, item_line = 1, count = 0;
  Place place = Place::outside;
  int64_t elements = 0, map_entries = 0;
  bool had_list = false;
  std::string text, map_text;
};

JsonItems::JsonItems(const std::string& path, JsonItemsOptions options)
    : state_(std::make_unique<State>(options.name.empty() ? path : options.name, options)) {
  state_->open_file(path);
}
JsonItems::JsonItems(std::string_view text, std::string name, JsonItemsOptions options)
    : state_(std::make_unique<State>(std::move(name), std::move(options))) {
  state_->rest = text;
  state_->size = state_->offset = text.size();
}
JsonItems::~JsonItems() = default;
JsonItems::JsonItems(JsonItems&&) noexcept = default;
JsonItems& JsonItems::operator=(JsonItems&&) noexcept = default;

bool JsonItems::next(std::string_view& item) { return state_->next(item); }
int64_t JsonItems::line() const { return state_->item_line; }
int64_t JsonItems::count() const { return state_->count; }
uint64_t JsonItems::file_size() const { return state_->size; }
uint64_t JsonItems::file_offset() const { return state_->offset; }

}  // namespace spinel
