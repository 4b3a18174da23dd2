// A value of any type that operators take and give: what arguments and results are while types are not yet known.
#pragma once

#include <complex>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spinel/registry/constant.h"
#include "spinel/registry/device.h"
#include "spinel/registry/intrusive_ptr.h"
#include "spinel/registry/scalar_type.h"
#include "spinel/registry/tensor.h"
#include "spinel/registry/type.h"

namespace spinel::registry::inline v1 {

class Value;
class ListValue;
class TupleValue;
class DictValue;
class ObjectValue;

/// A host's source of random numbers.
class GeneratorImpl : public RefCounted {
 public:
  virtual Device device() const = 0;
};
using Generator = intrusive_ptr<GeneratorImpl>;

/// Anything of a host that schemas name but the registry does not look into: Storage, Stream, Quantizer, Capsule.
class HostObject : public RefCounted {
 public:
  explicit HostObject(Type type) : type_(std::move(type)) {}
  const Type& type() const { return type_; }

 private:
  Type type_;
};

/// 16 bytes: a tag and a number or a counted pointer. Copies share containers, tensors and objects.
class Value {
 public:
  enum class Tag : uint8_t {
    none,
    boolean,
    integer,
    floating,
    device,
    scalar_type,  ///< a dtype object of a host's language; bound as its code, as are the next two
    layout,
    memory_format,
    complex,  // from here on a counted pointer
    string,
    tensor,
    generator,
    list,
    tuple,
    dict,
    object,
    host_object,
  };

  Value() noexcept : payload_{.integer = 0} {}
  template <typename T>
    requires std::is_same_v<T, bool>
  Value(T value) noexcept : tag_(Tag::boolean), payload_{.integer = value} {}
  Value(int64_t value) noexcept : tag_(Tag::integer), payload_{.integer = value} {}
  Value(int value) noexcept : Value(static_cast<int64_t>(value)) {}
  Value(double value) noexcept : tag_(Tag::floating), payload_{.floating = value} {}
  Value(std::complex<double> value);
  Value(std::string value);
  Value(std::string_view value) : Value(std::string(value)) {}
  Value(const char* value) : Value(std::string(value)) {}
  Value(Device value) noexcept;
  Value(ScalarType value) noexcept : tag_(Tag::scalar_type), payload_{.integer = static_cast<int64_t>(value)} {}
  Value(Layout value) noexcept : tag_(Tag::layout), payload_{.integer = static_cast<int64_t>(value)} {}
  Value(MemoryFormat value) noexcept : tag_(Tag::memory_format), payload_{.integer = static_cast<int64_t>(value)} {}
  Value(const Scalar& value);
  Value(Tensor value) noexcept;
  Value(intrusive_ptr<GeneratorImpl> value) noexcept : Value(Tag::generator, value.release()) {}
  Value(intrusive_ptr<ListValue> value) noexcept;
  Value(intrusive_ptr<TupleValue> value) noexcept;
  Value(intrusive_ptr<DictValue> value) noexcept;
  Value(intrusive_ptr<ObjectValue> value) noexcept;
  Value(intrusive_ptr<HostObject> value) noexcept : Value(Tag::host_object, value.release()) {}
  /// A default of a schema.
  explicit Value(const Constant& constant);

  Value(const Value& other) noexcept : tag_(other.tag_), payload_(other.payload_) {
    if (is_counted() && payload_.object != nullptr) payload_.object->retain();
  }
  Value(Value&& other) noexcept : tag_(std::exchange(other.tag_, Tag::none)), payload_(other.payload_) {}
  Value& operator=(Value other) noexcept {
    std::swap(tag_, other.tag_);
    std::swap(payload_, other.payload_);
    return *this;
  }
  ~Value() {
    if (is_counted() && payload_.object != nullptr) payload_.object->release();
  }

  Tag tag() const noexcept { return tag_; }
  bool is_none() const noexcept { return tag_ == Tag::none; }
  bool is_bool() const noexcept { return tag_ == Tag::boolean; }
  bool is_int() const noexcept { return tag_ == Tag::integer; }
  bool is_double() const noexcept { return tag_ == Tag::floating; }
  bool is_complex() const noexcept { return tag_ == Tag::complex; }
  bool is_string() const noexcept { return tag_ == Tag::string; }
  bool is_tensor() const noexcept { return tag_ == Tag::tensor; }
  bool is_device() const noexcept { return tag_ == Tag::device; }
  bool is_list() const noexcept { return tag_ == Tag::list; }
  bool is_tuple() const noexcept { return tag_ == Tag::tuple; }
  bool is_dict() const noexcept { return tag_ == Tag::dict; }
  bool is_object() const noexcept { return tag_ == Tag::object; }
  /// int, float or complex; not bool.
  bool is_number() const noexcept { return is_int() || is_double() || is_complex(); }

