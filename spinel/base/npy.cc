#include "spinel/base/npy.h"

#include <cctype>
#include <charconv>
#include <cstring>
#include <limits>

#include "spinel/base/error.h"
#include "spinel/base/platform/memory_map.h"
#include "spinel/base/suggest.h"
#include "spinel/base/utf8.h"

namespace spinel {
namespace {

constexpr std::string_view magic = "\x93NUMPY";
constexpr size_t max_axes = 32;  // NumPy's own limit before version 2

[[noreturn]] void broken(std::string_view name, std::string_view what) {
  fail(ErrorKind::corrupt, "{}: {}; the file is damaged or no NumPy array", name, what);
}

/// The header is the text of a Python dict with the keys descr, fortran_order and shape, and nothing else.
class HeaderReader {
 public:
  HeaderReader(std::string_view text, std::string_view name) : rest_(text), name_(name) {}

  struct Header {
    std::string descr;
    bool fortran_order = false;
    std::vector<int64_t> shape;
  };
  Header read() {
    Header header;
    bool has[3] = {};
    expect('{');
    while (!take('}')) {
      const std::string key = text();
      expect(':');
      const int which = key == "descr" ? 0 : key == "fortran_order" ? 1 : key == "shape" ? 2 : -1;
      if (which < 0 || has[which]) {
        broken(name_, format("its header has the key '{}', which is unknown or there twice", to_valid_utf8(key)));
      }
      has[which] = true;
      if (which == 0) header.descr = descr();
      else if (which == 1) header.fortran_order = boolean();
      else header.shape = shape();
      if (!take(',')) {
        expect('}');
        break;
      }
    }
    skip();
    if (!rest_.empty()) broken(name_, "its header goes on after the dict");
    if (!has[0] || !has[1] || !has[2]) broken(name_, "its header lacks descr, fortran_order or shape");
    return header;
  }

 private:
  void skip() {
    while (!rest_.empty() && std::isspace(static_cast<unsigned char>(rest_.front()))) rest_.remove_prefix(1);
  }
  bool take(char c) {
    skip();
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!take(c)) broken(name_, format("its header has no '{}' before '{}'", c, to_valid_utf8(rest_.substr(0, 20))));
  }
  std::string text() {
    skip();
    const char quote = rest_.empty() ? ' ' : rest_.front();
    if (quote != '\'' && quote != '"') broken(name_, "its header lacks a quoted text");
    const size_t end = rest_.find(quote, 1);
    if (end == std::string_view::npos) broken(name_, "its header has a text without an end");
    const std::string result(rest_.substr(1, end - 1));
    rest_.remove_prefix(end + 1);
    return result;
  }
  std::string descr() {
    skip();
    // A list describes a record of several fields.
    require(rest_.empty() || rest_.front() != '[', "{}: it is a structured array; one of plain numbers is needed",
            name_);
    return text();
  }
  bool boolean() {
    skip();
    for (const std::string_view word : {"True", "False"}) {
      if (!rest_.starts_with(word)) continue;
      rest_.remove_prefix(word.size());
      return word == "True";
    }
    broken(name_, "fortran_order is neither True nor False");
  }
  std::vector<int64_t> shape() {
    std::vector<int64_t> sizes;
    expect('(');
    while (!take(')')) {
      skip();
      int64_t size = -1;
      const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), size);
      if (error != std::errc() || size < 0) {
        broken(name_, format("'{}' in its shape is no size", to_valid_utf8(rest_.substr(0, 20))));
      }
      rest_.remove_prefix(static_cast<size_t>(end - rest_.data()));
      take('L');  // how Python 2 wrote long integers
      sizes.push_back(size);
      if (sizes.size() > max_axes) broken(name_, format("its shape has more than {} axes", max_axes));
      if (!take(',')) {
        expect(')');
        break;
      }
    }
    return sizes;
  }

  std::string_view rest_, name_;
};

/// "<f8" → kind and size.
void read_descr(const std::string& descr, NpyArray& array, std::string_view name) {
  const auto shown = to_valid_utf8(descr.substr(0, 20));
  require(descr.find('O') == std::string::npos, "{}: it holds Python objects, which are not read; save plain arrays",
          name);
  require(!descr.starts_with('>') || descr.ends_with('1'), "{}: its type '{}' is big-endian; save it as little-endian",
          name, shown);
  static constexpr std::string_view known = "fiubSU";
  int size = 0;
  const char* const end = descr.data() + descr.size();
  const bool form = descr.size() >= 3 && (descr[0] == '<' || descr[0] == '|' || descr[0] == '=' || descr[0] == '>') &&
                    known.find(descr[1]) != std::string_view::npos;
  const auto read = form ? std::from_chars(descr.data() + 2, end, size) : std::from_chars_result{end, std::errc()};
  const bool text = form && (descr[1] == 'S' || descr[1] == 'U');
  const bool fits = text ? size >= 0 && size <= 1 << 20 : size == 1 || size == 2 || size == 4 || size == 8;
  if (!form || read.ec != std::errc() || read.ptr != end || !fits || (descr[1] == 'f' && size == 1)) {
    fail(ErrorKind::corrupt, "{}: '{}' is no type of numbers; known are '<f8', '<f4', '<i8' and their like", name,
         shown);
  }
  array.kind = descr[1];
  array.size = descr[1] == 'U' ? 4 * size : size;
}

