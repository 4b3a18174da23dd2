// Text from whatever has an output operator, as PyTorch's check macros join their arguments.
#pragma once

#include <sstream>
#include <string>

namespace c10 {
inline namespace spinel_v1 {

template <typename... A>
std::string str(const A&... arguments) {
  if constexpr (sizeof...(A) == 0) {
    return {};
  } else {
    std::ostringstream text;
    (text << ... << arguments);
    return std::move(text).str();
  }
}

}  // namespace spinel_v1
}  // namespace c10
