// Matches the rows of results with stored rows, as multisets: neighbour lists, sites and edges have no order.
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <string>
#include <vector>

#include "spinel/cli/check/comparison.h"

namespace spinel::check {

/// One output that takes part: row i of all members is joined to one row.
struct RowMember {
  std::string name;
  at::Tensor result, stored;  ///< undefined: the rows are the items of the two lists
  Config result_items, stored_items;
  int64_t axis = 0;         ///< along which rows are counted
  bool modulo_one = false;  ///< floats modulo 1: fractional coordinates
};

/// Rows whose column `column` (counted over the joined row's first member) is below `below` in absolute value may be
/// missing or surplus.
struct OptionalRows {
  int64_t column = 0;
  double below = 0;
};

struct RowMatch {
  Comparison comparison;
  std::vector<int64_t> stored_of_result;  ///< [result rows]; -1: a surplus optional row
};

/// Each result row takes the first unused stored row that agrees: integers exactly, floats within tolerance.
RowMatch match_rows(const std::vector<RowMember>& members, Tolerance tolerance,
                    const std::optional<OptionalRows>& optional = {});

}  // namespace spinel::check
