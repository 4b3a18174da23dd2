// Orders in which values of a sparse matrix are given, and the names of reductions.
#pragma once

#include <string_view>

namespace spinel::sparse {

/// Order of entries: by row (coo, csr) or by column (csc).
enum class Layout { coo, csr, csc };
/// "coo", "csr", "csc"; another: invalid_argument.
Layout parse_layout(std::string_view name);

enum class Reduce { sum, mean, min, max };
/// "sum" or "add", "mean", "min", "max"; another: invalid_argument.
Reduce parse_reduce(std::string_view name);

}  // namespace spinel::sparse
