// The table from which calls of one operator are served: for each dispatch key the kernel that runs.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "spinel/registry/kernel.h"

namespace spinel::registry::inline v1 {

/// An operator as some library defined it.
struct Definition {
  FunctionSchema schema;
  std::string location;
  std::vector<std::string> tags;
  uint64_t order = 0;  ///< definitions count up
};

/// Kernels of one operator by key; of each key the newest is the last and the one that counts.
using KernelStacks = std::map<DispatchKey, std::vector<Kernel*>>;
/// By table_index; null where there is none.
using FallbackKernels = std::array<Kernel*, table_size>;

/// By table_index; never null.
using KernelSlots = std::array<const Kernel*, table_size>;

/// The slots of an operator without kernels.
KernelSlots make_slots(const FallbackKernels& fallbacks);
/// Chooses anew the kernels of the slots that a change under `key` reaches, and of no others. As in PyTorch the order
/// of registrations can thus show: a CompositeImplicitAutograd kernel that serves autograd keys goes on doing so when a
/// CompositeExplicitAutograd kernel comes later.
void update_slots(KernelSlots& slots, const KernelStacks& kernels, const FallbackKernels& fallbacks,
                  DispatchKey key) noexcept;

/// Immutable once published; a registration makes a new one.
class DispatchTable : public Garbage {
 public:
  DispatchTable(std::shared_ptr<const Definition> definition, const KernelSlots& slots, const KernelStacks& kernels);

  /// The table of operators that nobody defines.
  static const DispatchTable& empty();

  /// The kernel for a call with these keys, from which those that fall through are taken out first.
  const Kernel& lookup(DispatchKeySet& keys) const noexcept {
    const uint64_t backends = keys.bits() & DispatchKeySet::backend_mask;
    const unsigned backend = backends == 0 ? 0 : 63 - static_cast<unsigned>(std::countl_zero(backends));
    keys = DispatchKeySet::raw(keys.bits() & masks_[backend]);
    const TablePosition position = table_positions[static_cast<size_t>(keys.highest_functionality())];
    return *slots_[position.offset + (backend & position.backend_mask)];
  }
  const Kernel& slot(DispatchKey key) const { return *slots_[table_index(key)]; }
  /// The kernel signature of all unboxed kernels; null if there are only boxed ones.
  const std::string* signature() const noexcept { return signature_; }
  /// Null where nobody defines the operator.
  const Definition* definition() const noexcept { return definition_.get(); }
  const std::shared_ptr<const Definition>& shared_definition() const noexcept { return definition_; }
  /// The keys of the tensors among the arguments that lie on top of the stack: Tensor, Tensor?, Tensor[], Tensor?[].
  DispatchKeySet keys_of(const Stack& stack) const;

 private:
  const std::string* signature_ = nullptr;
  std::array<uint64_t, backend_count> masks_;
  KernelSlots slots_;
  std::shared_ptr<const Definition> definition_;
  std::vector<uint16_t> tensor_arguments_;  ///< positions, counted from the top of the stack
};

/// The marks that slots point to where there is no kernel to run.
const Kernel& missing_kernel();
const Kernel& fallthrough_kernel();

}  // namespace spinel::registry::inline v1
