// The limits of a machine's memory that benchmarks set their figures against: copies, and sums of rows in random order.
#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <random>
#include <vector>

#include "bench/timing.h"
#include "spinel/base/parallel.h"

namespace spinel {

/// c = a on arrays beyond every cache.
class Copy {
 public:
  explicit Copy(const ParallelFor& parallel) : parallel_(parallel) {}
  static constexpr int64_t n = int64_t{1} << 24;
  double bytes() const { return 8.0 * n; }  ///< read and written
  void operator()() {
    parallel_.run(n, 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) c_[static_cast<size_t>(i)] = a_[static_cast<size_t>(i)];
      asm volatile("" : : "r"(c_.data()) : "memory");
    });
  }

 private:
  const ParallelFor& parallel_;
  std::vector<float> a_ = std::vector<float>(n, 1.f), c_ = std::vector<float>(n, 0.f);
};

/// Sums rows of 64 bytes or more in random order, out of a table of 256 MiB, which no cache holds.
class Gather {
 public:
  Gather(const ParallelFor& parallel, int64_t row_bytes) : parallel_(parallel), width_(row_bytes / 4) {
    const int64_t rows = (int64_t{1} << 26) / width_;
    table_.assign(static_cast<size_t>(rows * width_), 1.f);
    std::mt19937_64 random(0);
    order_.resize(static_cast<size_t>(std::min<int64_t>(rows, 1 << 19)));
    for (int32_t& row : order_) row = static_cast<int32_t>(random() % static_cast<uint64_t>(rows));
  }
  double bytes() const { return 4.0 * static_cast<double>(width_) * static_cast<double>(order_.size()); }
  void operator()() const {
    parallel_.run(static_cast<int64_t>(order_.size()), 1, [&](int64_t begin, int64_t end) {
      float sum[16] = {};
      for (int64_t i = begin; i < end; ++i) {
        const float* row = table_.data() + order_[static_cast<size_t>(i)] * width_;
        for (int64_t j = 0; j < width_; j += 16) {
          for (int64_t k = 0; k < 16; ++k) sum[k] += row[j + k];
        }
      }
      const float total = std::accumulate(sum, sum + 16, 0.f);
      asm volatile("" : : "m"(total) : "memory");  // else the compiler drops the sums
    });
  }

 private:
  const ParallelFor& parallel_;
  int64_t width_;
  std::vector<float> table_;
  std::vector<int32_t> order_;
};

/// Bytes per second of a Copy or Gather, the best of some runs.
template <typename Limit>
double limit_rate(Limit&& limit) {
  const TurnOptions options{.rounds = 6, .turn_seconds = 0, .best = true};
  return limit.bytes() / time_in_turns({[&] { limit(); }}, options)[0];
}

}  // namespace spinel
