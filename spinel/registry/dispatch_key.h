// Dispatch keys: the names under which kernels are registered, with PyTorch's precedence.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "spinel/registry/device.h"

// clang-format off
// The backends in order of precedence: where arguments mix, the later one wins.
#define SPINEL_FOR_EACH_BACKEND(X, prefix) \
  X(prefix, CPU) X(prefix, CUDA) X(prefix, HIP) X(prefix, XLA) X(prefix, MPS) X(prefix, IPU) X(prefix, XPU) \
  X(prefix, HPU) X(prefix, VE) X(prefix, Lazy) X(prefix, MTIA) X(prefix, MAIA) X(prefix, PrivateUse1) \
  X(prefix, PrivateUse2) X(prefix, PrivateUse3) X(prefix, Meta)

// The functionality keys from the innermost to the outermost, as torch 2.13 orders them.
#define SPINEL_FOR_EACH_FUNCTIONALITY(X) \
  X(Dense) X(FPGA) X(Vulkan) X(Metal) X(Quantized) X(CustomRNGKeyId) X(MkldnnCPU) X(Sparse) X(SparseCsr) \
  X(NestedTensor) X(BackendSelect) X(Fake) X(Python) X(FuncTorchDynamicLayerBackMode) X(Functionalize) \
  X(Conjugate) X(Negative) X(ZeroTensor) X(ADInplaceOrView) X(AutogradOther) X(AutogradFunctionality) \
  X(AutogradNestedTensor) X(Tracer) X(AutocastCPU) X(AutocastMTIA) X(AutocastMAIA) X(AutocastXPU) X(AutocastIPU) \
  X(AutocastHPU) X(AutocastXLA) X(AutocastMPS) X(AutocastCUDA) X(AutocastPrivateUse1) X(FuncTorchBatched) \
  X(BatchedNestedTensor) X(FuncTorchVmapMode) X(Batched) X(VmapMode) X(FuncTorchGradWrapper) X(DeferredInit) \
  X(PythonTLSSnapshot) X(FuncTorchDynamicLayerFrontMode) X(TESTING_ONLY_GenericWrapper) \
  X(TESTING_ONLY_GenericMode) X(PreDispatch) X(PythonDispatcher)

// Names that stand for sets of keys, in registration only.
#define SPINEL_FOR_EACH_ALIAS_KEY(X) \
  X(Autograd) X(CompositeImplicitAutograd) X(FuncTorchBatchedDecomposition) \
  X(CompositeImplicitAutogradNestedTensor) X(CompositeExplicitAutograd) X(CompositeExplicitAutogradNonFunctional)
// clang-format on

namespace spinel::registry::inline v1 {

/// What kind of device serves a call.
enum class Backend : uint8_t {
#define SPINEL_NAME(prefix, name) name,
  SPINEL_FOR_EACH_BACKEND(SPINEL_NAME, )
#undef SPINEL_NAME
};
inline constexpr size_t backend_count = 16;

/// A key of the dispatch table. First the functionality keys, of which six (Dense, Quantized, Sparse, SparseCsr,
/// NestedTensor, AutogradFunctionality) exist once a backend; then these products (CPU is Dense on the CPU,
/// AutogradCUDA is AutogradFunctionality on CUDA); then the alias keys.
enum class DispatchKey : uint16_t {
  Undefined = 0,
#define SPINEL_NAME(name) name,
  SPINEL_FOR_EACH_FUNCTIONALITY(SPINEL_NAME)
#undef SPINEL_NAME
      EndOfFunctionalityKeys,
#define SPINEL_NAME(prefix, name) prefix##name,
  SPINEL_FOR_EACH_BACKEND(SPINEL_NAME, )              //
  SPINEL_FOR_EACH_BACKEND(SPINEL_NAME, Quantized)     //
  SPINEL_FOR_EACH_BACKEND(SPINEL_NAME, Sparse)        //
  SPINEL_FOR_EACH_BACKEND(SPINEL_NAME, SparseCsr)     //
  SPINEL_FOR_EACH_BACKEND(SPINEL_NAME, NestedTensor)  //
  SPINEL_FOR_EACH_BACKEND(SPINEL_NAME, Autograd)
#undef SPINEL_NAME
      EndOfRuntimeKeys,
#define SPINEL_NAME(name) name,
  SPINEL_FOR_EACH_ALIAS_KEY(SPINEL_NAME)
#undef SPINEL_NAME
      EndOfKeys,
  CatchAll = CompositeImplicitAutograd,  ///< the old C++ spelling; not a name that parses
};

/// Functionality keys including Undefined.
inline constexpr size_t functionality_count = static_cast<size_t>(DispatchKey::EndOfFunctionalityKeys);
inline constexpr uint16_t first_backend_key = static_cast<uint16_t>(DispatchKey::CPU);

constexpr bool is_alias_key(DispatchKey key) {
  return key > DispatchKey::EndOfRuntimeKeys && key < DispatchKey::EndOfKeys;
}
/// Whether the key is the product of a functionality and a backend.
constexpr bool is_per_backend_key(DispatchKey key) {
  return key >= DispatchKey::CPU && key < DispatchKey::EndOfRuntimeKeys;
}
/// Whether a functionality key exists once a backend.
constexpr bool is_per_backend_functionality(DispatchKey key) {
  return key == DispatchKey::Dense || key == DispatchKey::Quantized || key == DispatchKey::Sparse ||
         key == DispatchKey::SparseCsr || key == DispatchKey::NestedTensor || key == DispatchKey::AutogradFunctionality;
}

/// Dense of CPU, AutogradFunctionality of AutogradCUDA, the key itself of other functionality keys.
constexpr DispatchKey functionality_of(DispatchKey key) {
  constexpr DispatchKey rows[] = {DispatchKey::Dense,        DispatchKey::Quantized,
                                  DispatchKey::Sparse,       DispatchKey::SparseCsr,
                                  DispatchKey::NestedTensor, DispatchKey::AutogradFunctionality};
  if (!is_per_backend_key(key)) return key;
  return rows[(static_cast<uint16_t>(key) - first_backend_key) / backend_count];
}
/// Of a per-backend key only.
constexpr Backend backend_of(DispatchKey key) {
  return static_cast<Backend>((static_cast<uint16_t>(key) - first_backend_key) % backend_count);
}
/// CPU from Dense and Backend::CPU; a functionality that is not per backend as it is.
constexpr DispatchKey runtime_key(DispatchKey functionality, Backend backend) {
  constexpr auto row_of = [](DispatchKey key) -> uint16_t {
    switch (key) {
      case DispatchKey::Dense: return 0;
      case DispatchKey::Quantized: return 1;
      case DispatchKey::Sparse: return 2;
      case DispatchKey::SparseCsr: return 3;
      case DispatchKey::NestedTensor: return 4;
      default: return 5;
    }
  };
  if (!is_per_backend_functionality(functionality)) return functionality;
  return static_cast<DispatchKey>(first_backend_key + row_of(functionality) * backend_count +
                                  static_cast<uint16_t>(backend));
}

std::string_view to_string(DispatchKey key);
std::string_view to_string(Backend backend);

/// The key of this name ("CPU", "AutogradCUDA", "CompositeImplicitAutograd"). Unknown: unknown_key with the nearest
/// name.
DispatchKey parse_dispatch_key(std::string_view name);

/// The backend that serves tensors of a device type; device types without a key of their own are not_found.
Backend backend_of_device(DeviceType type);
/// The key under which kernels for a device type are registered: CPU for cpu, PrivateUse1 for privateuseone.
DispatchKey dispatch_key_of_device(DeviceType type);

}  // namespace spinel::registry::inline v1
