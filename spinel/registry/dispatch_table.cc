#include "spinel/registry/dispatch_table.h"

#include <algorithm>

#include "spinel/registry/dispatcher.h"
#include "spinel/registry/operator_error.h"

namespace spinel::registry::inline v1 {
namespace {

void run_fallthrough(KernelFunctor*, const OperatorHandle& op, DispatchKeySet, Stack&) {
  fail_operator(OperatorFailure::fallthrough_executed,
                format("fallthrough_kernel was executed for '{}' but it should have been short-circuited by the "
                       "dispatcher; a fallthrough is only meaningful for one key, not for a composite kernel",
                       op.name().to_string()));
}

void run_ambiguous(KernelFunctor*, const OperatorHandle& op, DispatchKeySet, Stack&) {
  fail_operator(OperatorFailure::ambiguous_autogradother,
                format("{} has kernels registered to both CompositeImplicitAutograd and a backend mapped to "
                       "AutogradOther. This makes the backend kernel unreachable; the dispatcher will always lookup "
                       "the CompositeImplicitAutograd kernel. Register an AutogradOther kernel to say which is meant",
                       op.name().to_string()));
}

const Kernel& make_mark(KernelFunction::Boxed boxed, bool is_fallthrough) {
  KernelFunction function;
  function.boxed = boxed;
  function.is_fallthrough = is_fallthrough;
  return *new Kernel(std::move(function), DispatchKey::Undefined, "");
}

const Kernel& ambiguous_kernel() {
  static const Kernel& mark = make_mark(&run_ambiguous, false);
  return mark;
}

/// The rules by which one operator's kernels fill its table.
class SlotRules {
 public:
  SlotRules(const KernelStacks& kernels, const FallbackKernels& fallbacks) : kernels_(kernels), fallbacks_(fallbacks) {}

  const Kernel& choose(DispatchKey key) const {
    if (const Kernel* exact = registered(key)) return *exact;
    for (DispatchKey composite :
         {DispatchKey::CompositeExplicitAutogradNonFunctional, DispatchKey::CompositeExplicitAutograd}) {
      if (const Kernel* kernel = serves(composite, key, true)) return *kernel;
    }
    if (const Kernel* kernel = implicit(key)) return *kernel;
    if (const Kernel* kernel = serves(DispatchKey::Autograd, key, false)) return *kernel;
    if (const Kernel* kernel = serves(DispatchKey::FuncTorchBatchedDecomposition, key, false)) return *kernel;
    if (const Kernel* kernel = fallbacks_[table_index(key)]) return *kernel;
    return computes(key) ? missing_kernel() : fallthrough_kernel();
  }

 private:
  const Kernel* registered(DispatchKey key) const {
    const auto found = kernels_.find(key);
    return found == kernels_.end() || found->second.empty() ? nullptr : found->second.back();
  }
  /// The kernel of an alias, if the alias reaches the key.
  const Kernel* serves(DispatchKey alias, DispatchKey key, bool undefined_too) const {
    const bool reached = (undefined_too && key == DispatchKey::Undefined) || is_included_in_alias(key, alias);
    return reached ? registered(alias) : nullptr;
  }
  bool has_any(DispatchKeySet keys) const {
    return std::any_of(kernels_.begin(), kernels_.end(), [&](const auto& stack) {
      return !is_alias_key(stack.first) && !stack.second.empty() && keys.has(stack.first);
    });
  }
  const Kernel* implicit(DispatchKey key) const {
    // With a kernel of its own for the backend, gradients are that kernel's business, not the composite's.
    const DispatchKeySet backends = backends_of_autograd(key);
    const bool backend_has_kernel = has_any(backends) || registered(DispatchKey::CompositeExplicitAutograd) != nullptr;
    const Kernel* nested = serves(DispatchKey::CompositeImplicitAutogradNestedTensor, key, false);
    if (nested != nullptr && !backend_has_kernel) return nested;
    const Kernel* kernel = serves(DispatchKey::CompositeImplicitAutograd, key, true);
    if (kernel == nullptr) return nullptr;
    if (key == DispatchKey::AutogradOther && has_any(backends)) return &ambiguous_kernel();
    return backend_has_kernel ? nullptr : kernel;
  }
  /// Keys that stand for computing. Where one of the others has no kernel, there is nothing to do under it.
  static bool computes(DispatchKey key) {
    return key == DispatchKey::Undefined || is_backend_key(key) || functionality_of(key) == DispatchKey::NestedTensor;
  }

