#include "spinel/base/safetensors_header.h"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <set>
#include <tuple>

#include "spinel/base/error.h"

namespace spinel {
namespace {

namespace json = boost::json;

constexpr size_t max_dimensions = 64;
constexpr size_t max_depth = 64;
constexpr std::string_view metadata_key = "__metadata__";

/// Receives the parser's events and builds the entries. The form is fixed: an object of objects, whose fields are
/// texts or flat arrays of integers, so the current place is known from the depth and the two keys above.
class HeaderHandler {
 public:
  static constexpr size_t max_object_size = SIZE_MAX;
  static constexpr size_t max_array_size = SIZE_MAX;
  static constexpr size_t max_key_size = SIZE_MAX;
  static constexpr size_t max_string_size = SIZE_MAX;

  explicit HeaderHandler(std::string_view file) : file_(file) {}

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }

  bool on_object_begin(json::error_code&) {
    if (in_array_ || depth_ >= 2) fail_at("has an object where a value is expected");
    ++depth_;
    if (depth_ == 2 && !in_metadata_) {
      entry_ = {};
      entry_.name = name_;
      has_dtype_ = has_shape_ = has_offsets_ = false;
    }
    return true;
  }
  bool on_object_end(size_t, json::error_code&) {
    if (depth_ == 2 && !in_metadata_) finish_entry();
    --depth_;
    return true;
  }
  bool on_array_begin(json::error_code&) {
    if (depth_ != 2 || in_metadata_ || in_array_ || field_ == "dtype") fail_at("has an array where none is expected");
    in_array_ = true;
    numbers_.clear();
    return true;
  }
  bool on_array_end(size_t, json::error_code&) {
    in_array_ = false;
    if (field_ == "shape") {
      entry_.shape.assign(numbers_.begin(), numbers_.end());
      has_shape_ = true;
    } else {
      if (numbers_.size() != 2) fail_at("has {} numbers; begin and end are needed", numbers_.size());
      entry_.begin = static_cast<uint64_t>(numbers_[0]);
      entry_.end = static_cast<uint64_t>(numbers_[1]);
      has_offsets_ = true;
    }
    return true;
  }

  bool on_key_part(json::string_view part, size_t, json::error_code&) {
    text_.append(part.data(), part.size());
    return true;
  }
  bool on_key(json::string_view part, size_t, json::error_code&) {
    text_.append(part.data(), part.size());
    if (depth_ == 1) begin_name(take_text());
    else begin_field(take_text());
    return true;
  }
  bool on_string_part(json::string_view part, size_t, json::error_code&) {
    text_.append(part.data(), part.size());
    return true;
  }
  bool on_string(json::string_view part, size_t, json::error_code&) {
    text_.append(part.data(), part.size());
    std::string value = take_text();
    if (depth_ == 2 && in_metadata_) {
      header_.metadata[field_] = std::move(value);
    } else if (depth_ == 2 && field_ == "dtype" && !in_array_) {
      entry_.dtype = parse_dtype(value);
      has_dtype_ = true;
    } else {
      fail_at("is a text where none is expected");
    }
    return true;
  }

  bool on_number_part(json::string_view, json::error_code&) { return true; }
  bool on_int64(int64_t value, json::string_view, json::error_code&) {
    if (!in_array_) fail_at("is a number where none is expected");
    if (value < 0) fail_at("has the negative number {}", value);
    if (numbers_.size() >= max_dimensions) fail_at("has more than {} dimensions", max_dimensions);
    numbers_.push_back(value);
    return true;
  }
  bool on_uint64(uint64_t value, json::string_view, json::error_code&) {
    if (value > static_cast<uint64_t>(INT64_MAX)) fail_at("has the number {}, which is beyond 2^63", value);
    return on_int64(static_cast<int64_t>(value), {}, unused_);
  }
  bool on_double(double value, json::string_view, json::error_code&) {
    fail_at("has the number {}, which is no integer below 2^63", value);
  }
  bool on_bool(bool, json::error_code&) { fail_at("is a boolean where none is expected"); }
  bool on_null(json::error_code&) { fail_at("is null where a value is expected"); }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

  SafetensorsHeader take() { return std::move(header_); }

 private:
  /// Throws corrupt naming the file, the tensor and the field.
  template <typename... Args>
  [[noreturn]] void fail_at(format_internal::FormatString<std::type_identity_t<Args>...> text, const Args&... args) {
    const std::string what = format<Args...>(text, args...);
    if (depth_ < 1 || name_.empty()) fail(ErrorKind::corrupt, "{}: header {}", file_, what);
    if (depth_ < 2) fail(ErrorKind::corrupt, "{}: '{}' {}", file_, name_, what);
    fail(ErrorKind::corrupt, "{}: '{}': {} {}", file_, name_, field_, what);
  }

  std::string take_text() { return std::exchange(text_, {}); }

  void begin_name(std::string name) {
    name_ = std::move(name);
    in_metadata_ = name_ == metadata_key;
    if (!names_.insert(name_).second) fail(ErrorKind::corrupt, "{}: '{}' is there twice", file_, name_);
  }

