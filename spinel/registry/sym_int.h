// An integer of a schema that may be symbolic: what a kernel takes for SymInt. Our hosts trace nothing, so it is a
// number.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>

#include "spinel/registry/array_ref.h"
#include "spinel/registry/value_traits.h"

namespace spinel::registry::inline v1 {

class SymInt {
 public:
  constexpr SymInt() noexcept = default;
  constexpr SymInt(int64_t value) noexcept : value_(value) {}

  constexpr bool is_symbolic() const noexcept { return false; }
  /// The number; file and line say who asks, for hosts that trace.
  constexpr int64_t guard_int(const char*, int64_t) const noexcept { return value_; }
  constexpr int64_t expect_int() const noexcept { return value_; }
  constexpr std::optional<int64_t> maybe_as_int() const noexcept { return value_; }
  constexpr int64_t as_int_unchecked() const noexcept { return value_; }

  constexpr SymInt operator-() const noexcept { return -value_; }
  constexpr SymInt& operator+=(SymInt other) noexcept { return *this = *this + other; }
  constexpr SymInt& operator-=(SymInt other) noexcept { return *this = *this - other; }
  constexpr SymInt& operator*=(SymInt other) noexcept { return *this = *this * other; }
  constexpr SymInt& operator/=(SymInt other) noexcept { return *this = *this / other; }
  friend constexpr SymInt operator+(SymInt a, SymInt b) noexcept { return a.value_ + b.value_; }
  friend constexpr SymInt operator-(SymInt a, SymInt b) noexcept { return a.value_ - b.value_; }
  friend constexpr SymInt operator*(SymInt a, SymInt b) noexcept { return a.value_ * b.value_; }
  friend constexpr SymInt operator/(SymInt a, SymInt b) noexcept { return a.value_ / b.value_; }
  friend constexpr SymInt operator%(SymInt a, SymInt b) noexcept { return a.value_ % b.value_; }
  friend constexpr bool operator==(SymInt a, SymInt b) noexcept { return a.value_ == b.value_; }
  friend constexpr auto operator<=>(SymInt a, SymInt b) noexcept { return a.value_ <=> b.value_; }

 private:
  int64_t value_ = 0;
};

using SymIntArrayRef = ArrayRef<SymInt>;
using OptionalSymIntArrayRef = OptionalArrayRef<SymInt>;

template <>
struct ValueTraits<SymInt> : internal::PlainTraits<SymInt> {
  static Type type() { return TypeKind::sym_int; }
  static SymInt read(const Value& value) { return value.to_int(); }
  static Value write(SymInt value) { return value.as_int_unchecked(); }
};

/// A kernel on SymInt and one on int64_t may serve one operator.
template <>
struct KernelType<SymInt> {
  using type = int64_t;
};

}  // namespace spinel::registry::inline v1
