// Sets of dispatch keys in one 64-bit word: which keys a call carries, and which of them is the highest.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <initializer_list>
#include <string>

#include "spinel/registry/dispatch_key.h"

namespace spinel::registry::inline v1 {

/// The low 16 bits are backends, the others functionalities. A set holds the product of both: {CPU, AutogradCUDA} is
/// {Dense, AutogradFunctionality} on {CPU, CUDA}, so it holds CUDA and AutogradCPU too.
class DispatchKeySet {
 public:
  static constexpr uint64_t backend_mask = (uint64_t{1} << backend_count) - 1;

  constexpr DispatchKeySet() = default;
  /// Alias keys have no bits of their own: see alias_members().
  constexpr DispatchKeySet(DispatchKey key) : bits_(bits_of(key)) {}
  constexpr DispatchKeySet(std::initializer_list<DispatchKey> keys) {
    for (DispatchKey key : keys) bits_ |= bits_of(key);
  }
  static constexpr DispatchKeySet raw(uint64_t bits) {
    DispatchKeySet set;
    set.bits_ = bits;
    return set;
  }
  static constexpr DispatchKeySet of_backend(Backend backend) {
    return raw(uint64_t{1} << static_cast<unsigned>(backend));
  }
  static constexpr DispatchKeySet all_backends() { return raw(backend_mask); }
  /// All functionalities below `key`, on all backends: what an implementation of `key` redispatches to.
  static constexpr DispatchKeySet below(DispatchKey key) {
    const auto functionality = static_cast<unsigned>(functionality_of(key));
    if (functionality == 0) return {};
    return raw(((uint64_t{1} << (backend_count + functionality - 1)) - 1) | backend_mask);
  }

  constexpr uint64_t bits() const { return bits_; }
  constexpr bool empty() const { return bits_ == 0; }
  /// Undefined is in every set's table but in no set.
  constexpr bool has(DispatchKey key) const {
    const uint64_t wanted = bits_of(key);
    return wanted != 0 && (bits_ & wanted) == wanted;
  }
  /// Whether a functionality and, where it is per backend, a backend are shared.
  constexpr bool has_any(DispatchKeySet other) const {
    const uint64_t shared = bits_ & other.bits_;
    const bool per_backend = (shared & per_backend_mask & ~backend_mask) != 0;
    return (shared & ~backend_mask & ~per_backend_mask) != 0 || (per_backend && (shared & backend_mask) != 0);
  }

  constexpr DispatchKeySet operator|(DispatchKeySet other) const { return raw(bits_ | other.bits_); }
  constexpr DispatchKeySet operator&(DispatchKeySet other) const { return raw(bits_ & other.bits_); }
  /// Takes away functionalities only: excluding AutogradCPU excludes autograd on every backend, and leaves the CPU.
  constexpr DispatchKeySet operator-(DispatchKeySet other) const { return raw(bits_ & (backend_mask | ~other.bits_)); }
  constexpr DispatchKeySet without_backend(Backend backend) const {
    return raw(bits_ & ~(uint64_t{1} << static_cast<unsigned>(backend)));
  }
  friend constexpr bool operator==(DispatchKeySet, DispatchKeySet) = default;

  /// Undefined where there is no functionality.
  constexpr DispatchKey highest_functionality() const {
    const uint64_t functionalities = bits_ >> backend_count;
    return static_cast<DispatchKey>(64 - std::countl_zero(functionalities));
  }
  /// CPU where there is no backend.
  constexpr Backend highest_backend() const {
    const uint64_t backends = bits_ & backend_mask;
    return static_cast<Backend>(backends == 0 ? 0 : 63 - std::countl_zero(backends));
  }
  /// The key whose kernel a call with this set runs. A per-backend functionality without backend bit is Undefined.
  constexpr DispatchKey highest() const {
    const DispatchKey functionality = highest_functionality();
    if (!is_per_backend_functionality(functionality)) return functionality;
    if ((bits_ & backend_mask) == 0) return DispatchKey::Undefined;
    return runtime_key(functionality, highest_backend());
  }

  /// "DispatchKeySet(CPU, AutogradCPU)"
  std::string to_string() const;

 private:
  static constexpr uint64_t functionality_bit(DispatchKey key) {
    return key == DispatchKey::Undefined ? 0 : uint64_t{1} << (backend_count + static_cast<unsigned>(key) - 1);
  }
  static constexpr uint64_t bits_of(DispatchKey key) {
    if (key < DispatchKey::EndOfFunctionalityKeys) return functionality_bit(key);
    if (!is_per_backend_key(key)) return 0;
    return functionality_bit(functionality_of(key)) | (uint64_t{1} << static_cast<unsigned>(backend_of(key)));
  }

