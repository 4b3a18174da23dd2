// C++ values as the 64 bits of the stable ABI, and back.
#pragma once

#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "torch/csrc/stable/generator.h"
#include "torch/csrc/stable/tensor.h"
#include "torch/headeronly/version.h"

namespace torch {
namespace stable {
namespace detail {
inline namespace spinel_v1 {

/// `from` makes a value that its receiver owns, `to` takes one over. Numbers stand in the low bytes.
template <typename T>
struct Stable {
  static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= sizeof(StableIValue),
                "the stable ABI has no form for this type");
  static StableIValue from(T value) {
    StableIValue packed = 0;
    std::memcpy(&packed, &value, sizeof(T));
    return packed;
  }
  static T to(StableIValue packed) {
    T value;
    std::memcpy(&value, &packed, sizeof(T));
    return value;
  }
};

/// Enumerations travel as 32 bits.
template <typename T>
  requires std::is_enum_v<T>
struct Stable<T> {
  static StableIValue from(T value) { return Stable<int32_t>::from(static_cast<int32_t>(value)); }
  static T to(StableIValue packed) { return static_cast<T>(Stable<int32_t>::to(packed)); }
};

template <>
struct Stable<Tensor> {
  static StableIValue from(const Tensor& tensor) {
    AtenTensorHandle copy;
    TORCH_ERROR_CODE_CHECK(aoti_torch_new_tensor_handle(tensor.get(), &copy));
    return Stable<AtenTensorHandle>::from(copy);
  }
  static Tensor to(StableIValue packed) { return Tensor(Stable<AtenTensorHandle>::to(packed)); }
};

template <>
struct Stable<Generator> {
  static StableIValue from(const Generator& generator) {
    AtenGeneratorHandle copy;
    TORCH_ERROR_CODE_CHECK(torch_new_generator_handle(generator.get(), &copy));
    return Stable<AtenGeneratorHandle>::from(copy);
  }
  static Generator to(StableIValue packed) { return Generator(Stable<AtenGeneratorHandle>::to(packed)); }
};

template <>
struct Stable<Device> {
  static StableIValue from(Device device) {
    return static_cast<uint64_t>(static_cast<uint32_t>(device.type())) << 32 |
           static_cast<uint32_t>(static_cast<int32_t>(device.index()));
  }
  static Device to(StableIValue packed) {
    return {static_cast<c10::DeviceType>(packed >> 32),
            static_cast<DeviceIndex>(static_cast<int32_t>(packed & 0xffffffffu))};
  }
};

template <>
struct Stable<std::string> {
  static StableIValue from(std::string_view text) {
    StringHandle handle;
    TORCH_ERROR_CODE_CHECK(torch_new_string_handle(text.data(), text.size(), &handle));
    return Stable<StringHandle>::from(handle);
  }
  static std::string to(StableIValue packed) {
    const auto handle = Stable<StringHandle>::to(packed);
    const char* data;
    size_t size;
    TORCH_ERROR_CODE_CHECK(torch_string_c_str(handle, &data));
    TORCH_ERROR_CODE_CHECK(torch_string_length(handle, &size));
    std::string text(data, size);
    TORCH_ERROR_CODE_CHECK(torch_delete_string(handle));
    return text;
  }
};

template <typename T>
struct Stable<std::optional<T>> {
  static StableIValue from(const std::optional<T>& value) {
    if (!value) return 0;
    StableIValue* place;
    TORCH_ERROR_CODE_CHECK(torch_new_stable_ivalue(&place));
    *place = Stable<T>::from(*value);
    return Stable<StableIValue*>::from(place);
  }
  static std::optional<T> to(StableIValue packed) {
    auto* const place = Stable<StableIValue*>::to(packed);
    if (place == nullptr) return std::nullopt;
    std::optional<T> value = Stable<T>::to(*place);
    TORCH_ERROR_CODE_CHECK(torch_delete_stable_ivalue(place));
    return value;
  }
};
template <>
struct Stable<std::nullopt_t> {
  static StableIValue from(std::nullopt_t) { return 0; }
};

template <typename T>
struct Stable<std::vector<T>> {
  static StableIValue from(const std::vector<T>& items) {
    StableListHandle list;
    TORCH_ERROR_CODE_CHECK(torch_new_list_reserve_size(items.size(), &list));
    for (const T& item : items) TORCH_ERROR_CODE_CHECK(torch_list_push_back(list, Stable<T>::from(item)));
    return Stable<StableListHandle>::from(list);
  }
  static std::vector<T> to(StableIValue packed) {
    const auto list = Stable<StableListHandle>::to(packed);
    size_t size;
    TORCH_ERROR_CODE_CHECK(torch_list_size(list, &size));
    std::vector<T> items;
    for (size_t i = 0; i < size; ++i) {
      StableIValue item;
      TORCH_ERROR_CODE_CHECK(torch_list_get_item(list, i, &item));
      items.push_back(Stable<T>::to(item));
    }
    TORCH_ERROR_CODE_CHECK(torch_delete_list(list));
    return items;
  }
};
template <typename T>
struct Stable<headeronly::HeaderOnlyArrayRef<T>> {
  static StableIValue from(headeronly::HeaderOnlyArrayRef<T> items) {
    return Stable<std::vector<T>>::from(items.vec());
  }
};

template <typename T>
StableIValue from(const T& value) {
  return Stable<T>::from(value);
}
inline StableIValue from(const char* text) { return Stable<std::string>::from(text); }
template <typename T>
T to(StableIValue packed) {
  return Stable<T>::to(packed);
}

}  // namespace spinel_v1
}  // namespace detail
}  // namespace stable
}  // namespace torch
