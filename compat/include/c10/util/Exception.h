// PyTorch's error classes and check macros; a host throws its language's class for each.
#pragma once

#include <cstdint>
#include <iostream>
#include <string>
#include <utility>

#include "c10/macros/Macros.h"
#include "c10/util/StringUtil.h"
#include "spinel/registry/call_error.h"

namespace c10 {
inline namespace spinel_v1 {

/// Where an error was raised.
struct SourceLocation {
  const char* function = "";
  const char* file = "";
  uint32_t line = 0;
};

/// The base of what kernels throw, and of what the registry throws about calls and registrations.
using Error = ::spinel::registry::CallError;
using ErrorClass = ::spinel::registry::ErrorClass;

template <ErrorClass Class>
class ErrorOf : public ::spinel::registry::CallError {
 public:
  explicit ErrorOf(std::string message) : CallError(std::move(message), Class) {}
  ErrorOf(SourceLocation, std::string message) : ErrorOf(std::move(message)) {}
};
using IndexError = ErrorOf<ErrorClass::index>;
using ValueError = ErrorOf<ErrorClass::value>;
using TypeError = ErrorOf<ErrorClass::type>;
using NotImplementedError = ErrorOf<ErrorClass::not_implemented>;
using OutOfMemoryError = ErrorOf<ErrorClass::out_of_memory>;
using SyntaxError = ErrorOf<ErrorClass::syntax>;
using AssertionError = ErrorOf<ErrorClass::assertion>;
using LinAlgError = ErrorOf<ErrorClass::linear_algebra>;

namespace detail {

/// The text of a check that failed: what the author says, or the condition itself.
template <typename... A>
std::string check_message(const char* otherwise, const A&... arguments) {
  if constexpr (sizeof...(A) == 0) return otherwise;
  else return str(arguments...);
}

[[noreturn]] inline void fail_assertion(const char* condition, const char* file, uint32_t line, std::string more) {
  throw Error(str(condition, " INTERNAL ASSERT FAILED at \"", file, "\":", line,
                  ", please report a bug to the library that defines the operator. ", more),
              ErrorClass::runtime, ::spinel::ErrorKind::internal);
}

/// Collects what is streamed behind TORCH_CHECK_EQ and its kin, and throws at the end of the statement.
class FailingStream {
 public:
  template <typename A, typename B>
  FailingStream(const char* condition, const A& a, const B& b) {
    text_ << "Check failed: " << condition << " (" << a << " vs. " << b << "). ";
  }
  explicit FailingStream(const char* condition) { text_ << "Check failed: " << condition << " "; }
  FailingStream(const FailingStream&) = delete;
  ~FailingStream() noexcept(false) { throw Error(std::move(text_).str()); }
  std::ostream& stream() { return text_; }

 private:
  std::ostringstream text_;
};
/// Gives both branches of the macro's conditional the type void.
struct Voidify {
  void operator&(std::ostream&) const {}
};

}  // namespace detail

/// Warnings go to standard error, once for a place with TORCH_WARN_ONCE.
inline void warn(const SourceLocation& where, const std::string& message) {
  std::cerr << "Warning: " << message << " (" << where.function << " at " << where.file << ":" << where.line << ")\n";
}

}  // namespace spinel_v1
}  // namespace c10

