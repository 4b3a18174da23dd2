#include "spinel/sparse/functions.h"

#include "tests/sparse/sparse_testing.h"

namespace spinel::sparse {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

at::Tensor index_of(std::vector<int64_t> row, std::vector<int64_t> col) { return at::stack({longs(row), longs(col)}); }

TEST(SparseFunctions, Coalesce) {
  const at::Tensor index = index_of({1, 0, 1, 0, 2, 1}, {0, 1, 1, 1, 0, 0});
  const auto [plain, none] = coalesce(index, {}, 3, 2);
  EXPECT_THAT(list(plain), ElementsAre(0, 1, 1, 2, 1, 0, 1, 0));
  EXPECT_FALSE(none.defined());
  const at::Tensor value = at::tensor({1., 2., 2., 3., 3., 4., 4., 5., 5., 6., 6., 7.}, at::kDouble).view({6, 2});
  EXPECT_THAT(list(coalesce(index, value, 3, 2).second), ElementsAre(6, 8, 7, 9, 3, 4, 5, 6));
  EXPECT_THAT(list(coalesce(index, value, 3, 2, "max").second), ElementsAre(4, 5, 6, 7, 3, 4, 5, 6));
  EXPECT_THAT(error_of([&] { coalesce(index, value, 2, 2); }), HasSubstr("the index 2"));
}

TEST(SparseFunctions, Transpose) {
  const at::Tensor index = index_of({1, 0, 1, 0, 2, 1}, {0, 1, 1, 1, 0, 0});
  const at::Tensor value = longs({1, 2, 3, 4, 5, 6});
  const auto [flipped, moved] = transpose(index, value, 3, 2);
  EXPECT_THAT(list(flipped), ElementsAre(0, 0, 1, 1, 1, 2, 0, 1));
  EXPECT_THAT(list(moved), ElementsAre(7, 5, 6, 3));
  const auto [raw, same_value] = transpose(index, value, 3, 2, false);
  EXPECT_TRUE(at::equal(raw, index.flip({0})));
  EXPECT_TRUE(at::equal(same_value, value));
}

TEST(SparseFunctions, Eye) {
  const auto [index, value] = eye(3, at::kLong);
  EXPECT_THAT(list(index), ElementsAre(0, 1, 2, 0, 1, 2));
  EXPECT_THAT(list(value), ElementsAre(1, 1, 1));
}

TEST(SparseFunctions, TorchTensorsAndBack) {
  const at::Tensor index = index_of({1, 0, 1}, {0, 1, 0});
  const at::Tensor value = at::tensor({1., 2., 3.}, at::kDouble);
  const at::Tensor mat = to_torch_sparse(index, value, 2, 3);
  EXPECT_THAT(mat.sizes().vec(), ElementsAre(2, 3));
  EXPECT_THAT(error_of([&] { from_torch_sparse(mat); }), HasSubstr("coalesce it first"));
  const auto [sorted, summed] = from_torch_sparse(mat.coalesce());
  EXPECT_THAT(list(sorted), ElementsAre(0, 1, 1, 0));
  EXPECT_THAT(list(summed), ElementsAre(2, 4));
  EXPECT_THAT(to_torch_sparse(index, at::ones({3, 5}), 2, 3).sizes().vec(), ElementsAre(2, 3, 5));
  EXPECT_THAT(error_of([&] { to_torch_sparse(index, {}, 2, 3); }), HasSubstr("value has no rows"));
}

TEST(SparseFunctions, WithoutValuesThereAreNoneInTheResult) {
  const at::Tensor index = index_of({0, 1}, {1, 0});
  EXPECT_FALSE(spadd(index, {}, index, longs({1, 2}), 2, 2).second.defined());
  EXPECT_FALSE(transpose(index, {}, 2, 2).second.defined());
  EXPECT_FALSE(spspmm(index, {}, index, {}, 2, 2, 2).second.defined());
  EXPECT_THAT(list(spspmm(index, {}, index, longs({5, 6}), 2, 2, 2).second), ElementsAre(6, 5));
  const at::Tensor x = at::tensor({1., 2.}, at::kDouble);
  EXPECT_THAT(list(spmm(index, {}, 2, 2, x)), ElementsAre(2, 1));
}

TEST(SparseFunctions, Spadd) {
  const auto [index, value] =
      spadd(index_of({0, 1}, {1, 0}), longs({1, 2}), index_of({1, 1}, {0, 1}), longs({5, 6}), 2, 2);
  EXPECT_THAT(list(index), ElementsAre(0, 1, 1, 1, 0, 1));
  EXPECT_THAT(list(value), ElementsAre(1, 7, 6));
}

}  // namespace
}  // namespace spinel::sparse
