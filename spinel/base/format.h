// Text formatting with {} placeholders, fmt's notation, without fmt's headers.
// A separate thin layer because libtorch ships headers of another fmt release under the same name, and because fmt's
// headers would be paid for in every source.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

namespace spinel {

/// One argument of format(): any integer, floating number, bool, char or text.
class FormatArgument {
 public:
  template <typename T>
  FormatArgument(const T& value) : value_(convert(value)) {}
  const auto& value() const { return value_; }

 private:
  using Value = std::variant<int64_t, uint64_t, double, bool, char, std::string_view>;
  template <typename T>
  static Value convert(const T& value) {
    if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, char>) {
      return value;
    } else if constexpr (std::is_integral_v<T>) {
      if constexpr (std::is_signed_v<T>) return static_cast<int64_t>(value);
      else return static_cast<uint64_t>(value);
    } else if constexpr (std::is_floating_point_v<T>) {
      return static_cast<double>(value);
    } else {
      return std::string_view(value);
    }
  }
  Value value_;
};

namespace format_internal {
std::string format(std::string_view text, const FormatArgument* arguments, size_t count);

/// A format string whose number of placeholders is checked at compile time.
template <typename... Args>
struct FormatString {
  template <size_t N>
  consteval FormatString(const char (&literal)[N]) : text(literal, N - 1) {
    size_t placeholders = 0;
    for (size_t i = 0; i + 1 < N; ++i) {
      if (literal[i] != '{') continue;
      if (literal[i + 1] == '{') ++i;
      else ++placeholders;
    }
    if (placeholders != sizeof...(Args)) throw "the number of placeholders differs from the number of arguments";
  }
  std::string_view text;
};
}  // namespace format_internal

/// format("{} has {:.3f}", name, x): the replacement fields are fmt's.
template <typename... Args>
std::string format(format_internal::FormatString<std::type_identity_t<Args>...> text, const Args&... args) {
  if constexpr (sizeof...(Args) == 0) {
    return format_internal::format(text.text, nullptr, 0);
  } else {
    const FormatArgument arguments[] = {FormatArgument(args)...};
    return format_internal::format(text.text, arguments, sizeof...(Args));
  }
}

/// The items with `separator` between them: join(tensor.sizes(), ", ").
template <typename Range>
std::string join_text(const Range& items, std::string_view separator) {
  std::string text;
  bool first = true;
  for (const auto& item : items) {
    if (!first) text += separator;
    first = false;
    text += format("{}", item);
  }
  return text;
}

}  // namespace spinel
