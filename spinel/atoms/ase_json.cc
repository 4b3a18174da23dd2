#include "spinel/atoms/ase_json.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "spinel/base/error.h"

namespace spinel::ase {
namespace {

constexpr size_t offset_size = 8;

/// corrupt in place of the JSON reader's invalid_argument: the user did not write it.
Config parse(std::string_view text, const std::string& where) {
  try {
    return parse_json(text, where);
  } catch (const Error& error) {
    throw Error(ErrorKind::corrupt, error.what());
  }
}

int64_t num_elements(const std::vector<int64_t>& shape) {
  // First, as the product of the others may be beyond all bounds.
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return 0;
  int64_t count = 1;
  for (const int64_t size : shape) count *= size;
  return count;
}

/// The shape, if it needs no more than `available` elements.
std::vector<int64_t> checked_shape(const Config& value, uint64_t available, const std::string& where) {
  std::vector<int64_t> shape;
  uint64_t count = 1;
  bool empty = false;
  for (const Config& item : value.as_list()) {
    shape.push_back(item.as_int());
    if (shape.back() < 0) fail(ErrorKind::corrupt, "{}: an array has the size {}", where, shape.back());
    empty = empty || shape.back() == 0;
  }
  for (const int64_t size : shape) {
    if (!empty && static_cast<uint64_t>(size) > available / count) {
      fail(ErrorKind::corrupt, "{}: an array of shape [{}] does not fit into the {} elements that are there", where,
           join_text(shape, ", "), available);
    }
    count *= empty ? 1 : static_cast<uint64_t>(size);
  }
  return shape;
}

template <typename Target, typename Source>
std::vector<Target> load(std::span<const std::byte> bytes) {
  static_assert(std::endian::native == std::endian::little);
  std::vector<Target> values(bytes.size() / sizeof(Source));
  for (size_t i = 0; i < values.size(); ++i) {
    Source value;
    std::memcpy(&value, bytes.data() + i * sizeof(Source), sizeof(Source));
    values[i] = static_cast<Target>(value);
  }
  return values;
}

struct Type {
  std::string_view name;
  size_t size;
  void (*load)(FrameProperty& property, std::span<const std::byte> bytes);
};

template <typename Target, typename Source>
constexpr Type type(std::string_view name) {
  return {name, sizeof(Source), [](FrameProperty& property, std::span<const std::byte> bytes) {
            property.values = load<Target, Source>(bytes);
          }};
}

constexpr Type types[] = {
    type<double, double>("float64"), type<double, float>("float32"),    type<int64_t, int64_t>("int64"),
    type<int64_t, int32_t>("int32"), type<int64_t, int16_t>("int16"),   type<int64_t, int8_t>("int8"),
    type<int64_t, uint8_t>("uint8"), type<int64_t, uint16_t>("uint16"), type<int64_t, uint32_t>("uint32"),
    type<uint8_t, uint8_t>("bool"),
};

/// Walks nested lists; false where they are ragged or mix what does not go together.
class ListReader {
 public:
  std::optional<FrameProperty> read(const Config& list) {
    for (const Config* at = &list; at->is_list(); at = &at->as_list().front()) {
      shape_.push_back(static_cast<int64_t>(at->as_list().size()));
      if (at->as_list().empty()) break;
    }
    if (!walk(list, 0)) return std::nullopt;
    FrameProperty property{shape_, {}};
    const size_t count = static_cast<size_t>(num_elements(shape_));
    if (texts_.size() == count && count) property.values = std::move(texts_);
    else if (booleans_.size() == count && count) property.values = std::move(booleans_);
    else if (integers_.size() == count && count) property.values = std::move(integers_);
    else if (reals_.size() == count) property.values = std::move(reals_);
    else return std::nullopt;
    return property;
  }

 private:
  bool walk(const Config& value, size_t depth) {
    if (depth < shape_.size()) {
      if (!value.is_list() || static_cast<int64_t>(value.as_list().size()) != shape_[depth]) return false;
      for (const Config& item : value.as_list()) {
        if (!walk(item, depth + 1)) return false;
      }
      return true;
    }
    switch (value.type()) {
      case Config::Type::boolean: booleans_.push_back(value.as_bool()); return true;
      case Config::Type::integer: integers_.push_back(value.as_int()); [[fallthrough]];
      case Config::Type::number: reals_.push_back(value.as_double()); return true;
      case Config::Type::string: texts_.push_back(value.as_string()); return true;
      default: return false;
    }
  }

  std::vector<int64_t> shape_;
  std::vector<double> reals_;
  std::vector<int64_t> integers_;
  std::vector<uint8_t> booleans_;
  std::vector<std::string> texts_;
};

/// [shape, dtype, offset into the bytes, or the values one after another]. Nothing for types that hold no real numbers.
std::optional<FrameProperty> read_array(const Config& array, std::span<const std::byte> bytes,
                                        const std::string& where) {
  if (!array.is_list() || array.as_list().size() != 3 || !array.as_list()[0].is_list() ||
      !array.as_list()[1].is_string()) {
    fail(ErrorKind::corrupt, "{}: __ndarray__ is not [shape, type, values]", where);
  }
  const Config& values = array.as_list()[2];
  if (values.is_list()) {
    auto property = ListReader().read(values);
    if (!property) return std::nullopt;
    if (property->shape.size() != 1) fail(ErrorKind::corrupt, "{}: the values of an array are lists again", where);
    property->shape = checked_shape(array.as_list()[0], values.as_list().size(), where);
    if (num_elements(property->shape) != static_cast<int64_t>(values.as_list().size())) {
      fail(ErrorKind::corrupt, "{}: an array of shape [{}] has {} values", where, join_text(property->shape, ", "),
           values.as_list().size());
    }
    return property;
  }
  for (const Type& type : types) {
    if (type.name != array.as_list()[1].as_string()) continue;
    const int64_t offset = values.as_int();
    if (offset < static_cast<int64_t>(offset_size) || static_cast<uint64_t>(offset) > bytes.size()) {
      fail(ErrorKind::corrupt, "{}: an array begins at byte {} of {}", where, offset, bytes.size());
    }
    const auto rest = bytes.subspan(static_cast<size_t>(offset));
    FrameProperty property{checked_shape(array.as_list()[0], rest.size() / type.size, where), {}};
    type.load(property, rest.first(static_cast<size_t>(num_elements(property.shape)) * type.size));
    return property;
  }
  return std::nullopt;
}

}  // namespace

Encoded parse_text(std::string_view text, const std::string& where) { return {parse(text, where), {}}; }

Encoded parse_bytes(std::span<const std::byte> bytes, const std::string& where) {
  uint64_t offset = 0;
  if (bytes.size() >= offset_size) std::memcpy(&offset, bytes.data(), offset_size);
  if (offset < offset_size || offset > bytes.size()) {
    fail(ErrorKind::corrupt, "{}: its JSON begins at byte {} of {}", where, offset, bytes.size());
  }
  const auto text = bytes.subspan(static_cast<size_t>(offset));
  return {parse({reinterpret_cast<const char*>(text.data()), text.size()}, where),
          bytes.first(static_cast<size_t>(offset))};
}

std::optional<FrameProperty> to_property(const Config& value, std::span<const std::byte> bytes,
                                         const std::string& where) {
  if (!value.is_map()) return ListReader().read(value);
  const Config* const array = value.find("__ndarray__");
  if (!array) return std::nullopt;
  try {
    return read_array(*array, bytes, where);
  } catch (const Error& error) {
    throw Error(ErrorKind::corrupt, error.what());  // a value of another type than it must have
  }
}

}  // namespace spinel::ase
