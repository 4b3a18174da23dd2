// Sparse matrices as CUDA kernels see them, and their entries cut into pieces of equal work.
#pragma once

#include <cmath>
#include <cstdint>
#include <type_traits>

#include "spinel/kernels/cpu/spmm.h"
#include "spinel/kernels/cpu/spmm_element.h"
#include "spinel/kernels/cuda/fault.h"

namespace spinel::kernels::cuda {

/// What elements are summed and compared in: float for 16-bit floats, int64 for integers.
template <typename S>
using WideNumber = std::conditional_t<std::is_integral_v<S>, int64_t, ElementNumber<S>>;

template <typename S>
__device__ WideNumber<S> load(const S* from) {
  return static_cast<WideNumber<S>>(get_element(from));
}
template <typename S>
__device__ void store(S* to, WideNumber<S> number) {
  put_element(to, static_cast<ElementNumber<S>>(number));
}

/// What stands for a number that an index out of range belongs to; integers have none.
template <typename N>
__device__ N invalid_number() {
  if constexpr (std::is_floating_point_v<N>) return N(NAN);
  else return 0;
}

/// An operand with its types; `col` may be null: the entry's own number.
template <typename S, typename Index>
struct Matrix {
  int64_t rows, columns, entries;
  const Index *rowptr, *col, *entry, *counts;
  const S* value;
  CsrNames names;
  Fault* fault;

  Matrix(const CsrOperand& a, Fault* fault)
      : rows(a.rows),
        columns(a.columns),
        entries(a.entries),
        rowptr(static_cast<const Index*>(a.rowptr)),
        col(static_cast<const Index*>(a.col)),
        entry(static_cast<const Index*>(a.entry)),
        counts(static_cast<const Index*>(a.counts)),
        value(static_cast<const S*>(a.value)),
        names(a.names),
        fault(fault) {}

  /// The column of the t-th entry, −1 where there is none, and its weight.
  template <typename N>
  __device__ int64_t read(int64_t t, N& weight) const {
    const int64_t e = entry ? static_cast<int64_t>(entry[t]) : t;
    if (e < 0 || e >= entries) {
      report(fault, FaultKind::entry, t, e, entries, 0, &names);
      return -1;
    }
    const int64_t column = col ? static_cast<int64_t>(col[e]) : e;
    if (column < 0 || column >= columns) {
      report(fault, FaultKind::column, e, column, columns, 0, &names);
      return -1;
    }
    weight = value ? load(value + e) : N(1);
    if (counts) {
      const int64_t count = static_cast<int64_t>(counts[column + 1]) - static_cast<int64_t>(counts[column]);
      weight /= static_cast<N>(count > 0 ? count : 1);
    }
    return column;
  }
};

/// A place in the matrix: `row` rows and `entry` entries lie before it.
struct Cut {
  int64_t row, entry;
};

/// The pieces of a matrix: piece p goes from cuts[p] to cuts[p + 1] and has as many rows and entries together as the
/// others (merge path). A row may be shared by several.
struct Pieces {
  int64_t count;
  const Cut* cuts;
};

/// So many that the device is filled and a row's parts are few; a function of the matrix's size alone, so that results
/// are the same on every device.
inline int64_t count_pieces(int64_t rows, int64_t entries) {
  return std::clamp<int64_t>((rows + entries) / 256, 1, 16384);
}

/// Writes cuts [count + 1], and reports a rowptr that falls or does not go from 0 to the number of entries.
template <typename Index>
__global__ void __launch_bounds__(kThreads) cut_pieces(const Index* rowptr, int64_t rows, int64_t entries,
                                                       int64_t count, Cut* cuts, CsrNames names, Fault* fault) {
  for (int64_t r = first_item(); r < rows; r += item_step()) {
    const auto from = static_cast<int64_t>(rowptr[r]), to = static_cast<int64_t>(rowptr[r + 1]);
    const bool is_end = (r == 0 && from != 0) || (r == rows - 1 && to != entries);
    if (from < 0 || to < from || to > entries || is_end) report(fault, FaultKind::row, r, from, to, entries, &names);
  }
  const int64_t each = (rows + entries + count - 1) / count;
  for (int64_t p = first_item(); p <= count; p += item_step()) {
    const int64_t before = p * each < rows + entries ? p * each : rows + entries;
    // The rows that end among the first `before` rows and entries.
    int64_t low = before > entries ? before - entries : 0, high = before < rows ? before : rows;
    while (low < high) {
      const int64_t r = low + (high - low) / 2;
      if (static_cast<int64_t>(rowptr[r + 1]) <= before - 1 - r) low = r + 1;
      else high = r;
    }
    cuts[p] = {low, before - low};
  }
}

template <typename Index>
Pieces make_pieces(const char* op, const CsrOperand& a, Fault* fault, Workspace& workspace) {
  const int64_t count = count_pieces(a.rows, a.entries);
  Cut* const cuts = workspace.array<Cut>(count + 1);
  launch(op, workspace, grid_of(std::max(a.rows, count + 1), kThreads), cut_pieces<Index>,
         static_cast<const Index*>(a.rowptr), a.rows, a.entries, count, cuts, a.names, fault);
  return {count, cuts};
}

/// The part of a row that lies in a piece.
struct RowPart {
  int64_t from, to;
  bool goes_on;  ///< it began in an earlier piece
  bool ends;     ///< no later piece has any of it
  __device__ bool is_whole() const { return !goes_on && ends; }
};

template <typename Index>
__device__ RowPart part_of(const Index* rowptr, int64_t row, Cut begin, Cut end) {
  const auto first = static_cast<int64_t>(rowptr[row]), last = static_cast<int64_t>(rowptr[row + 1]);
  RowPart part{first > begin.entry ? first : begin.entry, last < end.entry ? last : end.entry,
               row == begin.row && first < begin.entry, row < end.row};
  // Where rowptr falls the parts may be anything, but none leads out of the piece.
  if (part.from > end.entry) part.from = end.entry;
  if (part.to < part.from) part.to = part.from;
  return part;
}

/// The lanes of a warp: `width` of them along the features, kWarp / width groups along the entries.
struct Lanes {
  int width, feature, group, groups;
  __device__ explicit Lanes(int64_t features) : width(kWarp) {
    while (width > 1 && width / 2 >= features) width /= 2;
    const int lane = static_cast<int>(threadIdx.x) % kWarp;
    feature = lane % width;
    group = lane / width;
    groups = kWarp / width;
  }
};

/// Calls function(S{}) with the stored type, of products and of the narrow integers that segments have too.
template <typename F>
void by_row_element(Dtype dtype, F&& function) {
  switch (dtype) {
    case Dtype::u8: return function(uint8_t{});
    case Dtype::i8: return function(int8_t{});
    case Dtype::i16: return function(int16_t{});
    default: return by_element(dtype, function);
  }
}

}  // namespace spinel::kernels::cuda
