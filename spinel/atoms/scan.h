// Numbers and words out of text, without locale and without allocation.
#pragma once

#include <charconv>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace spinel::scan {

inline bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f' || c == '\n'; }

inline std::string_view trim(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// The next word from `at` on, which moves behind it; empty at the end.
inline std::string_view next_word(const char*& at, const char* end) {
  while (at < end && is_blank(*at)) ++at;
  const char* begin = at;
  while (at < end && !is_blank(*at)) ++at;
  return {begin, static_cast<size_t>(at - begin)};
}

/// The whole word as a number: decimal, with Fortran's D exponents, nan, inf, a leading '+'. A number too large for a
/// double is infinite, one too small 0, as strtod has it.
bool parse_real(std::string_view word, double& value);

inline bool parse_integer(std::string_view word, int64_t& value) {
  if (!word.empty() && word.front() == '+') word.remove_prefix(1);
  if (word.empty() || word.front() == '+') return false;
  const auto result = std::from_chars(word.data(), word.data() + word.size(), value);
  return result.ec == std::errc() && result.ptr == word.data() + word.size();
}

/// T, F, true, false, True, False, TRUE, FALSE.
bool parse_boolean(std::string_view word, bool& value);

}  // namespace spinel::scan
