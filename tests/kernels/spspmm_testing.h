// Sparse products held against a loop, for their tests.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "spinel/kernels/cpu/spspmm.h"
#include "tests/kernels/spmm_testing.h"

namespace spinel::kernels {

template <typename S, typename Index>
RandomCsr<S, Index> multiply(const SpspmmCall& call, int threads, bool with_value = true) {
  const PiecesInTurn parallel(threads);
  RandomCsr<S, Index> c{call.a.rows, call.b.columns, std::vector<Index>(static_cast<size_t>(call.a.rows) + 1), {}, {}};
  const SpspmmPlan plan = plan_spspmm(call, parallel);
  spspmm_count(call, plan, c.rowptr.data(), parallel);
  c.col.resize(static_cast<size_t>(c.rowptr.back()));
  if (with_value) c.value.resize(c.col.size());
  spspmm_fill(call, plan, c.rowptr.data(), c.col.data(), with_value ? c.value.data() : nullptr, parallel);
  return c;
}

template <typename S, typename Index>
double value_of(const RandomCsr<S, Index>& a, bool has_value, int64_t e) {
  return has_value ? static_cast<double>(get_element(&a.value[static_cast<size_t>(e)])) : 1;
}

/// Rows of the product as maps, which are sorted.
template <typename S, typename Index>
std::vector<std::map<int64_t, double>> naive(const RandomCsr<S, Index>& a, const RandomCsr<S, Index>& b, bool value_a,
                                             bool value_b) {
  std::vector<std::map<int64_t, double>> rows(static_cast<size_t>(a.rows));
  for (int64_t i = 0; i < a.rows; ++i) {
    for (int64_t e = a.rowptr[i]; e < a.rowptr[i + 1]; ++e) {
      for (int64_t k = b.rowptr[a.col[e]]; k < b.rowptr[a.col[e] + 1]; ++k) {
        rows[static_cast<size_t>(i)][b.col[k]] += value_of(a, value_a, e) * value_of(b, value_b, k);
      }
    }
  }
  return rows;
}

template <typename S, typename Index>
void expect_product(const RandomCsr<S, Index>& a, const RandomCsr<S, Index>& b) {
  for (const bool value_a : {true, false}) {
    for (const bool value_b : {true, false}) {
      const auto wanted = naive(a, b, value_a, value_b);
      const SpspmmCall call{dtype_of<S>(), a.operand(value_a), b.operand(value_b)};
      for (const int threads : {1, 2, 4}) {
        const auto c = multiply<S, Index>(call, threads);
        for (int64_t i = 0; i < c.rows; ++i) {
          int64_t e = c.rowptr[i];
          ASSERT_EQ(c.rowptr[i + 1] - e, static_cast<int64_t>(wanted[static_cast<size_t>(i)].size()));
          for (const auto& [column, value] : wanted[static_cast<size_t>(i)]) {
            ASSERT_EQ(c.col[e], column);
            ASSERT_EQ(value_of(c, true, e), value);
            ++e;
          }
        }
        EXPECT_EQ((multiply<S, Index>(call, threads, false).col), c.col);
      }
    }
  }
}

}  // namespace spinel::kernels
