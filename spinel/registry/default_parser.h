// Reads default values of schemas; which literals are taken depends on the type of the argument.
#pragma once

#include <optional>

#include "spinel/registry/constant.h"
#include "spinel/registry/lexer.h"

namespace spinel::registry::inline v1 {

/// The default of an argument of type `type` (as spelt) and, for T[N], size N. As in the reference the value is hardly
/// checked against the type: `int k="1"` is the string.
Constant parse_default(Lexer& lexer, const Type& type, std::optional<int32_t> size);

/// The number at `token` as an integer, which is read up to the first byte that is no digit: 2.5 is 2, 0x10 is 0.
int64_t parse_integer(const Lexer& lexer, const Token& token, bool negative);

}  // namespace spinel::registry::inline v1
