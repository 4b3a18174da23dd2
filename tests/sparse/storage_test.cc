#include "spinel/sparse/storage.h"

#include <thread>

#include "spinel/sparse/operators.h"
#include "tests/sparse/sparse_testing.h"

namespace spinel::sparse {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

SparseStorage two_by_two(const at::Tensor& value = {}) {
  return SparseStorage({.row = longs({0, 0, 1, 1}), .col = longs({0, 1, 0, 1}), .value = value});
}

TEST(SparseIndices, PointersAndBack) {
  const at::Tensor rowptr = op::ind2ptr(longs({2, 2, 4, 5, 5, 6}), 8);
  EXPECT_THAT(list(rowptr), ElementsAre(0, 0, 0, 2, 2, 3, 5, 6, 6));
  EXPECT_THAT(list(op::ptr2ind(rowptr, 6)), ElementsAre(2, 2, 4, 5, 5, 6));
  const at::Tensor empty = op::ind2ptr(longs({}), 8);
  EXPECT_THAT(list(empty), ElementsAre(0, 0, 0, 0, 0, 0, 0, 0, 0));
  EXPECT_THAT(list(op::ptr2ind(empty, 0)), IsEmpty());
  EXPECT_THAT(list(op::ind2ptr(longs({}), 0)), ElementsAre(0));
}

TEST(SparseIndices, PointersRefuseWhatIsOutOfPlace) {
  EXPECT_THAT(error_of([] { op::ind2ptr(longs({0, 2, 1}), 3); }), HasSubstr("ind[2] is 1"));
  EXPECT_THAT(error_of([] { op::ind2ptr(longs({0, 3}), 3); }), HasSubstr("ind[1] is 3"));
  EXPECT_THAT(error_of([] { op::ind2ptr(longs({-1, 0}), 3); }), HasSubstr("ind[0] is -1"));
  EXPECT_THAT(error_of([] { op::ind2ptr(longs({0}), -1); }), HasSubstr("must not be negative"));
  EXPECT_THAT(error_of([] { op::ptr2ind(longs({0, 2, 1, 3}), 3); }), HasSubstr("gives row 1 the entries [2, 1)"));
  EXPECT_THAT(error_of([] { op::ptr2ind(longs({0, 2}), 3); }), HasSubstr("goes from 0 to 2"));
  EXPECT_THAT(error_of([] { op::ptr2ind(longs({}), 0); }), HasSubstr("is empty"));
  EXPECT_THAT(error_of([] { op::ind2ptr(at::zeros({2}), 3); }), HasSubstr("indices are int32 or int64"));
  EXPECT_THAT(error_of([] { op::ind2ptr(at::zeros({2, 1}, at::kLong), 3); }), HasSubstr("1 is needed"));
}

TEST(SparseStorage, InfersSizesAndSorts) {
  const SparseStorage plain = two_by_two();
  EXPECT_THAT(list(plain.row()), ElementsAre(0, 0, 1, 1));
  EXPECT_FALSE(plain.has_value());
  EXPECT_THAT(plain.sparse_sizes(), ElementsAre(2, 2));
  const SparseStorage sorted({.row = longs({0, 0, 1, 1}), .col = longs({1, 0, 1, 0}), .value = longs({2, 1, 4, 3})});
  EXPECT_THAT(list(sorted.row()), ElementsAre(0, 0, 1, 1));
  EXPECT_THAT(list(sorted.col()), ElementsAre(0, 1, 0, 1));
  EXPECT_THAT(list(sorted.value()), ElementsAre(1, 2, 3, 4));
  const SparseStorage empty({.row = longs({}), .col = longs({})});
  EXPECT_THAT(empty.sparse_sizes(), ElementsAre(0, 0));
  EXPECT_TRUE(empty.is_coalesced());
  EXPECT_THAT(SparseStorage().sparse_sizes(), ElementsAre(0, 0));
}

TEST(SparseStorage, SortsAsAStableSortDoes) {
  std::mt19937 random(1);
  for (int trial = 0; trial < 40; ++trial) {
    const int64_t rows = 1 + random() % 40, cols = trial % 4 == 0 ? 5000 : 1 + random() % 30;
    const RandomEntries entries(random, rows, cols, random() % (trial % 5 == 0 ? 20000 : 200));
    const at::Tensor order = (entries.row * cols + entries.col).argsort(/*stable=*/true, 0, false);
    const SparseStorage storage = entries.matrix().storage();
    EXPECT_TRUE(at::equal(storage.row(), entries.row.index_select(0, order)));
    EXPECT_TRUE(at::equal(storage.col(), entries.col.index_select(0, order)));
    EXPECT_TRUE(at::equal(storage.value(), entries.value.index_select(0, order)));
    const at::Tensor by_column = (storage.col() * rows + storage.row()).argsort(true, 0, false);
    EXPECT_TRUE(at::equal(storage.csr2csc(), by_column));
    expect_sound(SparseTensor(storage));
  }
}

// Few entries in a huge matrix take no memory for its rows, and no index is multiplied beyond 64 bits.
TEST(SparseStorage, HugeSizes) {
  const int64_t huge = int64_t{1} << 62;
  const SparseStorage storage({.row = longs({huge - 1, 5, 5}),
                               .col = longs({3, huge - 2, 7}),
                               .value = longs({1, 2, 3}),
                               .sparse_sizes = {huge, huge}});
  EXPECT_THAT(list(storage.value()), ElementsAre(3, 2, 1));
  EXPECT_TRUE(storage.is_coalesced());
  EXPECT_THAT(list(storage.coalesce().col()), ElementsAre(7, huge - 2, 3));
  EXPECT_THAT(error_of([&] { storage.sparse_reshape(-1, 3); }), HasSubstr("must stay"));
  // 2⁶² rows of 2⁶² columns are 2⁶¹ of 2⁶³, which is no int64; 2 · 2⁶¹ columns are.
  EXPECT_THAT(error_of([&] { storage.sparse_reshape(huge / 2, -1); }), HasSubstr("must stay"));
  EXPECT_TRUE(at::equal(storage.sparse_reshape(-1, huge).col(), storage.col()));
  EXPECT_THAT(error_of([] { const SparseStorage s({.row = longs({INT64_MAX}), .col = longs({0})}); }),
              HasSubstr("smaller"));
}

TEST(SparseStorage, DerivesOnDemandAndKeeps) {
  SparseStorage storage = two_by_two();
  EXPECT_EQ(storage.num_cached_keys(), 0);
  EXPECT_FALSE(storage.has_rowptr());
  storage.fill_cache_();
  EXPECT_THAT(list(storage.rowcount()), ElementsAre(2, 2));
  EXPECT_THAT(list(storage.rowptr()), ElementsAre(0, 2, 4));
  EXPECT_THAT(list(storage.colcount()), ElementsAre(2, 2));
  EXPECT_THAT(list(storage.colptr()), ElementsAre(0, 2, 4));
  EXPECT_THAT(list(storage.csr2csc()), ElementsAre(0, 2, 1, 3));
  EXPECT_THAT(list(storage.csc2csr()), ElementsAre(0, 2, 1, 3));
  EXPECT_THAT(storage.cached_keys(), ElementsAre("rowcount", "colptr", "colcount", "csr2csc", "csc2csr"));
  const SparseStorage given({.row = storage.row(),
                             .rowptr = storage.rowptr(),
                             .col = storage.col(),
                             .sparse_sizes = {2, 2},
                             .rowcount = storage.rowcount(),
                             .colptr = storage.colptr(),
                             .colcount = storage.colcount(),
                             .csr2csc = storage.csr2csc(),
                             .csc2csr = storage.csc2csr()});
  EXPECT_EQ(given.num_cached_keys(), 5);
  const SparseStorage shared = storage.copy();
  storage.clear_cache_();
  EXPECT_EQ(storage.num_cached_keys(), 0);
  EXPECT_TRUE(storage.has_rowptr());
  EXPECT_EQ(shared.num_cached_keys(), 5);
}

TEST(SparseStorage, SharesWhatIsDerivedLater) {
  const SparseStorage storage = two_by_two(), other = storage.set_value(longs({1, 2, 3, 4}), Layout::coo);
  other.colptr();
  EXPECT_TRUE(storage.has_colptr());
  EXPECT_EQ(storage.colptr().data_ptr(), other.colptr().data_ptr());
}

TEST(SparseStorage, ManyThreadsAsk) {
  std::mt19937 random(2);
  const SparseStorage storage = RandomEntries(random, 300, 200, 5000).matrix().storage();
  std::vector<at::Tensor> found(8);
  std::vector<std::thread> threads;
  for (size_t t = 0; t < found.size(); ++t) threads.emplace_back([&, t] { found[t] = storage.csc2csr(); });
  for (std::thread& thread : threads) thread.join();
  for (const at::Tensor& tensor : found) EXPECT_EQ(tensor.data_ptr(), found[0].data_ptr());
}

// Each thread begins with another member, so that what one is derived from is first asked for by several at once.
TEST(SparseStorage, ThreadsThatAskForDifferentThingsGetTheSame) {
  std::mt19937 random(3);
  using Get = at::Tensor (SparseStorage::*)() const;
  const std::vector<Get> members = {&SparseStorage::row,    &SparseStorage::rowptr,   &SparseStorage::rowcount,
                                    &SparseStorage::colptr, &SparseStorage::colcount, &SparseStorage::csr2csc,
                                    &SparseStorage::csc2csr};
  const SparseStorage whole = RandomEntries(random, 200, 300, 4000).matrix().storage();
  for (int round = 0; round < 30; ++round) {
    StorageArguments arguments{.col = whole.col(), .sparse_sizes = {200, 300}, .is_sorted = true, .trust_data = true};
    (round % 2 ? arguments.rowptr : arguments.row) = round % 2 ? whole.rowptr() : whole.row();
    const SparseStorage fresh(arguments);
    std::vector<std::vector<at::Tensor>> found(members.size());
    std::vector<std::thread> threads;
    for (size_t t = 0; t < members.size(); ++t) {
      threads.emplace_back([&, t] {
        const SparseStorage own = fresh;
        own.is_coalesced();
        for (size_t k = 0; k < members.size(); ++k) found[t].push_back((own.*members[(t + k) % members.size()])());
      });
    }
    for (std::thread& thread : threads) thread.join();
    for (size_t t = 0; t < members.size(); ++t) {
      for (size_t k = 0; k < members.size(); ++k) {
        const Get member = members[(t + k) % members.size()];
        EXPECT_TRUE(at::equal(found[t][k], (whole.*member)()));
        EXPECT_EQ(found[t][k].data_ptr(), (fresh.*member)().data_ptr());
      }
    }
  }
}

TEST(SparseStorage, ValuesByLayout) {
  const at::Tensor value = longs({1, 2, 3, 4});
  SparseStorage storage({.row = longs({0, 0, 1, 1}), .col = longs({1, 0, 1, 0}), .value = value});
  storage.set_value_(value, Layout::csc);
  EXPECT_THAT(list(storage.value()), ElementsAre(1, 3, 2, 4));
  const SparseStorage before = storage;
  storage.set_value_(value, Layout::coo);
  EXPECT_THAT(list(storage.value()), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(list(before.value()), ElementsAre(1, 3, 2, 4));
  EXPECT_THAT(list(storage.set_value(value, Layout::csc).value()), ElementsAre(1, 3, 2, 4));
  EXPECT_THAT(list(storage.set_value(value).value()), ElementsAre(1, 2, 3, 4));  // warns
  EXPECT_FALSE(storage.set_value({}, Layout::coo).has_value());
  EXPECT_THAT(error_of([&] { storage.set_value(longs({1}), Layout::coo); }), HasSubstr("there are 4 entries"));
  EXPECT_THAT(error_of([] { parse_layout("csx"); }), HasSubstr("did you mean"));
}

TEST(SparseStorage, CopiesShareAndClonesDoNot) {
  const SparseStorage storage = two_by_two(longs({1, 2, 3, 4}));
  EXPECT_EQ(storage.copy().col().data_ptr(), storage.col().data_ptr());
  const SparseStorage clone = storage.clone();
  EXPECT_NE(clone.col().data_ptr(), storage.col().data_ptr());
  EXPECT_NE(clone.value().data_ptr(), storage.value().data_ptr());
  EXPECT_THAT(list(clone.value()), ElementsAre(1, 2, 3, 4));
}

TEST(SparseStorage, CoalescesByEveryReduction) {
  const SparseStorage storage({.row = longs({0, 0, 0, 1, 1}),
                               .col = longs({0, 1, 1, 0, 1}),
                               .value = at::tensor({1., 1., 3., 3., 4.}, at::kDouble)});
  EXPECT_FALSE(storage.is_coalesced());
  const SparseStorage sum = storage.coalesce();
  EXPECT_TRUE(sum.is_coalesced());
  EXPECT_THAT(list(sum.row()), ElementsAre(0, 0, 1, 1));
  EXPECT_THAT(list(sum.col()), ElementsAre(0, 1, 0, 1));
  EXPECT_THAT(list<double>(sum.value()), ElementsAre(1, 4, 3, 4));
  EXPECT_THAT(list<double>(storage.coalesce(Reduce::mean).value()), ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(list<double>(storage.coalesce(Reduce::min).value()), ElementsAre(1, 1, 3, 4));
  EXPECT_THAT(list<double>(storage.coalesce(Reduce::max).value()), ElementsAre(1, 3, 3, 4));
  EXPECT_EQ(storage.set_value({}, Layout::coo).coalesce().nnz(), 4);
  EXPECT_THAT(error_of([] { parse_reduce("variance"); }), HasSubstr("known: "));
}

TEST(SparseStorage, ReducesEveryType) {
  for (const at::ScalarType type :
       {at::kHalf, at::kBFloat16, at::kFloat, at::kDouble, at::kInt, at::kLong, at::kShort, at::kByte, at::kChar}) {
    const SparseStorage storage({.row = longs({0, 0, 0, 1}),
                                 .col = longs({1, 1, 1, 0}),
                                 .value = longs({1, 2, 3, 4, 5, 9, 7, 8}).view({4, 2}).to(type)});
    const at::Tensor sum = storage.coalesce().value();
    EXPECT_EQ(sum.scalar_type(), type);
    EXPECT_THAT(list(sum), ElementsAre(9, 15, 7, 8)) << type;
    EXPECT_THAT(list(storage.coalesce(Reduce::mean).value()), ElementsAre(3, 5, 7, 8)) << type;
    EXPECT_THAT(list(storage.coalesce(Reduce::max).value()), ElementsAre(5, 9, 7, 8)) << type;
    EXPECT_THAT(list(storage.coalesce(Reduce::min).value()), ElementsAre(1, 2, 7, 8)) << type;
  }
}

TEST(SparseStorage, NanWinsAsInTorch) {
  const double nan = std::nan("");
  const SparseStorage storage(
      {.row = longs({0, 0, 0}), .col = longs({0, 0, 0}), .value = at::tensor({1., nan, 3.}, at::kDouble)});
  EXPECT_TRUE(std::isnan(storage.coalesce(Reduce::max).value().item<double>()));
  EXPECT_TRUE(std::isnan(storage.coalesce(Reduce::min).value().item<double>()));
}

TEST(SparseStorage, Resizes) {
  SparseStorage storage = two_by_two();
  storage.fill_cache_();
  const SparseStorage larger = storage.sparse_resize({4, 3});
  EXPECT_THAT(larger.sparse_sizes(), ElementsAre(4, 3));
  EXPECT_EQ(larger.num_cached_keys(), 5);
  EXPECT_THAT(list(larger.rowptr()), ElementsAre(0, 2, 4, 4, 4));
  EXPECT_THAT(list(larger.rowcount()), ElementsAre(2, 2, 0, 0));
  EXPECT_THAT(list(larger.colptr()), ElementsAre(0, 2, 4, 4));
  EXPECT_THAT(list(larger.colcount()), ElementsAre(2, 2, 0));
  expect_sound(SparseTensor(larger));
  expect_sound(SparseTensor(larger.sparse_resize({2, 2})));
  EXPECT_THAT(error_of([&] { larger.sparse_resize({1, 3}); }), HasSubstr("2 rows"));
  EXPECT_THAT(error_of([&] { larger.sparse_resize({2, -1}); }), HasSubstr("negative"));
}

TEST(SparseStorage, Reshapes) {
  SparseStorage storage({.row = longs({0, 1, 2, 3}), .col = longs({0, 1, 2, 3})});
  storage = storage.sparse_reshape(2, 8);
  EXPECT_THAT(list(storage.row()), ElementsAre(0, 0, 1, 1));
  EXPECT_THAT(list(storage.col()), ElementsAre(0, 5, 2, 7));
  storage = storage.sparse_reshape(-1, 4);
  EXPECT_THAT(storage.sparse_sizes(), ElementsAre(4, 4));
  EXPECT_THAT(list(storage.col()), ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(storage.sparse_reshape(2, -1).sparse_sizes(), ElementsAre(2, 8));
  EXPECT_THAT(error_of([&] { storage.sparse_reshape(3, -1); }), HasSubstr("must stay"));
  EXPECT_THAT(error_of([&] { storage.sparse_reshape(-1, -1); }), HasSubstr("may be -1"));
  EXPECT_THAT(error_of([&] { storage.sparse_reshape(0, 16); }), HasSubstr("positive"));
}

TEST(SparseStorage, RefusesWhatDisagrees) {
  const at::Tensor zeros = longs({0, 0});
  const auto error = [](StorageArguments arguments) {
    return error_of([&] { const SparseStorage storage(std::move(arguments)); });
  };
  EXPECT_THAT(error({.col = zeros}), HasSubstr("neither row nor rowptr"));
  EXPECT_THAT(error({.row = zeros}), HasSubstr("col is not given"));
  EXPECT_THAT(error({.row = zeros, .col = at::zeros({2})}), HasSubstr("int64 is needed"));
  EXPECT_THAT(error({.row = zeros, .col = at::zeros({2}, at::kInt)}), HasSubstr("col is Int"));
  EXPECT_THAT(error({.row = zeros, .col = at::zeros({2, 1}, at::kLong)}), HasSubstr("2 dimensions"));
  EXPECT_THAT(error({.row = zeros, .col = longs({0})}), HasSubstr("row has 2 numbers; 1 are needed"));
  EXPECT_THAT(error({.row = longs({-1, 0}), .col = zeros}), HasSubstr("row holds -1"));
  EXPECT_THAT(error({.row = zeros, .col = longs({0, -3})}), HasSubstr("col holds -3"));
  EXPECT_THAT(error({.row = longs({0, 4}), .col = zeros, .sparse_sizes = {4, 1}}), HasSubstr("the index 4"));
  EXPECT_THAT(error({.row = zeros, .col = longs({0, 1}), .sparse_sizes = {1, 1}}), HasSubstr("2 are needed"));
  EXPECT_THAT(error({.row = zeros, .col = zeros, .sparse_sizes = {-1, 1}}), HasSubstr("negative"));
  EXPECT_THAT(error({.row = zeros, .col = zeros, .value = longs({1})}), HasSubstr("there are 2 entries"));
  EXPECT_THAT(error({.row = zeros, .col = zeros, .value = at::scalar_tensor(1)}), HasSubstr("there are 2 entries"));
  EXPECT_THAT(error({.row = longs({1, 0}), .col = zeros, .is_sorted = true}), HasSubstr("is_sorted is true"));
  EXPECT_THAT(error({.row = zeros, .col = longs({1, 0}), .is_sorted = true}), HasSubstr("is_sorted is true"));
  EXPECT_THAT(error({.rowptr = longs({0, 3}), .col = zeros}), HasSubstr("goes from 0 to 3"));
  EXPECT_THAT(error({.rowptr = longs({}), .col = longs({})}), HasSubstr("rowptr is empty"));
  EXPECT_THAT(error({.rowptr = longs({0, 2}), .col = zeros, .sparse_sizes = {3, 1}}), HasSubstr("rowptr has 2"));
  EXPECT_THAT(error({.row = zeros, .rowptr = longs({0, 1, 2}), .col = zeros}), HasSubstr("rowptr is not what"));
  EXPECT_THAT(error({.row = zeros, .col = zeros, .rowcount = longs({1})}), HasSubstr("rowcount is not what"));
  EXPECT_THAT(error({.row = zeros, .col = zeros, .colcount = longs({1})}), HasSubstr("colcount is not what"));
  EXPECT_THAT(error({.row = zeros, .col = zeros, .colptr = longs({0, 1})}), HasSubstr("colptr is not what"));
  EXPECT_THAT(error({.row = zeros, .col = longs({0, 1}), .csr2csc = longs({1, 0})}), HasSubstr("csr2csc is not what"));
  EXPECT_THAT(error({.row = zeros, .col = zeros, .csr2csc = longs({0, 7})}), HasSubstr("perm[1] is 7"));
  EXPECT_THAT(error({.row = zeros, .col = longs({0, 1}), .csc2csr = longs({1, 0})}), HasSubstr("csc2csr is not what"));
}

TEST(SparseStorage, PermutationsOfEntriesInAnotherOrderDoNotCount) {
  const SparseStorage storage({.row = longs({1, 0, 0}), .col = longs({0, 1, 0}), .csr2csc = longs({0, 2, 1})});
  EXPECT_THAT(list(storage.csr2csc()), ElementsAre(0, 2, 1));
  const SparseStorage other({.row = longs({1, 0, 0}), .col = longs({0, 1, 0}), .csr2csc = longs({2, 0, 1})});
  EXPECT_THAT(list(other.csr2csc()), ElementsAre(0, 2, 1));
}

TEST(SparseStorage, TrustedDataIsTakenAsItIs) {
  const SparseStorage storage({.row = longs({0, 0, 1}),
                               .col = longs({2, 0, 1}),
                               .value = longs({5, 6, 7}),
                               .sparse_sizes = {2, 3},
                               .is_sorted = true,
                               .trust_data = true});
  EXPECT_THAT(list(storage.col()), ElementsAre(2, 0, 1));
  EXPECT_THAT(list(storage.csr2csc()), ElementsAre(1, 2, 0));
  EXPECT_FALSE(storage.is_coalesced());
  const SparseStorage coalesced = storage.coalesce();
  EXPECT_THAT(list(coalesced.col()), ElementsAre(0, 2, 1));
  EXPECT_THAT(list(coalesced.value()), ElementsAre(6, 5, 7));
  // Trusted nonsense leads nothing out of bounds.
  const SparseTensor wild(StorageArguments{.row = longs({0, 9}),
                                           .col = longs({-5, 1 << 30}),
                                           .sparse_sizes = {2, 3},
                                           .is_sorted = true,
                                           .trust_data = true});
  EXPECT_THAT(error_of([&] { wild.storage().rowptr(); }), HasSubstr("must be sorted and lie in"));
  EXPECT_THAT(error_of([&] { wild.storage().csr2csc(); }), HasSubstr("must lie in"));
  EXPECT_NE(error_of([&] { wild.to_dense(); }), "no error");
}

TEST(SparseStorage, TakesViews) {
  const at::Tensor index = at::stack({longs({0, 1, 1}), longs({2, 0, 1})}, 1);  // columns of it are strided
  const at::Tensor value = at::arange(6, at::kDouble).view({2, 3}).t();
  const SparseStorage storage({.row = index.select(1, 0), .col = index.select(1, 1), .value = value});
  EXPECT_TRUE(storage.row().is_contiguous() && storage.value().is_contiguous());
  EXPECT_THAT(list<double>(storage.value()), ElementsAre(0, 3, 1, 4, 2, 5));
}

TEST(SparseStorage, TypesAndSharedMemory) {
  SparseStorage storage = two_by_two(at::tensor({1., 2., 3., 4.}, at::kDouble));
  EXPECT_EQ(storage.type(at::kFloat).value().scalar_type(), at::kFloat);
  EXPECT_EQ(storage.type_as(at::zeros({1}, at::kHalf)).value().scalar_type(), at::kHalf);
  EXPECT_FALSE(two_by_two().type(at::kFloat).has_value());
  EXPECT_EQ(storage.to(at::kCPU).col().data_ptr(), storage.col().data_ptr());
  EXPECT_FALSE(storage.is_pinned());
  EXPECT_FALSE(storage.is_shared());
  EXPECT_TRUE(storage.share_memory_().is_shared());
  EXPECT_THAT(list(storage.value()), ElementsAre(1, 2, 3, 4));
}

}  // namespace
}  // namespace spinel::sparse
