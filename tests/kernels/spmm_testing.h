// Random sparse matrices and naive products for the tests of sparse kernels.
#pragma once

#include <algorithm>
#include <cstring>
#include <random>
#include <vector>

#include "spinel/base/parallel.h"
#include "spinel/kernels/cpu/spmm.h"
#include "spinel/kernels/cpu/spmm_element.h"

namespace spinel::kernels {

/// As many pieces as it is asked for, in the calling thread.
class PiecesInTurn final : public ParallelFor {
 public:
  explicit PiecesInTurn(int count) : count_(count) {}
  void run(int64_t n, int64_t grain, RangeFunction function) const override {
    const int64_t piece = std::max<int64_t>({grain, (n + count_ - 1) / count_, 1});
    for (int64_t begin = 0; begin < n; begin += piece) function(begin, std::min(n, begin + piece));
  }
  int num_threads() const override { return count_; }

 private:
  int count_;
};

template <typename S>
constexpr Dtype dtype_of() {
  if constexpr (std::is_same_v<S, double>) return Dtype::f64;
  else if constexpr (std::is_same_v<S, float>) return Dtype::f32;
  else if constexpr (std::is_same_v<S, Bf16>) return Dtype::bf16;
  else if constexpr (std::is_same_v<S, Half>) return Dtype::f16;
  else if constexpr (std::is_same_v<S, int32_t>) return Dtype::i32;
  else return Dtype::i64;
}

/// A matrix whose rows have random numbers of entries.
template <typename S, typename Index>
struct RandomCsr {
  int64_t rows, columns;
  std::vector<Index> rowptr{0}, col;
  std::vector<S> value;

  int64_t entries() const { return static_cast<int64_t>(col.size()); }
  CsrOperand operand(bool with_value = true) const {
    return {
        dtype_of<Index>(), rows, columns, entries(), rowptr.data(), col.data(), with_value ? value.data() : nullptr};
  }
};

/// Small integers, so that sums are exact in every type.
template <typename S>
std::vector<S> random_elements(std::mt19937& random, int64_t count, int range = 4) {
  std::vector<S> elements(static_cast<size_t>(count));
  for (S& x : elements) {
    put_element(
        &x, static_cast<ElementNumber<S>>(static_cast<int>(random() % static_cast<unsigned>(2 * range + 1)) - range));
  }
  return elements;
}

/// Rows of the given lengths. Columns may repeat and are in no order.
template <typename S, typename Index>
RandomCsr<S, Index> csr_of(std::mt19937& random, const std::vector<int64_t>& lengths, int64_t columns) {
  RandomCsr<S, Index> a{static_cast<int64_t>(lengths.size()), columns, {0}, {}, {}};
  for (const int64_t length : lengths) {
    for (int64_t k = 0; k < length; ++k) a.col.push_back(static_cast<Index>(random() % static_cast<uint64_t>(columns)));
    a.rowptr.push_back(static_cast<Index>(a.col.size()));
  }
  a.value = random_elements<S>(random, a.entries());
  return a;
}

/// Lengths as in a power-law graph: most rows are short or empty, a few hold most of the entries.
inline std::vector<int64_t> power_law(std::mt19937& random, int64_t rows, int64_t longest) {
  std::vector<int64_t> lengths(static_cast<size_t>(rows));
  for (int64_t& length : lengths) {
    const double u = static_cast<double>(random() % 10000 + 1) / 10000;
    length = std::min(longest, static_cast<int64_t>(0.7 / (u * u)));
  }
  return lengths;
}

template <typename S>
std::vector<double> numbers(const std::vector<S>& elements) {
  std::vector<double> result;
  for (const S& x : elements) result.push_back(static_cast<double>(get_element(&x)));
  return result;
}

}  // namespace spinel::kernels
