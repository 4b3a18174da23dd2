// PyTorch's operators for sources on the stable ABI, by the C functions and by name.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "torch/csrc/stable/stableivalue_conversions.h"

namespace torch {
namespace stable {
namespace detail {
inline namespace spinel_v1 {

/// An operator with one tensor as its result.
template <typename... A>
Tensor call(const char* name, const char* overload, const A&... arguments) {
  std::array<StableIValue, sizeof...(A)> stack{from(arguments)...};
  TORCH_ERROR_CODE_CHECK(torch_call_dispatcher(name, overload, stack.data(), TORCH_ABI_VERSION));
  return to<Tensor>(stack[0]);
}

/// What a new tensor is made of, as pointers that are null where it is not said.
struct KindPointers {
  KindPointers(std::optional<ScalarType> dtype, std::optional<Layout> layout, std::optional<Device> device,
               std::optional<bool> pin_memory)
      : values_{static_cast<int32_t>(dtype.value_or(ScalarType::Float)),
                static_cast<int32_t>(layout.value_or(Layout::Strided)),
                static_cast<int32_t>(device.value_or(Device(c10::DeviceType::CPU)).type()),
                pin_memory.value_or(false) ? 1 : 0},
        dtype(dtype ? &values_[0] : nullptr),
        layout(layout ? &values_[1] : nullptr),
        device_type(device ? &values_[2] : nullptr),
        device_index(device ? device->index() : 0),
        pin_memory(pin_memory ? &values_[3] : nullptr) {}
  KindPointers(const KindPointers&) = delete;
  KindPointers& operator=(const KindPointers&) = delete;

 private:
  int32_t values_[4];

 public:
  int32_t *dtype, *layout, *device_type;
  int32_t device_index;
  int32_t* pin_memory;
};

/// The tensor that a C function gives.
template <typename F, typename... A>
Tensor make(F function, const A&... arguments) {
  AtenTensorHandle made;
  TORCH_ERROR_CODE_CHECK(function(arguments..., &made));
  return Tensor(made);
}

}  // namespace spinel_v1
}  // namespace detail

inline namespace spinel_v1 {

using headeronly::MemoryFormat;

// New tensors.
inline Tensor empty(IntHeaderOnlyArrayRef size, std::optional<ScalarType> dtype = {}, std::optional<Layout> layout = {},
                    std::optional<Device> device = {}, std::optional<bool> pin_memory = {},
                    std::optional<MemoryFormat> memory_format = {}) {
  return detail::call("aten::empty", "memory_format", size, dtype, layout, device, pin_memory, memory_format);
}
inline Tensor empty_like(const Tensor& self) {
  return detail::call("aten::empty_like", "", self, std::optional<ScalarType>(), std::optional<Layout>(),
                      std::optional<Device>(), std::optional<bool>(), std::optional<MemoryFormat>());
}
inline Tensor full(IntHeaderOnlyArrayRef size, double fill_value, std::optional<ScalarType> dtype = {},
                   std::optional<Layout> layout = {}, std::optional<Device> device = {},
                   std::optional<bool> pin_memory = {}) {
  const detail::KindPointers kind(dtype, layout, device, pin_memory);
  return detail::make(aoti_torch_aten_full, size.data(), static_cast<int64_t>(size.size()), fill_value, kind.dtype,
                      kind.layout, kind.device_type, kind.device_index, kind.pin_memory);
}
inline Tensor new_empty(const Tensor& self, IntHeaderOnlyArrayRef size, std::optional<ScalarType> dtype = {},
                        std::optional<Layout> layout = {}, std::optional<Device> device = {},
                        std::optional<bool> pin_memory = {}) {
  const detail::KindPointers kind(dtype, layout, device, pin_memory);
  return detail::make(aoti_torch_aten_new_empty, self.get(), size.data(), static_cast<int64_t>(size.size()), kind.dtype,
                      kind.layout, kind.device_type, kind.device_index, kind.pin_memory);
}
inline Tensor new_zeros(const Tensor& self, IntHeaderOnlyArrayRef size, std::optional<ScalarType> dtype = {},
                        std::optional<Layout> layout = {}, std::optional<Device> device = {},
                        std::optional<bool> pin_memory = {}) {
  const detail::KindPointers kind(dtype, layout, device, pin_memory);
  return detail::make(aoti_torch_aten_new_zeros, self.get(), size.data(), static_cast<int64_t>(size.size()), kind.dtype,
                      kind.layout, kind.device_type, kind.device_index, kind.pin_memory);
}

// Memory of the caller's. It has to outlive the tensor, or `deleter(data)` is called when the last use ends.
inline Tensor from_blob(void* data, IntHeaderOnlyArrayRef sizes, IntHeaderOnlyArrayRef strides, Device device,
                        ScalarType dtype, int64_t storage_offset = 0, Layout layout = Layout::Strided) {
  AtenTensorHandle made;
  TORCH_ERROR_CODE_CHECK(aoti_torch_create_tensor_from_blob_v2(
      data, static_cast<int64_t>(sizes.size()), sizes.data(), strides.data(), storage_offset,
      static_cast<int32_t>(dtype), static_cast<int32_t>(device.type()), device.index(), &made,
      static_cast<int32_t>(layout), nullptr, 0));
  return Tensor(made);
}
template <typename F>
  requires std::is_invocable_v<F, void*>
Tensor from_blob(void* data, IntHeaderOnlyArrayRef sizes, IntHeaderOnlyArrayRef strides, Device device,
                 ScalarType dtype, F deleter, int64_t storage_offset = 0, Layout layout = Layout::Strided) {
  // The C function calls it in any case, also where it fails.
  auto* const kept = new F(std::move(deleter));
  const auto run = [](void* memory, void* context) {
    const std::unique_ptr<F> last(static_cast<F*>(context));
    (*last)(memory);
  };
  AtenTensorHandle made;
  TORCH_ERROR_CODE_CHECK(torch_from_blob(data, static_cast<int64_t>(sizes.size()), sizes.data(), strides.data(),
                                         storage_offset, static_cast<int32_t>(dtype),
                                         static_cast<int32_t>(device.type()), device.index(), &made,
                                         static_cast<int32_t>(layout), nullptr, 0, run, kept));
  return Tensor(made);
}

// Copies and conversions.
inline Tensor clone(const Tensor& self) { return detail::call("aten::clone", "", self, std::optional<MemoryFormat>()); }
inline Tensor contiguous(const Tensor& self, MemoryFormat memory_format = MemoryFormat::Contiguous) {
  return detail::call("aten::contiguous", "", self, memory_format);
}
inline Tensor to(const Tensor& self, std::optional<ScalarType> dtype = {}, std::optional<Layout> layout = {},
                 std::optional<Device> device = {}, std::optional<bool> pin_memory = {}, bool non_blocking = false,
                 bool copy = false, std::optional<MemoryFormat> memory_format = {}) {
  return detail::call("aten::to", "dtype_layout", self, dtype, layout, device, pin_memory, non_blocking, copy,
                      memory_format);
}
inline Tensor to(const Tensor& self, Device device, bool non_blocking = false, bool copy = false) {
  return to(self, std::nullopt, std::nullopt, device, std::nullopt, non_blocking, copy);
}
inline Tensor copy_(Tensor& self, const Tensor& src, std::optional<bool> non_blocking = {}) {
  return detail::call("aten::copy_", "", self, src, non_blocking.value_or(false));
}
inline Tensor fill_(const Tensor& self, double value) {
  TORCH_ERROR_CODE_CHECK(aoti_torch_aten_fill__Scalar(self.get(), value));
  return self;
}
inline Tensor zero_(Tensor& self) { return detail::call("aten::zero_", "", self); }
inline Tensor pad(const Tensor& self, IntHeaderOnlyArrayRef pad, const std::string& mode = "constant",
                  double value = 0.0) {
  return detail::make(aoti_torch_aten_pad, self.get(), pad.data(), static_cast<int64_t>(pad.size()), mode.c_str(),
                      &value);
}

// Views.
inline Tensor narrow(const Tensor& self, int64_t dim, int64_t start, int64_t length) {
  return detail::make(aoti_torch_aten_narrow, self.get(), dim, start, length);
}
inline Tensor select(const Tensor& self, int64_t dim, int64_t index) {
  return detail::call("aten::select", "int", self, dim, index);
}
inline Tensor transpose(const Tensor& self, int64_t dim0, int64_t dim1) {
  return detail::call("aten::transpose", "int", self, dim0, dim1);
}
inline Tensor flatten(const Tensor& self, int64_t start_dim = 0, int64_t end_dim = -1) {
  return detail::call("aten::flatten", "using_ints", self, start_dim, end_dim);
}
inline Tensor unsqueeze(const Tensor& self, int64_t dim) { return detail::call("aten::unsqueeze", "", self, dim); }
inline Tensor squeeze(const Tensor& self, int64_t dim) { return detail::call("aten::squeeze", "dim", self, dim); }
inline Tensor reshape(const Tensor& self, IntHeaderOnlyArrayRef shape) {
  return detail::call("aten::reshape", "", self, shape);
}
inline Tensor view(const Tensor& self, IntHeaderOnlyArrayRef size) {
  return detail::call("aten::view", "", self, size);
}

// Arithmetic.
inline Tensor amax(const Tensor& self, IntHeaderOnlyArrayRef dims, bool keepdim = false) {
  return detail::make(aoti_torch_aten_amax, self.get(), dims.data(), static_cast<int64_t>(dims.size()),
                      keepdim ? 1 : 0);
}
inline Tensor amax(const Tensor& self, int64_t dim, bool keepdim = false) {
  return amax(self, IntHeaderOnlyArrayRef(&dim, 1), keepdim);
}
inline Tensor sum(const Tensor& self, std::optional<IntHeaderOnlyArrayRef> dim = {}, bool keepdim = false,
                  std::optional<ScalarType> dtype = {}) {
  return detail::call("aten::sum", "dim_IntList", self, dim, keepdim, dtype);
}
inline Tensor& sum_out(Tensor& out, const Tensor& self, std::optional<IntHeaderOnlyArrayRef> dim = {},
                       bool keepdim = false, std::optional<ScalarType> dtype = {}) {
  detail::call("aten::sum", "IntList_out", self, dim, keepdim, dtype, out);
  return out;
}
/// self - alpha * other
inline Tensor subtract(const Tensor& self, const Tensor& other, double alpha = 1.0) {
  return detail::make(aoti_torch_aten_subtract_Tensor, self.get(), other.get(), alpha);
}
inline Tensor matmul(const Tensor& self, const Tensor& other) { return detail::call("aten::matmul", "", self, other); }

// Threads.
/// Calls f(first, last) for pieces of [begin, end) of at least `grain_size`, on several threads.
template <typename F>
void parallel_for(int64_t begin, int64_t end, int64_t grain_size, const F& f) {
  const auto run = [](int64_t first, int64_t last, void* context) { (*static_cast<const F*>(context))(first, last); };
  TORCH_ERROR_CODE_CHECK(torch_parallel_for(begin, end, grain_size, run, const_cast<F*>(&f)));
}
inline uint32_t get_num_threads() {
  uint32_t count;
  TORCH_ERROR_CODE_CHECK(torch_get_num_threads(&count));
  return count;
}

}  // namespace spinel_v1
}  // namespace stable
}  // namespace torch
