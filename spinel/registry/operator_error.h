// What can go wrong in defining and calling operators: an Error that also says which of PyTorch's failures it is.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "spinel/registry/call_error.h"

namespace spinel::registry::inline v1 {

/// The kinds of failure. Their names (to_string) are those of the golden cases: `too_many_positional`.
enum class OperatorFailure : uint8_t {
  // of binding
  too_many_positional,  ///< a value by position for a keyword-only argument
  too_many_arguments,
  missing,
  unknown_kwarg,
  duplicate,  ///< by position and by keyword
  type,
  value,
  no_match,  ///< of several overloads none takes the arguments
  // of calling
  no_schema,  ///< nobody defines the operator
  no_kernel,
  no_tensor_arguments,
  ambiguous_autogradother,
  fallthrough_executed,
  signature,  ///< a typed call with another C++ signature than that of the kernels
  // of registering
  duplicate_library,
  duplicate_def,
  duplicate_fallback,
  duplicate_class,
  def_in_impl,
  bad_fallback,
  key_mismatch,
  unknown_key,
  wildcard_namespace,
  wrong_namespace,
  parse,
  schema_mismatch,  ///< between a kernel's C++ signature and the schema
  kernel_mismatch,  ///< between the C++ signatures of two kernels
  bad_class,
  unknown_class,
  unknown_attribute,
  // of loading
  load,
};

std::string_view to_string(OperatorFailure failure);

/// Its text is in PyTorch's words, so that what users know to search for is found.
class OperatorError : public CallError {
 public:
  OperatorError(OperatorFailure failure, std::string message);
  OperatorFailure failure() const noexcept { return failure_; }

 private:
  OperatorFailure failure_;
};

/// Throws it.
[[noreturn]] void fail_operator(OperatorFailure failure, std::string message);

}  // namespace spinel::registry::inline v1