template <typename T>
double load(const std::byte* at) {
  T value;
  std::memcpy(&value, at, sizeof(T));
  return static_cast<double>(value);
}

}  // namespace

int64_t NpyArray::num_elements() const { return size ? static_cast<int64_t>(bytes.size()) / size : 0; }

bool NpyArray::is_number() const {
  return kind == 'i' || kind == 'u' || (kind == 'f' && size >= 4) || (kind == 'b' && size == 1);
}

double NpyArray::real(int64_t index) const {
  const std::byte* const at = bytes.data() + index * size;
  if (kind == 'f') return size == 8 ? load<double>(at) : load<float>(at);
  const bool is_signed = kind == 'i';
  switch (size) {
    case 1: return is_signed ? load<int8_t>(at) : load<uint8_t>(at);
    case 2: return is_signed ? load<int16_t>(at) : load<uint16_t>(at);
    case 4: return is_signed ? load<int32_t>(at) : load<uint32_t>(at);
    default: return is_signed ? load<int64_t>(at) : load<uint64_t>(at);
  }
}

NpyArray parse_npy(std::span<const std::byte> bytes, std::string_view name) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.size() < 10 || !text.starts_with(magic)) broken(name, "it does not begin with NumPy's signature");
  const int version = static_cast<uint8_t>(text[6]);
  if (version < 1 || version > 3) broken(name, format("its format version is {}; 1 to 3 are known", version));
  const size_t length_size = version == 1 ? 2 : 4, begin = 8 + length_size;
  if (text.size() < begin) broken(name, "it ends in the header");
  uint64_t length = 0;
  for (size_t i = length_size; i-- > 0;) length = length << 8 | static_cast<uint8_t>(text[8 + i]);
  if (length > text.size() - begin) {
    broken(name, format("its header has {} bytes, but {} follow", length, text.size() - begin));
  }
  const auto header = HeaderReader(text.substr(begin, length), name).read();
  NpyArray array;
  read_descr(header.descr, array, name);
  array.shape = header.shape;
  require(!header.fortran_order || array.shape.size() < 2,
          "{}: the array is in column-major order; save it with numpy.ascontiguousarray", name);
  const uint64_t available = text.size() - begin - length;
  uint64_t needed = static_cast<uint64_t>(array.size);
  // An axis of length 0 makes the array empty, whatever the others say.
  for (const int64_t size : array.shape) needed = size == 0 ? 0 : needed;
  for (const int64_t size : array.shape) {
    if (needed && static_cast<uint64_t>(size) > available / needed) {
      broken(name, format("its shape ({}) needs more than the {} bytes that follow", join_text(array.shape, ", "),
                          available));
    }
    needed *= static_cast<uint64_t>(size);
  }
  if (needed != available) {
    broken(name,
           format("its shape ({}) needs {} bytes, but {} follow", join_text(array.shape, ", "), needed, available));
  }
  array.bytes = bytes.subspan(begin + length);
  return array;
}

NpzFile NpzFile::open(const std::string& path, const std::string& name) {
  return NpzFile(MemoryMap::open(path), name.empty() ? path : name);
}

NpzFile::NpzFile(std::shared_ptr<const MemoryMap> map, const std::string& path)
    : path_(path), map_(std::move(map)), archive_(map_->bytes(), path) {}

std::vector<std::string> NpzFile::names() const {
  std::vector<std::string> keys;
  for (const std::string& name : archive_.names()) {
    keys.push_back(name.ends_with(".npy") ? name.substr(0, name.size() - 4) : name);
  }
  return keys;
}

bool NpzFile::contains(std::string_view key) const { return archive_.contains(std::string(key) + ".npy"); }

NpyArray NpzFile::array(std::string_view key) {
  if (!contains(key)) {
    fail(ErrorKind::not_found, "{}: it holds no array '{}'{}", path_, key, suggestion(key, names()));
  }
  return parse_npy(archive_.read(std::string(key) + ".npy"), path_ + ": " + std::string(key));
}

void NpzFile::check_intact() const {
  if (!map_->intact()) fail(ErrorKind::corrupt, "{}: the file was cut while it was read", path_);
}

}  // namespace spinel
