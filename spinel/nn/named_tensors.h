// An ordered collection of tensors with names: inputs, outputs, batches and state dicts.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spinel {

/// Insertion-ordered map from name to tensor; look-ups are linear, as the collections are small.
class NamedTensors {
 public:
  using Entry = std::pair<std::string, at::Tensor>;
  NamedTensors() = default;
  NamedTensors(std::initializer_list<Entry> entries);

  size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }
  auto begin() { return entries_.begin(); }
  auto end() { return entries_.end(); }
  bool contains(std::string_view name) const { return find(name) != nullptr; }
  /// Null pointer if absent.
  const at::Tensor* find(std::string_view name) const;
  /// Absent: invalid_argument naming the nearest known name; `owner` begins the message.
  const at::Tensor& at(std::string_view name, std::string_view owner = "tensors") const;
  /// An undefined tensor if absent.
  at::Tensor get(std::string_view name) const;
  /// Adds or replaces.
  void set(std::string_view name, at::Tensor tensor);
  std::vector<std::string> names() const;

 private:
  std::vector<Entry> entries_;
};

}  // namespace spinel
