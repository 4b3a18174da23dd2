#include "spinel/registry/operator_error.h"

namespace spinel::registry::inline v1 {
namespace {

ErrorKind kind_of(OperatorFailure failure) {
  switch (failure) {
    case OperatorFailure::no_schema:
    case OperatorFailure::unknown_key:
    case OperatorFailure::unknown_class:
    case OperatorFailure::unknown_attribute: return ErrorKind::not_found;
    case OperatorFailure::load: return ErrorKind::unavailable;
    default: return ErrorKind::invalid_argument;
  }
}

}  // namespace

std::string_view to_string(OperatorFailure failure) {
  constexpr std::string_view names[] = {"too_many_positional",
                                        "too_many_arguments",
                                        "missing",
                                        "unknown_kwarg",
                                        "duplicate",
                                        "type",
                                        "value",
                                        "no_match",
                                        "no_schema",
                                        "no_kernel",
                                        "no_tensor_arguments",
                                        "ambiguous_autogradother",
                                        "fallthrough_executed",
                                        "signature",
                                        "duplicate_library",
                                        "duplicate_def",
                                        "duplicate_fallback",
                                        "duplicate_class",
                                        "def_in_impl",
                                        "bad_fallback",
                                        "key_mismatch",
                                        "unknown_key",
                                        "wildcard_namespace",
                                        "wrong_namespace",
                                        "parse",
                                        "schema_mismatch",
                                        "kernel_mismatch",
                                        "bad_class",
                                        "unknown_class",
                                        "unknown_attribute",
                                        "load"};
  static_assert(std::size(names) == static_cast<size_t>(OperatorFailure::load) + 1);
  return names[static_cast<size_t>(failure)];
}

OperatorError::OperatorError(OperatorFailure failure, std::string message)
    : Error(kind_of(failure), std::move(message)), failure_(failure) {}

void fail_operator(OperatorFailure failure, std::string message) { throw OperatorError(failure, std::move(message)); }

}  // namespace spinel::registry::inline v1
