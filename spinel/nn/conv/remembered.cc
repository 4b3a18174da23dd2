#include "spinel/nn/conv/remembered.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <string>
#include <variant>
#include <vector>

namespace spinel::nn {
namespace {

using Object = std::shared_ptr<const void>;
using WeakTensor = c10::weak_intrusive_ptr<c10::TensorImpl>;
using WeakPattern = std::weak_ptr<const sparse::Pattern>;

constexpr size_t max_graphs = 256;
constexpr size_t max_objects = 16;

/// Which graph it is: by its object, and for tensors what shows that they were written to.
struct Identity {
  const void* object = nullptr;
  const void* data = nullptr;
  uint32_t version = 0;
  bool operator==(const Identity&) const = default;
};

struct Entry {
  Identity identity;
  std::variant<WeakTensor, WeakPattern> owner;
  std::vector<std::pair<std::string, Object>> objects;

  bool expired() const {
    return std::visit([](const auto& weak) { return weak.expired(); }, owner);
  }
};

struct Memory {
  std::mutex mutex;
  std::vector<Entry> entries;  ///< the one used last is at the end
};

/// Never destroyed: tensors may not outlive libtorch's own statics.
Memory& memory() {
  static Memory* const instance = new Memory;
  return *instance;
}

/// The entry of a graph, moved to the end, or null. Graphs that are gone are dropped on the way.
Entry* find_entry(std::vector<Entry>& entries, const Identity& identity) {
  std::erase_if(entries, [](const Entry& entry) { return entry.expired(); });
  const auto found = std::find_if(entries.begin(), entries.end(),
                                  [&](const Entry& entry) { return entry.identity.object == identity.object; });
  if (found == entries.end()) return nullptr;
  if (found->identity != identity) {
    entries.erase(found);
    return nullptr;
  }
  std::rotate(found, found + 1, entries.end());
  return &entries.back();
}

Object find_object(const Entry& entry, std::string_view key) {
  for (const auto& [name, object] : entry.objects) {
    if (name == key) return object;
  }
  return nullptr;
}

Object remember(const Identity& identity, std::variant<WeakTensor, WeakPattern> owner, std::string_view key,
                const std::function<Object()>& make) {
  Memory& all = memory();
  {
    const std::lock_guard lock(all.mutex);
    if (const Entry* entry = find_entry(all.entries, identity)) {
      if (Object object = find_object(*entry, key)) return object;
    }
  }
  // Without the lock: it takes long, and may itself remember something of this graph.
  Object made = make();
  const std::lock_guard lock(all.mutex);
  Entry* entry = find_entry(all.entries, identity);
  if (!entry) {
    if (all.entries.size() >= max_graphs) all.entries.erase(all.entries.begin());
    all.entries.push_back({identity, std::move(owner), {}});
    entry = &all.entries.back();
  }
  if (Object object = find_object(*entry, key)) return object;
  if (entry->objects.size() >= max_objects) entry->objects.erase(entry->objects.begin());
  entry->objects.emplace_back(key, made);
  return made;
}

}  // namespace

Object remembered_object(const at::Tensor& indices, std::string_view key, const std::function<Object()>& make) {
  c10::TensorImpl* const impl = indices.unsafeGetTensorImpl();
  if (indices.is_inference()) return make();
  const Identity identity{impl, indices.const_data_ptr(), impl->version_counter().current_version()};
  return remember(identity, WeakTensor(indices.getIntrusivePtr()), key, make);
}

Object remembered_object(const std::shared_ptr<const sparse::Pattern>& pattern, std::string_view key,
                         const std::function<Object()>& make) {
  return remember({pattern.get(), pattern.get(), 0}, WeakPattern(pattern), key, make);
}

int64_t remembered_number(const at::Tensor& tensor) {
  static std::atomic<int64_t> last = 0;
  return *remembered(tensor, "number", [] { return ++last; });
}

void forget_graphs() {
  const std::lock_guard lock(memory().mutex);
  memory().entries.clear();
}

}  // namespace spinel::nn
