// Codes of PyTorch's ScalarType by the names that schemas use.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace spinel::registry::inline v1 {

/// "float32" and "float" are 6; nullopt where there is no such dtype.
std::optional<int64_t> dtype_code(std::string_view name);

}  // namespace spinel::registry::inline v1
