#include "compat/aten/operators.h"

#include "spinel/base/error.h"
#include "spinel/registry/library.h"

namespace spinel::aten {
namespace {

using registry::OperatorHandle;
using registry::Stack;
using registry::Value;

registry::KernelFunction kernel_of(const Operator& op) {
  return registry::make_boxed_kernel([run = op.run](const OperatorHandle& handle, Stack* stack) {
    const size_t count = handle.schema()->arguments.size();
    Stack results = run(Arguments(stack->data() + (stack->size() - count)));
    stack->resize(stack->size() - count);
    for (Value& result : results) stack->push_back(std::move(result));
  });
}

}  // namespace

std::vector<registry::Tensor> Arguments::tensors(size_t i) const {
  std::vector<registry::Tensor> tensors;
  for (const Value& item : values_[i].to_list().items) tensors.push_back(item.to_tensor());
  return tensors;
}

std::optional<int64_t> Arguments::maybe_integer(size_t i) const {
  return has(i) ? std::optional<int64_t>(values_[i].to_int()) : std::nullopt;
}

std::vector<int64_t> Arguments::integers(size_t i) const {
  std::vector<int64_t> integers;
  for (const Value& item : values_[i].to_list().items) integers.push_back(item.to_int());
  return integers;
}

registry::MemoryFormat Arguments::format(size_t i, registry::MemoryFormat otherwise) const {
  return has(i) ? static_cast<registry::MemoryFormat>(values_[i].to_int()) : otherwise;
}

registry::TensorKind Arguments::kind(size_t first) const {
  registry::TensorKind kind;
  if (has(first)) kind.dtype = static_cast<registry::ScalarType>(values_[first].to_int());
  if (has(first + 1) && static_cast<registry::Layout>(integer(first + 1)) != registry::Layout::strided) {
    fail(ErrorKind::unavailable, "tensor: layout {} is wanted; tensors of the layer are strided", integer(first + 1));
  }
  if (has(first + 2)) kind.device = values_[first + 2].to_device();
  if (flag(first + 3))
    fail(ErrorKind::unavailable, "tensor: pinned memory is wanted; the layer has none, leave it out");
  return kind;
}

void register_operators() {
  // Never destroyed: operators may still be called when the program ends.
  [[maybe_unused]] static const auto* const library = [] {
    auto* made = new registry::Library(registry::Library::Kind::fragment, "aten");
    for (const auto list : {factories(), views(), arithmetic(), indexing(), reductions()}) {
      for (const Operator& op : list) {
        const registry::OperatorName name = registry::parse_schema(std::string("aten::") + op.schema).name;
        if (registry::Dispatcher::singleton().find_schema(name)) continue;
        made->def(op.schema, kernel_of(op), registry::DispatchKey::CompositeExplicitAutograd);
      }
    }
    return made;
  }();
}

}  // namespace spinel::aten
