#include "spinel/hosts/plain/plain_tensor.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "spinel/base/error.h"
#include "spinel/hosts/plain/element.h"
#include "spinel/hosts/plain/plain_methods.h"
#include "spinel/registry/tensor_functions.h"

namespace spinel::plain {
namespace {

using registry::Backend;
using registry::DispatchKey;
using registry::Scalar;
using registry::ScalarType;

constexpr std::align_val_t alignment{64};

/// Bytes of a compact tensor of these sizes.
int64_t checked_bytes(const std::vector<int64_t>& sizes, ScalarType dtype) {
  int64_t bytes = static_cast<int64_t>(registry::element_size(dtype));
  if (bytes == 0) {
    fail(ErrorKind::invalid_argument, "tensor: elements of type {} have no size of whole bytes",
         registry::to_string(dtype));
  }
  bool is_empty = false;
  for (int64_t size : sizes) {
    require(size >= 0, "tensor: a size is {}; sizes are at least 0", size);
    is_empty = is_empty || size == 0;
    require(!__builtin_mul_overflow(bytes, std::max<int64_t>(size, 1), &bytes),
            "tensor: sizes [{}] of {} exceed the memory that can be addressed", join_text(sizes, ", "),
            registry::to_string(dtype));
  }
  return is_empty ? 0 : bytes;
}

}  // namespace

PlainTensor::PlainTensor(void* data, std::vector<int64_t> sizes, TensorOptions options)
    : TensorImpl({}), data_(data), sizes_(std::move(sizes)), options_(std::move(options)) {
  const int64_t bytes = checked_bytes(sizes_, options_.dtype);
  const bool has_memory = options_.device.type != registry::DeviceType::meta;
  require(data_ != nullptr || bytes == 0 || !has_memory, "tensor: it has {} bytes but no memory", bytes);
  if (options_.strides.empty()) options_.strides = registry::compact_strides(sizes_);
  require(options_.strides.size() == sizes_.size(), "tensor: it has {} strides for {} dimensions",
          options_.strides.size(), sizes_.size());
  set_key_set(options_.key_set ? *options_.key_set
                               : registry::DispatchKeySet(registry::dispatch_key_of_device(options_.device.type)));
}

PlainTensor::~PlainTensor() {
  if (options_.deleter) options_.deleter(data_);
}

Scalar PlainTensor::item() const {
  int64_t count = 1;
  for (int64_t size : sizes_) count *= size;
  require(count == 1, "tensor: it has {} elements; item() needs 1", count);
  if (options_.device.type != registry::DeviceType::cpu) {
    fail(ErrorKind::unavailable, "tensor: its memory is on {}; item() reads that of cpu",
         registry::to_string(options_.device));
  }
  return read_element(data_, options_.dtype);
}

const registry::TensorMethods* PlainTensor::methods() const { return &plain_methods(); }

registry::Tensor from_blob(void* data, std::vector<int64_t> sizes, TensorOptions options) {
  return registry::Tensor(registry::make_intrusive<PlainTensor>(data, std::move(sizes), std::move(options)));
}

registry::Tensor empty(std::vector<int64_t> sizes, ScalarType dtype) {
  const int64_t bytes = checked_bytes(sizes, dtype);
  void* data = ::operator new(static_cast<size_t>(std::max<int64_t>(bytes, 1)), alignment, std::nothrow);
  if (data == nullptr) {
    fail(ErrorKind::unavailable, "tensor: no memory for {} bytes of [{}]", bytes, join_text(sizes, ", "));
  }
  const auto release = [](void* memory) { ::operator delete(memory, alignment); };
  try {
    return from_blob(data, std::move(sizes), {.dtype = dtype, .deleter = release});
  } catch (...) {
    release(data);
    throw;
  }
}

registry::Tensor zeros(std::vector<int64_t> sizes, ScalarType dtype) {
  registry::Tensor tensor = empty(std::move(sizes), dtype);
  std::memset(tensor.data(), 0, static_cast<size_t>(tensor.numel()) * registry::element_size(dtype));
  return tensor;
}

}  // namespace spinel::plain
