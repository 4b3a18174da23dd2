// A value of any type with PyTorch's members.
#pragma once

#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "ATen/core/Dict.h"
#include "ATen/core/Generator.h"
#include "ATen/core/List.h"
#include "ATen/core/TensorBody.h"
#include "c10/core/Layout.h"
#include "c10/util/Optional.h"
#include "c10/util/intrusive_ptr.h"
#include "spinel/registry/custom_class.h"

namespace torch {
inline namespace spinel_v1 {
/// Base of classes that libraries register.
using CustomClassHolder = c10::intrusive_ptr_target;
}  // namespace spinel_v1
}  // namespace torch

namespace c10 {
inline namespace spinel_v1 {

class IValue;
namespace ivalue {
/// The elements of a tuple value.
class Tuple {
 public:
  explicit Tuple(const ::spinel::registry::Value& value) : value_(value) {}
  std::vector<IValue> elements() const;
  size_t size() const { return value_.to_tuple().items.size(); }
  const Tuple* operator->() const { return this; }
  const Tuple& operator*() const { return *this; }

 private:
  ::spinel::registry::Value value_;
};
}  // namespace ivalue

namespace detail {
template <typename T>
concept other_value =
    !std::is_base_of_v<::spinel::registry::Value, std::decay_t<T>> && !std::is_arithmetic_v<std::decay_t<T>> &&
    !std::is_convertible_v<T, const char*> &&
    requires(const std::decay_t<T>& value) { ::spinel::registry::ValueTraits<std::decay_t<T>>::write(value); };
}  // namespace detail

/// The registry's value, which it can be sliced to. A conversion of a value of another kind is an error that names
/// both.
class IValue : public ::spinel::registry::Value {
  using Core = ::spinel::registry::Value;
  template <typename T>
  using Traits = ::spinel::registry::ValueTraits<T>;

 public:
  IValue() = default;
  IValue(Core value) noexcept : Core(std::move(value)) {}
  IValue(std::nullopt_t) noexcept {}
  IValue(const char* text) : Core(text) {}
  template <typename T>
    requires std::is_arithmetic_v<T>
  IValue(T number) : Core(number_value(number)) {}
  template <detail::other_value T>
  IValue(T&& value) : Core(Traits<std::decay_t<T>>::write(std::forward<T>(value))) {}

  /// As the C++ type, as an argument of an operator is.
  template <typename T>
  T to() const {
    if constexpr (std::is_same_v<T, float>) {
      return static_cast<float>(toDouble());
    } else {
      auto holder = Traits<T>::read(*this);
      return Traits<T>::get(holder);
    }
  }
  template <typename T>
  std::optional<T> toOptional() const {
    return to<std::optional<T>>();
  }

  bool isNone() const { return is_none(); }
  bool isTensor() const { return is_tensor(); }
  bool isInt() const { return is_int(); }
  bool isDouble() const { return is_double(); }
  bool isBool() const { return is_bool(); }
  bool isComplexDouble() const { return is_complex(); }
  bool isString() const { return is_string(); }
  bool isDevice() const { return is_device(); }
  bool isScalar() const { return is_number() || is_bool(); }
  bool isTuple() const { return is_tuple(); }
  bool isList() const { return is_list(); }
  bool isIntList() const { return is_list_of(::spinel::registry::TypeKind::integer); }
  bool isDoubleList() const { return is_list_of(::spinel::registry::TypeKind::floating); }
  bool isBoolList() const { return is_list_of(::spinel::registry::TypeKind::boolean); }
  bool isTensorList() const { return is_list_of(::spinel::registry::TypeKind::tensor); }
  bool isGenericDict() const { return is_dict(); }
  bool isObject() const { return is_object(); }
  bool isCustomClass() const { return is_object(); }
  bool isGenerator() const { return tag() == Tag::generator; }

  at::Tensor toTensor() const { return to_tensor(); }
  int64_t toInt() const { return to_int(); }
  double toDouble() const { return to_double(); }
  bool toBool() const { return to_bool(); }
  std::complex<double> toComplexDouble() const { return to_complex(); }
  const std::string& toStringRef() const { return to_string(); }
  std::string_view toStringView() const { return to_string(); }
  Scalar toScalar() const { return to_scalar(); }
  SymInt toSymInt() const { return to_int(); }
  Device toDevice() const { return to_device(); }
  ScalarType toScalarType() const { return static_cast<ScalarType>(to_int()); }
  Layout toLayout() const { return static_cast<Layout>(to_int()); }
  MemoryFormat toMemoryFormat() const { return static_cast<MemoryFormat>(to_int()); }
  at::Generator toGenerator() const { return at::Generator(to_generator()); }
  List<IValue> toList() const;
  List<int64_t> toIntList() const { return to<List<int64_t>>(); }
  List<double> toDoubleList() const { return to<List<double>>(); }
  List<bool> toBoolList() const { return to<List<bool>>(); }
  List<at::Tensor> toTensorList() const { return to<List<at::Tensor>>(); }
  std::vector<int64_t> toIntVector() const { return to<std::vector<int64_t>>(); }
  std::vector<double> toDoubleVector() const { return to<std::vector<double>>(); }
  std::vector<at::Tensor> toTensorVector() const { return to<std::vector<at::Tensor>>(); }
  std::vector<IValue> toListRef() const;
  ivalue::Tuple toTuple() const {
    to_tuple();
    return ivalue::Tuple(*this);
  }
  ivalue::Tuple toTupleRef() const { return toTuple(); }
  Dict<IValue, IValue> toGenericDict() const;
  template <typename T>
  intrusive_ptr<T> toCustomClass() const {
    return to<intrusive_ptr<T>>();
  }
  std::string tagKind() const { return std::string(::spinel::registry::to_string(tag())); }
  friend std::ostream& operator<<(std::ostream& out, const IValue& value) { return out << value.repr(); }

 private:
  template <typename T>
  static Core number_value(T number) {
    if constexpr (std::is_same_v<T, bool>) return number;
    else if constexpr (std::is_integral_v<T>) return static_cast<int64_t>(number);
    else return static_cast<double>(number);
  }
  bool is_list_of(::spinel::registry::TypeKind kind) const { return is_list() && type().element().kind() == kind; }
};

}  // namespace spinel_v1
}  // namespace c10

namespace spinel::registry::inline v1 {
template <>
struct ValueTraits<c10::IValue> {
  using Holder = c10::IValue;
  static Type type() { return TypeKind::any; }
  static c10::IValue read(const Value& value) { return value; }
  static c10::IValue& get(Holder& holder) { return holder; }
  static Value write(const c10::IValue& value) { return static_cast<const Value&>(value); }
};
}  // namespace spinel::registry::inline v1

namespace c10 {
inline namespace spinel_v1 {

namespace impl {
using GenericList = List<IValue>;
using GenericDict = Dict<IValue, IValue>;
}  // namespace impl

inline std::vector<IValue> ivalue::Tuple::elements() const {
  const auto& items = value_.to_tuple().items;
  return {items.begin(), items.end()};
}
inline List<IValue> IValue::toList() const { return to<List<IValue>>(); }
inline std::vector<IValue> IValue::toListRef() const { return toList().vec(); }
inline Dict<IValue, IValue> IValue::toGenericDict() const { return to<Dict<IValue, IValue>>(); }

}  // namespace spinel_v1
}  // namespace c10
