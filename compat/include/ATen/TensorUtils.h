// Checks of a kernel's tensors by name and position, as its messages have them.
#pragma once

#include "ATen/core/TensorBody.h"

namespace at {
inline namespace spinel_v1 {

/// A tensor as the argument `name` at `pos` (from 1 on) of a function.
struct TensorArg {
  const Tensor& tensor;
  const char* name;
  int pos;

  const Tensor* operator->() const { return &tensor; }
  const Tensor& operator*() const { return tensor; }
};
/// The function that checks.
using CheckedFrom = const char*;

inline std::ostream& operator<<(std::ostream& out, const TensorArg& argument) {
  if (argument.pos == 0) return out << "'" << argument.name << "'";
  return out << "argument #" << argument.pos << " '" << argument.name << "'";
}

inline void checkDim(CheckedFrom from, const TensorArg& argument, int64_t dimensions) {
  TORCH_CHECK(argument->dim() == dimensions, "Expected ", dimensions, "-dimensional tensor, but got ", argument->dim(),
              "-dimensional tensor for ", argument, " (while checking arguments for ", from, ")");
}
inline void checkContiguous(CheckedFrom from, const TensorArg& argument) {
  TORCH_CHECK(argument->is_contiguous(), "Expected contiguous tensor, but got non-contiguous tensor for ", argument,
              " (while checking arguments for ", from, ")");
}
inline void checkScalarType(CheckedFrom from, const TensorArg& argument, c10::ScalarType type) {
  TORCH_CHECK(argument->scalar_type() == type, "Expected tensor for ", argument, " to have scalar type ", type,
              "; but got ", argument->scalar_type(), " instead (while checking arguments for ", from, ")");
}
inline void checkSameType(CheckedFrom from, const TensorArg& a, const TensorArg& b) {
  TORCH_CHECK(a->scalar_type() == b->scalar_type(), "Expected tensor for ", a, " to have the same type as tensor for ",
              b, "; but type ", a->scalar_type(), " does not equal ", b->scalar_type(),
              " (while checking arguments for ", from, ")");
}
inline void checkSameSize(CheckedFrom from, const TensorArg& a, const TensorArg& b) {
  TORCH_CHECK(a->sizes() == b->sizes(), "Expected tensor for ", a, " to have same size as tensor for ", b, "; but ",
              a->sizes(), " does not equal ", b->sizes(), " (while checking arguments for ", from, ")");
}
inline void checkSameGPU(CheckedFrom from, const TensorArg& a, const TensorArg& b) {
  TORCH_CHECK(a->device() == b->device(), "Expected tensor for ", a, " to be on the same device as tensor for ", b,
              "; but device ", a->device(), " does not equal ", b->device(), " (while checking arguments for ", from,
              ")");
}

namespace detail {
/// Each with the first that is defined.
template <typename Check>
void check_all(CheckedFrom from, ArrayRef<TensorArg> arguments, Check check) {
  const TensorArg* first = nullptr;
  for (const TensorArg& argument : arguments) {
    if (!argument->defined()) continue;
    if (first == nullptr) first = &argument;
    else check(from, *first, argument);
  }
}
}  // namespace detail
inline void checkAllSameType(CheckedFrom from, ArrayRef<TensorArg> arguments) {
  detail::check_all(from, arguments, checkSameType);
}
inline void checkAllSameSize(CheckedFrom from, ArrayRef<TensorArg> arguments) {
  detail::check_all(from, arguments, checkSameSize);
}
inline void checkAllSameGPU(CheckedFrom from, ArrayRef<TensorArg> arguments) {
  detail::check_all(from, arguments, checkSameGPU);
}

}  // namespace spinel_v1
}  // namespace at
