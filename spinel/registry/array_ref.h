// A view of consecutive elements that kernels take for lists: of ints for int[], of tensors for Tensor[].
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <span>
#include <vector>

#include "spinel/registry/call_error.h"

namespace spinel::registry::inline v1 {

namespace internal {
[[noreturn]] void fail_array_index(size_t index, size_t size);
[[noreturn]] void fail_array_slice(size_t first, size_t count, size_t size);
}  // namespace internal

/// Does not own what it shows: valid during the call that it is an argument of. front(), back(), at() and slice() of
/// what is not there are errors in PyTorch's words; operator[] does not check.
template <typename T>
class ArrayRef {
 public:
  using value_type = T;
  using const_iterator = const T*;
  using iterator = const T*;
  using reverse_iterator = std::reverse_iterator<const T*>;

  constexpr ArrayRef() noexcept = default;
  constexpr ArrayRef(const T* data, size_t size) noexcept : data_(data), size_(size) {}
  constexpr ArrayRef(const T* first, const T* last) noexcept : data_(first), size_(static_cast<size_t>(last - first)) {}
  constexpr ArrayRef(const T& single) noexcept : data_(&single), size_(1) {}
  ArrayRef(const std::vector<T>& items) noexcept : data_(items.data()), size_(items.size()) {}
  ArrayRef(std::span<const T> items) noexcept : data_(items.data()), size_(items.size()) {}
  template <size_t N>
  constexpr ArrayRef(const std::array<T, N>& items) noexcept : data_(items.data()), size_(N) {}
  template <size_t N>
  constexpr ArrayRef(const T (&items)[N]) noexcept : data_(items), size_(N) {}
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Winit-list-lifetime"  // a list written in a call lives as long as the call
#endif
  constexpr ArrayRef(const std::initializer_list<T>& items) noexcept
      : data_(items.begin() == items.end() ? nullptr : items.begin()), size_(items.size()) {}
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

  constexpr const T* data() const noexcept { return data_; }
  constexpr size_t size() const noexcept { return size_; }
  constexpr bool empty() const noexcept { return size_ == 0; }
  constexpr const T* begin() const noexcept { return data_; }
  constexpr const T* end() const noexcept { return data_ + size_; }
  constexpr const T& operator[](size_t index) const noexcept { return data_[index]; }
  constexpr const T* cbegin() const noexcept { return begin(); }
  constexpr const T* cend() const noexcept { return end(); }
  constexpr reverse_iterator rbegin() const noexcept { return reverse_iterator(end()); }
  constexpr reverse_iterator rend() const noexcept { return reverse_iterator(begin()); }
  const T& front() const {
    if (empty()) fail_call(ErrorClass::runtime, "ArrayRef: attempted to access front() of empty list");
    return data_[0];
  }
  const T& back() const {
    if (empty()) fail_call(ErrorClass::runtime, "ArrayRef: attempted to access back() of empty list");
    return data_[size_ - 1];
  }
  const T& at(size_t index) const {
    if (index >= size_) internal::fail_array_index(index, size_);
    return data_[index];
  }
  /// `count` elements from the one with number `first` on; without a count all of them.
  ArrayRef slice(size_t first, size_t count) const {
    if (first > size_ || count > size_ - first) internal::fail_array_slice(first, count, size_);
    return ArrayRef(data_ + first, count);
  }
  ArrayRef slice(size_t first) const { return slice(first, first > size_ ? 0 : size_ - first); }
  bool equals(ArrayRef other) const noexcept { return *this == other; }
  template <typename F>
  constexpr bool allMatch(F&& holds) const {
    for (const T& item : *this) {
      if (!holds(item)) return false;
    }
    return true;
  }
  std::vector<T> vec() const { return std::vector<T>(begin(), end()); }
  operator std::vector<T>() const { return vec(); }

  friend bool operator==(ArrayRef a, ArrayRef b) noexcept {
    if (a.size_ != b.size_) return false;
    for (size_t i = 0; i < a.size_; ++i) {
      if (!(a.data_[i] == b.data_[i])) return false;
    }
    return true;
  }

 private:
  const T* data_ = nullptr;
  size_t size_ = 0;
};

template <typename T>
ArrayRef(const std::vector<T>&) -> ArrayRef<T>;
template <typename T, size_t N>
ArrayRef(const std::array<T, N>&) -> ArrayRef<T>;
template <typename T, size_t N>
ArrayRef(const T (&)[N]) -> ArrayRef<T>;

using IntArrayRef = ArrayRef<int64_t>;

/// `int[]?` in a kernel: an optional that is passed like a pointer and a size.
template <typename T>
class OptionalArrayRef {
 public:
  constexpr OptionalArrayRef() noexcept = default;
  constexpr OptionalArrayRef(std::nullopt_t) noexcept {}
  constexpr OptionalArrayRef(ArrayRef<T> items) noexcept : items_(items), present_(true) {}
  OptionalArrayRef(const std::vector<T>& items) noexcept : items_(items), present_(true) {}
  OptionalArrayRef(const std::optional<ArrayRef<T>>& items) noexcept
      : items_(items.value_or(ArrayRef<T>())), present_(items.has_value()) {}

  constexpr bool has_value() const noexcept { return present_; }
  constexpr explicit operator bool() const noexcept { return present_; }
  constexpr ArrayRef<T> value() const noexcept { return items_; }
  constexpr ArrayRef<T> value_or(ArrayRef<T> otherwise) const noexcept { return present_ ? items_ : otherwise; }
  constexpr ArrayRef<T> operator*() const noexcept { return items_; }
  constexpr const ArrayRef<T>* operator->() const noexcept { return &items_; }
  constexpr operator std::optional<ArrayRef<T>>() const noexcept {
    return present_ ? std::optional<ArrayRef<T>>(items_) : std::nullopt;
  }

 private:
  ArrayRef<T> items_;
  bool present_ = false;
};

using OptionalIntArrayRef = OptionalArrayRef<int64_t>;

}  // namespace spinel::registry::inline v1
