#include "spinel/base/torch_file.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>
#include <new>
#include <set>

#include "spinel/base/error.h"
#include "spinel/base/pickle.h"
#include "spinel/base/platform/memory_map.h"
#include "spinel/base/torch_tensor_record.h"
#include "spinel/base/utf8.h"
#include "spinel/base/zip_archive.h"

namespace spinel {
namespace {

using Kind = PickleValue::Kind;
using StorageReader = std::function<std::span<const std::byte>(const TorchStorageRecord&)>;

constexpr size_t max_value_depth = 200;
constexpr size_t max_values = 10'000;

/// The entries of a dict, of an OrderedDict and the like, also in Python 2's form OrderedDict([[key, value], …]).
std::vector<std::pair<const PickleValue*, const PickleValue*>> entries_of(const PickleValue& value) {
  std::vector<std::pair<const PickleValue*, const PickleValue*>> result;
  if (value.is(Kind::object) && value.global_name() == "collections.OrderedDict") {
    for (const PickleValue* argument : value.arguments()->items) {
      for (const PickleValue* item : argument->items) {
        if (item->items.size() == 2) result.emplace_back(item->items[0], item->items[1]);
      }
    }
  }
  const auto pairs = value.pairs();
  for (size_t i = 0; i + 1 < pairs.size(); i += 2) result.emplace_back(pairs[i], pairs[i + 1]);
  return result;
}

/// The attribute of a pickled object, whose state is the dict of its attributes.
const PickleValue* attribute(const PickleValue& object, std::string_view name) {
  const PickleValue* state = object.state();
  return state ? state->find(name) : nullptr;
}

bool is_module(const PickleValue& value) {
  return attribute(value, "_modules") && attribute(value, "_parameters") && attribute(value, "_buffers");
}

/// Walks the values of a checkpoint and collects tensors and plain values under their dotted names.
class Collector {
 public:
  Collector(std::string_view file, StorageReader read_storage, uint64_t max_bytes)
      : file_(file), read_storage_(std::move(read_storage)), max_bytes_(max_bytes) {}

  std::vector<TorchTensor> tensors;
  std::map<std::string, std::string> values;

  void collect(const PickleValue& root) {
    const PickleValue& state = state_of(root);
    walk_state(state, "");
    if (tensors.empty()) fail(ErrorKind::corrupt, "{}: it holds no tensors", file_);
    state_ = &state;
    walk_values(root, "");
  }

 private:
  /// Guards a recursion against circles and depth.
  class Visit {
   public:
    Visit(Collector& owner, const PickleValue& value, const std::string& name) : owner_(owner), value_(value) {
      if (owner.path_.size() >= max_value_depth || !owner.path_.insert(&value).second) {
        fail(ErrorKind::corrupt, "{}: '{}' holds itself, or is nested deeper than {}", owner.file_, to_valid_utf8(name),
             max_value_depth);
      }
    }
    ~Visit() { owner_.path_.erase(&value_); }

   private:
    Collector& owner_;
    const PickleValue& value_;
  };

  /// The part of a checkpoint that is the state dict.
  static const PickleValue& state_of(const PickleValue& root) {
    for (const std::string_view key : {"state_dict", "model_state_dict", "model"}) {
      const PickleValue* inner = root.find(key);
      if (inner && (is_module(*inner) || !entries_of(*inner).empty())) return *inner;
    }
    return root;
  }

  static std::string key_text(const PickleValue& key) {
    if (key.is(Kind::text)) return std::string(key.text);
    return key.is(Kind::integer) ? format("{}", key.integer) : "";
  }
  static std::string joined(const std::string& prefix, const std::string& name) {
    return prefix.empty() ? name : prefix + "." + name;
  }

