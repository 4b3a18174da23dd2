// Where the entries of one row of a sparse product are summed: a hash table for short rows, an array over all columns
// for long ones. Both give the columns in rising order.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "spinel/base/uninitialized_vector.h"

namespace spinel::kernels {

/// Columns in an open hash table with linear probing that is kept at most half full.
template <typename Number>
class HashRow {
 public:
  /// For at most `most` different columns.
  void reset(int64_t most) {
    size_ = std::bit_ceil(static_cast<size_t>(std::max<int64_t>(2 * most, 16)));
    if (column_.size() < size_) column_.assign(size_, kFree), sum_.resize(size_);
    found_.clear();
  }
  /// The sum of that column, 0 when it is new.
  Number& at(int64_t column) {
    const size_t slot = slot_of(column);
    if (column_[slot] == kFree) {
      column_[slot] = column;
      sum_[slot] = 0;
      found_.push_back(column);
    }
    return sum_[slot];
  }
  /// Null for a column that is not there.
  const Number* find(int64_t column) const {
    const size_t slot = slot_of(column);
    return column_[slot] == kFree ? nullptr : &sum_[slot];
  }
  int64_t count() const { return static_cast<int64_t>(found_.size()); }
  /// Calls function(column, sum) in rising order of columns, and empties the table.
  template <typename Function>
  void drain(Function function) {
    std::sort(found_.begin(), found_.end());
    for (const int64_t column : found_) function(column, sum_[slot_of(column)]);
    clear();
  }
  void clear() {
    for (const int64_t column : found_) free_run(column);
    found_.clear();
  }

 private:
  static constexpr int64_t kFree = -1;

  size_t home_of(int64_t column) const {
    // Fibonacci hashing: the upper bits of a product with 2^64 over the golden ratio.
    return static_cast<size_t>(static_cast<uint64_t>(column) * 0x9e3779b97f4a7c15u >> 32) & (size_ - 1);
  }
  size_t slot_of(int64_t column) const {
    size_t slot = home_of(column);
    while (column_[slot] != column && column_[slot] != kFree) slot = (slot + 1) & (size_ - 1);
    return slot;
  }
  /// All slots in use from the column's first choice on; whoever else is among them goes too.
  void free_run(int64_t column) {
    for (size_t slot = home_of(column); column_[slot] != kFree; slot = (slot + 1) & (size_ - 1)) column_[slot] = kFree;
  }

  size_t size_ = 0;
  std::vector<int64_t> column_;
  UninitializedVector<Number> sum_;
  std::vector<int64_t> found_;
};

/// A number for every column, and two levels of bits that say which are in use.
template <typename Number>
class DenseRow {
 public:
  void reset(int64_t columns) {
    const auto words = static_cast<size_t>((columns + 63) / 64);
    if (bits_.size() >= words) return;
    bits_.assign(words, 0);
    groups_.assign((words + 63) / 64, 0);
    sum_.resize(words * 64);
  }
  Number& at(int64_t column) {
    const auto word = static_cast<size_t>(column) / 64;
    const uint64_t bit = uint64_t{1} << (column % 64);
    if (!(bits_[word] & bit)) {
      bits_[word] |= bit;
      groups_[word / 64] |= uint64_t{1} << (word % 64);
      sum_[static_cast<size_t>(column)] = 0;
      ++count_;
    }
    return sum_[static_cast<size_t>(column)];
  }
  const Number* find(int64_t column) const {
    const bool is_there = bits_[static_cast<size_t>(column) / 64] >> (column % 64) & 1;
    return is_there ? &sum_[static_cast<size_t>(column)] : nullptr;
  }
  int64_t count() const { return count_; }
  template <typename Function>
  void drain(Function function) {
    for (size_t group = 0; group < groups_.size() && count_ > 0; ++group) {
      for (; groups_[group]; groups_[group] &= groups_[group] - 1) {
        const size_t word = group * 64 + static_cast<size_t>(std::countr_zero(groups_[group]));
        for (; bits_[word]; bits_[word] &= bits_[word] - 1) {
          const size_t column = word * 64 + static_cast<size_t>(std::countr_zero(bits_[word]));
          function(static_cast<int64_t>(column), sum_[column]);
          --count_;
        }
      }
    }
  }
  void clear() {
    drain([](int64_t, Number) {});
  }

 private:
  std::vector<uint64_t> bits_, groups_;
  UninitializedVector<Number> sum_;
  int64_t count_ = 0;
};

/// Both kinds.
template <typename Number>
class RowAccumulators {
 public:
  /// Calls function(accumulator) with the one that suits a row of at most `entries` distinct columns, which must leave
  /// it empty.
  template <typename Function>
  void with(int64_t entries, int64_t columns, Function function) {
    // A table of 1024 entries fits into the first-level cache, and so does an array over 4096 columns. An array is not
    // made where most of it would be empty.
    if (columns > 4096 && (entries <= 1024 || columns > 32 * entries)) {
      hash_.reset(std::min(entries, columns));
      function(hash_);
    } else {
      dense_.reset(columns);
      function(dense_);
    }
  }

 private:
  HashRow<Number> hash_;
  DenseRow<Number> dense_;
};

}  // namespace spinel::kernels
