// Text from whatever has an output operator, as PyTorch's check macros join their arguments.
#pragma once

#include <optional>
#include <sstream>
#include <string>

namespace c10 {
inline namespace spinel_v1 {

namespace detail {
template <typename T>
void write_text(std::ostream& out, const T& value) {
  out << value;
}
template <typename T>
void write_text(std::ostream& out, const std::optional<T>& value) {
  if (value) write_text(out, *value);
  else out << "nullopt";
}
}  // namespace detail

template <typename... A>
std::string str(const A&... arguments) {
  if constexpr (sizeof...(A) == 0) {
    return {};
  } else {
    std::ostringstream text;
    (detail::write_text(text, arguments), ...);
    return std::move(text).str();
  }
}

}  // namespace spinel_v1
}  // namespace c10
