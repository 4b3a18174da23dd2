// What a new tensor is made of: element type, device, layout and the like, each optional.
#pragma once

#include <optional>

#include "c10/core/Device.h"
#include "c10/core/Layout.h"
#include "c10/core/MemoryFormat.h"
#include "c10/core/ScalarType.h"
#include "spinel/registry/tensor_functions.h"

namespace caffe2 {
inline namespace spinel_v1 {

/// The element type as Tensor::dtype() gives it.
class TypeMeta {
 public:
  TypeMeta() = default;
  TypeMeta(c10::ScalarType type) : type_(type) {}
  template <typename T>
  static TypeMeta Make() {
    return c10::CppTypeToScalarType<T>::value;
  }
  static TypeMeta fromScalarType(c10::ScalarType type) { return type; }
  c10::ScalarType toScalarType() const noexcept { return type_; }
  size_t itemsize() const { return c10::elementSize(type_); }
  std::string_view name() const { return ::spinel::registry::to_string(c10::to_core(type_)); }
  template <typename T>
  bool Match() const {
    return type_ == c10::CppTypeToScalarType<T>::value;
  }
  friend bool operator==(TypeMeta a, TypeMeta b) noexcept { return a.type_ == b.type_; }
  friend std::ostream& operator<<(std::ostream& out, TypeMeta type) { return out << type.name(); }

 private:
  c10::ScalarType type_ = c10::ScalarType::Undefined;
};

}  // namespace spinel_v1
}  // namespace caffe2

namespace c10 {
inline namespace spinel_v1 {

inline ScalarType typeMetaToScalarType(caffe2::TypeMeta type) { return type.toScalarType(); }
inline caffe2::TypeMeta scalarTypeToTypeMeta(ScalarType type) { return type; }
inline ScalarType get_default_dtype_as_scalartype() { return ScalarType::Float; }
inline caffe2::TypeMeta get_default_dtype() { return ScalarType::Float; }

/// Each setter returns a changed copy.
struct TensorOptions {
  TensorOptions() = default;
  TensorOptions(ScalarType dtype) : dtype_(dtype) {}
  TensorOptions(caffe2::TypeMeta dtype) : dtype_(dtype.toScalarType()) {}
  TensorOptions(Device device) : device_(device) {}
  TensorOptions(DeviceType device) : device_(Device(device)) {}
  TensorOptions(Layout layout) : layout_(layout) {}
  TensorOptions(MemoryFormat format) : memory_format_(format) {}

  TensorOptions dtype(std::optional<ScalarType> dtype) const { return with(&TensorOptions::dtype_, dtype); }
  TensorOptions dtype(ScalarType type) const { return with(&TensorOptions::dtype_, std::optional(type)); }
  TensorOptions dtype(caffe2::TypeMeta dtype) const { return this->dtype(dtype.toScalarType()); }
  TensorOptions device(std::optional<Device> device) const { return with(&TensorOptions::device_, device); }
  TensorOptions device(Device device) const { return with(&TensorOptions::device_, std::optional(device)); }
  TensorOptions device(DeviceType type) const { return device(Device(type)); }
  TensorOptions device(DeviceType type, DeviceIndex index) const { return device(Device(type, index)); }
  TensorOptions layout(std::optional<Layout> layout) const { return with(&TensorOptions::layout_, layout); }
  TensorOptions requires_grad(std::optional<bool> wanted) const { return with(&TensorOptions::requires_grad_, wanted); }
  TensorOptions pinned_memory(std::optional<bool> wanted) const { return with(&TensorOptions::pinned_memory_, wanted); }
  TensorOptions memory_format(std::optional<MemoryFormat> format) const {
    return with(&TensorOptions::memory_format_, format);
  }

  caffe2::TypeMeta dtype() const { return dtype_.value_or(ScalarType::Float); }
  Device device() const { return device_.value_or(DeviceType::CPU); }
  Layout layout() const { return layout_.value_or(Layout::Strided); }
  bool requires_grad() const { return requires_grad_.value_or(false); }
  bool pinned_memory() const { return pinned_memory_.value_or(false); }
  bool has_dtype() const { return dtype_.has_value(); }
  bool has_device() const { return device_.has_value(); }
  bool has_layout() const { return layout_.has_value(); }
  std::optional<ScalarType> dtype_opt() const { return dtype_; }
  std::optional<Device> device_opt() const { return device_; }
  std::optional<Layout> layout_opt() const { return layout_; }
  std::optional<bool> pinned_memory_opt() const { return pinned_memory_; }
  std::optional<MemoryFormat> memory_format_opt() const { return memory_format_; }
  bool is_sparse() const { return layout() == Layout::Sparse; }

  /// What this layer makes tensors from. Layouts but the strided one, pinned memory and gradients are the host's own
  /// business: they are an error, not left out.
  ::spinel::registry::TensorKind kind() const {
    TORCH_CHECK_NOT_IMPLEMENTED(layout() == Layout::Strided, "new tensors have the strided layout; ", layout(),
                                " is wanted");
    TORCH_CHECK_NOT_IMPLEMENTED(!pinned_memory(), "new tensors have ordinary memory; pinned memory is wanted");
    TORCH_CHECK_NOT_IMPLEMENTED(!requires_grad(), "new tensors need no gradient; requires_grad is wanted");
    ::spinel::registry::TensorKind kind;
    if (dtype_) kind.dtype = to_core(*dtype_);
    if (device_) kind.device = device_->core();
    return kind;
  }

 private:
  template <typename T>
  TensorOptions with(std::optional<T> TensorOptions::*part, std::optional<T> value) const {
    TensorOptions changed = *this;
    changed.*part = value;
    return changed;
  }
  std::optional<ScalarType> dtype_;
  std::optional<Device> device_;
  std::optional<Layout> layout_;
  std::optional<bool> requires_grad_, pinned_memory_;
  std::optional<MemoryFormat> memory_format_;
};

inline TensorOptions dtype(ScalarType type) { return type; }
inline TensorOptions dtype(caffe2::TypeMeta type) { return type; }
template <typename T>
TensorOptions dtype() {
  return CppTypeToScalarType<T>::value;
}
inline TensorOptions device(Device device) { return device; }
inline TensorOptions layout(Layout layout) { return layout; }
inline TensorOptions requires_grad(bool wanted = true) { return TensorOptions().requires_grad(wanted); }

}  // namespace spinel_v1
}  // namespace c10
