// Checks that text is well-formed UTF-8.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace spinel {

/// Position of the first byte that begins no well-formed UTF-8 sequence (overlong forms, surrogates and code points
/// above U+10FFFF are ill-formed; Unicode 15, table 3-7), or npos.
size_t find_invalid_utf8(std::string_view text);

/// The text with each ill-formed byte replaced by U+FFFD: for messages and JSON that show what a user gave.
std::string to_valid_utf8(std::string_view text);

}  // namespace spinel
