// How C++ types of kernels and values turn into each other, and which schema type each C++ type is.
#pragma once

#include <array>
#include <complex>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <typeinfo>
#include <unordered_map>
#include <vector>

#include "spinel/base/error.h"
#include "spinel/registry/custom_class.h"
#include "spinel/registry/value.h"

namespace spinel::registry::inline v1 {

/// The class registered for a C++ type (by std::type_info::name). None: unknown_class.
intrusive_ptr<const CustomClass> class_of_cpp_type(const char* cpp_type);
/// The instance in an object value of exactly that C++ type. Another class: type.
CustomClassHolder* instance_of_cpp_type(const Value& value, const char* cpp_type);
Value object_value(intrusive_ptr<CustomClassHolder> instance, const char* cpp_type);

/// For each C++ type T that kernels take or give:
///   type():   its schema type;
///   Holder:   what keeps an argument alive during a call, made from a value by read();
///   get():    the argument itself, from its holder;
///   write():  the value of a T.
/// A type without it does not compile: float, int32_t and the like have no schema type of their own.
template <typename T>
struct ValueTraits;

/// The type that counts where signatures of an operator's kernels are compared: int64_t for SymInt. Types that stand
/// for one another specialise it; calls between them go through values.
template <typename T>
struct KernelType {
  using type = T;
};
template <typename T>
struct KernelType<const T> {
  using type = const typename KernelType<T>::type;
};
template <typename T>
struct KernelType<T&> {
  using type = typename KernelType<T>::type&;
};
template <typename T>
struct KernelType<T&&> {
  using type = typename KernelType<T>::type&&;
};
template <typename T>
struct KernelType<std::optional<T>> {
  using type = std::optional<typename KernelType<T>::type>;
};
template <typename T>
struct KernelType<std::vector<T>> {
  using type = std::vector<typename KernelType<T>::type>;
};
template <typename T>
struct KernelType<ArrayRef<T>> {
  using type = ArrayRef<typename KernelType<T>::type>;
};
template <typename T>
struct KernelType<OptionalArrayRef<T>> {
  using type = OptionalArrayRef<typename KernelType<T>::type>;
};
template <typename... T>
struct KernelType<std::tuple<T...>> {
  using type = std::tuple<typename KernelType<T>::type...>;
};

/// The dispatch keys that a C++ argument brings into a call; containers of tensors specialise it.
template <typename T>
struct TensorKeys {
  static DispatchKeySet of(const T& argument) {
    if constexpr (std::is_base_of_v<Tensor, T>) return argument.key_set();
    else return {};
  }
};

namespace internal {
// Not written out here, so that operator libraries need nothing of base but its headers.
[[noreturn]] void fail_size(std::string_view what, size_t has, size_t needs);
[[noreturn]] void fail_index(size_t index, size_t size);

inline DispatchKeySet keys_of_value(const Value& value) {
  if (!value.is_tensor()) return {};
  return value.tensor_impl() == nullptr ? undefined_tensor_keys : value.tensor_impl()->key_set();
}
template <typename Items>
DispatchKeySet keys_of_items(const Items& items) {
  DispatchKeySet keys;
  for (const auto& item : items) {
    using Item = std::decay_t<decltype(item)>;
    if constexpr (std::is_same_v<Item, Value>) keys = keys | keys_of_value(item);
    else keys = keys | TensorKeys<Item>::of(item);
  }
  return keys;
}

template <typename T>
struct PlainTraits {
  using Holder = T;
  static T& get(Holder& holder) { return holder; }
};

template <typename T>
    struct is_schema_type : std::bool_constant < requires {
  ValueTraits<T>::type();
} > {};
}  // namespace internal

template <>
struct ValueTraits<bool> : internal::PlainTraits<bool> {
  static Type type() { return TypeKind::boolean; }
  static bool read(const Value& value) { return value.to_bool(); }
  static Value write(bool value) { return value; }
};
template <>
struct ValueTraits<int64_t> : internal::PlainTraits<int64_t> {
  static Type type() { return TypeKind::integer; }
  static int64_t read(const Value& value) { return value.to_int(); }
  static Value write(int64_t value) { return value; }
};
/// The index of a device.
template <>
struct ValueTraits<int8_t> : internal::PlainTraits<int8_t> {
  static Type type() { return TypeKind::integer; }
  static int8_t read(const Value& value) { return static_cast<int8_t>(value.to_int()); }
  static Value write(int8_t value) { return static_cast<int64_t>(value); }
};
template <>
struct ValueTraits<double> : internal::PlainTraits<double> {
  static Type type() { return TypeKind::floating; }
  static double read(const Value& value) { return value.to_double(); }
  static Value write(double value) { return value; }
};
template <>
struct ValueTraits<std::complex<double>> : internal::PlainTraits<std::complex<double>> {
  static Type type() { return TypeKind::complex; }
  static std::complex<double> read(const Value& value) { return value.to_complex(); }
  static Value write(std::complex<double> value) { return value; }
};
template <>
struct ValueTraits<std::string> : internal::PlainTraits<std::string> {
  static Type type() { return TypeKind::string; }
  static std::string read(const Value& value) { return value.to_string(); }
  static Value write(std::string value) { return value; }
};
template <>
struct ValueTraits<std::string_view> {
  using Holder = Value;  // the text lives in the value
  static Type type() { return TypeKind::string; }
  static Value read(const Value& value) {
    value.to_string();
    return value;
  }
  static std::string_view get(Value& holder) { return holder.to_string(); }
  static Value write(std::string_view value) { return value; }
};
template <>
struct ValueTraits<Scalar> : internal::PlainTraits<Scalar> {
  static Type type() { return TypeKind::scalar; }
  static Scalar read(const Value& value) { return value.to_scalar(); }
  static Value write(const Scalar& value) { return value; }
};
template <>
struct ValueTraits<Tensor> : internal::PlainTraits<Tensor> {
  static Type type() { return TypeKind::tensor; }
  static Tensor read(const Value& value) { return value.to_tensor(); }
  static Value write(Tensor value) { return value; }
};
template <>
struct ValueTraits<Device> : internal::PlainTraits<Device> {
  static Type type() { return TypeKind::device; }
  static Device read(const Value& value) { return value.to_device(); }
  static Value write(Device value) { return value; }
};
template <>
struct ValueTraits<Generator> : internal::PlainTraits<Generator> {
  static Type type() { return Type::optional(TypeKind::generator); }
  static Generator read(const Value& value) { return value.to_generator(); }
  static Value write(Generator value) { return value ? Value(std::move(value)) : Value(); }
};
template <>
struct ValueTraits<Value> : internal::PlainTraits<Value> {
  static Type type() { return TypeKind::any; }
  static Value read(const Value& value) { return value; }
  static Value write(Value value) { return value; }
};

namespace internal {
/// Enumerations that are bound as their code.
template <typename T, TypeKind Kind>
struct CodeTraits : PlainTraits<T> {
  static Type type() { return Kind; }
  static T read(const Value& value) { return static_cast<T>(value.to_int()); }
  static Value write(T value) { return static_cast<int64_t>(value); }
};
}  // namespace internal
template <>
struct ValueTraits<ScalarType> : internal::CodeTraits<ScalarType, TypeKind::scalar_type> {};
template <>
struct ValueTraits<Layout> : internal::CodeTraits<Layout, TypeKind::layout> {};
template <>
struct ValueTraits<MemoryFormat> : internal::CodeTraits<MemoryFormat, TypeKind::memory_format> {};
template <>
struct ValueTraits<QScheme> : internal::CodeTraits<QScheme, TypeKind::qscheme> {};

/// Instances of registered classes.
template <typename T>
  requires std::is_base_of_v<CustomClassHolder, T>
struct ValueTraits<intrusive_ptr<T>> : internal::PlainTraits<intrusive_ptr<T>> {
  static Type type() { return class_of_cpp_type(typeid(T).name())->type(); }
  static intrusive_ptr<T> read(const Value& value) {
    return intrusive_ptr<T>(static_cast<T*>(instance_of_cpp_type(value, typeid(T).name())));
  }
  static Value write(intrusive_ptr<T> value) {
    return value ? object_value(std::move(value), typeid(T).name()) : Value();
  }
};

template <typename T>
struct ValueTraits<std::optional<T>> {
  using Holder = std::optional<typename ValueTraits<T>::Holder>;
  static Type type() {
    const Type inner = ValueTraits<T>::type();
    return inner.kind() == TypeKind::optional ? inner : Type::optional(inner);
  }
  static Holder read(const Value& value) {
    if (value.is_none()) return std::nullopt;
    if constexpr (std::is_base_of_v<Tensor, T>) {  // an undefined tensor is as good as none
      if (value.is_tensor() && value.tensor_impl() == nullptr) return std::nullopt;
    }
    return ValueTraits<T>::read(value);
  }
  static std::optional<T> get(Holder& holder) {
    return holder ? std::optional<T>(ValueTraits<T>::get(*holder)) : std::nullopt;
  }
  static Value write(const std::optional<T>& value) { return value ? ValueTraits<T>::write(*value) : Value(); }
};

namespace internal {
template <typename Items>
Value write_items(const Type& element, const Items& items) {
  std::vector<Value> values;
  values.reserve(items.size());
  for (const auto& item : items) {
    values.push_back(ValueTraits<std::decay_t<decltype(item)>>::write(item));
  }
  return make_list_value(element.bound(), std::move(values));
}
template <typename T>
std::vector<T> read_items(const Value& value) {
  std::vector<T> items;
  const std::vector<Value>& values = value.to_list().items;
  items.reserve(values.size());
  for (const Value& item : values) {
    auto holder = ValueTraits<T>::read(item);
    items.push_back(ValueTraits<T>::get(holder));
  }
  return items;
}
}  // namespace internal

// The containers whose tensors count; those of tuples and dictionaries do not.
template <typename T>
struct TensorKeys<std::optional<T>> {
  static DispatchKeySet of(const std::optional<T>& argument) {
    return argument ? TensorKeys<T>::of(*argument) : DispatchKeySet();
  }
};
template <typename T>
  requires std::is_class_v<T>
struct TensorKeys<ArrayRef<T>> {
  static DispatchKeySet of(ArrayRef<T> items) { return internal::keys_of_items(items); }
};
template <typename T>
  requires std::is_class_v<T>
struct TensorKeys<std::vector<T>> {
  static DispatchKeySet of(const std::vector<T>& items) { return internal::keys_of_items(items); }
};
template <typename T, size_t N>
  requires std::is_class_v<T>
struct TensorKeys<std::array<T, N>> {
  static DispatchKeySet of(const std::array<T, N>& items) { return internal::keys_of_items(items); }
};

template <typename T>
struct ValueTraits<std::vector<T>> : internal::PlainTraits<std::vector<T>> {
  static Type type() { return Type::list(ValueTraits<T>::type()); }
  static std::vector<T> read(const Value& value) { return internal::read_items<T>(value); }
  static Value write(const std::vector<T>& value) {
    std::vector<Value> values;
    values.reserve(value.size());
    for (size_t i = 0; i < value.size(); ++i) values.push_back(ValueTraits<T>::write(value[i]));
    return make_list_value(ValueTraits<T>::type().bound(), std::move(values));
  }
};
template <typename T, size_t N>
struct ValueTraits<std::array<T, N>> : internal::PlainTraits<std::array<T, N>> {
  static Type type() { return Type::list(ValueTraits<T>::type()); }
  /// Another number of elements: invalid_argument.
  static std::array<T, N> read(const Value& value) {
    const std::vector<Value>& values = value.to_list().items;
    if (values.size() != N) {
      internal::fail_size("list", values.size(), N);
    }
    std::array<T, N> items;
    for (size_t i = 0; i < N; ++i) items[i] = ValueTraits<T>::read(values[i]);
    return items;
  }
  static Value write(const std::array<T, N>& value) { return internal::write_items(ValueTraits<T>::type(), value); }
};
template <typename T>
struct ValueTraits<ArrayRef<T>> {
  using Holder = std::vector<T>;
  static Type type() { return Type::list(ValueTraits<T>::type()); }
  static Holder read(const Value& value) { return internal::read_items<T>(value); }
  static ArrayRef<T> get(Holder& holder) { return holder; }
  static Value write(ArrayRef<T> value) { return internal::write_items(ValueTraits<T>::type(), value); }
};
/// std::vector<bool> has no array of bools to show.
template <>
struct ValueTraits<ArrayRef<bool>> {
  struct Holder {
    std::unique_ptr<bool[]> items;
    size_t size = 0;
  };
  static Type type() { return Type::list(TypeKind::boolean); }
  static Holder read(const Value& value) {
    const std::vector<Value>& values = value.to_list().items;
    Holder holder{std::make_unique<bool[]>(values.size()), values.size()};
    for (size_t i = 0; i < values.size(); ++i) holder.items[i] = values[i].to_bool();
    return holder;
  }
  static ArrayRef<bool> get(Holder& holder) { return ArrayRef<bool>(holder.items.get(), holder.size); }
  static Value write(ArrayRef<bool> value) { return internal::write_items(TypeKind::boolean, value); }
};
template <typename T>
struct ValueTraits<OptionalArrayRef<T>> {
  using Holder = std::optional<std::vector<T>>;
  static Type type() { return Type::optional(Type::list(ValueTraits<T>::type())); }
  static Holder read(const Value& value) { return value.is_none() ? Holder() : Holder(internal::read_items<T>(value)); }
  static OptionalArrayRef<T> get(Holder& holder) {
    return holder ? OptionalArrayRef<T>(ArrayRef<T>(*holder)) : OptionalArrayRef<T>();
  }
  static Value write(OptionalArrayRef<T> value) { return value ? ValueTraits<ArrayRef<T>>::write(*value) : Value(); }
};

template <typename... T>
struct ValueTraits<std::tuple<T...>> : internal::PlainTraits<std::tuple<T...>> {
  static Type type() {
    const std::array<Type, sizeof...(T)> types = {ValueTraits<std::decay_t<T>>::type()...};
    return Type::tuple(types);
  }
  static std::tuple<T...> read(const Value& value) {
    const std::vector<Value>& items = value.to_tuple().items;
    if (items.size() != sizeof...(T)) {
      internal::fail_size("tuple", items.size(), sizeof...(T));
    }
    return [&]<size_t... I>(std::index_sequence<I...>) {
      return std::tuple<T...>(ValueTraits<std::decay_t<T>>::read(items[I])...);
    }(std::index_sequence_for<T...>());
  }
  static Value write(const std::tuple<T...>& value) {
    return std::apply(
        [](const auto&... item) {
          return make_tuple_value({ValueTraits<std::decay_t<decltype(item)>>::write(item)...});
        },
        value);
  }
};

template <typename K, typename V>
struct ValueTraits<std::unordered_map<K, V>> : internal::PlainTraits<std::unordered_map<K, V>> {
  static Type type() { return Type::dict(ValueTraits<K>::type(), ValueTraits<V>::type()); }
  static std::unordered_map<K, V> read(const Value& value) {
    std::unordered_map<K, V> items;
    for (const auto& [key, item] : value.to_dict().items) {
      items.emplace(ValueTraits<K>::read(key), ValueTraits<V>::read(item));
    }
    return items;
  }
  static Value write(const std::unordered_map<K, V>& value) {
    auto dict = make_intrusive<DictValue>(ValueTraits<K>::type().bound(), ValueTraits<V>::type().bound());
    for (const auto& [key, item] : value) {
      dict->items.emplace_back(ValueTraits<K>::write(key), ValueTraits<V>::write(item));
    }
    return dict;
  }
};

}  // namespace spinel::registry::inline v1
