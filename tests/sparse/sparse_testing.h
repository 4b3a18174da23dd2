// Matrices and comparisons that tests of sparse matrices share.
#pragma once

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "spinel/base/error.h"
#include "spinel/sparse/sparse_tensor.h"

namespace spinel::sparse {

inline at::Tensor longs(std::vector<int64_t> numbers) { return at::tensor(numbers, at::kLong); }

template <typename T = int64_t>
std::vector<T> list(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.detach().to(c10::CppTypeToScalarType<T>::value).contiguous();
  return {flat.const_data_ptr<T>(), flat.const_data_ptr<T>() + flat.numel()};
}

/// Entries in random order with duplicates, as the constructor takes them.
struct RandomEntries {
  at::Tensor row, col, value;
  int64_t rows, cols;

  RandomEntries(std::mt19937& random, int64_t rows, int64_t cols, int64_t nnz, std::vector<int64_t> tail = {})
      : rows(rows), cols(cols) {
    std::vector<int64_t> r, c;
    for (int64_t e = 0; e < nnz; ++e) {
      r.push_back(static_cast<int64_t>(random()) % rows);
      c.push_back(static_cast<int64_t>(random()) % cols);
    }
    row = longs(r);
    col = longs(c);
    tail.insert(tail.begin(), nnz);
    // Small whole numbers, so that sums are exact in any order.
    value = at::randint(-8, 9, tail, at::kDouble);
  }
  SparseTensor matrix(bool has_value = true) const {
    return SparseTensor(StorageArguments{
        .row = row, .col = col, .value = has_value ? value : at::Tensor(), .sparse_sizes = {rows, cols}});
  }
  /// Duplicates summed.
  at::Tensor dense() const {
    std::vector<int64_t> sizes = value.sizes().vec();
    sizes[0] = rows;
    sizes.insert(sizes.begin() + 1, cols);
    return at::zeros(sizes, value.options()).index_put({row, col}, value, true);
  }
};

/// A matrix without duplicates.
inline SparseTensor random_matrix(std::mt19937& random, int64_t rows, int64_t cols, int64_t nnz,
                                  std::vector<int64_t> tail = {}) {
  return RandomEntries(random, rows, cols, nnz, std::move(tail)).matrix().coalesce();
}

inline bool same(const at::Tensor& a, const at::Tensor& b) {
  return a.scalar_type() == b.scalar_type() && a.sizes() == b.sizes() && at::allclose(a, b, 1e-12, 1e-12, true);
}

/// The message of the Error that a call throws.
inline std::string error_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  } catch (const std::exception& error) {
    return std::string("no Error of ours: ") + error.what();
  }
  return "no error";
}

/// What a matrix promises about its own tensors.
inline void expect_sound(const SparseTensor& a) {
  const SparseStorage& s = a.storage();
  const SparseTensor fresh(StorageArguments{.row = s.row(),
                                            .rowptr = s.rowptr(),
                                            .col = s.col(),
                                            .value = s.value(),
                                            .sparse_sizes = {a.sparse_size(0), a.sparse_size(1)},
                                            .rowcount = s.rowcount(),
                                            .colptr = s.colptr(),
                                            .colcount = s.colcount(),
                                            .csr2csc = s.csr2csc(),
                                            .csc2csr = s.csc2csr(),
                                            .is_sorted = true});
  EXPECT_EQ(static_cast<int>(s.pattern()->order()), static_cast<int>(fresh.storage().pattern()->order()));
}

}  // namespace spinel::sparse
