// The one exception type of the project, and the functions that throw it.
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include "spinel/base/format.h"

namespace spinel {

/// What kind of failure an Error is; decides exit status and HTTP status.
enum class ErrorKind {
  invalid_argument,  ///< the user asked for something that cannot be (exit 2)
  not_found,         ///< a file, key or name does not exist (exit 2)
  corrupt,           ///< a file does not hold what its format demands (exit 2)
  unavailable,       ///< the system refused: no space, no permission, no memory (exit 1)
  cancelled,         ///< stopped on request (exit 1)
  internal,          ///< a defect of ours (exit 1)
};

std::string_view to_string(ErrorKind kind);

/// A failure with its kind. The message has the form
/// `<what the user named>: <what is wrong, with the values>; <what would be right>`,
/// for instance `GATConv: edge_attr has 5 rows but edge_index has 7 edges`.
class Error : public std::exception {
 public:
  Error(ErrorKind kind, std::string message) : kind_(kind), message_(std::move(message)) {}
  ErrorKind kind() const noexcept { return kind_; }
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  ErrorKind kind_;
  std::string message_;
};

/// Throws an Error whose message is made by format().
template <typename... Args>
[[noreturn]] void fail(ErrorKind kind, format_internal::FormatString<std::type_identity_t<Args>...> text,
                       const Args&... args) {
  throw Error(kind, format<Args...>(text, args...));
}

/// Throws invalid_argument unless `condition` holds. The arguments are evaluated in any case.
template <typename... Args>
void require(bool condition, format_internal::FormatString<std::type_identity_t<Args>...> text, const Args&... args) {
  if (!condition) throw Error(ErrorKind::invalid_argument, format<Args...>(text, args...));
}

}  // namespace spinel
