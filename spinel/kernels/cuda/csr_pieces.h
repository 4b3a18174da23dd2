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

/// A list of indices. Their type is looked up at each access, which is the same for all threads and next to nothing
/// beside the memory's latency: with a template for it nvcc would take twice as long.
struct Indices {
  const void* data;
  bool is_short;  ///< int32, else int64
  __device__ int64_t operator[](int64_t i) const {
    return is_short ? static_cast<const int32_t*>(data)[i] : static_cast<const int64_t*>(data)[i];
  }
};

/// An operand with the type of its elements; `col` may be null: the entry's own number.
template <typename S>
struct Matrix {
  int64_t rows, columns, entries;
  Indices rowptr, col, entry, counts;
  const S* value;
  CsrNames names;
  Fault* fault;

  Matrix(const CsrOperand& a, Fault* fault)
      : rows(a.rows),
        columns(a.columns),
        entries(a.entries),
        rowptr{a.rowptr, a.index == Dtype::i32},
        col{a.col, a.index == Dtype::i32},
        entry{a.entry, a.index == Dtype::i32},
        counts{a.counts, a.index == Dtype::i32},
        value(static_cast<const S*>(a.value)),
        names(a.names),
        fault(fault) {}

  /// The column of the t-th entry, −1 where there is none, and its weight.
  template <typename N>
  __device__ int64_t read(int64_t t, N& weight) const {
    const int64_t e = entry.data ? entry[t] : t;
    if (e < 0 || e >= entries) {
      report(fault, FaultKind::entry, t, e, entries, 0, &names);
      return -1;
    }
    const int64_t column = col.data ? col[e] : e;
    if (column < 0 || column >= columns) {
      report(fault, FaultKind::column, e, column, columns, 0, &names);
      return -1;
    }
    weight = value ? load(value + e) : N(1);
    if (counts.data) {
      const int64_t count = counts[column + 1] - counts[column];
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

/// Queues the cuts of a matrix. So many pieces that the device is filled and a row's parts are few; their number is a
/// function of the matrix's size alone, so that results are the same on every device. A rowptr that falls or does not
/// go from 0 to the number of entries is noted in `fault`.
Pieces make_pieces(const char* op, const CsrOperand& a, Fault* fault, Workspace& workspace);

/// The part of a row that lies in a piece.
struct RowPart {
  int64_t from, to;
  bool goes_on;  ///< it began in an earlier piece
  bool ends;     ///< no later piece has any of it
  __device__ bool is_whole() const { return !goes_on && ends; }
};

__device__ inline RowPart part_of(const Indices& rowptr, int64_t row, Cut begin, Cut end) {
  const int64_t first = rowptr[row], last = rowptr[row + 1];
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
