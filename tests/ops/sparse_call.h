// Calls of operators on sparse matrices with plain tensors made of what sparse_arguments.h describes.
#pragma once

#include <vector>

#include "spinel/hosts/plain/operators.h"
#include "spinel/hosts/plain/plain_tensor.h"
#include "spinel/registry/binder.h"
#include "spinel/registry/dispatcher.h"
#include "tests/ops/sparse_arguments.h"

namespace spinel::ops {

/// A tensor of the argument's numbers; floats are eighths, from 1/8 to 7/8 where there are no numbers.
inline Tensor tensor_of(const SparseArgument& argument) {
  int64_t count = 1;
  for (const int64_t size : argument.sizes) count *= size;
  const Tensor made = plain::zeros(argument.sizes, argument.dtype);
  for (int64_t i = 0; i < count; ++i) {
    const auto at = static_cast<size_t>(i);
    const int64_t number = at < argument.numbers.size() ? argument.numbers[at] : argument.is_index() ? 0 : i % 7 + 1;
    switch (argument.dtype) {
      case ScalarType::int64: static_cast<int64_t*>(made.data())[i] = number; break;
      case ScalarType::int32: static_cast<int32_t*>(made.data())[i] = static_cast<int32_t>(number); break;
      case ScalarType::float32: static_cast<float*>(made.data())[i] = static_cast<float>(number) / 8; break;
      case ScalarType::float64: static_cast<double*>(made.data())[i] = static_cast<double>(number) / 8; break;
      case ScalarType::boolean: static_cast<bool*>(made.data())[i] = number != 0; break;
      default: break;  // zeros
    }
  }
  return made;
}

inline Value value_of(const SparseArgument& argument) {
  if (argument.is_tensor()) return tensor_of(argument);
  if (argument.role == Role::integer) return argument.numbers.at(0);
  if (argument.role == Role::integers) {
    return registry::make_list_value(std::vector<Value>(argument.numbers.begin(), argument.numbers.end()));
  }
  return argument.value;
}

/// Calls an operator, composite or not, as programs without a framework do.
inline Stack call_sparse(const Operator& op, const std::vector<Value>& values) {
  plain::register_operators();
  const auto handle = registry::Dispatcher::singleton().find_schema({"spinel::" + op.name(), ""});
  Stack stack = registry::bind_host(*handle->schema(), values);
  handle->call_boxed(stack);
  return stack;
}

inline Stack call_sparse(const Operator& op, const std::vector<SparseArgument>& arguments) {
  std::vector<Value> values;
  for (const SparseArgument& argument : arguments) values.push_back(value_of(argument));
  return call_sparse(op, values);
}

}  // namespace spinel::ops
