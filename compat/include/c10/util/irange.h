// Ranges of integers for loops: irange(n), irange(begin, end).
#pragma once

#include <type_traits>

namespace c10 {
inline namespace spinel_v1 {

template <typename I>
class integer_range {
 public:
  class iterator {
   public:
    explicit iterator(I value) : value_(value) {}
    I operator*() const { return value_; }
    iterator& operator++() {
      ++value_;
      return *this;
    }
    bool operator==(const iterator&) const = default;

   private:
    I value_;
  };
  integer_range(I begin, I end) : begin_(begin), end_(end < begin ? begin : end) {}
  iterator begin() const { return begin_; }
  iterator end() const { return end_; }

 private:
  iterator begin_, end_;
};

/// Counts in the type of `end`; empty where the end lies below the beginning.
template <typename A, typename B>
integer_range<B> irange(A begin, B end) {
  static_assert(std::is_integral_v<A> && std::is_integral_v<B>, "irange counts in integers");
  return {static_cast<B>(begin), end};
}
template <typename I>
integer_range<I> irange(I end) {
  return {I(), end};
}

}  // namespace spinel_v1
}  // namespace c10
