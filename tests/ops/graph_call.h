// Calls of operators on graphs with plain tensors, for their tests.
#pragma once

#include <string>
#include <vector>

#include "spinel/hosts/plain/operators.h"
#include "spinel/hosts/plain/plain_tensor.h"
#include "spinel/ops/list.h"
#include "tests/support/errors.h"

namespace spinel::ops {

/// A vector of the index type; the numbers stay those of the tensor.
template <typename T = int64_t>
Tensor vector_of(const std::vector<int64_t>& values, ScalarType dtype = ScalarType::int64) {
  const Tensor made = plain::empty({static_cast<int64_t>(values.size())}, dtype);
  std::copy(values.begin(), values.end(), static_cast<T*>(made.data()));
  return made;
}
inline Tensor narrow_of(const std::vector<int64_t>& values) { return vector_of<int32_t>(values, ScalarType::int32); }

/// The elements of an int32 or int64 tensor.
inline std::vector<int64_t> values_of(const Tensor& tensor) {
  const auto count = static_cast<size_t>(tensor.numel());
  if (tensor.scalar_type() == ScalarType::int32) {
    const auto* data = static_cast<const int32_t*>(tensor.data());
    return {data, data + count};
  }
  const auto* data = static_cast<const int64_t*>(tensor.data());
  return {data, data + count};
}

inline std::vector<Tensor> call_op(const char* name, const std::vector<Value>& values) {
  return run_forward(find_operator(name).definition, plain::host(), Arguments(values));
}

/// What a call that must fail says.
inline std::string refusal(const char* name, const std::vector<Value>& values) {
  return error_of([&] { call_op(name, values); }).what();
}

}  // namespace spinel::ops
