// Reference-counted objects and the pointer that counts them: tensors, containers of values, instances of classes.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <type_traits>
#include <utility>

namespace spinel::registry::inline v1 {

/// Base of what intrusive_ptr points to. A new object is owned by the pointer that make_intrusive returns.
class RefCounted {
 public:
  RefCounted() noexcept = default;
  RefCounted(const RefCounted&) noexcept {}  // a copy has owners of its own
  RefCounted& operator=(const RefCounted&) noexcept { return *this; }
  virtual ~RefCounted() = default;

  void retain() const noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void release() const noexcept {
    // The last owner needs no exchange: nobody else can add one.
    if (references_.load(std::memory_order_acquire) == 1 || references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      delete this;
    }
  }
  uint32_t use_count() const noexcept { return references_.load(std::memory_order_acquire); }

 private:
  mutable std::atomic<uint32_t> references_{0};
};

/// A counted pointer to a RefCounted, null by default.
template <typename T>
class intrusive_ptr {
 public:
  using element_type = T;

  constexpr intrusive_ptr() noexcept = default;
  constexpr intrusive_ptr(std::nullptr_t) noexcept {}
  explicit intrusive_ptr(T* object) noexcept : object_(object) { retain(); }
  intrusive_ptr(const intrusive_ptr& other) noexcept : object_(other.object_) { retain(); }
  intrusive_ptr(intrusive_ptr&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  template <typename U>
    requires std::is_convertible_v<U*, T*>
  intrusive_ptr(const intrusive_ptr<U>& other) noexcept : object_(other.get()) {
    retain();
  }
  template <typename U>
    requires std::is_convertible_v<U*, T*>
  intrusive_ptr(intrusive_ptr<U>&& other) noexcept : object_(other.release()) {}
  intrusive_ptr& operator=(intrusive_ptr other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~intrusive_ptr() {
    if (object_ != nullptr) object_->release();
  }

  /// A pointer to an object that counts this owner already: the reverse of release().
  static intrusive_ptr reclaim(T* object) noexcept {
    intrusive_ptr pointer;
    pointer.object_ = object;
    return pointer;
  }
  /// Hands the object over, with its count, to the caller.
  T* release() noexcept { return std::exchange(object_, nullptr); }
  void reset() noexcept { *this = intrusive_ptr(); }

  T* get() const noexcept { return object_; }
  T& operator*() const noexcept { return *object_; }
  T* operator->() const noexcept { return object_; }
  explicit operator bool() const noexcept { return object_ != nullptr; }
  bool defined() const noexcept { return object_ != nullptr; }
  size_t use_count() const noexcept { return object_ == nullptr ? 0 : object_->use_count(); }

  friend bool operator==(const intrusive_ptr& a, const intrusive_ptr& b) noexcept { return a.object_ == b.object_; }
  friend bool operator==(const intrusive_ptr& a, std::nullptr_t) noexcept { return a.object_ == nullptr; }

 private:
  void retain() noexcept {
    if (object_ != nullptr) object_->retain();
  }
  T* object_ = nullptr;
};

template <typename T, typename... Args>
intrusive_ptr<T> make_intrusive(Args&&... args) {
  return intrusive_ptr<T>(new T(std::forward<Args>(args)...));
}

/// Base of classes that libraries register with class_.
class CustomClassHolder : public RefCounted {};

}  // namespace spinel::registry::inline v1

template <typename T>
struct std::hash<spinel::registry::intrusive_ptr<T>> {
  size_t operator()(const spinel::registry::intrusive_ptr<T>& pointer) const noexcept {
    return std::hash<T*>()(pointer.get());
  }
};
