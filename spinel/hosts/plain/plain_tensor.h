// Tensors for C++ programs without a framework: memory, sizes, strides, element type and device.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "spinel/hosts/plain/dlpack.h"
#include "spinel/registry/tensor.h"

namespace spinel::plain {

/// What a tensor is made of. Strides count elements.
struct TensorOptions {
  std::vector<int64_t> strides;  ///< empty: row-major and compact
  registry::ScalarType dtype = registry::ScalarType::float32;
  registry::Device device;
  /// Called with the data pointer when the last tensor that shows the memory goes. Without one the caller keeps it.
  std::function<void(void*)> deleter;
  /// The dispatch keys; by default those of the device's backend, without autograd, which this host does not have.
  std::optional<registry::DispatchKeySet> key_set;
};

/// A tensor of the plain host.
class PlainTensor final : public registry::TensorImpl {
 public:
  /// Fails where a size is negative, the number of strides differs, or the bytes exceed 2^63.
  PlainTensor(void* data, std::vector<int64_t> sizes, TensorOptions options);
  ~PlainTensor() override;
  PlainTensor(const PlainTensor&) = delete;
  PlainTensor& operator=(const PlainTensor&) = delete;

  std::string_view host() const override { return "plain"; }
  registry::ScalarType scalar_type() const override { return options_.dtype; }
  registry::Device device() const override { return options_.device; }
  registry::IntArrayRef sizes() const override { return sizes_; }
  registry::IntArrayRef strides() const override { return options_.strides; }
  void* data() const override { return data_; }
  /// Of memory that this process can read: device cpu.
  registry::Scalar item() const override;
  const registry::TensorMethods* methods() const override;

 private:
  void* data_;
  std::vector<int64_t> sizes_;
  TensorOptions options_;
};

/// Memory of the caller's as a tensor; see TensorOptions::deleter.
registry::Tensor from_blob(void* data, std::vector<int64_t> sizes, TensorOptions options = {});
/// New memory of the process, aligned to 64 bytes. No memory for it: unavailable.
registry::Tensor empty(std::vector<int64_t> sizes, registry::ScalarType dtype = registry::ScalarType::float32);
registry::Tensor zeros(std::vector<int64_t> sizes, registry::ScalarType dtype = registry::ScalarType::float32);
/// The tensor of any host, for another framework, which must call the deleter. Shares the memory. Not for element types
/// and devices that DLPack does not know.
DLManagedTensor* to_dlpack(const registry::Tensor& tensor);
DLManagedTensorVersioned* to_dlpack_versioned(const registry::Tensor& tensor);
/// Takes a tensor over, and calls its deleter when the last use ends. What cannot be represented (vectors as elements,
/// a null pointer with elements, a newer major version, …) is an error; the caller then still owns it.
registry::Tensor from_dlpack(DLManagedTensor* managed);
registry::Tensor from_dlpack(DLManagedTensorVersioned* managed);

}  // namespace spinel::plain
