// PyTorch's old names of the standard library's optional.
#pragma once

#include <optional>

namespace c10 {
inline namespace spinel_v1 {
using std::bad_optional_access;
using std::make_optional;
using std::nullopt;
using std::nullopt_t;
using std::optional;
}  // namespace spinel_v1
}  // namespace c10
