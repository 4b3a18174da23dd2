#include "spinel/nn/named_tensors.h"

#include "spinel/base/error.h"
#include "spinel/base/suggest.h"

namespace spinel {

NamedTensors::NamedTensors(std::initializer_list<Entry> entries) {
  for (const Entry& entry : entries) set(entry.first, entry.second);
}

const at::Tensor* NamedTensors::find(std::string_view name) const {
  for (const Entry& entry : entries_) {
    if (entry.first == name) return &entry.second;
  }
  return nullptr;
}

const at::Tensor& NamedTensors::at(std::string_view name, std::string_view owner) const {
  if (const at::Tensor* found = find(name)) return *found;
  fail(ErrorKind::invalid_argument, "{}: '{}' is missing{}", owner, name, suggestion(name, names()));
}

at::Tensor NamedTensors::get(std::string_view name) const {
  const at::Tensor* found = find(name);
  return found ? *found : at::Tensor();
}

void NamedTensors::set(std::string_view name, at::Tensor tensor) {
  for (Entry& entry : entries_) {
    if (entry.first == name) {
      entry.second = std::move(tensor);
      return;
    }
  }
  entries_.emplace_back(std::string(name), std::move(tensor));
}

std::vector<std::string> NamedTensors::names() const {
  std::vector<std::string> result;
  for (const Entry& entry : entries_) result.push_back(entry.first);
  return result;
}

}  // namespace spinel
