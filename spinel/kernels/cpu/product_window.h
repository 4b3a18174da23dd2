// Where a row of a sparse product is summed: a number for every column of a window, and bits of those in use.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace spinel::kernels {

/// The memory of a window, all 0 between rows. Bits are marked by reading and writing whole words: bytes, which need no
/// reading, make the search wait for stores that it cannot be served from.
template <typename Number>
struct ProductWindow {
  std::vector<Number> sums;      ///< [columns]
  std::vector<uint64_t> bits;    ///< [columns / 64] a bit for each column in use
  std::vector<uint64_t> groups;  ///< [columns / 4096] a bit for each word of `bits` in use

  /// Makes room for that many columns.
  void reserve(int64_t columns) {
    if (static_cast<int64_t>(sums.size()) >= columns) return;
    const size_t size = std::bit_ceil(static_cast<size_t>(columns < 4096 ? 4096 : columns));
    sums.assign(size, Number(0));
    bits.assign(size / 64, 0);
    groups.assign(size / 4096, 0);
  }
};

}  // namespace spinel::kernels
