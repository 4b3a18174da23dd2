// Cuts the edges of rows into chunks that fit the first-level cache with their messages.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "spinel/kernels/cpu/edge_messages.h"

namespace spinel::kernels {

/// Edges [from, to) of a chunk that belong to one row, and whether the row's first and last are among them.
struct EdgeRun {
  int64_t row = 0, from = 0, to = 0;
  bool begins = false, ends = false;
};

struct EdgeChunk {
  static constexpr int64_t capacity = 32;
  int64_t count = 0, runs = 0;
  EdgeRun run[capacity];
  int64_t column[capacity];  ///< checked
  int64_t number[capacity];
};

/// Goes over the edges of rows [first, last).
class EdgeChunks {
 public:
  EdgeChunks(const CsrGraph<int64_t>& graph, const int64_t* number, int64_t first, int64_t last)
      : graph_(graph), number_(number), row_(first), last_(last), edge_(graph.rowptr[first]) {}

  bool next(EdgeChunk& chunk) {
    chunk.count = chunk.runs = 0;
    while (row_ < last_ && chunk.count < EdgeChunk::capacity) {
      const CsrRow range = graph_.row(row_);
      const int64_t end = std::min(range.end, edge_ + EdgeChunk::capacity - chunk.count);
      if (edge_ < end) {
        chunk.run[chunk.runs++] = {row_, chunk.count, chunk.count + end - edge_, edge_ == range.begin,
                                   end == range.end};
      }
      for (; edge_ < end; ++edge_, ++chunk.count) {
        chunk.column[chunk.count] = graph_.column(edge_);
        chunk.number[chunk.count] = number_ ? number_[edge_] : edge_;
      }
      if (edge_ == range.end) ++row_;
    }
    return chunk.count > 0;
  }

 private:
  const CsrGraph<int64_t>& graph_;
  const int64_t* number_;
  int64_t row_, last_, edge_;
};

/// Memory for the messages of a chunk.
template <typename T>
struct EdgeScratch {
  explicit EdgeScratch(const EdgeMessages<T>& m)
      : sums(size(EdgeChunk::capacity * m.width)),
        messages(size(EdgeChunk::capacity * m.message_width())),
        attr(size(EdgeChunk::capacity * m.attr_width)) {}
  static size_t size(int64_t n) { return static_cast<size_t>(n); }
  std::vector<T> sums, messages, attr;
};

/// weight [width, attr_width] → [attr_width, width]; empty without one.
template <typename T>
std::vector<T> transposed_weight(const EdgeMessages<T>& m) {
  std::vector<T> result;
  if (!m.attr) return result;
  result.resize(static_cast<size_t>(m.width * m.attr_width));
  for (int64_t f = 0; f < m.width; ++f) {
    for (int64_t k = 0; k < m.attr_width; ++k) {
      result[static_cast<size_t>(k * m.width + f)] = m.weight[f * m.attr_width + k];
    }
  }
  return result;
}

}  // namespace spinel::kernels
