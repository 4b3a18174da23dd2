#include "spinel/sparse/cat.h"

#include "tests/sparse/sparse_testing.h"

namespace spinel::sparse {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Cat : public testing::Test {
 protected:
  Cat() {
    first.fill_cache_();
    second.fill_cache_();
  }
  SparseTensor first{StorageArguments{.row = longs({0, 0, 1}), .col = longs({0, 1, 2})}};
  SparseTensor second{StorageArguments{.row = longs({0, 0, 1, 2}), .col = longs({0, 1, 1, 0})}};
};

std::vector<int64_t> dense(const SparseTensor& a) { return list(a.to_dense(at::kLong)); }

TEST_F(Cat, Rows) {
  const SparseTensor out = cat({first, second}, 0);
  EXPECT_THAT(dense(out), ElementsAre(1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 1, 0, 1, 0, 0));
  EXPECT_TRUE(out.storage().has_row() && out.storage().has_rowptr());
  EXPECT_THAT(out.storage().cached_keys(), ElementsAre("rowcount"));
  expect_sound(out);
}

TEST_F(Cat, RowsOutOfOrderStaySo) {
  const SparseTensor loose(StorageArguments{.row = longs({0, 0}),
                                            .col = longs({2, 1}),
                                            .value = longs({5, 6}),
                                            .sparse_sizes = {1, 3},
                                            .is_sorted = true,
                                            .trust_data = true});
  const SparseTensor sorted = first.set_value(longs({1, 2, 3}), Layout::coo);
  for (const auto& parts : {std::vector{sorted, loose}, std::vector{loose, sorted}}) {
    const SparseTensor out = cat(parts, 0);
    EXPECT_EQ(list(out.t().to_dense()), list(at::cat({parts[0].to_dense(), parts[1].to_dense()}).t().contiguous()));
    EXPECT_EQ(list(out.narrow(1, 1, 2).to_dense()), list(out.to_dense().narrow(1, 1, 2).contiguous()));
    expect_sound(out.coalesce());
  }
}

TEST_F(Cat, Columns) {
  const SparseTensor out = cat({first, second}, 1);
  EXPECT_THAT(dense(out), ElementsAre(1, 1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0, 0, 1, 0));
  EXPECT_TRUE(out.storage().has_row());
  EXPECT_FALSE(out.storage().has_rowptr());
  EXPECT_THAT(out.storage().cached_keys(), ElementsAre("colptr", "colcount"));
  expect_sound(out);
}

TEST_F(Cat, Diagonal) {
  for (const SparseTensor& out :
       {cat({first, second}, {0, 1}), cat({first, second}, {1, 0}), cat_diag({first, second})}) {
    EXPECT_THAT(dense(out), ElementsAre(1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0));
    EXPECT_EQ(out.storage().num_cached_keys(), 5);
    EXPECT_TRUE(out.storage().has_row() && out.storage().has_rowptr());
    expect_sound(out);
  }
}

TEST_F(Cat, Values) {
  const SparseTensor valued = first.set_value(at::randn({3, 4}), Layout::coo);
  const SparseTensor out = cat({valued, valued}, -1);
  EXPECT_THAT(out.sizes(), ElementsAre(2, 3, 8));
  EXPECT_EQ(out.storage().num_cached_keys(), 5);
  EXPECT_TRUE(cat({valued, valued}, 0).has_value());
  EXPECT_FALSE(cat({valued, first}, 0).has_value());
}

TEST_F(Cat, WhatOneLacksIsLeftOut) {
  const SparseTensor bare(StorageArguments{.row = longs({0, 1}), .col = longs({0, 1})});
  const SparseTensor pointers(StorageArguments{.rowptr = longs({0, 1, 2}), .col = longs({1, 0})});
  for (const SparseTensor& out : {cat({first, bare}, 0), cat_diag({first, bare}), cat({first, bare}, 1)}) {
    EXPECT_EQ(out.storage().num_cached_keys(), 0);
    expect_sound(out);
  }
  for (const SparseTensor& out : {cat({bare, pointers}, 0), cat_diag({bare, pointers}), cat({bare, pointers}, 1),
                                  cat({pointers, pointers}, 0), cat_diag({pointers, pointers})}) {
    expect_sound(out);
  }
  EXPECT_THAT(dense(cat({bare, pointers}, 0)), ElementsAre(1, 0, 0, 1, 0, 1, 1, 0));
}

TEST_F(Cat, AgainstDense) {
  std::mt19937 random(12);
  std::vector<SparseTensor> parts;
  std::vector<at::Tensor> full;
  for (int k = 0; k < 5; ++k) {
    parts.push_back(random_matrix(random, 6, 5, k == 2 ? 0 : 15));
    full.push_back(parts.back().to_dense());
  }
  EXPECT_TRUE(same(cat(parts, 0).to_dense(), at::cat(full, 0)));
  EXPECT_TRUE(same(cat(parts, -1).to_dense(), at::cat(full, 1)));
  EXPECT_TRUE(same(cat_diag(parts).to_dense(), at::block_diag(full)));
}

TEST_F(Cat, Refuses) {
  EXPECT_THAT(error_of([] { cat({}, 0); }), HasSubstr("at least one"));
  EXPECT_THAT(error_of([&] {
                cat({first, second}, 2);
              }),
              HasSubstr("dimension out of range, expected to be in range of [-2, 1], but got 2"));
  EXPECT_THAT(error_of([&] { cat({first, second}, {0, 0}); }), HasSubstr("0 and 1 together"));
  const SparseTensor valued = first.set_value(at::randn({3, 4}), Layout::coo);
  EXPECT_THAT(error_of([&] { cat({valued, first}, 2); }), HasSubstr("need values"));
}

}  // namespace
}  // namespace spinel::sparse
