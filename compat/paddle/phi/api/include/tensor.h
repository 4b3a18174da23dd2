// The class paddle::Tensor as native operator sources use it, around a tensor of libtorch.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include <string>
#include <utility>
#include <vector>

#include "paddle/common/exception.h"
#include "paddle/phi/common/data_type.h"
#include "paddle/phi/common/place.h"
#include "paddle/utils/optional.h"

namespace paddle {

namespace experimental {
/// A number of any kind.
class Scalar {
 public:
  Scalar() = default;
  template <typename T, typename = std::enable_if_t<std::is_arithmetic_v<T>>>
  Scalar(T value) : value_(value) {}
  Scalar(phi::float16 value) : value_(static_cast<float>(value)) {}
  Scalar(phi::bfloat16 value) : value_(static_cast<float>(value)) {}
  template <typename T>
  T to() const {
    return value_.to<T>();
  }
  const at::Scalar& torch() const { return value_; }

 private:
  at::Scalar value_ = 0;
};

/// Sizes or indices from any list of integers.
class IntArray {
 public:
  IntArray() = default;
  IntArray(std::vector<int64_t> values) : values_(std::move(values)) {}
  IntArray(const std::vector<int>& values) : values_(values.begin(), values.end()) {}
  IntArray(std::initializer_list<int64_t> values) : values_(values) {}
  const std::vector<int64_t>& GetData() const { return values_; }

 private:
  std::vector<int64_t> values_;
};
}  // namespace experimental
using experimental::IntArray;
using experimental::Scalar;

/// Copies share the memory. Methods have Paddle's names and meanings; what a source uses beyond these it does not find
/// at compile time.
class Tensor {
 public:
  Tensor() = default;
  Tensor(at::Tensor tensor) : tensor_(std::move(tensor)) {}
  explicit Tensor(const Place& place) : place_(place) {}
  Tensor(const Place& place, const std::vector<int64_t>& shape) : place_(place), wanted_shape_(shape) {}

  const at::Tensor& torch() const { return tensor_; }

  int64_t numel() const { return tensor_.defined() ? tensor_.numel() : c10::multiply_integers(wanted_shape_); }
  int64_t size() const { return numel(); }
  std::vector<int64_t> shape() const { return tensor_.defined() ? tensor_.sizes().vec() : wanted_shape_; }
  std::vector<int64_t> dims() const { return shape(); }
  std::vector<int64_t> strides() const { return tensor_.strides().vec(); }
  /// Of a tensor without memory: the shape that it is to have.
  void reshape(const std::vector<int64_t>& shape) {
    if (tensor_.defined()) tensor_ = tensor_.reshape(shape);
    else wanted_shape_ = shape;
  }
  DataType dtype() const { return tensor_.defined() ? phi::from_torch(tensor_.scalar_type()) : DataType::UNDEFINED; }
  DataType type() const { return dtype(); }
  DataLayout layout() const { return DataLayout::NCHW; }
  Place place() const { return tensor_.defined() ? Place(tensor_.device()) : place_; }
  bool is_cpu() const { return place().device().is_cpu(); }
  bool is_gpu() const { return place().device().is_cuda(); }
  bool is_gpu_pinned() const { return tensor_.defined() && tensor_.is_cpu() && tensor_.is_pinned(); }
  bool is_xpu() const { return place().device().is_xpu(); }
  bool is_custom_device() const { return place().device().is_privateuseone(); }
  bool is_dense_tensor() const { return tensor_.defined() && tensor_.layout() == at::kStrided; }
  bool is_sparse_coo_tensor() const { return tensor_.defined() && tensor_.is_sparse(); }
  bool is_sparse_csr_tensor() const { return tensor_.defined() && tensor_.is_sparse_csr(); }

  template <typename T>
  const T* data() const {
    return pointer<T>();
  }
  template <typename T>
  T* data() {
    return pointer<T>();
  }
  const void* data() const { return tensor_.data_ptr(); }
  void* data() { return tensor_.data_ptr(); }
  /// The memory, allocated first in the shape of reshape() where there is none.
  template <typename T>
  T* mutable_data() {
    return mutable_data<T>(place());
  }
  /// Memory of another element type is given up for new memory of this one, as in Paddle.
  template <typename T>
  T* mutable_data(const Place& place) {
    const auto dtype = phi::to_torch(phi::CppTypeToDataType<T>::Type());
    if (!tensor_.defined() || tensor_.scalar_type() != dtype) {
      tensor_ = at::empty(shape(), at::TensorOptions(dtype).device(place.device()));
    }
    return pointer<T>();
  }