  const KernelStacks& kernels_;
  const FallbackKernels& fallbacks_;
};

template <typename Use>
void for_each_runtime_key(Use use) {
  for (uint16_t i = 0; i < functionality_count; ++i) {
    const auto functionality = static_cast<DispatchKey>(i);
    if (!is_per_backend_functionality(functionality)) {
      use(functionality);
      continue;
    }
    for (size_t backend = 0; backend < backend_count; ++backend) {
      use(runtime_key(functionality, static_cast<Backend>(backend)));
    }
  }
}

bool takes_part(const Type& type) {
  switch (type.kind()) {
    case TypeKind::tensor: return true;
    case TypeKind::optional: return type.element().kind() == TypeKind::tensor;
    case TypeKind::list: {
      const Type element = type.element();
      return element.kind() == TypeKind::tensor ||
             (element.kind() == TypeKind::optional && element.element().kind() == TypeKind::tensor);
    }
    default: return false;
  }
}

}  // namespace

const Kernel& missing_kernel() {
  static const Kernel& mark = make_mark(nullptr, false);
  return mark;
}

const Kernel& fallthrough_kernel() {
  static const Kernel& mark = make_mark(&run_fallthrough, true);
  return mark;
}

KernelFunction KernelFunction::fallthrough() { return fallthrough_kernel().function; }

KernelSlots make_slots(const FallbackKernels& fallbacks) {
  KernelSlots slots;
  const KernelStacks none;
  const SlotRules rules(none, fallbacks);
  for_each_runtime_key([&](DispatchKey key) { slots[table_index(key)] = &rules.choose(key); });
  return slots;
}

void update_slots(KernelSlots& slots, const KernelStacks& kernels, const FallbackKernels& fallbacks,
                  DispatchKey key) noexcept {
  const SlotRules rules(kernels, fallbacks);
  const auto choose = [&](DispatchKey slot) { slots[table_index(slot)] = &rules.choose(slot); };
  for_each_runtime_key([&](DispatchKey slot) {
    if (slot == key || is_included_in_alias(slot, key)) choose(slot);
  });
  if (key == DispatchKey::CompositeImplicitAutograd || key == DispatchKey::CompositeExplicitAutograd ||
      key == DispatchKey::CompositeExplicitAutogradNonFunctional) {
    choose(DispatchKey::Undefined);
  }
  // Whether a backend has a kernel decides what runs under its autograd key.
  if (is_backend_key(key)) choose(is_per_backend_key(key) ? autograd_key(backend_of(key)) : DispatchKey::AutogradOther);
}

DispatchTable::DispatchTable(std::shared_ptr<const Definition> definition, const KernelSlots& slots,
                             const KernelStacks& kernels)
    : slots_(slots), definition_(std::move(definition)) {
  masks_.fill(~uint64_t{0});
  if (definition_ == nullptr) return;
  for (const auto& [key, stack] : kernels) {
    for (const Kernel* kernel : stack) {
      if (kernel->function.signature != nullptr) signature_ = kernel->function.kernel_signature;
    }
  }
  for_each_runtime_key([&](DispatchKey key) {
    if (!slot(key).function.is_fallthrough || key == DispatchKey::Undefined) return;
    const uint64_t bit = DispatchKeySet(functionality_of(key)).bits();
    if (is_per_backend_key(key)) masks_[static_cast<size_t>(backend_of(key))] &= ~bit;
    else
      for (uint64_t& mask : masks_) mask &= ~bit;
  });
  const std::vector<Argument>& arguments = definition_->schema.arguments;
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (takes_part(arguments[i].type)) tensor_arguments_.push_back(static_cast<uint16_t>(arguments.size() - i));
  }
}

const DispatchTable& DispatchTable::empty() {
  static const DispatchTable& table = []() -> const DispatchTable& {
    KernelSlots slots;
    slots.fill(&missing_kernel());
    return *new DispatchTable(nullptr, slots, {});
  }();
  return table;
}

DispatchKeySet DispatchTable::keys_of(const Stack& stack) const {
  DispatchKeySet keys;
  const auto add = [&](const Value& value) { keys = keys | internal::keys_of_value(value); };
  for (uint16_t from_top : tensor_arguments_) {
    const Value& value = stack[stack.size() - from_top];
    add(value);
    if (!value.is_list()) continue;
    for (const Value& item : value.to_list().items) add(item);
  }
  return keys;
}

}  // namespace spinel::registry::inline v1
