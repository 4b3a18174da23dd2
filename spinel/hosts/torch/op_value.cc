#include "spinel/hosts/torch/op_value.h"

#include <ATen/ATen.h>

#include "spinel/hosts/bridge/torch_value.h"

namespace spinel::hosts {
namespace {

using ops::Size;
using registry::Value;

/// A length of libtorch's tracers.
class TorchSize final : public ops::SymbolicSize {
 public:
  explicit TorchSize(c10::SymInt value) : value_(std::move(value)) {}

  static Size wrap(const c10::SymInt& value) {
    const auto number = value.maybe_as_int();
    return number ? Size(*number) : Size(std::make_shared<TorchSize>(value));
  }
  static c10::SymInt unwrap(const Size& size) {
    return size.is_number() ? c10::SymInt(size.value()) : static_cast<const TorchSize*>(size.symbol())->value_;
  }
  Size calculate(Operation operation, const Size& a, const Size& b) const override {
    const c10::SymInt left = unwrap(a), right = unwrap(b);
    switch (operation) {
      case Operation::add: return wrap(left + right);
      case Operation::subtract: return wrap(left - right);
      case Operation::multiply: return wrap(left * right);
      case Operation::divide: break;
    }
    return wrap(left / right);
  }
  bool less(const Size& a, const Size& b) const override { return unwrap(a) < unwrap(b); }

 private:
  c10::SymInt value_;
};

}  // namespace

ops::TensorSpec spec_of(const at::Tensor& tensor) {
  ops::TensorSpec spec;
  for (const c10::SymInt& size : tensor.sym_sizes()) spec.sizes.push_back(TorchSize::wrap(size));
  spec.dtype = from_torch(tensor.scalar_type());
  const at::MemoryFormat format = tensor.suggest_memory_format();
  if (format == at::MemoryFormat::ChannelsLast) spec.format = registry::MemoryFormat::channels_last;
  if (format == at::MemoryFormat::ChannelsLast3d) spec.format = registry::MemoryFormat::channels_last_3d;
  return spec;
}

ops::SpecArgument spec_argument(const c10::IValue& value) {
  if (value.isTensor()) {
    if (!value.toTensor().defined()) return {};
    return {spec_of(value.toTensor()), {}, {}};
  }
  if (value.isSymIntList() || value.isIntList()) {
    std::vector<Size> sizes;
    bool numbers = true;
    for (const c10::SymInt& size : value.toSymIntVector()) {
      sizes.push_back(TorchSize::wrap(size));
      numbers = numbers && sizes.back().is_number();
    }
    return {{}, std::move(sizes), numbers ? to_registry(value) : Value()};
  }
  return {{}, {}, to_registry(value)};
}

std::vector<c10::SymInt> to_sym_sizes(const std::vector<Size>& sizes) {
  std::vector<c10::SymInt> result;
  for (const Size& size : sizes) result.push_back(TorchSize::unwrap(size));
  return result;
}

at::MemoryFormat to_torch(registry::MemoryFormat format) {
  switch (format) {
    case registry::MemoryFormat::channels_last: return at::MemoryFormat::ChannelsLast;
    case registry::MemoryFormat::channels_last_3d: return at::MemoryFormat::ChannelsLast3d;
    default: return at::MemoryFormat::Contiguous;
  }
}

}  // namespace spinel::hosts
