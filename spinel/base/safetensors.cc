#include "spinel/base/safetensors.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>
#include <set>

#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
#include "spinel/base/platform/memory_map.h"
#include "spinel/base/safetensors_header.h"
#include "spinel/base/suggest.h"
#include "spinel/base/utf8.h"

namespace spinel {
namespace {

constexpr uint64_t max_header_size = 100'000'000;  // the format's own limit

struct DtypeFacts {
  std::string_view name;
  size_t size;
};
/// In the order of Dtype.
constexpr DtypeFacts dtype_facts[] = {{"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"U16", 2},     {"I16", 2},
                                      {"U32", 4},  {"I32", 4}, {"U64", 8}, {"I64", 8},     {"F16", 2},
                                      {"BF16", 2}, {"F32", 4}, {"F64", 8}, {"F8_E4M3", 1}, {"F8_E5M2", 1}};

bool is_utf8(std::string_view text) { return find_invalid_utf8(text) == std::string_view::npos; }

uint64_t little_endian_64(std::span<const std::byte> bytes) {
  uint64_t value = 0;
  for (int i = 7; i >= 0; --i) value = value << 8 | static_cast<uint64_t>(bytes[static_cast<size_t>(i)]);
  return value;
}

/// Names the format of files that are often offered for safetensors, with the way out.
void refuse_pickles(std::span<const std::byte> bytes, const std::string& name) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), std::min<size_t>(bytes.size(), 9));
  if (text.size() > 8 && text[8] == '{') return;
  const bool zip = text.starts_with("PK\x03\x04");
  const bool pickle = text.size() > 1 && text[0] == '\x80' && text[1] >= 2 && text[1] <= 5;
  require(!zip && !pickle, "{}: it is a {}, not a safetensors file; turn it into one with `spinel convert`", name,
          zip ? "zip archive, as PyTorch writes," : "pickle");
}

void check_writable(const NamedTensorView& item) {
  require(is_utf8(item.name), "{}: the name of the tensor is not UTF-8; a safetensors file holds UTF-8 names",
          to_valid_utf8(item.name));
  require(item.name != "__metadata__", "__metadata__: the name is reserved by the format; rename the tensor");
  const size_t needed = static_cast<size_t>(item.tensor.num_elements()) * element_size(item.tensor.dtype);
  require(needed == item.tensor.bytes.size(), "{}: shape [{}] of {} needs {} bytes, but there are {}", item.name,
          join_text(item.tensor.shape, ", "), to_string(item.tensor.dtype), needed, item.tensor.bytes.size());
}

std::vector<const NamedTensorView*> layout(const std::vector<NamedTensorView>& tensors) {
  std::vector<const NamedTensorView*> order;
  std::set<std::string_view> names;
  for (const NamedTensorView& item : tensors) {
    check_writable(item);
    require(names.insert(item.name).second, "{}: two tensors have this name; each needs its own", item.name);
    order.push_back(&item);
  }
  std::sort(order.begin(), order.end(), [](const NamedTensorView* a, const NamedTensorView* b) {
    const size_t size_a = element_size(a->tensor.dtype), size_b = element_size(b->tensor.dtype);
    return size_a != size_b ? size_a > size_b : a->name < b->name;
  });
  return order;
}

}  // namespace

std::string_view to_string(Dtype dtype) { return dtype_facts[static_cast<size_t>(dtype)].name; }
size_t element_size(Dtype dtype) { return dtype_facts[static_cast<size_t>(dtype)].size; }

int64_t TensorView::num_elements() const {
  // An empty tensor may have extents whose product would overflow.
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return 0;
  int64_t count = 1;
  for (const int64_t extent : shape) count *= extent;
  return count;
}

SafetensorsFile SafetensorsFile::open(const std::string& path, bool copy) try {
  if (copy) {
    auto content = std::make_shared<const std::string>(read_file(path));
    SafetensorsFile file = parse(std::as_bytes(std::span(*content)), path);
    file.owner_ = std::move(content);
    return file;
  }
  std::shared_ptr<const MemoryMap> map = MemoryMap::open(path);
  SafetensorsFile file;
  try {
    file = parse(map->bytes(), path);
  } catch (const Error&) {
    if (!map->intact()) fail(ErrorKind::corrupt, "{}: the file was cut while it was read", path);
    throw;
  }
  file.owner_ = map;
  file.map_ = std::move(map);
  file.check_intact();
  return file;
} catch (const std::bad_alloc&) {
  fail(ErrorKind::unavailable, "{}: there is not enough memory to read it", path);
}

SafetensorsFile SafetensorsFile::parse(std::span<const std::byte> bytes, std::string name) {
  refuse_pickles(bytes, name);
  if (bytes.size() < 8) {
    fail(ErrorKind::corrupt, "{}: it has {} bytes; a safetensors file has at least 8", name, bytes.size());
  }
  const uint64_t header_size = little_endian_64(bytes);
  if (header_size == 0 || header_size > max_header_size) {
    fail(ErrorKind::corrupt, "{}: the header length is {}, so it is no safetensors file; it must be 1 to {}", name,
         header_size, max_header_size);
  }
  if (header_size > bytes.size() - 8) {
    fail(ErrorKind::corrupt, "{}: the header length is {}, but only {} bytes follow", name, header_size,
         bytes.size() - 8);
  }
  const std::string_view header_text(reinterpret_cast<const char*>(bytes.data()) + 8, header_size);
  const std::span<const std::byte> data = bytes.subspan(8 + header_size);
  SafetensorsHeader header = parse_safetensors_header(header_text, data.size(), name);

  SafetensorsFile file;
  file.name_ = std::move(name);
  file.metadata_ = std::move(header.metadata);
  for (SafetensorsEntry& entry : header.entries) {
    const auto content = data.subspan(entry.begin, entry.end - entry.begin);
    file.names_.push_back(entry.name);
    file.tensors_.emplace(std::move(entry.name), TensorView{entry.dtype, std::move(entry.shape), content});
  }
  return file;
}

bool SafetensorsFile::contains(std::string_view name) const { return tensors_.find(name) != tensors_.end(); }

const TensorView& SafetensorsFile::tensor(std::string_view name) const {
  const auto found = tensors_.find(name);
  if (found != tensors_.end()) return found->second;
  fail(ErrorKind::not_found, "{}: it holds no tensor '{}'{}", name_, name, suggestion(name, names_));
}

void SafetensorsFile::check_intact() const {
  if (map_ && !map_->intact()) fail(ErrorKind::corrupt, "{}: the file was cut while it was read", name_);
}

void write_safetensors(const std::string& path, const std::vector<NamedTensorView>& tensors,
                       const std::map<std::string, std::string>& metadata) try {
  for (const auto& [key, value] : metadata) {
    require(is_utf8(key) && is_utf8(value), "{}: the metadata is not UTF-8; a safetensors file holds UTF-8 texts",
            to_valid_utf8(key));
  }
  const std::vector<const NamedTensorView*> order = layout(tensors);
  const std::string header = make_safetensors_header(order, metadata);
  require(header.size() <= max_header_size, "{}: the header has {} bytes; the format allows {}", path, header.size(),
          max_header_size);
  std::byte size[8];
  for (int i = 0; i < 8; ++i) size[i] = static_cast<std::byte>(uint64_t{header.size()} >> (8 * i));
  write_file_atomic(path, [&](File& file) {
    file.write(size);
    file.write(header);
    for (const NamedTensorView* item : order) file.write(item->tensor.bytes);
  });
} catch (const std::bad_alloc&) {
  fail(ErrorKind::unavailable, "{}: there is not enough memory to write it", path);
}

}  // namespace spinel