  // Each is invalid_argument where the value is of another kind: "Expected Int but got Double", as PyTorch says it.
  bool to_bool() const { return as(Tag::boolean).integer != 0; }
  /// Also of dtypes, layouts and memory formats: their code.
  int64_t to_int() const;
  double to_double() const { return as(Tag::floating).floating; }
  const std::complex<double>& to_complex() const;
  const std::string& to_string() const;
  Device to_device() const;
  /// int, float, complex or bool.
  Scalar to_scalar() const;
  Tensor to_tensor() const&;
  Tensor to_tensor() &&;
  ListValue& to_list() const;
  TupleValue& to_tuple() const;
  DictValue& to_dict() const;
  ObjectValue& to_object() const;
  /// Null for None.
  Generator to_generator() const;
  HostObject& to_host_object() const;

  /// The implementation of a tensor value, null if undefined; only where is_tensor().
  TensorImpl* tensor_impl() const noexcept { return static_cast<TensorImpl*>(payload_.object); }

  /// The type of this value: `int[]` of a list of ints, `NoneType` of None. A list of a host's language without element
  /// type has that of its elements; where these differ, of Any.
  Type type() const;
  /// As in the text of an error: `[1, 2.5]`, `'a'`, `<Tensor [2, 3] float32 cpu>`; long ones are cut.
  std::string repr() const;
  /// Tensors and objects are equal if they are the same one.
  friend bool operator==(const Value& a, const Value& b);

 private:
  union Payload {
    int64_t integer;
    double floating;
    RefCounted* object;
  };
  Value(Tag tag, RefCounted* object) noexcept : tag_(tag), payload_{.object = object} {}
  bool is_counted() const noexcept { return tag_ >= Tag::complex; }
  const Payload& as(Tag tag) const {
    if (tag_ != tag) [[unlikely]]
      fail_kind(tag);
    return payload_;
  }
  [[noreturn]] void fail_kind(Tag wanted) const;

  Tag tag_ = Tag::none;
  Payload payload_;
};

/// "Int", "Double", "TensorList" …: how messages name the kind of a value.
std::string_view to_string(Value::Tag tag);

/// A list. Lists that a binder made know their element type; those of a host's language do not.
class ListValue : public RefCounted {
 public:
  ListValue() = default;
  explicit ListValue(std::vector<Value> elements) : items(std::move(elements)) {}
  ListValue(Type element_type, std::vector<Value> elements)
      : element(std::move(element_type)), typed(true), items(std::move(elements)) {}

  Type element;
  bool typed = false;
  std::vector<Value> items;
};

class TupleValue : public RefCounted {
 public:
  explicit TupleValue(std::vector<Value> elements) : items(std::move(elements)) {}
  std::vector<Value> items;
};

/// A dictionary in the order of insertion.
class DictValue : public RefCounted {
 public:
  DictValue() = default;
  DictValue(Type key_type, Type value_type) : key(std::move(key_type)), value(std::move(value_type)), typed(true) {}

  Type key, value;
  bool typed = false;
  std::vector<std::pair<Value, Value>> items;

  const Value* find(const Value& wanted) const;
};

class CustomClass;

/// An instance of a class that a library registered. Copies of the value share it.
class ObjectValue : public RefCounted {
 public:
  ObjectValue(intrusive_ptr<const CustomClass> of, intrusive_ptr<CustomClassHolder> object);
  ~ObjectValue() override;
  const intrusive_ptr<const CustomClass> custom_class;
  intrusive_ptr<CustomClassHolder> instance;  ///< null until __init__ or __setstate__ ran
};

/// Arguments from left to right; a kernel takes them all off and puts its results there.
using Stack = std::vector<Value>;

inline Value make_tuple_value(std::vector<Value> items) { return make_intrusive<TupleValue>(std::move(items)); }
inline Value make_list_value(std::vector<Value> items) { return make_intrusive<ListValue>(std::move(items)); }
inline Value make_list_value(Type element, std::vector<Value> items) {
  return make_intrusive<ListValue>(std::move(element), std::move(items));
}

}  // namespace spinel::registry::inline v1
