#include "spinel/registry/dispatch_key_set.h"

namespace spinel::registry::inline v1 {
namespace {

// Backends without an autograd key of their own. FPGA to CustomRNGKeyId stand alone; the others on every backend.
constexpr DispatchKeySet autograd_other_backends =
    DispatchKeySet({DispatchKey::FPGA, DispatchKey::Vulkan, DispatchKey::Metal, DispatchKey::CustomRNGKeyId,
                    DispatchKey::MkldnnCPU, DispatchKey::Sparse, DispatchKey::SparseCsr, DispatchKey::Quantized}) |
    DispatchKeySet::all_backends();
constexpr DispatchKeySet backend_keys = autograd_other_backends | DispatchKeySet(DispatchKey::Dense);
// XLA and Lazy turn operators functional by themselves, so kernels that are not functional are not for them.
constexpr DispatchKeySet non_functional_backend_keys =
    (backend_keys - DispatchKeySet(DispatchKey::Sparse)).without_backend(Backend::XLA).without_backend(Backend::Lazy);
constexpr DispatchKeySet implicit_keys = backend_keys | autograd_keys | DispatchKeySet(DispatchKey::NestedTensor);
constexpr DispatchKeySet nested_keys =
    DispatchKeySet({DispatchKey::NestedTensor, DispatchKey::AutogradNestedTensor}) | DispatchKeySet::all_backends();

}  // namespace

std::string DispatchKeySet::to_string() const {
  std::string text = "DispatchKeySet(";
  const auto add = [&](DispatchKey key) {
    if (!text.ends_with("(")) text += ", ";
    text += registry::to_string(key);
  };
  for (size_t i = 1; i < functionality_count; ++i) {
    const auto key = static_cast<DispatchKey>(i);
    if (!has(key)) continue;
    if (!is_per_backend_functionality(key)) {
      add(key);
      continue;
    }
    for (size_t backend = 0; backend < backend_count; ++backend) {
      if (bits_ >> backend & 1) add(runtime_key(key, static_cast<Backend>(backend)));
    }
  }
  return text + ")";
}

DispatchKeySet runtime_keys(DispatchKey key) {
  switch (key) {
    case DispatchKey::Autograd: return autograd_keys | DispatchKeySet::all_backends();
    case DispatchKey::CompositeImplicitAutograd: return implicit_keys;
    case DispatchKey::CompositeImplicitAutogradNestedTensor: return nested_keys;
    case DispatchKey::CompositeExplicitAutograd: return backend_keys;
    case DispatchKey::CompositeExplicitAutogradNonFunctional: return non_functional_backend_keys;
    case DispatchKey::FuncTorchBatchedDecomposition: return DispatchKey::FuncTorchBatched;
    default: return key;
  }
}

bool is_included_in_alias(DispatchKey key, DispatchKey alias) {
  return key != DispatchKey::Undefined && !is_alias_key(key) && runtime_keys(alias).has(key);
}

DispatchKeySet backends_of_autograd(DispatchKey key) {
  if (key == DispatchKey::AutogradOther) return autograd_other_backends;
  if (key == DispatchKey::AutogradNestedTensor) {
    return DispatchKeySet(DispatchKey::NestedTensor) | DispatchKeySet::all_backends();
  }
  if (is_per_backend_key(key) && functionality_of(key) == DispatchKey::AutogradFunctionality) {
    return runtime_key(DispatchKey::Dense, backend_of(key));
  }
  return {};
}

bool is_backend_key(DispatchKey key) {
  return key != DispatchKey::Undefined && !is_alias_key(key) && backend_keys.has(key);
}

}  // namespace spinel::registry::inline v1
