// Checks of the indices of compressed sparse rows, int32 or int64, and what their errors say.
#pragma once

#include <cstdint>
#include <vector>

#include "spinel/base/parallel.h"
#include "spinel/base/safetensors.h"

namespace spinel::kernels {

/// What messages call the operator, its two arrays, and what the indices count.
struct CsrNames {
  const char* op = "graph";
  const char* pointers = "rowptr";
  const char* indices = "col";
  const char* counted = "nodes";
};

/// Half-open range of entries.
struct CsrRow {
  int64_t begin = 0, end = 0;
  int64_t size() const { return end - begin; }
};

/// What functions that find unsound numbers return where all is sound; else the position of one that is not.
constexpr int64_t all_sound = -1;
/// The first such position of pieces, which are in order.
int64_t first_unsound(const std::vector<int64_t>& pieces);

/// Calls function(Index{}) with the type of indices, i32 or i64.
template <typename Function>
decltype(auto) by_index(Dtype index, Function&& function) {
  if (index == Dtype::i32) return function(int32_t{});
  return function(int64_t{});
}

/// invalid_argument: the pointers give a row entries that are not among all `entries`, or begin after their end.
[[noreturn]] void fail_row(const CsrNames& names, int64_t row, CsrRow found, int64_t entries);
/// invalid_argument: list[place] is outside [0, limit), the number of `counted`.
[[noreturn]] void fail_index(const char* op, const char* list, int64_t place, int64_t found, int64_t limit,
                             const char* counted);
[[noreturn]] void fail_column(const CsrNames& names, int64_t place, int64_t found, int64_t columns);
/// invalid_argument: a list gets so many numbers that the index type cannot count them.
[[noreturn]] void fail_count(const char* op, int64_t count, int bits);

/// The first position in list [n] whose number is outside [0, limit), or all_sound.
template <typename Index>
int64_t first_outside(int64_t n, const Index* list, int64_t limit, const ParallelFor& parallel);

/// The first and the last pointer must be 0 and the number of entries: invalid_argument.
void check_ends(const CsrNames& names, int64_t first, int64_t last, int64_t entries);

/// All pointers [rows + 1] must rise from 0 to the number of entries: invalid_argument.
template <typename Index>
void check_pointers(const CsrNames& names, int64_t rows, const Index* pointers, int64_t entries,
                    const ParallelFor& parallel);

/// Counts of rows in pointers[1], … [rows + 1] become pointers. More than Index counts: invalid_argument. The total.
template <typename Index>
int64_t accumulate_counts(const char* op, int64_t rows, Index* pointers);

}  // namespace spinel::kernels
