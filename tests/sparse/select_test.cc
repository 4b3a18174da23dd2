// narrow, select, index_select, masked_select, permute, narrow_diag and A[…] against dense tensors.
#include "spinel/sparse/cat.h"
#include "tests/sparse/sparse_testing.h"

namespace spinel::sparse {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Select : public testing::Test {
 protected:
  std::mt19937 random{6};
  SparseTensor a = random_matrix(random, 7, 6, 25), wide = random_matrix(random, 7, 6, 25, {4});
  at::Tensor dense = a.to_dense(), wide_dense = wide.to_dense();
};

TEST_F(Select, NarrowsEveryRange) {
  for (SparseTensor from : {a, wide}) {
    const at::Tensor full = from.to_dense();
    for (int filled = 0; filled < 2; ++filled) {
      for (int64_t dim = 0; dim < from.dim(); ++dim) {
        for (int64_t start = 0; start <= full.size(dim); ++start) {
          for (int64_t length = 0; length <= full.size(dim) - start; ++length) {
            const SparseTensor part = from.narrow(dim, start, length);
            EXPECT_TRUE(same(part.to_dense(), full.narrow(dim, start, length).contiguous()));
            expect_sound(part);
          }
        }
      }
      from.fill_cache_();
    }
  }
  EXPECT_TRUE(same(a.narrow(0, -3, 2).to_dense(), dense.narrow(0, 4, 2)));
  EXPECT_TRUE(same(a.narrow(-1, -3, 2).to_dense(), dense.narrow(1, 3, 2).contiguous()));
}

TEST_F(Select, NarrowKeepsWhatIsDerived) {
  a.fill_cache_();
  EXPECT_THAT(a.narrow(0, 1, 3).storage().cached_keys(), ElementsAre("rowcount"));
  EXPECT_THAT(a.narrow(1, 1, 3).storage().cached_keys(), ElementsAre("colptr", "colcount"));
}

TEST_F(Select, NarrowRefuses) {
  EXPECT_THAT(error_of([&] { a.narrow(0, 5, 3); }), HasSubstr("does not fit dimension 0 of size 7"));
  EXPECT_THAT(error_of([&] { a.narrow(1, -7, 1); }), HasSubstr("does not fit"));
  EXPECT_THAT(error_of([&] { a.narrow(1, 0, -1); }), HasSubstr("does not fit"));
  EXPECT_THAT(error_of([&] { a.narrow(1, 1, INT64_MAX); }), HasSubstr("does not fit"));
  EXPECT_THAT(error_of([&] { a.narrow(2, 0, 1); }), HasSubstr("dimension out of range"));
  EXPECT_THAT(error_of([&] { a.select(0, 7); }), HasSubstr("does not fit"));
}

TEST_F(Select, SelectKeepsTheDimension) {
  EXPECT_THAT(a.select(0, -1).sizes(), ElementsAre(1, 6));
  EXPECT_TRUE(same(a.select(1, 2).to_dense(), dense.narrow(1, 2, 1).contiguous()));
  EXPECT_TRUE(same(wide.select(2, 3).to_dense(), wide_dense.narrow(2, 3, 1).contiguous()));
}

TEST_F(Select, IndicesInAnyOrderAndOften) {
  for (const SparseTensor& from : {a, wide}) {
    const at::Tensor full = from.to_dense();
    for (int trial = 0; trial < 20; ++trial) {
      for (int64_t dim = 0; dim < from.dim(); ++dim) {
        const at::Tensor index = at::randint(0, full.size(dim), {static_cast<int64_t>(random() % 12)}, at::kLong);
        const SparseTensor part = from.index_select(dim, index);
        EXPECT_TRUE(same(part.to_dense(), full.index_select(dim, index)));
        expect_sound(part);
        const at::Tensor mask = at::rand({full.size(dim)}).gt(0.5);
        const SparseTensor masked = from.masked_select(dim, mask);
        EXPECT_TRUE(same(masked.to_dense(), full.index_select(dim, mask.nonzero().flatten())));
        expect_sound(masked);
      }
    }
  }
}

TEST_F(Select, LongRows) {
  const SparseTensor large = random_matrix(random, 3, 9000, 30000);
  const at::Tensor perm = at::randperm(9000, at::kLong);
  EXPECT_TRUE(same(large.index_select(1, perm).to_dense(), large.to_dense().index_select(1, perm)));
}

TEST_F(Select, DuplicatesStay) {
  const SparseTensor twice(
      StorageArguments{.row = longs({0, 0, 1}), .col = longs({1, 1, 0}), .value = longs({3, 4, 5})});
  const SparseTensor part = twice.index_select(1, longs({1, 0, 1}));
  EXPECT_THAT(list(part.storage().col()), ElementsAre(0, 0, 2, 2, 1));
  EXPECT_THAT(list(part.storage().value()), ElementsAre(3, 4, 3, 4, 5));
  EXPECT_FALSE(part.is_coalesced());
  EXPECT_TRUE(twice.narrow(0, 1, 1).is_coalesced());
}

TEST_F(Select, IndicesRefuse) {
  EXPECT_THAT(error_of([&] { a.index_select(0, longs({7})); }), HasSubstr("index[0] is 7"));
  EXPECT_THAT(error_of([&] { a.index_select(1, longs({0, -1})); }), HasSubstr("index[1] is -1"));
  EXPECT_THAT(error_of([&] { a.index_select(0, at::zeros({2})); }), HasSubstr("must be int64"));
  EXPECT_THAT(error_of([&] { a.index_select(0, at::zeros({2, 2}, at::kLong)); }), HasSubstr("one dimension"));
  EXPECT_THAT(error_of([&] { a.masked_select(0, at::ones({6}, at::kBool)); }), HasSubstr("with 7 elements"));
  EXPECT_THAT(error_of([&] { a.masked_select(0, longs({1, 1, 1, 1, 1, 1, 1})); }), HasSubstr("must be boolean"));
}

TEST_F(Select, EntriesByNumber) {
  const auto nnz = a.nnz();
  const at::Tensor mask = at::rand({nnz}).gt(0.4);
  const SparseTensor by_row = a.masked_select_nnz(mask, Layout::coo);
  EXPECT_TRUE(same(by_row.storage().value(), a.storage().value().index({mask})));
  expect_sound(by_row);
  const SparseTensor by_column = a.masked_select_nnz(mask, Layout::csc);
  EXPECT_TRUE(same(std::get<2>(by_column.csc()), std::get<2>(a.csc()).index({mask})));
  EXPECT_THAT(by_column.sizes(), ElementsAre(7, 6));
  const SparseTensor some = a.index_select_nnz(longs({4, 1, 7}), Layout::coo);
  EXPECT_TRUE(same(some.storage().value(), a.storage().value().index_select(0, longs({1, 4, 7}))));
  expect_sound(some);
  EXPECT_TRUE(same(a.index_select_nnz(longs({2}), Layout::csc).storage().value(),
                   a.storage().value().index_select(0, a.storage().csc2csr().narrow(0, 2, 1))));
  EXPECT_THAT(error_of([&] { a.index_select_nnz(longs({nnz}), Layout::coo); }), HasSubstr("must lie in [0, "));
  EXPECT_THAT(error_of([&] { a.index_select_nnz(longs({-1}), Layout::coo); }), HasSubstr("must lie in [0, "));
  EXPECT_THAT(error_of([&] { a.masked_select_nnz(mask.narrow(0, 1, nnz - 1), Layout::coo); }), HasSubstr("elements"));
}

TEST_F(Select, Brackets) {
  const at::Tensor rows = longs({5, 0, 5}), cols = longs({1, 4});
  const at::Tensor mask = longs({1, 0, 1, 1, 0, 0, 1}).to(at::kBool);
  const auto taken = [&](const SparseTensor& from, const std::vector<Index>& indices) {
    return from.index(indices).to_dense();
  };
  EXPECT_TRUE(same(taken(a, {Slice{1, 5}, cols}), dense.narrow(0, 1, 4).index_select(1, cols)));
  EXPECT_TRUE(same(taken(a, {mask, 2}), dense.index({mask}).narrow(1, 2, 1).contiguous()));
  EXPECT_TRUE(same(taken(a, {Ellipsis{}, Slice{-4, -1}}), dense.narrow(1, 2, 3).contiguous()));
  EXPECT_TRUE(same(taken(wide, {Ellipsis{}, Slice{1, 3}}), wide_dense.narrow(2, 1, 2).contiguous()));
  EXPECT_TRUE(same(taken(wide, {3, Ellipsis{}, -1}), wide_dense.narrow(0, 3, 1).narrow(2, 3, 1).contiguous()));
  EXPECT_TRUE(same(taken(a, {std::vector<int64_t>{5, 0, 5}, std::vector<int64_t>{1, 4}}),
                   dense.index_select(0, rows).index_select(1, cols)));
  EXPECT_TRUE(same(taken(a, {std::vector<bool>{true, false, true, true, false, false, true}}), dense.index({mask})));
  EXPECT_TRUE(same(a[rows].to_dense(), dense.index_select(0, rows)));
  EXPECT_TRUE(same(a[Slice{}].to_dense(), dense));
  EXPECT_THAT((a[Slice{2, 100}]).sizes(), ElementsAre(5, 6));
  EXPECT_THAT((a[Slice{5, 2}]).sizes(), ElementsAre(0, 6));
  EXPECT_THAT((a[Slice{-100, 3}]).sizes(), ElementsAre(3, 6));
}

TEST_F(Select, BracketsRefuse) {
  EXPECT_THAT(error_of([&] { a[Slice{0, 4, 2}]; }), HasSubstr("Step parameter not yet supported"));
  EXPECT_THAT(error_of([&] { a.index({Ellipsis{}, Ellipsis{}}); }), HasSubstr("at most one"));
  EXPECT_THAT(error_of([&] { a.index({0, 0, 0}); }), HasSubstr("the matrix has 2 dimensions"));
  EXPECT_THAT(error_of([&] { a[7]; }), HasSubstr("does not fit"));
  EXPECT_THAT(error_of([&] { a[at::rand({3})]; }), HasSubstr("must be int64"));
  EXPECT_THAT(error_of([&] { a[at::Tensor()]; }), HasSubstr("undefined"));
}

TEST_F(Select, Permutes) {
  const SparseTensor square(StorageArguments{
      .row = longs({0, 0, 1, 2, 2}), .col = longs({0, 1, 0, 1, 2}), .value = at::tensor({1., 2., 3., 4., 5.})});
  const SparseTensor moved = square.permute(longs({1, 0, 2}));
  EXPECT_THAT(list(moved.storage().row()), ElementsAre(0, 1, 1, 2, 2));
  EXPECT_THAT(list(moved.storage().col()), ElementsAre(1, 0, 1, 0, 2));
  EXPECT_THAT(list(moved.storage().value()), ElementsAre(3, 2, 1, 4, 5));
  EXPECT_THAT(error_of([&] { a.permute(longs({0})); }), HasSubstr("a square one"));
}

TEST_F(Select, NarrowDiagUndoesCat) {
  SparseTensor b = random_matrix(random, 3, 4, 7), c = a;
  for (int filled = 0; filled < 2; ++filled) {
    const SparseTensor joined = cat_diag({c, b, c});
    EXPECT_TRUE(joined.narrow_diag({0, 0}, {7, 6}) == c);
    const SparseTensor middle = joined.narrow_diag({7, 6}, {3, 4});
    EXPECT_TRUE(middle == b);
    EXPECT_EQ(middle.storage().num_cached_keys(), filled ? 5 : 0);
    expect_sound(middle);
    b.fill_cache_();
    c.fill_cache_();
  }
  EXPECT_THAT(error_of([&] { cat_diag({a, b}).narrow_diag({0, 6}, {7, 4}); }), HasSubstr("along its diagonal"));
  EXPECT_THAT(error_of([&] { a.narrow_diag({0, 0}, {8, 1}); }), HasSubstr("does not fit"));
}

// Rows 0 and 1 lie in columns 0 and 1, but so does an entry of row 2: the columns' counts are not those of the block.
TEST_F(Select, NarrowDiagLeavesColumnsOfOthers) {
  SparseTensor shared(
      StorageArguments{.row = longs({0, 0, 1, 2, 2}), .col = longs({0, 1, 1, 0, 2}), .value = longs({1, 2, 3, 4, 5})});
  for (int filled = 0; filled < 2; ++filled) {
    const SparseTensor block = shared.narrow_diag({0, 0}, {2, 2});
    EXPECT_THAT(list(block.to_dense()), ElementsAre(1, 2, 0, 3));
    EXPECT_THAT(list(block.t().to_dense()), ElementsAre(1, 0, 2, 3));
    EXPECT_THAT(list(block.storage().colcount()), ElementsAre(1, 2));
    expect_sound(block);
    shared.fill_cache_();
  }
}

TEST_F(Select, TrustedRowsOutOfOrder) {
  const SparseTensor loose(StorageArguments{.row = longs({0, 0, 0, 1}),
                                            .col = longs({2, 0, 1, 1}),
                                            .value = longs({5, 6, 7, 8}),
                                            .sparse_sizes = {2, 3},
                                            .is_sorted = true,
                                            .trust_data = true});
  const at::Tensor full = at::tensor({6, 7, 5, 0, 8, 0}, at::kLong).view({2, 3});
  EXPECT_TRUE(at::equal(loose.to_dense(), full));
  EXPECT_TRUE(at::equal(loose.t().to_dense(), full.t()));
  EXPECT_TRUE(at::equal(loose.narrow(1, 1, 2).to_dense(), full.narrow(1, 1, 2)));
  EXPECT_TRUE(at::equal(loose.index_select(1, longs({2, 0})).to_dense(), full.index_select(1, longs({2, 0}))));
  EXPECT_TRUE(at::equal(loose.sparse_reshape(3, 2).to_dense(), full.view({3, 2})));
  EXPECT_THAT(list(loose.sparse_reshape(3, 2).storage().rowptr()), ElementsAre(0, 2, 3, 4));
}

}  // namespace
}  // namespace spinel::sparse
