#include "compat/shim/stable_value.h"

#include <cstring>
#include <functional>
#include <memory>
#include <utility>

#include "spinel/registry/call_error.h"

namespace spinel::shim {
namespace {

using registry::Type;
using registry::TypeKind;
using registry::Value;

template <typename T>
StableIValue pack(T value) {
  static_assert(sizeof(T) <= sizeof(StableIValue));
  StableIValue packed = 0;
  std::memcpy(&packed, &value, sizeof(T));
  return packed;
}

template <typename T>
T unpack(StableIValue packed) {
  T value;
  std::memcpy(&value, &packed, sizeof(T));
  return value;
}

using Items = std::vector<StableIValue>;

/// Frees, when it dies, those values that nobody took.
class Untaken {
 public:
  using TypeOf = std::function<Type(size_t)>;
  Untaken(const Items& values, TypeOf type_of) : values_(values), type_of_(std::move(type_of)) {}
  ~Untaken() {
    for (size_t i = taken_; i < values_.size(); ++i) drop_stable(values_[i], type_of_(i));
  }
  Untaken(const Untaken&) = delete;
  Untaken& operator=(const Untaken&) = delete;
  void take() { ++taken_; }
  void take_all() { taken_ = values_.size(); }

 private:
  const Items& values_;
  TypeOf type_of_;
  size_t taken_ = 0;
};

[[noreturn]] void fail_type(const Type& type) {
  registry::fail_call(registry::ErrorClass::not_implemented,
                      "stable ABI: it has no form for values of type " + type.to_string());
}

}  // namespace

AtenTensorHandle new_handle(registry::Tensor tensor) {
  return reinterpret_cast<AtenTensorHandle>(new registry::Tensor(std::move(tensor)));
}

StableIValue to_stable(const Value& value, const Type& type) {
  switch (type.kind()) {
    case TypeKind::tensor: return pack(new_handle(value.to_tensor()));
    case TypeKind::integer:
    case TypeKind::sym_int: return pack(value.to_int());
    case TypeKind::scalar_type:
    case TypeKind::layout:
    case TypeKind::memory_format: return pack(static_cast<int32_t>(value.to_int()));
    case TypeKind::floating: return pack(value.is_int() ? static_cast<double>(value.to_int()) : value.to_double());
    case TypeKind::boolean:
    case TypeKind::sym_bool: return pack(value.to_bool());
    case TypeKind::string: return pack(new std::string(value.to_string()));
    case TypeKind::device: {
      const registry::Device device = value.to_device();
      return static_cast<uint64_t>(static_cast<uint32_t>(device.type)) << 32 |
             static_cast<uint32_t>(static_cast<int32_t>(device.index));
    }
    case TypeKind::generator: return pack(new registry::Generator(value.to_generator()));
    case TypeKind::optional: {
      const bool is_absent = value.is_none() || (value.is_tensor() && value.tensor_impl() == nullptr);
      return is_absent ? 0 : pack(new StableIValue(to_stable(value, type.element())));
    }
    case TypeKind::list: {
      auto items = std::make_unique<Items>();
      const std::vector<Value>& values = value.to_list().items;
      items->reserve(values.size());
      Untaken untaken(*items, [&](size_t) { return type.element(); });
      for (const Value& item : values) items->push_back(to_stable(item, type.element()));
      untaken.take_all();
      return pack(items.release());
    }
    default: fail_type(type);
  }
}

Value from_stable(StableIValue value, const Type& type) {
  switch (type.kind()) {
    case TypeKind::tensor: {
      const std::unique_ptr<registry::Tensor> owned(unpack<registry::Tensor*>(value));
      return owned == nullptr ? Value(registry::Tensor()) : Value(*owned);
    }
    case TypeKind::integer:
    case TypeKind::sym_int: return unpack<int64_t>(value);
    case TypeKind::scalar_type:
    case TypeKind::layout:
    case TypeKind::memory_format: return static_cast<int64_t>(unpack<int32_t>(value));
    case TypeKind::floating: return unpack<double>(value);
    case TypeKind::boolean:
    case TypeKind::sym_bool: return (value & 0xff) != 0;
    case TypeKind::string: {
      const std::unique_ptr<std::string> owned(unpack<std::string*>(value));
      return *owned;
    }
    case TypeKind::device:
      return registry::Device{static_cast<registry::DeviceType>(value >> 32),
                              static_cast<int8_t>(static_cast<int32_t>(value & 0xffffffffu))};
    case TypeKind::generator: {
      const std::unique_ptr<registry::Generator> owned(unpack<registry::Generator*>(value));
      return *owned;
    }
    case TypeKind::optional: {
      const std::unique_ptr<StableIValue> owned(unpack<StableIValue*>(value));
      return owned == nullptr ? Value() : from_stable(*owned, type.element());
    }
    case TypeKind::list: {
      const std::unique_ptr<Items> owned(unpack<Items*>(value));
      std::vector<Value> items;
      items.reserve(owned->size());
      Untaken untaken(*owned, [&](size_t) { return type.element(); });
      for (StableIValue item : *owned) {
        untaken.take();
        items.push_back(from_stable(item, type.element()));
      }
      return registry::make_list_value(type.element().bound(), std::move(items));
    }
    default: fail_type(type);
  }
}

void drop_stable(StableIValue value, const Type& type) noexcept {
  try {
    from_stable(value, type);
  } catch (const std::exception&) {  // a type without a form has no handles either
  }
}

std::vector<StableIValue> to_stable(const Value* values, const std::vector<registry::Argument>& places) {
  Items packed;
  packed.reserve(places.size());
  Untaken untaken(packed, [&](size_t i) { return places[i].type; });
  for (size_t i = 0; i < places.size(); ++i) packed.push_back(to_stable(values[i], places[i].type));
  untaken.take_all();
  return packed;
}

void from_stable(const StableIValue* values, const std::vector<registry::Argument>& places, registry::Stack& stack) {
  const Items packed(values, values + places.size());
  Untaken untaken(packed, [&](size_t i) { return places[i].type; });
  for (size_t i = 0; i < places.size(); ++i) {
    untaken.take();
    stack.push_back(from_stable(packed[i], places[i].type));
  }
}

}  // namespace spinel::shim
