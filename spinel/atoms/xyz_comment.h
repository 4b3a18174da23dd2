// The comment line of extended XYZ: key=value pairs into frame properties and back, by ASE's rules.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "spinel/atoms/frame.h"

namespace spinel::xyz {

/// One pair as it stands in the line, quotes and escapes resolved.
struct RawPair {
  std::string key;
  std::string value;
  bool has_value = false;  ///< false: a bare key
  size_t column = 0;       ///< of the key, from 1
};

/// Cuts a line into pairs. Quotes "", '', {}, [] protect blanks, '=' and each other; a backslash protects the next
/// character; a value with nested brackets ([[1, 2], [3, 4]]) is kept as it is. An open quote: `corrupt` with `where`.
std::vector<RawPair> split_comment(std::string_view line, std::string_view where);

/// A value by the conversions of XyzReader. A _JSON value that is no JSON: `corrupt` with `where`.
FrameProperty parse_value(std::string_view value, std::string_view where);

/// "uid" in any case: its value stays text, whatever it looks like.
bool is_uid(std::string_view key);

/// Numbers of a value for Lattice, stress, virial; fewer or other things: `corrupt` that names key and count.
std::vector<double> parse_numbers(const RawPair& pair, std::string_view where);

/// Appends ` key=value`, such that parse_value gives the property back.
void append_pair(std::string& line, std::string_view key, const FrameProperty& property);

/// The shortest decimal that reads back as `value`, always recognisable as a real: 1.0, 1e-05, nan.
void append_real(std::string& text, double value);

}  // namespace spinel::xyz
