// PyTorch's old name of the standard library's string_view.
#pragma once

#include <string_view>

namespace c10 {
inline namespace spinel_v1 {
using string_view = std::string_view;
template <typename C>
using basic_string_view = std::basic_string_view<C>;
}  // namespace spinel_v1
}  // namespace c10
