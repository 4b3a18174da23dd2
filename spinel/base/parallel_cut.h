// How a loop is cut into pieces, the same way for every pool of threads.
#pragma once

#include <algorithm>
#include <cstdint>

#include "spinel/base/parallel.h"

namespace spinel {

/// The cut of [0, n): depends on nothing but n, grain and the number of threads.
struct ParallelCut {
  ParallelCut(int64_t n, int64_t grain, int num_threads)
      : n(std::max<int64_t>(n, 0)),
        piece(std::max<int64_t>({grain, (this->n + num_threads - 1) / num_threads, 1})),
        pieces((this->n + piece - 1) / piece) {}

  void run(int64_t index, RangeFunction function) const { function(index * piece, std::min(n, (index + 1) * piece)); }
  void run_all(RangeFunction function) const {
    for (int64_t index = 0; index < pieces; ++index) run(index, function);
  }

  int64_t n;
  int64_t piece;  ///< iterations of each but the last
  int64_t pieces;
};

}  // namespace spinel
