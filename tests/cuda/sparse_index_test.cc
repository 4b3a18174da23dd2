// The CUDA kernels of sparse indices, run on the CPU and compared with the CPU's.
#include <gmock/gmock.h>

#include "spinel/base/error.h"
#include "tests/cuda/cuda_testing.h"
#include "tests/support/errors.h"

namespace spinel::ops {
namespace {

constexpr ScalarType kIndexTypes[] = {ScalarType::int64, ScalarType::int32};

std::vector<int64_t> drawn(std::mt19937& random, int64_t count, int64_t limit) {
  std::vector<int64_t> numbers(static_cast<size_t>(count));
  for (int64_t& number : numbers) number = static_cast<int64_t>(random() % static_cast<uint64_t>(limit));
  return numbers;
}

/// Of a few entries, of many, of none; with empty rows before, between and behind.
std::vector<Pattern> patterns(std::mt19937& random, bool is_sorted) {
  return {power_law_pattern(random, 120, 50, 300, is_sorted),
          pattern_of(random, {0, 0, 7, 0, 600, 1, 0}, 40, is_sorted), pattern_of(random, {0, 0, 0}, 5),
          pattern_of(random, {}, 5)};
}

TEST(CudaSparseIndex, MakesPointersOfRowsAndBack) {
  std::mt19937 random(1);
  for (const ScalarType type : kIndexTypes) {
    for (const Pattern& p : patterns(random, false)) {
      expect_same("ind2ptr", {index_tensor(p.row, type), p.rows});
      expect_same("ind2ptr", {index_tensor(p.row, type), p.rows + 300});
      expect_same("ptr2ind", {index_tensor(p.rowptr, type), p.entries()});
    }
  }
}

TEST(CudaSparseIndex, SortsStably) {
  std::mt19937 random(2);
  for (const ScalarType type : kIndexTypes) {
    for (const int64_t n : {0, 1, 5, 700}) {
      for (const int64_t limit : {1, 3, 1000}) {
        const Tensor row = index_tensor(drawn(random, n, limit), type), col = index_tensor(drawn(random, n, 17), type);
        expect_same("index_sort", {row, limit});
        expect_same("sort_coo", {row, col, limit, 17});
        expect_same("inspect_coo", {row, col});
      }
    }
  }
  // Rows and columns of more than 64 bits together are sorted in two passes.
  const int64_t far = int64_t{1} << 40;
  const Tensor row = index_tensor({far, 3, far, 0, 3}), col = index_tensor({far - 1, far, 2, far, 1});
  expect_same("sort_coo", {row, col, far + 1, far + 1});
}

TEST(CudaSparseIndex, TellsTheOrderOfEntries) {
  const auto inspect = [](const std::vector<int64_t>& row, const std::vector<int64_t>& col) {
    return numbers_of(expect_same("inspect_coo", {index_tensor(row), index_tensor(col)})[0]);
  };
  EXPECT_THAT(inspect({0, 0, 1}, {1, 2, 0}), testing::ElementsAre(3, 0, 1, 0, 2));
  EXPECT_EQ(inspect({0, 0, 1}, {2, 2, 0})[0], 2);
  EXPECT_EQ(inspect({0, 0, 1}, {2, 1, 0})[0], 1);
  EXPECT_THAT(inspect({1, -5, 1}, {2, 1, 90}), testing::ElementsAre(0, -5, 1, 1, 90));
}

TEST(CudaSparseIndex, JoinsAndIntersectsLists) {
  std::mt19937 random(3);
  for (const ScalarType type : kIndexTypes) {
    for (const Pattern& a : patterns(random, true)) {
      for (const Pattern& b : patterns(random, true)) {
        const Tensor row_a = index_tensor(a.row, type), col_a = index_tensor(a.col, type);
        const Tensor row_b = index_tensor(b.row, type), col_b = index_tensor(b.col, type);
        const std::vector<Tensor> both = expect_same("merge_coo", {row_a, col_a, row_b, col_b});
        expect_same("common_coo", {row_a, col_a, row_b, col_b});
        expect_same("distinct_coo", {both[0], both[1]});
      }
    }
  }
}

TEST(CudaSparseIndex, MasksTheDiagonalAndReshapes) {
  std::mt19937 random(4);
  for (const ScalarType type : kIndexTypes) {
    const Pattern p = power_law_pattern(random, 60, 45, 40, true);
    for (const int64_t k : {0, 1, -1, 7, -20, 44, 45, -60, 1000}) {
      Pattern off{p.rows, p.columns, {}, {}, {}};
      for (size_t e = 0; e < p.col.size(); ++e) {
        if (p.col[e] == p.row[e] + k) continue;
        off.row.push_back(p.row[e]);
        off.col.push_back(p.col[e]);
      }
      expect_same("non_diag_mask", {index_tensor(off.row, type), index_tensor(off.col, type), p.rows, p.columns, k});
    }
    const Tensor row = index_tensor(p.row, type), col = index_tensor(p.col, type);
    for (const int64_t columns : {1, 9, 45, 2700}) expect_same("reshape_coo", {row, col, p.columns, columns});
  }
}

TEST(CudaSparseIndex, SelectsRowsAndColumns) {
  std::mt19937 random(5);
  for (const ScalarType type : kIndexTypes) {
    for (const bool is_sorted : {true, false}) {
      for (const Pattern& p : patterns(random, is_sorted)) {
        const Tensor rowptr = index_tensor(p.rowptr, type), col = index_tensor(p.col, type);
        for (const int64_t count : {0, 1, 80}) {
          if (p.rows > 0) expect_same("select_rows", {rowptr, col, index_tensor(drawn(random, count, p.rows), type)});
          const auto taken = drawn(random, count, p.columns);
          // Columns that are taken twice and in any order, of rows in order.
          if (is_sorted) expect_same("select_columns", {rowptr, col, p.columns, index_tensor(taken, type)});
        }
        expect_same("select_columns", {rowptr, col, p.columns, index_tensor({0, 2, 3, 4}, type)});
        expect_same("narrow_columns", {rowptr, col, 1, 3});
        expect_same("narrow_columns", {rowptr, col, 0, INT64_MAX});
      }
    }
  }
}

TEST(CudaSparseIndex, InvertsPermutations) {
  std::mt19937 random(6);
  std::vector<int64_t> perm(500);
  for (size_t k = 0; k < perm.size(); ++k) perm[k] = static_cast<int64_t>(k);
  std::shuffle(perm.begin(), perm.end(), random);
  for (const ScalarType type : kIndexTypes) {
    expect_same("invert_permutation", {index_tensor(perm, type)});
    expect_same("invert_permutation", {index_tensor({}, type)});
  }
}

// Issue 6, bad input: each one clear error, the same as on the CPU.
TEST(CudaSparseIndex, RefusesWhatTheCpuRefuses) {
  const auto list = [](std::vector<int64_t> numbers) { return index_tensor(numbers); };
  expect_refused("ind2ptr", {list({0, 2, 1}), 3}, "ind[2] is 1");
  expect_refused("ind2ptr", {list({0, 2, 7}), 3}, "ind[2] is 7");
  expect_refused("ind2ptr", {list({-1, 2}), 3}, "ind[0] is -1");
  expect_refused("ptr2ind", {list({0, 2, 1, 3}), 3}, "ptr gives row 1 the entries [2, 1)");
  expect_refused("ptr2ind", {list({0, 2}), 3}, "ptr goes from 0 to 2");
  expect_refused("index_sort", {list({0, 4, 9}), 4}, "index[1] is 4");
  expect_refused("sort_coo", {list({0, 4}), list({0, 0}), 4, 4}, "rows go from 0 to 4");
  expect_refused("distinct_coo", {list({1, 0}), list({0, 0})}, "not sorted");
  expect_refused("merge_coo", {list({0}), list({0}), list({1, 0}), list({0, 0})}, "row_b");
  expect_refused("invert_permutation", {list({0, 3, 1})}, "perm[1] is 3");
  expect_refused("select_rows", {list({0, 1}), list({0}), list({1})}, "index[0] is 1");
  expect_refused("select_columns", {list({0, 1}), list({5}), 3, list({1})}, "col[0] is 5");
  expect_refused("select_columns", {list({0, 1}), list({0}), 3, list({-2})}, "index[0] is -2");
  expect_refused("reshape_coo", {list({int64_t{1} << 62}), list({3}), 8, 1}, "entry 0 has a place");
  EXPECT_THAT([&] { call_cuda("invert_permutation", {list({0, 1, 1})}); }, testing::Throws<Error>());
}

// What has no CUDA kernel says so, and reads nothing of the device's memory.
TEST(CudaOperators, WithoutAKernelSayWhereToGo) {
  size_t without = 0;
  for (const Operator& op : operators()) {
    const OpDef& definition = op.definition;
    if (definition.cuda != nullptr || definition.composite != nullptr) continue;
    ++without;
    const std::string name = op.name();
    const Error error = error_of([&] { call_cuda(name.c_str(), {index_tensor({0, 1})}); });
    EXPECT_EQ(error.kind(), ErrorKind::unavailable);
    EXPECT_EQ(error.what(), name + ": there is no kernel for cuda:0; move the tensors to the CPU");
  }
  EXPECT_GT(without, 0u);
}

}  // namespace
}  // namespace spinel::ops