  void add_tensor(const PickleValue& value, const std::string& name) {
    const std::string shown = name.empty() ? "tensor" : to_valid_utf8(name);
    if (!names_.insert(shown).second) fail(ErrorKind::corrupt, "{}: '{}' is there twice", file_, shown);
    TorchTensor tensor = read_torch_tensor(value, shown, file_, read_storage_);
    // Strides of 0 make a tensor of any size out of one element; written out it must stay near what was given.
    uint64_t bytes = element_size(tensor.dtype);
    for (const int64_t size : tensor.shape) {
      if (__builtin_mul_overflow(bytes, static_cast<uint64_t>(size), &bytes))
        bytes = std::numeric_limits<uint64_t>::max();
      if (size == 0) break;
    }
    if (bytes > max_bytes_) {
      fail(ErrorKind::corrupt, "{}: '{}' has shape [{}] over a storage of {} bytes; that is too large", file_, shown,
           join_text(tensor.shape, ", "), tensor.storage.size());
    }
    tensors.push_back(std::move(tensor));
  }

  void walk_state(const PickleValue& value, const std::string& name) {
    if (is_torch_tensor(value)) return add_tensor(value, name);
    const Visit visit(*this, value, name);
    if (is_module(value)) return walk_module(value, name);
    for (const auto& [key, item] : entries_of(value)) walk_state(*item, joined(name, key_text(*key)));
    if (value.is(Kind::list) || value.is(Kind::tuple)) {
      for (size_t i = 0; i < value.items.size(); ++i) walk_state(*value.items[i], joined(name, format("{}", i)));
    }
  }

  /// Names and order as Module.state_dict() gives them.
  void walk_module(const PickleValue& module, const std::string& name) {
    const PickleValue* unsaved = attribute(module, "_non_persistent_buffers_set");
    const auto is_unsaved = [&](const PickleValue& key) {
      if (!unsaved) return false;
      std::vector<PickleValue*> keys = unsaved->items;
      if (unsaved->is(Kind::object)) {  // set([...])
        keys.clear();
        for (const PickleValue* argument : unsaved->arguments()->items) keys = argument->items;
      }
      return std::any_of(keys.begin(), keys.end(), [&](const PickleValue* k) { return k->text == key.text; });
    };
    for (const std::string_view part : {"_parameters", "_buffers"}) {
      for (const auto& [key, item] : entries_of(*attribute(module, part))) {
        if (item->is(Kind::none) || (part == "_buffers" && is_unsaved(*key))) continue;
        walk_state(*item, joined(name, key_text(*key)));
      }
    }
    for (const auto& [key, item] : entries_of(*attribute(module, "_modules"))) {
      if (!item->is(Kind::none)) walk_state(*item, joined(name, key_text(*key)));
    }
  }

  void walk_values(const PickleValue& value, const std::string& name) {
    if (&value == state_ || values.size() >= max_values || is_torch_tensor(value)) return;
    switch (value.kind) {
      case Kind::boolean: values[name] = value.integer ? "true" : "false"; return;
      case Kind::integer: values[name] = format("{}", value.integer); return;
      case Kind::number: values[name] = format("{}", value.number); return;
      case Kind::text: values[name] = to_valid_utf8(value.text); return;
      default: break;
    }
    const Visit visit(*this, value, name);
    for (const auto& [key, item] : entries_of(value)) {
      walk_values(*item, joined(name, to_valid_utf8(key_text(*key))));
    }
    if (!value.is(Kind::list) && !value.is(Kind::tuple)) return;
    for (size_t i = 0; i < value.items.size(); ++i) walk_values(*value.items[i], joined(name, format("{}", i)));
  }

