// Registering operators through the stable ABI: STABLE_TORCH_LIBRARY and its kin, TORCH_BOX.
#pragma once

#include <memory>
#include <tuple>
#include <utility>
#include <vector>

#include "ATen/core/enum_tag.h"
#include "torch/csrc/stable/stableivalue_conversions.h"

namespace torch {
namespace stable {
namespace detail {
inline namespace spinel_v1 {

/// What a block is given, and the static object that registers it while it lives. By the C functions alone, so that the
/// library also registers with a libtorch that holds their names. A member that fails throws a runtime_error, and
/// nothing of the block stays.
class StableLibrary {
 public:
  enum class Kind { DEF, IMPL, FRAGMENT };

  StableLibrary(Kind kind, void (*fill)(StableLibrary&), const char* ns, const char* key, const char* file,
                uint32_t line) {
    TorchLibraryHandle handle = nullptr;
    switch (kind) {
      case Kind::DEF: TORCH_ERROR_CODE_CHECK(aoti_torch_library_init_def(ns, file, line, &handle)); break;
      case Kind::FRAGMENT: TORCH_ERROR_CODE_CHECK(aoti_torch_library_init_fragment(ns, file, line, &handle)); break;
      case Kind::IMPL: TORCH_ERROR_CODE_CHECK(aoti_torch_library_init_impl(ns, key, file, line, &handle)); break;
    }
    library_.reset(handle);
    fill(*this);
  }
  StableLibrary(const StableLibrary&) = delete;
  StableLibrary& operator=(const StableLibrary&) = delete;

  StableLibrary& def(const char* schema) {
    TORCH_ERROR_CODE_CHECK(aoti_torch_library_def(library_.get(), schema));
    return *this;
  }
  StableLibrary& def(const char* schema, const std::vector<at::Tag>& tags) {
    std::vector<int32_t> codes;
    for (at::Tag tag : tags) codes.push_back(static_cast<int32_t>(tag));
    TORCH_ERROR_CODE_CHECK(
        torch_library_def_with_tags(library_.get(), schema, codes.data(), static_cast<int32_t>(codes.size())));
    return *this;
  }
  StableLibrary& impl(const char* name, StableKernel kernel) {
    TORCH_ERROR_CODE_CHECK(torch_library_impl(library_.get(), name, kernel, TORCH_ABI_VERSION));
    return *this;
  }
  StableLibrary& set_python_module(const char* module, const char* context = "") {
    TORCH_ERROR_CODE_CHECK(torch_library_set_python_module(library_.get(), module, context));
    return *this;
  }

 private:
  struct Delete {
    void operator()(TorchLibraryHandle library) const { aoti_torch_delete_library_object(library); }
  };
  std::unique_ptr<TorchLibraryOpaque, Delete> library_;
};

/// What an argument is kept as while the kernel runs.
template <typename T>
struct Held {
  using type = T;
};
template <typename T>
struct Held<headeronly::HeaderOnlyArrayRef<T>> {
  using type = std::vector<T>;
};
template <typename T>
struct Held<std::optional<headeronly::HeaderOnlyArrayRef<T>>> {
  using type = std::optional<std::vector<T>>;
};
template <>
struct Held<std::string_view> {
  using type = std::string;
};

/// A function on C++ arguments as a kernel of the stable ABI.
template <typename Signature, auto Function>
struct Boxer;
template <typename R, typename... A, auto Function>
struct Boxer<R(A...), Function> {
  static void boxed_fn(StableIValue* stack, uint64_t num_args, uint64_t num_outputs) {
    STD_TORCH_CHECK(num_args == sizeof...(A), "Registered schema has ", num_args, " args, but the kernel to box has ",
                    sizeof...(A));
    STD_TORCH_CHECK(num_outputs == outputs, "Registered schema has ", num_outputs,
                    " outputs, but the kernel to box has ", outputs);
    run(stack, std::index_sequence_for<A...>());
  }

 private:
  template <typename T>
  struct Count : std::integral_constant<uint64_t, 1> {};
  template <typename... T>
  struct Count<std::tuple<T...>> : std::integral_constant<uint64_t, sizeof...(T)> {};
  static constexpr uint64_t outputs = std::is_void_v<R> ? 0 : Count<std::decay_t<R>>::value;

  template <size_t... I>
  static void run(StableIValue* stack, std::index_sequence<I...>) {
    std::tuple<typename Held<std::decay_t<A>>::type...> held{
        Stable<typename Held<std::decay_t<A>>::type>::to(stack[I])...};
    if constexpr (std::is_void_v<R>) {
      std::apply(Function, held);
    } else {
      put(stack, std::apply(Function, held));
    }
  }
  template <typename T>
  static void put(StableIValue* stack, const T& result) {
    stack[0] = Stable<T>::from(result);
  }
  template <typename... T>
  static void put(StableIValue* stack, const std::tuple<T...>& results) {
    size_t i = 0;
    std::apply(
        [&](const auto&... result) { ((stack[i++] = Stable<std::decay_t<decltype(result)>>::from(result)), ...); },
        results);
  }
};

}  // namespace spinel_v1
}  // namespace detail
}  // namespace stable
}  // namespace torch

#define TORCH_BOX(function) \
  ::torch::stable::detail::Boxer<std::remove_pointer_t<std::decay_t<decltype(function)>>, (function)>::boxed_fn

#define SPINEL_STABLE_BLOCK(kind, ns, key, m, id)                                                                     \
  static void C10_CONCATENATE(STABLE_TORCH_LIBRARY_init_##ns##_, id)(torch::stable::detail::StableLibrary&);          \
  static const torch::stable::detail::StableLibrary C10_CONCATENATE(STABLE_TORCH_LIBRARY_static_##ns##_, id)(         \
      torch::stable::detail::StableLibrary::Kind::kind, &C10_CONCATENATE(STABLE_TORCH_LIBRARY_init_##ns##_, id), #ns, \
      key, __FILE__, __LINE__);                                                                                       \
  void C10_CONCATENATE(STABLE_TORCH_LIBRARY_init_##ns##_, id)([[maybe_unused]] torch::stable::detail::StableLibrary & m)
#define STABLE_TORCH_LIBRARY(ns, m) SPINEL_STABLE_BLOCK(DEF, ns, nullptr, m, C10_UID)
#define STABLE_TORCH_LIBRARY_FRAGMENT(ns, m) SPINEL_STABLE_BLOCK(FRAGMENT, ns, nullptr, m, C10_UID)
#define STABLE_TORCH_LIBRARY_IMPL(ns, key, m) SPINEL_STABLE_BLOCK(IMPL, ns, #key, m, C10_UID)
