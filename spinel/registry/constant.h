// A constant of a schema, that is an argument's default value, independent of any host.
#pragma once

#include <complex>
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "spinel/registry/device.h"
#include "spinel/registry/type.h"

namespace spinel::registry::inline v1 {

struct Constant;

/// A list of constants of one kind: integer, floating, complex or boolean.
struct ConstantList {
  TypeKind element = TypeKind::integer;
  std::vector<Constant> items;
  friend bool operator==(const ConstantList& a, const ConstantList& b);
};

/// None, bool, int, float, complex, str, device or a list. The kind need not be that of the argument's type: schemas
/// may say `int k="1"`, and the value is then the string.
struct Constant {
  using Value =
      std::variant<std::monostate, bool, int64_t, double, std::complex<double>, std::string, Device, ConstantList>;
  Value value;

  Constant() = default;
  explicit Constant(Value v) : value(std::move(v)) {}

  bool is_none() const { return value.index() == 0; }
  template <typename T>
  const T* get_if() const {
    return std::get_if<T>(&value);
  }
  friend bool operator==(const Constant& a, const Constant& b) { return a.value == b.value; }
};

inline bool operator==(const ConstantList& a, const ConstantList& b) {
  return a.element == b.element && a.items == b.items;
}

/// Appends a default as it stands in the canonical schema of an argument of type `type`: strings are quoted only where
/// the argument is str or str?, whole floats below 1e10 as `7.`, an int list of equal elements as one number.
void append_default(std::string& text, const Constant& constant, const Type& type);

}  // namespace spinel::registry::inline v1