  void begin_field(std::string field) {
    field_ = std::move(field);
    if (in_metadata_) {
      if (header_.metadata.count(field_)) fail_at("is there twice");
      return;
    }
    const bool twice = (field_ == "dtype" && has_dtype_) || (field_ == "shape" && has_shape_) ||
                       (field_ == "data_offsets" && has_offsets_);
    if (twice) fail_at("is there twice");
    if (field_ != "dtype" && field_ != "shape" && field_ != "data_offsets") {
      fail_at("is an unknown field; dtype, shape and data_offsets are known");
    }
  }

  Dtype parse_dtype(std::string_view text) {
    for (int i = 0; i <= static_cast<int>(Dtype::f8_e5m2); ++i) {
      if (to_string(static_cast<Dtype>(i)) == text) return static_cast<Dtype>(i);
    }
    fail_at("'{}' is unknown", text);
  }

  void finish_entry() {
    const char* missing = !has_dtype_ ? "dtype" : !has_shape_ ? "shape" : !has_offsets_ ? "data_offsets" : nullptr;
    if (missing) fail(ErrorKind::corrupt, "{}: '{}' has no {}", file_, name_, missing);
    header_.entries.push_back(std::move(entry_));
  }

  std::string_view file_;
  SafetensorsHeader header_;
  std::set<std::string> names_;
  std::string name_, field_, text_;
  std::vector<int64_t> numbers_;
  SafetensorsEntry entry_;
  json::error_code unused_;
  int depth_ = 0;
  bool in_array_ = false, in_metadata_ = false;
  bool has_dtype_ = false, has_shape_ = false, has_offsets_ = false;
};

/// Bytes of a tensor, or nothing where they exceed 2^63.
std::optional<uint64_t> byte_size(Dtype dtype, const std::vector<int64_t>& shape) {
  uint64_t size = element_size(dtype);
  // A zero anywhere makes the tensor empty, whatever the product of the others.
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return 0;
  for (const int64_t extent : shape) {
    if (static_cast<uint64_t>(extent) > static_cast<uint64_t>(INT64_MAX) / size) return std::nullopt;
    size *= static_cast<uint64_t>(extent);
  }
  return size;
}

void check_entry(const SafetensorsEntry& entry, uint64_t data_size, std::string_view file) {
  if (entry.begin > entry.end || entry.end > data_size) {
    fail(ErrorKind::corrupt, "{}: '{}': data_offsets are [{}, {}], but the file has {} bytes of data", file, entry.name,
         entry.begin, entry.end, data_size);
  }
  const std::optional<uint64_t> size = byte_size(entry.dtype, entry.shape);
  if (!size || *size != entry.end - entry.begin) {
    fail(ErrorKind::corrupt, "{}: '{}': shape [{}] of {} needs {} bytes, but data_offsets give {}", file, entry.name,
         join_text(entry.shape, ", "), to_string(entry.dtype), size ? format("{}", *size) : "more than 2^63",
         entry.end - entry.begin);
  }
}

}  // namespace

SafetensorsHeader parse_safetensors_header(std::string_view text, uint64_t data_size, std::string_view file) {
  if (!text.starts_with('{')) fail(ErrorKind::corrupt, "{}: the header does not start with '{{'", file);
  json::parse_options options;
  options.max_depth = max_depth;
  json::basic_parser<HeaderHandler> parser(options, file);
  json::error_code error;
  const size_t used = parser.write_some(false, text.data(), text.size(), error);
  if (error) fail(ErrorKind::corrupt, "{}: the header is no JSON: {} at byte {}", file, error.message(), used);
  if (text.find_first_not_of(' ', used) != std::string_view::npos) {
    fail(ErrorKind::corrupt, "{}: the header has text behind its JSON at byte {}", file, used);
  }
  SafetensorsHeader header = parser.handler().take();
  std::sort(header.entries.begin(), header.entries.end(), [](const auto& a, const auto& b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  uint64_t position = 0;
  for (const SafetensorsEntry& entry : header.entries) {
    check_entry(entry, data_size, file);
    if (entry.begin != position) {
      fail(ErrorKind::corrupt, "{}: '{}' begins at byte {} of the data, but the tensor before it ends at {}", file,
           entry.name, entry.begin, position);
    }
    position = entry.end;
  }
  if (position != data_size) {
    fail(ErrorKind::corrupt, "{}: the tensors end at byte {} of the data, but there are {}", file, position, data_size);
  }
  return header;
}

std::string make_safetensors_header(const std::vector<const NamedTensorView*>& tensors,
                                    const std::map<std::string, std::string>& metadata) {
  const auto quoted = [](std::string_view text) { return json::serialize(json::string(text)); };
  std::string header = "{";
  if (!metadata.empty()) {
    header += quoted(metadata_key) + ":{";
    for (const auto& [key, value] : metadata) header += quoted(key) + ":" + quoted(value) + ",";
    header.back() = '}';
    header += ",";
  }
  uint64_t position = 0;
  for (const NamedTensorView* item : tensors) {
    const uint64_t end = position + item->tensor.bytes.size();
    header += format("{}:{{\"dtype\":\"{}\",\"shape\":[{}],\"data_offsets\":[{},{}]}},", quoted(item->name),
                     to_string(item->tensor.dtype), join_text(item->tensor.shape, ","), position, end);
    position = end;
  }
  if (header.size() > 1) header.pop_back();
  header += "}";
  header.append((8 - header.size() % 8) % 8, ' ');
  return header;
}

}  // namespace spinel