  std::string_view file_;
  StorageReader read_storage_;
  uint64_t max_bytes_;
  std::set<std::string> names_;
  std::set<const PickleValue*> path_;
  const PickleValue* state_ = nullptr;
};

uint64_t max_tensor_bytes(std::span<const std::byte> bytes) {
  return (uint64_t{64} << 20) + 4 * uint64_t{bytes.size()};
}

/// The zip form: <folder>/data.pkl, and <folder>/data/<key> for each storage.
Collector read_zip(ZipArchive& archive, std::span<const std::byte> bytes, const std::string& name) {
  constexpr std::string_view pickle_name = "data.pkl";
  std::string folder;
  bool found = false;
  for (const std::string& entry : archive.names()) {
    if (entry.ends_with("constants.pkl")) {
      fail(ErrorKind::invalid_argument, "{}: it is a TorchScript archive; save the state dict by torch.save instead",
           name);
    }
    const size_t slash = entry.find('/');
    if (slash == std::string::npos || entry.substr(slash + 1) != pickle_name) continue;
    folder = entry.substr(0, slash + 1);
    found = true;
  }
  if (!found) fail(ErrorKind::corrupt, "{}: the zip archive has no data.pkl, so PyTorch did not write it", name);
  if (archive.contains(folder + "byteorder")) {
    const std::span<const std::byte> order = archive.read(folder + "byteorder");
    const std::string_view text(reinterpret_cast<const char*>(order.data()), order.size());
    if (text != "little")
      fail(ErrorKind::corrupt, "{}: its byte order is '{}'; little is read", name, to_valid_utf8(text));
  }
  const StorageReader read_storage = [&](const TorchStorageRecord& record) {
    const std::string entry = folder + "data/" + record.key;
    const uint64_t size = archive.contains(entry) ? archive.size(entry) : 0;
    if (!archive.contains(entry) || size != record.bytes) {
      fail(ErrorKind::corrupt, "{}: storage '{}' has {} bytes in the archive, but {} by the pickle", name,
           to_valid_utf8(record.key), size, record.bytes);
    }
    return archive.read(entry);
  };
  const Pickle pickle(archive.read(folder + std::string(pickle_name)), name, is_known_torch_callable);
  Collector collector(name, read_storage, max_tensor_bytes(bytes));
  collector.collect(pickle.root());
  return collector;
}

/// The form before PyTorch 1.6: five pickles (magic number, version, system, object, keys of the storages), then for
/// each key the number of elements in 8 bytes and the elements.
Collector read_legacy(std::span<const std::byte> bytes, const std::string& name) {
  std::span<const std::byte> rest = bytes;
  const auto next = [&] {
    auto pickle = std::make_unique<Pickle>(rest, name, is_known_torch_callable);
    rest = rest.subspan(pickle->size());
    return pickle;
  };
  // The magic number has 80 bits, which the reader does not keep; its text in the file is fixed.
  constexpr std::string_view magic = "\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
  const std::string_view start(reinterpret_cast<const char*>(bytes.data()), std::min<size_t>(bytes.size(), 15));
  if (start.size() < 15 || start.substr(2) != magic) {
    fail(ErrorKind::corrupt, "{}: it is a pickle, but not one that torch.save wrote", name);
  }
  next();
  next();
  next();
  const auto object = next();
  const auto keys = next();
  // Which types the storages have stands in the object; so they are found while the file is read on behind the keys.
  std::map<std::string, std::span<const std::byte>, std::less<>> found;
  std::map<std::string, size_t, std::less<>> widths;
  std::vector<const PickleValue*> waiting{&object->root()};
  std::set<const PickleValue*> seen;
  while (!waiting.empty()) {
    const PickleValue* value = waiting.back();
    waiting.pop_back();
    if (!seen.insert(value).second) continue;
    waiting.insert(waiting.end(), value->items.begin(), value->items.end());
    if (!value->is(Kind::persistent)) continue;
    const TorchStorageRecord record = read_storage_record(*value, name);
    widths[record.key] = record.dtype ? element_size(*record.dtype) : 1;
  }
  for (const PickleValue* key : keys->root().items) {
    const auto width = widths.find(key->text);
    if (width == widths.end() || rest.size() < 8)
      fail(ErrorKind::corrupt, "{}: storage '{}' is cut or unused", name, to_valid_utf8(key->text));
    uint64_t size = 0;
    for (size_t i = 8; i-- > 0;) size = size << 8 | static_cast<uint64_t>(rest[i]);
    if (__builtin_mul_overflow(size, width->second, &size) || size > rest.size() - 8) {
      fail(ErrorKind::corrupt, "{}: storage '{}' is cut", name, to_valid_utf8(key->text));
    }
    found[std::string(key->text)] = rest.subspan(8, size);
    rest = rest.subspan(8 + size);
  }
  const StorageReader read_storage = [&](const TorchStorageRecord& record) {
    const auto storage = found.find(record.key);
    const uint64_t size = storage == found.end() ? 0 : storage->second.size();
    const bool fits =
        record.is_view ? record.offset <= size && record.bytes <= size - record.offset : record.bytes == size;
    if (storage == found.end() || !fits) {
      fail(ErrorKind::corrupt, "{}: storage '{}' has {} bytes, but {} by the pickle", name, to_valid_utf8(record.key),
           size, record.bytes);
    }
    return storage->second.subspan(record.offset, record.bytes);
  };
  Collector collector(name, read_storage, max_tensor_bytes(bytes));
  collector.collect(object->root());
  return collector;
}

}  // namespace

bool TorchTensor::is_contiguous() const {
  int64_t expected = 1;
  for (size_t i = shape.size(); i-- > 0;) {
    if (shape[i] == 0) return true;
    if (shape[i] != 1 && strides[i] != expected) return false;
    expected *= shape[i];
  }
  return true;
}

std::vector<std::byte> TorchTensor::contiguous() const {
  const size_t width = element_size(dtype);
  // First, as the product of the others may be beyond all bounds.
  if (std::find(shape.begin(), shape.end(), 0) != shape.end()) return {};
  int64_t count = 1;
  for (const int64_t size : shape) count *= size;
  std::vector<std::byte> result(static_cast<size_t>(count) * width);
  std::vector<int64_t> index(shape.size(), 0);
  int64_t at = 0;
  for (int64_t i = 0; i < count; ++i) {
    std::memcpy(result.data() + static_cast<size_t>(i) * width, storage.data() + static_cast<size_t>(at) * width,
                width);
    // Like an odometer: the last axis that has not come to its end goes on, those behind it start anew.
    for (size_t axis = shape.size(); axis-- > 0;) {
      at += strides[axis];
      if (++index[axis] < shape[axis]) break;
      at -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return result;
}

TorchFile TorchFile::open(const std::string& path) try {
  const auto map = MemoryMap::open(path);
  TorchFile file = parse(map->bytes(), path);
  if (!map->intact()) fail(ErrorKind::corrupt, "{}: the file was cut while it was read", path);
  file.owners_.push_back(map);
  return file;
} catch (const std::bad_alloc&) {
  fail(ErrorKind::unavailable, "{}: there is not enough memory to read it", path);
}

TorchFile TorchFile::parse(std::span<const std::byte> bytes, std::string name) {
  TorchFile file;
  const bool zip = bytes.size() > 4 && std::memcmp(bytes.data(), "PK\x03\x04", 4) == 0;
  if (!zip && (bytes.empty() || bytes[0] != std::byte{0x80})) {
    fail(ErrorKind::corrupt, "{}: it is no PyTorch checkpoint: neither a zip archive nor a pickle", name);
  }
  const auto archive = zip ? std::make_shared<ZipArchive>(bytes, name) : nullptr;
  Collector collector = zip ? read_zip(*archive, bytes, name) : read_legacy(bytes, name);
  file.name_ = std::move(name);
  file.tensors_ = std::move(collector.tensors);
  file.values_ = std::move(collector.values);
  file.owners_.push_back(archive);
  return file;
}

const TorchTensor* TorchFile::find(std::string_view name) const {
  const auto found =
      std::find_if(tensors_.begin(), tensors_.end(), [&](const TorchTensor& tensor) { return tensor.name == name; });
  return found == tensors_.end() ? nullptr : &*found;
}

void write_safetensors(const std::string& path, const TorchFile& checkpoint,
                       const std::map<std::string, std::string>& metadata) {
  std::vector<NamedTensorView> views;
  std::vector<std::vector<std::byte>> copies;
  for (const TorchTensor& tensor : checkpoint.tensors()) {
    TensorView view{tensor.dtype, tensor.shape, {}};
    const size_t size = static_cast<size_t>(view.num_elements()) * element_size(tensor.dtype);
    if (tensor.is_contiguous()) view.bytes = tensor.storage.first(size);
    else view.bytes = copies.emplace_back(tensor.contiguous());
    views.push_back({tensor.name, std::move(view)});
  }
  write_safetensors(path, views, metadata);
}

}  // namespace spinel
