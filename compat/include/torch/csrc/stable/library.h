// Registering operators through the stable ABI: STABLE_TORCH_LIBRARY and its kin, TORCH_BOX.
#pragma once

#include <tuple>
#include <utility>

#include "ATen/core/enum_tag.h"
#include "spinel/registry/load_library.h"
#include "spinel/registry/signature.h"
#include "torch/csrc/stable/stableivalue_conversions.h"

namespace torch {
namespace stable {
namespace detail {
inline namespace spinel_v1 {

/// What a block is given. A member that fails throws a runtime_error, and nothing of the block stays.
class StableLibrary {
 public:
  explicit StableLibrary(::spinel::registry::Library& core) : library_(reinterpret_cast<TorchLibraryHandle>(&core)) {}
  StableLibrary& def(const char* schema) {
    TORCH_ERROR_CODE_CHECK(aoti_torch_library_def(library_, schema));
    return *this;
  }
  StableLibrary& def(const char* schema, const std::vector<at::Tag>& tags) {
    const std::vector<int32_t> codes = [&] {
      std::vector<int32_t> made;
      for (at::Tag tag : tags) made.push_back(static_cast<int32_t>(tag));
      return made;
    }();
    TORCH_ERROR_CODE_CHECK(
        torch_library_def_with_tags(library_, schema, codes.data(), static_cast<int32_t>(codes.size())));
    return *this;
  }
  StableLibrary& impl(const char* name, StableKernel kernel) {
    TORCH_ERROR_CODE_CHECK(torch_library_impl(library_, name, kernel, TORCH_ABI_VERSION));
    return *this;
  }
  StableLibrary& set_python_module(const char* module, const char* context = "") {
    TORCH_ERROR_CODE_CHECK(torch_library_set_python_module(library_, module, context));
    return *this;
  }

 private:
  TorchLibraryHandle library_;
};

template <void (*Fill)(StableLibrary&)>
void fill_stable_library(::spinel::registry::Library& core) {
  StableLibrary library(core);
  Fill(library);
}

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

#define SPINEL_STABLE_BLOCK(kind, ns, key, m, id)                                                              \
  static void C10_CONCATENATE(STABLE_TORCH_LIBRARY_init_##ns##_, id)(torch::stable::detail::StableLibrary&);   \
  static const ::spinel::registry::LibraryBlock C10_CONCATENATE(STABLE_TORCH_LIBRARY_static_##ns##_, id)(      \
      ::spinel::registry::Library::Kind::kind, #ns, key,                                                       \
      &::torch::stable::detail::fill_stable_library<&C10_CONCATENATE(STABLE_TORCH_LIBRARY_init_##ns##_, id)>); \
  void C10_CONCATENATE(STABLE_TORCH_LIBRARY_init_##ns##_, id)([[maybe_unused]] torch::stable::detail::StableLibrary & m)
#define STABLE_TORCH_LIBRARY(ns, m) SPINEL_STABLE_BLOCK(def, ns, std::nullopt, m, C10_UID)
#define STABLE_TORCH_LIBRARY_FRAGMENT(ns, m) SPINEL_STABLE_BLOCK(fragment, ns, std::nullopt, m, C10_UID)
#define STABLE_TORCH_LIBRARY_IMPL(ns, key, m) \
  SPINEL_STABLE_BLOCK(impl, ns, ::spinel::registry::DispatchKey::key, m, C10_UID)