  bool defined() const { return tensor_.defined(); }
  bool initialized() const { return tensor_.defined(); }
  bool is_initialized() const { return tensor_.defined(); }
  bool has_allocation() const { return tensor_.defined(); }
  void reset() { tensor_.reset(); }
  const std::string& name() const { return name_; }
  void set_name(const std::string& name) { name_ = name; }

  Tensor slice(int64_t begin, int64_t end) const { return tensor_.slice(0, begin, end); }
  Tensor copy_to(const Place& place, bool blocking = true) const {
    return tensor_.to(place.device(), !blocking, /*copy=*/true);
  }
  template <typename T>
  Tensor copy_to(const Place& place) const {
    return copy_to(place, true);
  }
  void copy_(const Tensor& source, const Place& place, bool blocking) {
    if (!tensor_.defined()) tensor_ = at::empty_like(source.tensor_, source.tensor_.options().device(place.device()));
    tensor_.copy_(source.tensor_, !blocking);
  }
  Tensor cast(DataType dtype) const { return tensor_.to(phi::to_torch(dtype)); }
  bool is_contiguous() const { return tensor_.is_contiguous(); }
  Tensor contiguous() const { return tensor_.contiguous(); }

  Tensor operator+(const Tensor& other) const { return tensor_ + other.tensor_; }
  Tensor operator-(const Tensor& other) const { return tensor_ - other.tensor_; }
  Tensor operator*(const Tensor& other) const { return tensor_ * other.tensor_; }
  Tensor operator/(const Tensor& other) const { return tensor_ / other.tensor_; }
  Tensor operator+(const Scalar& other) const { return tensor_ + other.torch(); }
  Tensor operator-(const Scalar& other) const { return tensor_ - other.torch(); }
  Tensor operator*(const Scalar& other) const { return tensor_ * other.torch(); }
  Tensor operator/(const Scalar& other) const { return tensor_ / other.torch(); }
  Tensor operator-() const { return -tensor_; }
  Tensor operator~() const { return tensor_.bitwise_not(); }
  Tensor operator&(const Tensor& other) const { return tensor_.bitwise_and(other.tensor_); }
  Tensor operator|(const Tensor& other) const { return tensor_.bitwise_or(other.tensor_); }
  Tensor operator^(const Tensor& other) const { return tensor_.bitwise_xor(other.tensor_); }
  Tensor operator<(const Tensor& other) const { return tensor_ < other.tensor_; }
  Tensor operator<=(const Tensor& other) const { return tensor_ <= other.tensor_; }
  Tensor operator>(const Tensor& other) const { return tensor_ > other.tensor_; }
  Tensor operator>=(const Tensor& other) const { return tensor_ >= other.tensor_; }
  Tensor operator==(const Tensor& other) const { return tensor_ == other.tensor_; }
  Tensor operator!=(const Tensor& other) const { return tensor_ != other.tensor_; }

  Tensor add(const Tensor& y) const { return *this + y; }
  Tensor subtract(const Tensor& y) const { return *this - y; }
  Tensor multiply(const Tensor& y) const { return *this * y; }
  Tensor divide(const Tensor& y) const { return *this / y; }
  Tensor exp() const { return tensor_.exp(); }
  Tensor log() const { return tensor_.log(); }
  Tensor abs() const { return tensor_.abs(); }
  Tensor pow(const Scalar& y) const { return tensor_.pow(y.torch()); }
  Tensor matmul(const Tensor& y) const { return tensor_.matmul(y.tensor_); }

 private:
  template <typename T>
  T* pointer() const {
    TORCH_CHECK(tensor_.defined(), "paddle::Tensor: it has no memory yet; mutable_data() allocates it");
    const DataType wanted = phi::CppTypeToDataType<std::remove_cv_t<T>>::Type();
    TORCH_CHECK(dtype() == wanted, "paddle::Tensor: it holds ", tensor_.scalar_type(), " but is read as ",
                phi::to_torch(wanted));
    return static_cast<T*>(tensor_.data_ptr());
  }

  at::Tensor tensor_;
  Place place_;
  std::vector<int64_t> wanted_shape_;
  std::string name_;
};

inline Tensor operator*(const Scalar& a, const Tensor& b) { return b * a; }
inline Tensor operator+(const Scalar& a, const Tensor& b) { return b + a; }
inline Tensor operator-(const Scalar& a, const Tensor& b) { return -b + a; }
inline Tensor operator/(const Scalar& a, const Tensor& b) { return b.torch().reciprocal() * a.torch(); }

}  // namespace paddle
