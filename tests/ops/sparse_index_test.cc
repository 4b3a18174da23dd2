#include "spinel/ops/sparse_index.h"

#include <gmock/gmock.h>

#include <limits>

#include "tests/ops/graph_call.h"

namespace spinel::ops {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Makes lists of one index type and calls operators with them.
struct IndexType {
  ScalarType dtype;

  Value operator()(const std::vector<int64_t>& numbers) const {
    return dtype == ScalarType::int32 ? narrow_of(numbers) : vector_of(numbers);
  }
  /// The results as numbers, which must be of this type.
  std::vector<std::vector<int64_t>> call(const char* name, const std::vector<Value>& arguments) const {
    std::vector<std::vector<int64_t>> lists;
    for (const Tensor& result : call_op(name, arguments)) {
      EXPECT_EQ(result.scalar_type(), dtype) << name;
      lists.push_back(values_of(result));
    }
    return lists;
  }
};

class SparseIndex : public testing::TestWithParam<ScalarType> {
 protected:
  const IndexType index{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Types, SparseIndex, testing::Values(ScalarType::int32, ScalarType::int64),
                         [](const auto& info) { return std::string(registry::to_string(info.param)); });

TEST_P(SparseIndex, Pointers) {
  EXPECT_THAT(index.call("ind2ptr", {index({0, 0, 2}), 4})[0], ElementsAre(0, 2, 2, 3, 3));
  EXPECT_THAT(index.call("ptr2ind", {index({0, 2, 2, 3, 3}), 3})[0], ElementsAre(0, 0, 2));
  EXPECT_EQ(refusal("ind2ptr", {index({0, 3}), 3}), "ind2ptr: ind[1] is 3; it must be sorted and lie in [0, 3)");
  EXPECT_THAT(refusal("ptr2ind", {index({0, 2}), 3}), HasSubstr("ptr2ind: ptr goes from 0 to 2;"));
  EXPECT_THAT(refusal("ind2ptr", {index({}), -1}), HasSubstr("M is -1"));
}

TEST_P(SparseIndex, Sorts) {
  const auto sorted = index.call("index_sort", {index({2, 0, 2}), 3});
  EXPECT_THAT(sorted[0], ElementsAre(0, 1, 1, 3));
  EXPECT_THAT(sorted[1], ElementsAre(1, 0, 2));
  EXPECT_EQ(refusal("index_sort", {index({2, 0, -1}), 3}),
            "index_sort: index[2] is -1 but there are 3 keys; it must lie in [0, 3)");
  const auto coo = index.call("sort_coo", {index({1, 0, 1}), index({1, 5, 0}), 2, 6});
  EXPECT_THAT(coo, ElementsAre(ElementsAre(0, 1, 1), ElementsAre(5, 0, 1), ElementsAre(1, 2, 0)));
  EXPECT_THAT(refusal("sort_coo", {index({1, 0}), index({1, 5}), 2, 5}), HasSubstr("columns go from 1 to 5"));
  EXPECT_THAT(index.call("invert_permutation", {index({2, 0, 1})})[0], ElementsAre(1, 2, 0));
  EXPECT_EQ(refusal("invert_permutation", {index({0, 2})}),
            "invert_permutation: perm[1] is 2; each number of [0, 2) must be there once");
}

TEST_P(SparseIndex, Inspects) {
  const Tensor facts = call_op("inspect_coo", {index({0, 0, 3}), index({4, 1, 2})})[0];
  EXPECT_EQ(facts.scalar_type(), ScalarType::int64);
  EXPECT_THAT(values_of(facts), ElementsAre(1, 0, 3, 1, 4));
}

TEST_P(SparseIndex, UnitesAndIntersects) {
  const Value row_a = index({0, 1, 1}), col_a = index({2, 0, 3}), row_b = index({0, 1}), col_b = index({1, 3});
  EXPECT_THAT(index.call("merge_coo", {row_a, col_a, row_b, col_b}),
              ElementsAre(ElementsAre(0, 0, 1, 1, 1), ElementsAre(1, 2, 0, 3, 3), ElementsAre(3, 0, 1, 2, 4)));
  EXPECT_THAT(index.call("common_coo", {row_a, col_a, row_b, col_b}), ElementsAre(ElementsAre(2), ElementsAre(1)));
  EXPECT_THAT(index.call("distinct_coo", {index({0, 0, 1}), index({3, 3, 0})}),
              ElementsAre(ElementsAre(0, 1), ElementsAre(3, 0), ElementsAre(0, 2, 3)));
  EXPECT_THAT(refusal("distinct_coo", {index({1, 0}), index({0, 0})}), HasSubstr("not sorted"));
  const IndexType other{GetParam() == ScalarType::int32 ? ScalarType::int64 : ScalarType::int32};
  for (const char* name : {"merge_coo", "common_coo"}) {
    EXPECT_THAT(refusal(name, {row_a, col_a, other({0}), other({0})}), HasSubstr("all indices must have one type"));
  }
}

TEST_P(SparseIndex, Reshapes) {
  EXPECT_THAT(index.call("reshape_coo", {index({0, 1}), index({5, 2}), 6, 4}),
              ElementsAre(ElementsAre(1, 2), ElementsAre(1, 0)));
  const int64_t most = GetParam() == ScalarType::int32 ? std::numeric_limits<int32_t>::max() : INT64_MAX;
  EXPECT_THAT(refusal("reshape_coo", {index({0, most - 1}), index({0, 0}), 10, 1}),
              HasSubstr("reshape_coo: entry 1 has a place there that int"));
  EXPECT_THAT(refusal("reshape_coo", {index({0}), index({0}), 1, 0}), HasSubstr("new_N is 0"));
}

TEST_P(SparseIndex, FindsTheDiagonal) {
  const Tensor mask = call_op("non_diag_mask", {index({0, 1}), index({1, 0}), 2, 2, 0})[0];
  const bool* data = static_cast<const bool*>(mask.data());
  EXPECT_THAT(std::vector<bool>(data, data + mask.numel()), ElementsAre(false, true, true, false));
}

TEST_P(SparseIndex, Selects) {
  const Value rowptr = index({0, 2, 3}), col = index({0, 3, 1});
  EXPECT_THAT(index.call("select_rows", {rowptr, col, index({1, 0})}),
              ElementsAre(ElementsAre(0, 1, 3), ElementsAre(1, 0, 3), ElementsAre(2, 0, 1)));
  EXPECT_THAT(index.call("select_columns", {rowptr, col, 4, index({3, 1, 3})}),
              ElementsAre(ElementsAre(0, 2, 3), ElementsAre(0, 2, 1), ElementsAre(1, 1, 2)));
  EXPECT_THAT(index.call("narrow_columns", {rowptr, col, 1, 3}),
              ElementsAre(ElementsAre(0, 1, 2), ElementsAre(2, 0), ElementsAre(1, 2)));
  EXPECT_THAT(index.call("select_rows", {rowptr, col, index({})}), ElementsAre(ElementsAre(0), IsEmpty(), IsEmpty()));
}

TEST_P(SparseIndex, RefusesBadSelections) {
  const Value rowptr = index({0, 2, 3}), col = index({0, 3, 1});
  EXPECT_EQ(refusal("select_rows", {rowptr, col, index({2})}),
            "select_rows: index[0] is 2 but there are 2 rows; it must lie in [0, 2)");
  EXPECT_EQ(refusal("select_columns", {rowptr, col, 4, index({4})}),
            "select_columns: index[0] is 4 but there are 4 columns; it must lie in [0, 4)");
  EXPECT_EQ(refusal("select_columns", {rowptr, col, 3, index({0})}),
            "select_columns: col[1] is 3 but there are 3 columns; it must lie in [0, 3)");
  EXPECT_THAT(refusal("narrow_columns", {index({0, 3, 2}), col, 0, 1}),
              HasSubstr("narrow_columns: rowptr goes from 0 to 2"));
  EXPECT_THAT(refusal("narrow_columns", {index({0, 4, 3}), col, 0, 1}),
              HasSubstr("narrow_columns: rowptr gives row 1"));
  EXPECT_THAT(refusal("narrow_columns", {rowptr, col, -1, 1}), HasSubstr("start is -1"));
  const IndexType other{GetParam() == ScalarType::int32 ? ScalarType::int64 : ScalarType::int32};
  EXPECT_THAT(refusal("select_rows", {rowptr, other({0, 3, 1}), index({0})}), HasSubstr("col is int"));
  EXPECT_THAT(refusal("select_rows", {rowptr, col, other({0})}), HasSubstr("all indices must have one type"));
}

// 70000 · 70000 entries are more than int32 counts.
TEST(SparseIndexOverflow, IsRefused) {
  const std::vector<int64_t> many(70'000);
  EXPECT_EQ(refusal("select_rows", {narrow_of({0, 70'000}), narrow_of(many), narrow_of(many)}),
            "select_rows: there are 2147530000 entries, more than int32 indices count; int64 is needed");
}

}  // namespace
}  // namespace spinel::ops
