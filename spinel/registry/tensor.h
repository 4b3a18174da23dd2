// The tensor that operators see, whatever host made it: a counted pointer to an abstract implementation.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include "spinel/registry/array_ref.h"
#include "spinel/registry/device.h"
#include "spinel/registry/dispatch_key_set.h"
#include "spinel/registry/intrusive_ptr.h"
#include "spinel/registry/scalar_type.h"

namespace spinel::registry::inline v1 {

class TensorMethods;

/// What a host derives its tensors from. One compiled operator library thus serves every host.
class TensorImpl : public RefCounted {
 public:
  /// The host that made it: "plain", "paddle", "torch". Only that host may cast it to its own class.
  virtual std::string_view host() const = 0;
  virtual ScalarType scalar_type() const = 0;
  virtual Device device() const = 0;
  /// Elements along each dimension.
  virtual IntArrayRef sizes() const = 0;
  /// Steps between neighbours along each dimension, counted in elements.
  virtual IntArrayRef strides() const = 0;
  /// The first element. Null if there is no element, or no memory (Meta).
  virtual void* data() const = 0;
  /// The value of a tensor of one element, wherever its memory is. Other tensors: invalid_argument.
  virtual Scalar item() const = 0;
  /// What else the host does with its tensors; null if nothing. See tensor_methods.h.
  virtual const TensorMethods* methods() const { return nullptr; }

  /// The keys that a call with this tensor carries. Not virtual, as every call reads it.
  DispatchKeySet key_set() const noexcept { return key_set_; }

 protected:
  explicit TensorImpl(DispatchKeySet keys) : key_set_(keys) {}
  void set_key_set(DispatchKeySet keys) noexcept { key_set_ = keys; }

 private:
  DispatchKeySet key_set_;
};

/// A tensor of some host; undefined by default. Copies share the implementation.
class Tensor {
 public:
  Tensor() = default;
  explicit Tensor(intrusive_ptr<TensorImpl> impl) noexcept : impl_(std::move(impl)) {}

  bool defined() const noexcept { return impl_.defined(); }
  DispatchKeySet key_set() const noexcept { return impl_ ? impl_->key_set() : undefined_tensor_keys; }
  TensorImpl* impl() const noexcept { return impl_.get(); }
  const intrusive_ptr<TensorImpl>& pointer() const noexcept { return impl_; }
  bool is_same(const Tensor& other) const noexcept { return impl_ == other.impl_; }

  // Of defined tensors only.
  ScalarType scalar_type() const { return impl_->scalar_type(); }
  Device device() const { return impl_->device(); }
  IntArrayRef sizes() const { return impl_->sizes(); }
  IntArrayRef strides() const { return impl_->strides(); }
  int64_t dim() const { return static_cast<int64_t>(impl_->sizes().size()); }
  int64_t size(int64_t dimension) const { return impl_->sizes()[static_cast<size_t>(dimension)]; }
  int64_t numel() const {
    int64_t count = 1;
    for (int64_t size : impl_->sizes()) count *= size;
    return count;
  }
  void* data() const { return impl_->data(); }
  Scalar item() const { return impl_->item(); }

 private:
  intrusive_ptr<TensorImpl> impl_;
};

using TensorList = ArrayRef<Tensor>;

}  // namespace spinel::registry::inline v1
