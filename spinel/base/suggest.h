// Names in messages: the nearest known one to what a user typed, and the first few of many.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace spinel {

/// The entry of `known` nearest to `name` in edit distance (case-insensitive), or "" if none is near.
std::string nearest_name(std::string_view name, const std::vector<std::string>& known);

/// "; did you mean 'X'?" or, if nothing is near, "; known: A, B, C" (at most 12 names).
std::string suggestion(std::string_view name, const std::vector<std::string>& known);

/// "a, b, c, d, e and 3 more": at most five of the names.
std::string first_few(const std::vector<std::string>& names);

}  // namespace spinel
