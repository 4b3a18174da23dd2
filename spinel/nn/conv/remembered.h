// What was derived from a graph's indices, kept for the next call with the same ones.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "spinel/sparse/pattern.h"

namespace spinel::nn {

/// What `make` made for this tensor and key, if the tensor is the same object and has not been written to since (its
/// version counter); else it is made and kept as long as the tensor lives, for the 256 graphs used last. Thread-safe.
/// What is kept must not hold the tensor itself, or it would never be let go. Tensors of inference mode have no version
/// and are not remembered. Writes through raw pointers are not seen.
std::shared_ptr<const void> remembered_object(const at::Tensor& indices, std::string_view key,
                                              const std::function<std::shared_ptr<const void>()>& make);
/// As above for the pattern of a sparse matrix, which never changes.
std::shared_ptr<const void> remembered_object(const std::shared_ptr<const sparse::Pattern>& pattern,
                                              std::string_view key,
                                              const std::function<std::shared_ptr<const void>()>& make);

/// `make` returns a T; one key stands for one T.
template <typename Graph, typename Make>
auto remembered(const Graph& graph, std::string_view key, Make&& make) {
  using T = decltype(make());
  const auto object =
      remembered_object(graph, key, [&]() -> std::shared_ptr<const void> { return std::make_shared<const T>(make()); });
  return std::static_pointer_cast<const T>(object);
}

/// A number for this tensor in its present state, for the keys of what depends on several tensors.
int64_t remembered_number(const at::Tensor& tensor);

/// Forgets all.
void forget_graphs();

}  // namespace spinel::nn
