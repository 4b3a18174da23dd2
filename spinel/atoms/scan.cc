#include "spinel/atoms/scan.h"

#include <algorithm>
#include <limits>

namespace spinel::scan {

namespace {

constexpr size_t kLongestWord = 512;

// from_chars says only "out of range"; which end it is follows from the position of the first digit and the exponent.
double saturate(std::string_view word) {
  const bool negative = word.front() == '-';
  if (negative) word.remove_prefix(1);
  int64_t exponent = 0;
  const size_t mark = word.find_first_of("eE");
  if (mark != std::string_view::npos) {
    std::string_view digits = word.substr(mark + 1);
    if (!digits.empty() && digits.front() == '+') digits.remove_prefix(1);
    if (std::from_chars(digits.data(), digits.data() + digits.size(), exponent).ec == std::errc::result_out_of_range) {
      exponent = digits.front() == '-' ? -1'000'000 : 1'000'000;
    }
  }
  // So that the position of the first digit can be added: it is far below this, and any double's exponent too.
  exponent = std::clamp<int64_t>(exponent, -(int64_t{1} << 60), int64_t{1} << 60);
  const std::string_view mantissa = word.substr(0, mark);
  const size_t point = std::min(mantissa.find('.'), mantissa.size());
  const size_t first = mantissa.find_first_not_of("0.");
  if (first != std::string_view::npos) {
    exponent += static_cast<int64_t>(point) - static_cast<int64_t>(first) - (first < point ? 1 : 0);
  }
  const double value = exponent > 0 ? std::numeric_limits<double>::infinity() : 0.0;
  return negative ? -value : value;
}

}  // namespace

bool parse_real(std::string_view word, double& value) {
  if (!word.empty() && word.front() == '+') {
    word.remove_prefix(1);
    if (!word.empty() && (word.front() == '-' || word.front() == '+')) return false;
  }
  if (word.empty()) return false;
  const char* end = word.data() + word.size();
  auto result = std::from_chars(word.data(), end, value);
  if (result.ec == std::errc() && result.ptr == end) return true;
  if (result.ec == std::errc::result_out_of_range && result.ptr == end) {
    value = saturate(word);
    return true;
  }
  if (word.size() > kLongestWord) return false;
  const size_t mark = word.find_first_of("dD");
  if (mark == std::string_view::npos || mark == 0 || word.find_first_of("nN") != std::string_view::npos) return false;
  char copy[kLongestWord];
  std::copy(word.begin(), word.end(), copy);
  copy[mark] = 'e';
  const std::string_view plain(copy, word.size());
  result = std::from_chars(plain.data(), plain.data() + plain.size(), value);
  if (result.ptr != plain.data() + plain.size()) return false;
  if (result.ec == std::errc::result_out_of_range) value = saturate(plain);
  return result.ec == std::errc() || result.ec == std::errc::result_out_of_range;
}

bool parse_boolean(std::string_view word, bool& value) {
  value = word == "T" || word == "true" || word == "True" || word == "TRUE";
  return value || word == "F" || word == "false" || word == "False" || word == "FALSE";
}

}  // namespace spinel::scan
