// Errors of operators and kernels, with the class that PyTorch, and a host's language, throws for them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "spinel/base/error.h"

namespace spinel::registry::inline v1 {

/// What a host's language makes of an error. The names (to_string) are Python's: "RuntimeError", "IndexError".
enum class ErrorClass : uint8_t {
  runtime,
  index,
  value,
  type,
  not_implemented,
  out_of_memory,
  syntax,
  assertion,
  linear_algebra,
};
std::string_view to_string(ErrorClass error_class);

/// An error of a kernel or of the registry. Hosts catch it and throw their own class with the text unchanged.
class CallError : public Error {
 public:
  explicit CallError(std::string message, ErrorClass error_class = ErrorClass::runtime,
                     ErrorKind kind = ErrorKind::invalid_argument)
      : Error(kind, std::move(message)), class_(error_class) {}
  ErrorClass error_class() const noexcept { return class_; }

  // By the names that handlers of PyTorch's c10::Error use; there is no backtrace.
  std::string msg() const { return what(); }
  const char* what_without_backtrace() const noexcept { return what(); }
  std::string backtrace() const { return {}; }

 private:
  ErrorClass class_;
};

[[noreturn]] void fail_call(ErrorClass error_class, std::string message);
[[noreturn]] void fail_call(ErrorClass error_class, ErrorKind kind, std::string message);

}  // namespace spinel::registry::inline v1
