// What is selected so far of the rows of a sparse product that go on elsewhere, and the functions that select.
#pragma once

#include <cstdint>
#include <type_traits>

#include "spinel/kernels/cpu/spmm_select.h"

namespace spinel::kernels {

/// Positions in a row, as wide as the numbers so that vectors of both have equally many lanes.
template <typename N>
using Position = std::conditional_t<sizeof(N) == 8, int64_t, int32_t>;

/// What is selected so far of rows that go on elsewhere: [width] products and [width] positions in the row.
template <typename N>
struct Selection {
  N* best = nullptr;
  Position<N>* at = nullptr;
  explicit operator bool() const { return best != nullptr; }
};
template <typename N>
Selection<N> selection_at(void* memory, int64_t index, int64_t width) {
  char* base = static_cast<char*>(memory) + index * width * int64_t{2 * sizeof(N)};
  return {reinterpret_cast<N*>(base), reinterpret_cast<Position<N>*>(base + width * int64_t{sizeof(N)})};
}

/// Whether x takes the place of `best`: a NaN does, and what it has become stays.
template <typename N>
bool takes_place(N x, N best, bool largest) {
  if (x != x) return best == best;
  return largest ? x > best : x < best;
}

/// `scratch` holds the selections of a piece's rows that are shared or go on: see visit_blocks.
using SelectPieceFunction = void (*)(const SpmmSelectCall&, const SpmmPiece&, void* scratch);

/// For calls of width 1.
SelectPieceFunction spmv_select_function(Dtype dtype, Dtype index);

}  // namespace spinel::kernels