// As PyTorch's, these are statements that a semicolon need not follow.
#define SPINEL_COMPAT_CHECK(condition, error, ...)                                                                  \
  if (C10_UNLIKELY(!(condition))) {                                                                                 \
    throw error(::c10::detail::check_message("Expected " #condition " to be true, but got false.", ##__VA_ARGS__)); \
  }

#define TORCH_CHECK_WITH(error_t, condition, ...) SPINEL_COMPAT_CHECK(condition, ::c10::error_t, ##__VA_ARGS__)
#define TORCH_CHECK_WITH_MSG(error_t, condition, type, ...) \
  SPINEL_COMPAT_CHECK(condition, ::c10::error_t, ##__VA_ARGS__)
#define TORCH_CHECK(condition, ...) TORCH_CHECK_WITH(Error, condition, ##__VA_ARGS__)
#define TORCH_CHECK_INDEX(condition, ...) TORCH_CHECK_WITH(IndexError, condition, ##__VA_ARGS__)
#define TORCH_CHECK_VALUE(condition, ...) TORCH_CHECK_WITH(ValueError, condition, ##__VA_ARGS__)
#define TORCH_CHECK_TYPE(condition, ...) TORCH_CHECK_WITH(TypeError, condition, ##__VA_ARGS__)
#define TORCH_CHECK_LINALG(condition, ...) TORCH_CHECK_WITH(LinAlgError, condition, ##__VA_ARGS__)
#define TORCH_CHECK_NOT_IMPLEMENTED(condition, ...) TORCH_CHECK_WITH(NotImplementedError, condition, ##__VA_ARGS__)
#define TORCH_CHECK_ALWAYS_SHOW_CPP_STACKTRACE(condition, ...) TORCH_CHECK(condition, ##__VA_ARGS__)
#define TORCH_CHECK_ARG(condition, number, ...) TORCH_CHECK(condition, "invalid argument ", number, ": ", __VA_ARGS__)
#if defined(__CUDACC__) || defined(__HIPCC__)
#define TORCH_CHECK_IF_NOT_ON_CUDA(condition, ...)
#else
#define TORCH_CHECK_IF_NOT_ON_CUDA(condition, ...) TORCH_CHECK(condition, ##__VA_ARGS__)
#endif

#define TORCH_INTERNAL_ASSERT(condition, ...)                                            \
  if (C10_UNLIKELY(!(condition))) {                                                      \
    ::c10::detail::fail_assertion(#condition, __FILE__, static_cast<uint32_t>(__LINE__), \
                                  ::c10::detail::check_message("", ##__VA_ARGS__));      \
  }
#ifdef NDEBUG
#define TORCH_INTERNAL_ASSERT_DEBUG_ONLY(...) \
  while (false) TORCH_INTERNAL_ASSERT(__VA_ARGS__)
#else
#define TORCH_INTERNAL_ASSERT_DEBUG_ONLY(...) TORCH_INTERNAL_ASSERT(__VA_ARGS__)
#endif

#define C10_THROW_ERROR(error_t, message) throw ::c10::error_t(message)
#define AT_ERROR(...) throw ::c10::Error(::c10::str(__VA_ARGS__))
#define AT_ASSERT(...) TORCH_INTERNAL_ASSERT(__VA_ARGS__)
#define AT_ASSERTM(condition, ...) TORCH_INTERNAL_ASSERT(condition, ##__VA_ARGS__)
#define AT_INDEX_ERROR(...) throw ::c10::IndexError(::c10::str(__VA_ARGS__))

#define TORCH_CHECK_OP(a, b, op) \
  C10_LIKELY((a)op(b)) ? (void)0 \
                       : ::c10::detail::Voidify() & ::c10::detail::FailingStream(#a " " #op " " #b, (a), (b)).stream()
#define TORCH_CHECK_EQ(a, b) TORCH_CHECK_OP(a, b, ==)
#define TORCH_CHECK_NE(a, b) TORCH_CHECK_OP(a, b, !=)
#define TORCH_CHECK_LE(a, b) TORCH_CHECK_OP(a, b, <=)
#define TORCH_CHECK_LT(a, b) TORCH_CHECK_OP(a, b, <)
#define TORCH_CHECK_GE(a, b) TORCH_CHECK_OP(a, b, >=)
#define TORCH_CHECK_GT(a, b) TORCH_CHECK_OP(a, b, >)
#define TORCH_CHECK_NOTNULL(pointer)                                                           \
  ([&](auto&& spinel_pointer) -> decltype(auto) {                                              \
    TORCH_CHECK(spinel_pointer != nullptr, "Check failed: '" #pointer "' must be non NULL. "); \
    return std::forward<decltype(spinel_pointer)>(spinel_pointer);                             \
  }(pointer))

#define TORCH_WARN(...) ::c10::warn({__func__, __FILE__, static_cast<uint32_t>(__LINE__)}, ::c10::str(__VA_ARGS__))
#define TORCH_WARN_DEPRECATION(...) TORCH_WARN(__VA_ARGS__)
#define TORCH_WARN_ONCE(...)                                                            \
  do {                                                                                  \
    [[maybe_unused]] static const bool spinel_warned = (TORCH_WARN(__VA_ARGS__), true); \
  } while (false)
#define AT_WARN(...) TORCH_WARN(__VA_ARGS__)
