// PyTorch's tensor class over the tensor of whatever host runs the operator.
#pragma once

#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "ATen/core/TensorAccessor.h"
#include "c10/core/DispatchKeySet.h"
#include "c10/core/Scalar.h"
#include "c10/core/TensorOptions.h"
#include "spinel/registry/dispatcher.h"
#include "spinel/registry/tensor_functions.h"
#include "torch/csrc/inductor/aoti_torch/c/shim.h"

namespace at {
using namespace c10;
inline namespace spinel_v1 {

namespace core_functions = ::spinel::registry;

/// A handle of the registry's tensor without members of its own, so each is the other. What needs more than looking at
/// the tensor goes through the functions that its host supplies (spinel/registry/tensor_methods.h).
class Tensor : public ::spinel::registry::Tensor {
  using Core = ::spinel::registry::Tensor;
  using Kind = ::spinel::registry::TensorKind;

 public:
  Tensor() = default;
  Tensor(Core tensor) noexcept : Core(std::move(tensor)) {}
  Tensor(const Tensor&) = default;
  Tensor(Tensor&&) noexcept = default;
  Tensor& operator=(const Tensor&) & = default;
  Tensor& operator=(Tensor&&) & noexcept = default;
  // To a temporary, as x[0] is: writes its elements.
  Tensor& operator=(const Tensor& from) && {
    copy_(from);
    return *this;
  }
  Tensor& operator=(Tensor&& from) && {
    copy_(from);
    return *this;
  }
  Tensor& operator=(const Scalar& value) && {
    fill_(value);
    return *this;
  }

  // Looking at it. Of undefined tensors only defined() and is_same() may be asked; all else is an error.
  int64_t dim() const { return checked().dim(); }
  int64_t ndimension() const { return dim(); }
  int64_t numel() const { return checked().numel(); }
  IntArrayRef sizes() const { return checked().sizes(); }
  IntArrayRef strides() const { return checked().strides(); }
  SymIntArrayRef sym_sizes() const { return c10::fromIntArrayRefSlow(sizes()); }
  SymIntArrayRef sym_strides() const { return c10::fromIntArrayRefSlow(strides()); }
  SymInt sym_numel() const { return numel(); }
  int64_t size(int64_t dimension) const { return sizes()[place(dimension)]; }
  int64_t stride(int64_t dimension) const { return strides()[place(dimension)]; }
  SymInt sym_size(int64_t dimension) const { return size(dimension); }
  ScalarType scalar_type() const { return static_cast<ScalarType>(checked().scalar_type()); }
  caffe2::TypeMeta dtype() const { return scalar_type(); }
  Device device() const { return checked().device(); }
  Layout layout() const { return Layout::Strided; }
  TensorOptions options() const { return TensorOptions(scalar_type()).device(device()); }
  int64_t get_device() const { return device().index(); }
  bool is_cpu() const { return device().is_cpu(); }
  bool is_cuda() const { return device().is_cuda(); }
  bool is_xpu() const { return device().is_xpu(); }
  bool is_mps() const { return device().is_mps(); }
  bool is_mtia() const { return device().type() == DeviceType::MTIA; }
  bool is_meta() const { return device().is_meta(); }
  bool is_privateuseone() const { return device().is_privateuseone(); }
  bool is_sparse() const { return false; }
  bool is_quantized() const { return c10::isQIntType(scalar_type()); }
  bool is_floating_point() const { return c10::isFloatingType(scalar_type()); }
  bool is_complex() const { return c10::isComplexType(scalar_type()); }
  bool is_contiguous(MemoryFormat format = MemoryFormat::Contiguous) const {
    return core_functions::is_contiguous(checked(), c10::to_core(format));
  }
  bool is_non_overlapping_and_dense() const { return is_contiguous(); }
  bool requires_grad() const { return methods().requires_grad(*this); }
  bool is_pinned() const { return methods().is_pinned(*this); }
  size_t itemsize() const { return c10::elementSize(scalar_type()); }
  int64_t element_size() const { return static_cast<int64_t>(itemsize()); }
  size_t nbytes() const { return static_cast<size_t>(numel()) * itemsize(); }
  bool has_storage() const { return defined(); }
  MemoryFormat suggest_memory_format() const {
    const bool last = dim() == 4 && !is_contiguous() && is_contiguous(MemoryFormat::ChannelsLast);
    return last ? MemoryFormat::ChannelsLast : MemoryFormat::Contiguous;
  }
  size_t use_count() const noexcept { return pointer().use_count(); }
  void* unsafeGetTensorImpl() const { return impl(); }
  const Tensor& tensor_data() const { return *this; }
  const Tensor& variable_data() const { return *this; }

  // Its memory. The typed forms check the element type.
  void* data_ptr() const { return checked().data(); }
  const void* const_data_ptr() const { return data_ptr(); }
  void* mutable_data_ptr() const { return data_ptr(); }
  template <typename T>
  T* data_ptr() const {
    using Element = std::remove_const_t<T>;
    TORCH_CHECK(scalar_type() == c10::CppTypeToScalarType<Element>::value, "expected scalar type ",
                c10::CppTypeToScalarType<Element>::value, " but found ", scalar_type());
    return static_cast<T*>(data_ptr());
  }
  template <typename T>
  const T* const_data_ptr() const {
    return data_ptr<std::remove_const_t<T>>();
  }
  template <typename T>
  T* mutable_data_ptr() const {
    return data_ptr<T>();
  }
  template <typename T, size_t N>
  TensorAccessor<T, N> accessor() const {
    TORCH_CHECK(dim() == static_cast<int64_t>(N), "TensorAccessor expected ", N, " dims but tensor has ", dim());
    return {data_ptr<T>(), sizes().data(), strides().data()};
  }
  template <typename T, size_t N, template <typename> class PtrTraits = DefaultPtrTraits, typename Index = int64_t>
  GenericPackedTensorAccessor<T, N, PtrTraits, Index> generic_packed_accessor() const {
    TORCH_CHECK(dim() == static_cast<int64_t>(N), "TensorAccessor expected ", N, " dims but tensor has ", dim());
    return {data_ptr<T>(), sizes().data(), strides().data()};
  }
  template <typename T, size_t N, template <typename> class PtrTraits = DefaultPtrTraits>
  PackedTensorAccessor32<T, N, PtrTraits> packed_accessor32() const {
    TORCH_CHECK(numel() <= INT32_MAX,
                "numel needs to be smaller than int32_t max; otherwise, please use packed_accessor64");
    return generic_packed_accessor<T, N, PtrTraits, int32_t>();
  }
  template <typename T, size_t N, template <typename> class PtrTraits = DefaultPtrTraits>
  PackedTensorAccessor64<T, N, PtrTraits> packed_accessor64() const {
    return generic_packed_accessor<T, N, PtrTraits, int64_t>();
  }

  // Its value.
  Scalar item() const { return checked().item(); }
  template <typename T>
  T item() const {
    return item().to<T>();
  }
  bool is_nonzero() const { return item().to<bool>(); }

  // Copies.
  Tensor contiguous(MemoryFormat format = MemoryFormat::Contiguous) const {
    return core_functions::contiguous(checked(), c10::to_core(format));
  }
  Tensor clone(std::optional<MemoryFormat> format = std::nullopt) const {
    return core_functions::clone(checked(), c10::to_core(format.value_or(MemoryFormat::Preserve)));
  }
  Tensor to(ScalarType dtype, bool = false, bool copy = false) const {
    return core_functions::to(checked(), Kind{.dtype = c10::to_core(dtype)}, copy);
  }
  Tensor to(caffe2::TypeMeta dtype, bool = false, bool copy = false) const {
    return to(dtype.toScalarType(), false, copy);
  }
  Tensor to(Device device, bool = false, bool copy = false) const {
    return core_functions::to(checked(), Kind{.device = device.core()}, copy);
  }
  Tensor to(DeviceType device, bool = false, bool copy = false) const { return to(Device(device), false, copy); }
  Tensor to(Device device, ScalarType dtype, bool = false, bool copy = false) const {
    return core_functions::to(checked(), Kind{.dtype = c10::to_core(dtype), .device = device.core()}, copy);
  }
  Tensor to(const TensorOptions& options, bool = false, bool copy = false) const {
    return core_functions::to(checked(), options.kind(), copy);
  }
  Tensor to(const Tensor& like) const { return to(like.device(), like.scalar_type()); }
  Tensor toType(ScalarType dtype) const { return to(dtype); }
  Tensor cpu() const { return to(DeviceType::CPU); }
  Tensor cuda() const { return to(DeviceType::CUDA); }
  const Tensor& copy_(const Tensor& from, bool = false) const {
    core_functions::copy(from.checked(), checked());
    return *this;
  }
  const Tensor& fill_(const Scalar& value) const {
    methods().fill(*this, value.core());
    return *this;
  }
  const Tensor& zero_() const { return fill_(0); }

  // Views.
  Tensor select(int64_t dimension, int64_t index) const { return core_functions::select(checked(), dimension, index); }
  Tensor operator[](int64_t index) const { return select(0, index); }
  Tensor slice(int64_t dimension = 0, std::optional<int64_t> start = {}, std::optional<int64_t> end = {},
               int64_t step = 1) const {
    return core_functions::slice(checked(), dimension, start, end, step);
  }
  Tensor narrow(int64_t dimension, int64_t start, int64_t length) const {
    return core_functions::narrow(checked(), dimension, start, length);
  }
  Tensor view(IntArrayRef sizes) const { return core_functions::view(checked(), sizes); }
  Tensor reshape(IntArrayRef sizes) const { return core_functions::reshape(checked(), sizes); }
  Tensor view_as(const Tensor& other) const { return view(other.sizes()); }
  Tensor reshape_as(const Tensor& other) const { return reshape(other.sizes()); }
  Tensor flatten(int64_t start = 0, int64_t end = -1) const { return core_functions::flatten(checked(), start, end); }
  Tensor permute(IntArrayRef dimensions) const { return core_functions::permute(checked(), dimensions); }
  Tensor transpose(int64_t a, int64_t b) const { return core_functions::transpose(checked(), a, b); }
  Tensor t() const {
    TORCH_CHECK(dim() <= 2, "t() expects a tensor with <= 2 dimensions, but self is ", dim(), "D");
    return dim() < 2 ? *this : transpose(0, 1);
  }
  Tensor unsqueeze(int64_t dimension) const { return core_functions::unsqueeze(checked(), dimension); }
  Tensor squeeze() const { return core_functions::squeeze(checked()); }
  Tensor squeeze(int64_t dimension) const { return core_functions::squeeze(checked(), dimension); }
  Tensor expand(IntArrayRef sizes, bool = false) const { return core_functions::expand(checked(), sizes); }
  Tensor expand_as(const Tensor& other) const { return expand(other.sizes()); }
  Tensor as_strided(IntArrayRef sizes, IntArrayRef strides) const {
    return core_functions::as_strided(checked(), sizes, strides);
  }
  Tensor alias() const { return as_strided(sizes(), strides()); }

  // New tensors like this one.
  Tensor new_empty(IntArrayRef sizes, const TensorOptions& options = {}) const {
    return core_functions::new_empty(checked(), sizes, options.kind());
  }
  Tensor new_full(IntArrayRef sizes, const Scalar& value, const TensorOptions& options = {}) const {
    return core_functions::new_full(checked(), sizes, value.core(), options.kind());
  }
  Tensor new_zeros(IntArrayRef sizes, const TensorOptions& options = {}) const { return new_full(sizes, 0, options); }
  Tensor new_ones(IntArrayRef sizes, const TensorOptions& options = {}) const { return new_full(sizes, 1, options); }

  // Arithmetic, by aten operators: those of the host, or else the layer's own on CPU memory.
  Tensor add(const Tensor& other) const { return by_host("aten::add", "Tensor", {other, 1}); }
  Tensor sub(const Tensor& other) const { return by_host("aten::sub", "Tensor", {other, 1}); }
  Tensor mul(const Tensor& other) const { return by_host("aten::mul", "Tensor", {other}); }
  Tensor div(const Tensor& other) const { return by_host("aten::div", "Tensor", {other}); }
  Tensor& add_(const Tensor& other) { return *this = by_host("aten::add_", "Tensor", {other, 1}); }
  Tensor& sub_(const Tensor& other) { return *this = by_host("aten::sub_", "Tensor", {other, 1}); }
  Tensor& mul_(const Tensor& other) { return *this = by_host("aten::mul_", "Tensor", {other}); }
  Tensor& div_(const Tensor& other) { return *this = by_host("aten::div_", "Tensor", {other}); }
  Tensor& div_(const Tensor& other, std::string_view rounding) {
    return *this = by_host("aten::div_", "Tensor_mode", {other, std::string(rounding)});
  }
  Tensor& true_divide_(const Tensor& other) { return div_(other); }
  Tensor& masked_fill_(const Tensor& mask, const Scalar& value) {
    return *this = by_host("aten::masked_fill_", "Scalar", {mask, value.core()});
  }
  Tensor masked_fill(const Tensor& mask, const Scalar& value) const {
    return by_host("aten::masked_fill", "Scalar", {mask, value.core()});
  }
  Tensor& pow_(const Scalar& exponent) { return *this = by_host("aten::pow_", "Scalar", {exponent.core()}); }
  Tensor gather(int64_t dimension, const Tensor& index, bool sparse_grad = false) const {
    return by_host("aten::gather", "", {dimension, index, sparse_grad});
  }
  Tensor& scatter_(int64_t dimension, const Tensor& index, const Tensor& from) {
    return *this = by_host("aten::scatter_", "src", {dimension, index, from});
  }
  Tensor& scatter_(int64_t dimension, const Tensor& index, const Scalar& value) {
    return *this = by_host("aten::scatter_", "value", {dimension, index, value.core()});
  }
  Tensor& scatter_add_(int64_t dimension, const Tensor& index, const Tensor& from) {
    return *this = by_host("aten::scatter_add_", "", {dimension, index, from});
  }
  Tensor index_select(int64_t dimension, const Tensor& index) const {
    return by_host("aten::index_select", "", {dimension, index});
  }
  Tensor isnan() const { return by_host("aten::isnan", "", {}); }
  Tensor max() const { return by_host("aten::max", "", {}); }
  Tensor min() const { return by_host("aten::min", "", {}); }
  Tensor sum() const { return by_host("aten::sum", "", {::spinel::registry::Value()}); }
  Tensor cumsum(int64_t dimension) const {
    return by_host("aten::cumsum", "", {dimension, ::spinel::registry::Value()});
  }
  /// Values and indices; equal ones keep their order in both forms.
  std::tuple<Tensor, Tensor> sort(int64_t dimension = -1, bool descending = false) const {
    return sort(std::nullopt, dimension, descending);
  }
  std::tuple<Tensor, Tensor> sort(std::optional<bool>, int64_t dimension = -1, bool descending = false) const {
    const auto results = all_by_host("aten::sort", "", {dimension, descending});
    return {results.at(0).to_tensor(), results.at(1).to_tensor()};
  }
  Tensor matmul(const Tensor& other) const { return by_host("aten::matmul", "", {other}); }
  Tensor mm(const Tensor& other) const { return by_host("aten::mm", "", {other}); }
  Tensor& addmm_(const Tensor& a, const Tensor& b, const Scalar& beta = 1, const Scalar& alpha = 1) {
    return *this = by_host("aten::addmm_", "", {a, b, beta.core(), alpha.core()});
  }
  Tensor lt(const Scalar& number) const { return by_host("aten::lt", "Scalar", {number.core()}); }
  Tensor le(const Scalar& number) const { return by_host("aten::le", "Scalar", {number.core()}); }
  Tensor gt(const Scalar& number) const { return by_host("aten::gt", "Scalar", {number.core()}); }
  Tensor ge(const Scalar& number) const { return by_host("aten::ge", "Scalar", {number.core()}); }
  Tensor eq(const Scalar& number) const { return by_host("aten::eq", "Scalar", {number.core()}); }
  Tensor ne(const Scalar& number) const { return by_host("aten::ne", "Scalar", {number.core()}); }

  void reset() { *this = Tensor(); }
  std::string toString() const { return c10::str(c10::toString(scalar_type()), "Tensor"); }

 private:
  const Core& checked() const {
    TORCH_CHECK(defined(), "tensor does not have a device or elements: it is undefined");
    return *this;
  }
  ::spinel::registry::Stack all_by_host(const char* name, const char* overload,
                                        const std::vector<::spinel::registry::Value>& others) const {
    // The layer's own, where the host has none.
    [[maybe_unused]] static const auto defined = spinel_define_aten_operators();
    ::spinel::registry::Stack stack = {checked()};
    stack.insert(stack.end(), others.begin(), others.end());
    ::spinel::registry::Dispatcher::singleton().find_schema_or_throw(name, overload).call_boxed(stack);
    return stack;
  }
  Tensor by_host(const char* name, const char* overload, const std::vector<::spinel::registry::Value>& others) const {
    return all_by_host(name, overload, others).at(0).to_tensor();
  }
  const ::spinel::registry::TensorMethods& methods() const { return core_functions::tensor_methods(*this); }
  size_t place(int64_t dimension) const {
    TORCH_CHECK_INDEX(dim() > 0, "dimension specified as ", dimension, " but tensor has no dimensions");
    return static_cast<size_t>(core_functions::wrap_dimension(dimension, dim()));
  }
};

using TensorList = ArrayRef<Tensor>;
using ITensorListRef = TensorList;
using TensorBase = Tensor;

inline Tensor operator+(const Tensor& a, const Tensor& b) { return a.add(b); }
inline Tensor operator-(const Tensor& a, const Tensor& b) { return a.sub(b); }
inline Tensor operator*(const Tensor& a, const Tensor& b) { return a.mul(b); }
inline Tensor operator/(const Tensor& a, const Tensor& b) { return a.div(b); }
inline Tensor operator<(const Tensor& a, const Scalar& b) { return a.lt(b); }
inline Tensor operator<=(const Tensor& a, const Scalar& b) { return a.le(b); }
inline Tensor operator>(const Tensor& a, const Scalar& b) { return a.gt(b); }
inline Tensor operator>=(const Tensor& a, const Scalar& b) { return a.ge(b); }
inline Tensor operator==(const Tensor& a, const Scalar& b) { return a.eq(b); }
inline Tensor operator!=(const Tensor& a, const Scalar& b) { return a.ne(b); }

inline std::ostream& operator<<(std::ostream& out, const Tensor& tensor) {
  if (!tensor.defined()) return out << "[ Tensor (undefined) ]";
  return out << "[ " << tensor.device().str() << " " << tensor.toString() << tensor.sizes() << " ]";
}

}  // namespace spinel_v1
}  // namespace at

namespace spinel::registry::inline v1 {
template <>
struct ValueTraits<at::Tensor> {
  using Holder = at::Tensor;
  static Type type() { return TypeKind::tensor; }
  static at::Tensor read(const Value& value) { return value.to_tensor(); }
  static at::Tensor& get(Holder& holder) { return holder; }
  static Value write(const at::Tensor& tensor) { return static_cast<const Tensor&>(tensor); }
};
template <>
struct KernelType<at::Tensor> {
  using type = Tensor;
};
}  // namespace spinel::registry::inline v1
