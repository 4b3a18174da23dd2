#include "spinel/registry/operator_handle.h"

#include "spinel/base/platform/demangle.h"
#include "spinel/registry/dispatcher.h"
#include "spinel/registry/operator_error.h"

namespace spinel::registry::inline v1 {

OperatorEntry::OperatorEntry(OperatorName operator_name, const FallbackKernels& fallbacks)
    : name_(std::move(operator_name)), table_(&DispatchTable::empty()), slots_(make_slots(fallbacks)) {}

namespace internal {
namespace {

std::string quoted_name(const OperatorEntry& entry) { return "'" + entry.name().to_string() + "'"; }

}  // namespace

void fail_short_stack(size_t has, size_t needs) {
  fail_operator(OperatorFailure::missing, format("call: the stack has {} value(s); the kernel needs {}", has, needs));
}

void fail_result_count(size_t has, size_t needs) {
  fail_operator(OperatorFailure::signature,
                format("call: the boxed kernel left {} value(s) on the stack; {} are needed", has, needs));
}

void fail_signature(const OperatorEntry& entry, const std::string* registered, const std::string* called) {
  fail_operator(OperatorFailure::signature,
                format("Tried to access or call an operator with a wrong signature.\n  operator: {}\n  correct "
                       "signature:  {}\n  accessed/called as: {}",
                       entry.name().to_string(), demangle(registered->c_str()), demangle(called->c_str())));
}

void fail_without_kernel(const OperatorEntry& entry, const DispatchTable& table, DispatchKeySet keys) {
  if (table.definition() == nullptr) {
    fail_operator(OperatorFailure::no_schema, "could not find schema for " + entry.name().to_string());
  }
  std::string available, places;
  for (const auto& [key, location] : OperatorHandle(&entry).kernels()) {
    available += (available.empty() ? "" : ", ") + std::string(to_string(key));
    places += format("\n{}: registered at {}", to_string(key), location);
  }
  const DispatchKey key = keys.highest();
  if (key == DispatchKey::Undefined) {
    fail_operator(OperatorFailure::no_tensor_arguments,
                  format("There were no tensor arguments to this function (e.g., you passed an empty list of Tensors), "
                         "but no fallback function is registered for schema {}. Available functions are [{}]\n{}",
                         entry.name().to_string(), available, places));
  }
  std::string reason;
  if (key == DispatchKey::Meta) {
    reason = format(
        "{}: attempted to run this operator with Meta tensors, but there was no fake impl or Meta kernel "
        "registered for this operator. ",
        entry.name().to_string());
  }
  fail_operator(OperatorFailure::no_kernel,
                format("{}Could not run {} with arguments from the '{}' backend. {} is only available for these "
                       "backends: [{}].\n{}",
                       reason, quoted_name(entry), to_string(key), quoted_name(entry), available, places));
}

void run_boxed(const OperatorEntry& entry, const DispatchTable& table, const Kernel& kernel, DispatchKeySet keys,
               Stack& stack, size_t count) {
  if (kernel.function.boxed == nullptr) fail_without_kernel(entry, table, keys);
  const size_t wanted = table.definition()->schema.arguments.size();
  if (count != wanted && !table.definition()->schema.is_vararg) fail_short_stack(count, wanted);
  kernel.function.boxed(kernel.function.functor.get(), OperatorHandle(&entry), keys, stack);
}

}  // namespace internal

bool OperatorHandle::has_schema() const {
  const ReadSection section(thread_state());
  return entry_->table().definition() != nullptr;
}

std::shared_ptr<const Definition> OperatorHandle::definition() const {
  const ReadSection section(thread_state());
  return entry_->table().shared_definition();
}

std::shared_ptr<const FunctionSchema> OperatorHandle::schema() const {
  std::shared_ptr<const Definition> defined = definition();
  if (defined == nullptr) {
    fail_operator(OperatorFailure::no_schema, "could not find schema for " + name().to_string());
  }
  const FunctionSchema* schema = &defined->schema;
  return {std::move(defined), schema};
}

bool OperatorHandle::has_kernel(DispatchKey key) const {
  for (const auto& entry : kernels()) {
    if (entry.first == key) return true;
  }
  return false;
}

std::vector<std::pair<DispatchKey, std::string>> OperatorHandle::kernels() const {
  return Dispatcher::singleton().kernels_of(*entry_);
}

void OperatorHandle::call_boxed(Stack& stack) const {
  ThreadState& state = thread_state();
  const ReadSection section(state);
  const DispatchTable& table = entry_->table();
  if (table.definition() == nullptr) internal::fail_without_kernel(*entry_, table, {});
  const size_t count = table.definition()->schema.arguments.size();
  if (stack.size() < count) internal::fail_short_stack(stack.size(), count);
  DispatchKeySet keys = (table.keys_of(stack) | state.included) - state.excluded;
  const Kernel& kernel = table.lookup(keys);
  internal::run_boxed(*entry_, table, kernel, keys, stack, count);
}

void OperatorHandle::redispatch_boxed(DispatchKeySet keys, Stack& stack) const {
  const ReadSection section(thread_state());
  const DispatchTable& table = entry_->table();
  const Kernel& kernel = table.lookup(keys);
  const size_t count = table.definition() == nullptr ? 0 : table.definition()->schema.arguments.size();
  if (stack.size() < count) internal::fail_short_stack(stack.size(), count);
  internal::run_boxed(*entry_, table, kernel, keys, stack, count);
}

void OperatorHandle::check_signature(const std::string* signature, FunctionSchema (*infer)()) const {
  const ReadSection section(thread_state());
  const DispatchTable& table = entry_->table();
  if (table.definition() == nullptr) internal::fail_without_kernel(*entry_, table, {});
  if (table.signature() == signature) return;
  if (table.signature() != nullptr) internal::fail_signature(*entry_, table.signature(), signature);
  const FunctionSchema inferred = infer();
  if (const auto difference = find_schema_difference(inferred, table.definition()->schema)) {
    fail_operator(
        OperatorFailure::signature,
        format("Tried to access or call an operator with a wrong signature.\n  operator: {}\n  accessed/called "
               "as: {}\n  {}",
               table.definition()->schema.to_string(), demangle(signature->c_str()), *difference));
  }
}

}  // namespace spinel::registry::inline v1
