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

/// A call that no kernel serves is NotImplementedError, all else RuntimeError, as in PyTorch.
ErrorClass class_of(OperatorFailure failure) {
  const bool no_kernel = failure == OperatorFailure::no_kernel || failure == OperatorFailure::no_tensor_arguments;
  return no_kernel ? ErrorClass::not_implemented : ErrorClass::runtime;
}

}  // namespace

std::string_view to_string(ErrorClass error_class) {
  constexpr std::string_view names[] = {"RuntimeError", "IndexError",          "ValueError",
                                        "TypeError",    "NotImplementedError", "OutOfMemoryError",
                                        "SyntaxError",  "AssertionError",      "LinAlgError"};
  static_assert(std::size(names) == static_cast<size_t>(ErrorClass::linear_algebra) + 1);
  return names[static_cast<size_t>(error_class)];
}

void fail_call(ErrorClass error_class, std::string message) {
  const bool refused = error_class == ErrorClass::out_of_memory;
  fail_call(error_class, refused ? ErrorKind::unavailable : ErrorKind::invalid_argument, std::move(message));
}

void fail_call(ErrorClass error_class, ErrorKind kind, std::string message) {
  throw CallError(std::move(message), error_class, kind);
}

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
    : CallError(std::move(message), class_of(failure), kind_of(failure)), failure_(failure) {}

void fail_operator(OperatorFailure failure, std::string message) { throw OperatorError(failure, std::move(message)); }

}  // namespace spinel::registry::inline v1
