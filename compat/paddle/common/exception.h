// Paddle's checks: PD_CHECK, PD_THROW, PADDLE_ENFORCE_* and the kinds of errors, thrown as libtorch's c10::Error.
#pragma once

#include <c10/util/Exception.h>

#include <cstdarg>
#include <cstdio>
#include <sstream>
#include <string>

namespace paddle::internal {

template <typename... Args>
std::string text_of(const Args&... args) {
  std::ostringstream text;
  (text << ... << args);
  return text.str();
}

/// A message with printf's placeholders, as phi::errors takes it.
class ErrorText {
 public:
  explicit ErrorText(const char* kind) : kind_(kind) {}
  std::string operator()(const std::string& message) const { return kind_ + ("Error: " + message); }
  template <typename... Args>
  std::string operator()(const char* form, const Args&... args) const {
    if constexpr (sizeof...(Args) == 0) {
      return (*this)(std::string(form));
    } else {
      const int size = std::snprintf(nullptr, 0, form, plain(args)...);
      std::string message(size < 0 ? 0 : static_cast<size_t>(size), '\0');
      std::snprintf(message.data(), message.size() + 1, form, plain(args)...);
      return (*this)(message);
    }
  }

 private:
  static const char* plain(const std::string& text) { return text.c_str(); }
  template <typename T>
  static const T& plain(const T& value) {
    return value;
  }
  const char* kind_;
};

}  // namespace paddle::internal

namespace common::errors {
inline const paddle::internal::ErrorText InvalidArgument{"InvalidArgument"}, NotFound{"NotFound"},
    OutOfRange{"OutOfRange"}, AlreadyExists{"AlreadyExists"}, ResourceExhausted{"ResourceExhausted"},
    PreconditionNotMet{"PreconditionNotMet"}, PermissionDenied{"PermissionDenied"},
    ExecutionTimeout{"ExecutionTimeout"}, Unimplemented{"Unimplemented"}, Unavailable{"Unavailable"}, Fatal{"Fatal"},
    External{"External"};
}  // namespace common::errors
namespace phi::errors {
using namespace common::errors;
}
namespace paddle::platform::errors {
using namespace common::errors;
}

#define PD_THROW(...) TORCH_CHECK(false, ::paddle::internal::text_of(__VA_ARGS__))
#define PD_CHECK(condition, ...) \
  TORCH_CHECK(condition, "[" #condition "] does not hold. ", ::paddle::internal::text_of(__VA_ARGS__))

#define PADDLE_THROW(...) TORCH_CHECK(false, __VA_ARGS__)
#define PADDLE_ENFORCE(condition, ...) TORCH_CHECK(condition, __VA_ARGS__)
#define SPINEL_PD_ENFORCE(a, b, comparison, ...) \
  TORCH_CHECK((a)comparison(b), __VA_ARGS__, " [", #a, " " #comparison " ", #b, "] does not hold")
#define PADDLE_ENFORCE_EQ(a, b, ...) SPINEL_PD_ENFORCE(a, b, ==, __VA_ARGS__)
#define PADDLE_ENFORCE_NE(a, b, ...) SPINEL_PD_ENFORCE(a, b, !=, __VA_ARGS__)
#define PADDLE_ENFORCE_GT(a, b, ...) SPINEL_PD_ENFORCE(a, b, >, __VA_ARGS__)
#define PADDLE_ENFORCE_GE(a, b, ...) SPINEL_PD_ENFORCE(a, b, >=, __VA_ARGS__)
#define PADDLE_ENFORCE_LT(a, b, ...) SPINEL_PD_ENFORCE(a, b, <, __VA_ARGS__)
#define PADDLE_ENFORCE_LE(a, b, ...) SPINEL_PD_ENFORCE(a, b, <=, __VA_ARGS__)
#define PADDLE_ENFORCE_NOT_NULL(pointer, ...) TORCH_CHECK((pointer) != nullptr, __VA_ARGS__)