 public:
  /// The bits of the six functionalities that exist once a backend, and all backends.
  static const uint64_t per_backend_mask;

 private:
  uint64_t bits_ = 0;
};

inline constexpr uint64_t DispatchKeySet::per_backend_mask =
    DispatchKeySet({DispatchKey::Dense, DispatchKey::Quantized, DispatchKey::Sparse, DispatchKey::SparseCsr,
                    DispatchKey::NestedTensor, DispatchKey::AutogradFunctionality})
        .bits() |
    DispatchKeySet::backend_mask;

inline constexpr DispatchKeySet autograd_keys = {DispatchKey::AutogradFunctionality, DispatchKey::AutogradOther,
                                                 DispatchKey::AutogradNestedTensor};
inline constexpr DispatchKeySet autocast_keys = {
    DispatchKey::AutocastCPU,  DispatchKey::AutocastMTIA,       DispatchKey::AutocastMAIA, DispatchKey::AutocastXPU,
    DispatchKey::AutocastIPU,  DispatchKey::AutocastHPU,        DispatchKey::AutocastXLA,  DispatchKey::AutocastMPS,
    DispatchKey::AutocastCUDA, DispatchKey::AutocastPrivateUse1};
/// What every call carries, and what it never does, unless a guard changes it.
inline constexpr DispatchKeySet default_included_keys = {DispatchKey::BackendSelect, DispatchKey::ADInplaceOrView};
inline constexpr DispatchKeySet default_excluded_keys = autocast_keys;
inline constexpr DispatchKeySet after_autograd_keys = DispatchKeySet::below(DispatchKey::AutogradOther);
inline constexpr DispatchKeySet after_ad_inplace_or_view_keys = DispatchKeySet::below(DispatchKey::ADInplaceOrView);

/// The autograd key of tensors of a backend. HIP and VE have none of their own.
constexpr DispatchKey autograd_key(Backend backend) {
  if (backend == Backend::HIP || backend == Backend::VE) return DispatchKey::AutogradOther;
  return runtime_key(DispatchKey::AutogradFunctionality, backend);
}

/// The keys that an ordinary tensor of a backend carries: its key, its autograd key and ADInplaceOrView. `storage` is
/// Dense, Sparse, Quantized …
constexpr DispatchKeySet tensor_keys(Backend backend, DispatchKey storage = DispatchKey::Dense) {
  return DispatchKeySet({runtime_key(storage, backend), autograd_key(backend), DispatchKey::ADInplaceOrView});
}
/// Those of an undefined tensor, which as in PyTorch has no backend but counts for autograd.
inline constexpr DispatchKeySet undefined_tensor_keys = {DispatchKey::AutogradOther, DispatchKey::ADInplaceOrView};

/// The runtime keys that a registration under `key` reaches: of an alias its members, of others the key itself.
DispatchKeySet runtime_keys(DispatchKey key);
/// Whether runtime key `key` is reached by a registration under `alias`. Undefined is a member of none.
bool is_included_in_alias(DispatchKey key, DispatchKey alias);
/// The keys of the backends whose gradients run under an autograd key; empty for other keys.
DispatchKeySet backends_of_autograd(DispatchKey key);
/// Whether kernels of this key compute on a backend: CPU, SparseCUDA, FPGA; not NestedTensor keys, as in PyTorch.
bool is_backend_key(DispatchKey key);

/// Where a key stands in a dispatch table: one slot a functionality, sixteen where it is per backend.
struct TablePosition {
  uint16_t offset;
  uint16_t backend_mask;  ///< 0 or all ones
};
namespace internal {
constexpr std::array<TablePosition, functionality_count> make_table_positions() {
  std::array<TablePosition, functionality_count> positions{};
  uint16_t next = 0;
  for (size_t i = 0; i < functionality_count; ++i) {
    const bool per_backend = is_per_backend_functionality(static_cast<DispatchKey>(i));
    positions[i] = {next, static_cast<uint16_t>(per_backend ? 0xffff : 0)};
    next = static_cast<uint16_t>(next + (per_backend ? backend_count : 1));
  }
  return positions;
}
}  // namespace internal
inline constexpr std::array<TablePosition, functionality_count> table_positions = internal::make_table_positions();
inline constexpr size_t table_size = functionality_count + 6 * (backend_count - 1);

/// The slot of a runtime key (not of an alias).
constexpr size_t table_index(DispatchKey key) {
  const TablePosition position = table_positions[static_cast<size_t>(functionality_of(key))];
  return position.offset + (is_per_backend_key(key) ? static_cast<size_t>(backend_of(key)) : 0);
}

}  // namespace spinel::registry::inline v1
