#include "spinel/ops/op_def.h"

#include "spinel/base/error.h"

namespace spinel::ops {
namespace {

std::vector<int64_t> integers_of(const Value& value) {
  if (value.is_none()) return {};
  const std::vector<Value>& items = value.to_list().items;
  std::vector<int64_t> result;
  result.reserve(items.size());
  for (const Value& item : items) result.push_back(item.to_int());
  return result;
}

std::string name_of(const OpDef& op) { return op.schema.substr(0, op.schema.find('(')); }

/// The device of all tensors: kernels reach the memory of one.
registry::Device common_device(const OpDef& op, Arguments arguments) {
  std::optional<registry::Device> device;
  const auto check = [&](const Tensor& tensor, size_t k) {
    require(tensor.defined(), "{}: argument {} is an undefined tensor; one with elements is needed", name_of(op), k);
    if (!device) device = tensor.device();
    const bool same = tensor.device().type == device->type &&
                      (device->type == registry::DeviceType::cpu || tensor.device().index == device->index);
    require(same, "{}: argument {} is on {} but the first tensor on {}; all must be on one device", name_of(op), k,
            registry::to_string(tensor.device()), registry::to_string(*device));
  };
  for (size_t k = 0; k < arguments.size(); ++k) {
    if (arguments[k].is_tensor()) check(arguments.tensor(k), k);
    if (!arguments[k].is_list()) continue;
    for (const Value& item : arguments[k].to_list().items) {
      if (item.is_tensor()) check(item.to_tensor(), k);
    }
  }
  return device.value_or(registry::Device{});
}

}  // namespace

std::vector<int64_t> Arguments::integers(size_t index) const { return integers_of(values_[index]); }

const TensorSpec& SpecArguments::tensor(size_t index) const {
  require(arguments_[index].tensor.has_value(), "operator: argument {} is no tensor; a tensor is needed", index);
  return *arguments_[index].tensor;
}

std::vector<Size> SpecArguments::sizes(size_t index) const {
  if (arguments_[index].sizes) return *arguments_[index].sizes;
  const std::vector<int64_t> numbers = integers(index);
  return {numbers.begin(), numbers.end()};
}

std::vector<int64_t> SpecArguments::integers(size_t index) const { return integers_of(arguments_[index].value); }

bool contains(Elements elements, ScalarType dtype) {
  switch (dtype) {
    case ScalarType::float16:
    case ScalarType::bfloat16:
    case ScalarType::float32:
    case ScalarType::float64: return true;
    case ScalarType::uint8:
    case ScalarType::int8:
    case ScalarType::int16:
    case ScalarType::int32:
    case ScalarType::int64:
    case ScalarType::uint16:
    case ScalarType::uint32:
    case ScalarType::uint64: return elements != Elements::floating;
    default: return elements == Elements::any;
  }
}

std::vector<TensorSpec> infer_results(const OpDef& op, const SpecArguments& arguments) {
  std::vector<TensorSpec> results = op.sizes(arguments);
  const std::vector<ScalarType> dtypes = op.dtypes(arguments);
  for (size_t k = 0; k < results.size(); ++k) results[k].dtype = dtypes[k];
  return results;
}

TensorSpec spec_of(const Tensor& tensor) {
  const registry::IntArrayRef sizes = tensor.sizes();
  return {{sizes.begin(), sizes.end()}, tensor.scalar_type(), format_of(sizes, tensor.strides())};
}

SpecArguments spec_arguments(Arguments arguments) {
  std::vector<SpecArgument> specs(arguments.size());
  for (size_t k = 0; k < specs.size(); ++k) {
    if (!arguments[k].is_tensor()) {
      specs[k].value = arguments[k];
    } else if (const Tensor tensor = arguments.tensor(k); tensor.defined()) {
      specs[k].tensor = spec_of(tensor);
    }
  }
  return SpecArguments(std::move(specs));
}

std::vector<Tensor> run_forward(const OpDef& op, const Host& host, Arguments arguments) {
  const registry::Device device = common_device(op, arguments);
  Forward forward = nullptr;
  if (device.type == registry::DeviceType::cpu) forward = op.cpu;
  if (device.type == registry::DeviceType::cuda) forward = op.cuda;
  if (forward == nullptr) {
    const bool cuda = device.type == registry::DeviceType::cuda;
    fail(ErrorKind::unavailable, "{}: this build has no kernels for {}; {}", name_of(op), registry::to_string(device),
         cuda ? "configure it with --preset cuda" : "move the tensors to the CPU");
  }
  std::vector<Tensor> results;
  if (op.sizes != nullptr) {
    for (const TensorSpec& spec : infer_results(op, spec_arguments(arguments))) {
      std::vector<int64_t> sizes;
      sizes.reserve(spec.sizes.size());
      for (const Size& size : spec.sizes) sizes.push_back(size.value());
      results.push_back(host.empty(sizes, spec.dtype, device, spec.format));
    }
  }
  if (results.empty()) results.resize(op.dtypes(spec_arguments(arguments)).size());
  forward(host, arguments, results);
  return results;
}

std::string refused_elements(const OpDef& op, std::string_view name, ScalarType dtype) {
  if (contains(op.elements, dtype)) return {};
  return format("\"{}\" not implemented for '{}'", name, registry::to_string(dtype));
}

}  // namespace spinel::ops
