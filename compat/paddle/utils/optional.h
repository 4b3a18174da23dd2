// Paddle's optional, which is the standard's with Boost's names for its state.
#pragma once

#include <optional>

namespace paddle {

template <typename T>
class optional : public std::optional<T> {
 public:
  using std::optional<T>::optional;
  using std::optional<T>::operator=;
  T* get_ptr() { return this->has_value() ? &**this : nullptr; }
  const T* get_ptr() const { return this->has_value() ? &**this : nullptr; }
  T& get() { return **this; }
  const T& get() const { return **this; }
  bool is_initialized() const { return this->has_value(); }
};

using none_t = std::nullopt_t;
inline constexpr std::nullopt_t none = std::nullopt;

template <typename T>
optional<std::decay_t<T>> make_optional(T&& value) {
  return optional<std::decay_t<T>>(std::forward<T>(value));
}

}  // namespace paddle
