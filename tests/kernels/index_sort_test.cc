#include "spinel/kernels/cpu/index_sort.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <random>
#include <tuple>
#include <vector>

#include "spinel/kernels/cpu/csr_check.h"
#include "tests/kernels/spmm_testing.h"

namespace spinel::kernels {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

template <typename Index>
class IndexSort : public testing::Test {
 protected:
  using List = std::vector<Index>;

  static List random_keys(std::mt19937& random, size_t n, int64_t num_keys) {
    List keys(n);
    for (Index& key : keys) {
      // Some keys are frequent.
      const uint64_t draw = uint64_t{random()} << 32 | random();
      key = static_cast<Index>(draw % 4 == 0 ? num_keys / 3 : static_cast<int64_t>(draw / 4) % num_keys);
    }
    return keys;
  }
  static List stable_order(const List& key) {
    List perm(key.size());
    std::iota(perm.begin(), perm.end(), Index{0});
    std::stable_sort(perm.begin(), perm.end(),
                     [&](Index a, Index b) { return key[static_cast<size_t>(a)] < key[static_cast<size_t>(b)]; });
    return perm;
  }
  static List sorted(const List& key, int64_t num_keys, List* ptr, const ParallelFor& parallel) {
    List perm(key.size(), -5);
    if (ptr) ptr->assign(static_cast<size_t>(num_keys) + 1, -5);
    EXPECT_EQ(index_sort(static_cast<int64_t>(key.size()), key.data(), num_keys, ptr ? ptr->data() : nullptr,
                         perm.data(), parallel),
              all_sound);
    return perm;
  }
};
using IndexTypes = testing::Types<int32_t, int64_t>;
TYPED_TEST_SUITE(IndexSort, IndexTypes);

TYPED_TEST(IndexSort, KeepsTheOrderOfEqualKeys) {
  std::vector<TypeParam> ptr;
  EXPECT_THAT(this->sorted({3, 1, 3, 0, 1, 3}, 5, &ptr, serial()), ElementsAre(3, 1, 4, 0, 2, 5));
  EXPECT_THAT(ptr, ElementsAre(0, 1, 3, 3, 6, 6));
  EXPECT_THAT(this->sorted({0, 0, 0}, 1, &ptr, serial()), ElementsAre(0, 1, 2));
  EXPECT_THAT(ptr, ElementsAre(0, 3));
}

TYPED_TEST(IndexSort, OfNothing) {
  std::vector<TypeParam> ptr;
  EXPECT_THAT(this->sorted({}, 0, &ptr, serial()), IsEmpty());
  EXPECT_THAT(ptr, ElementsAre(0));
  EXPECT_THAT(this->sorted({}, 2, &ptr, serial()), IsEmpty());
  EXPECT_THAT(ptr, ElementsAre(0, 0, 0));
  EXPECT_THAT(this->sorted({}, 5000, &ptr, serial()), IsEmpty());
  EXPECT_THAT(ptr, testing::AllOf(testing::SizeIs(5001), testing::Each(0)));
}

// One pass up to 2048 keys, two beyond; few pieces and many.
TYPED_TEST(IndexSort, IsAStableSortOnAnyNumberOfThreads) {
  std::mt19937 random(1);
  for (const int64_t num_keys : {1, 2, 2047, 2048, 2049, 4097, 100'000, 1'000'003}) {
    const auto keys = this->random_keys(random, 120'000, num_keys);
    const auto expected = this->stable_order(keys);
    std::vector<TypeParam> counts(static_cast<size_t>(num_keys) + 1), ptr;
    for (const TypeParam key : keys) ++counts[static_cast<size_t>(key) + 1];
    std::partial_sum(counts.begin(), counts.end(), counts.begin());
    for (const int threads : {1, 2, 5}) {
      EXPECT_EQ(this->sorted(keys, num_keys, &ptr, PiecesInTurn(threads)), expected) << num_keys;
      EXPECT_EQ(ptr, counts) << num_keys;
      set_thread_pool_size(threads);
      EXPECT_EQ(this->sorted(keys, num_keys, nullptr, thread_pool()), expected) << num_keys;
    }
    set_thread_pool_size(0);
  }
}

TYPED_TEST(IndexSort, ComparesWhereKeysAreTooManyToCount) {
  constexpr int64_t most = std::numeric_limits<TypeParam>::max();
  EXPECT_TRUE(is_countable(0, 4096));
  EXPECT_TRUE(is_countable(100'000, 1'000'000));
  EXPECT_FALSE(is_countable(300, most));
  std::mt19937 random(2);
  const auto keys = this->random_keys(random, 300, most);
  EXPECT_EQ(this->sorted(keys, most, nullptr, serial()), this->stable_order(keys));
}

TYPED_TEST(IndexSort, FindsUnsoundKeys) {
  constexpr auto most = std::numeric_limits<TypeParam>::max(), least = std::numeric_limits<TypeParam>::min();
  std::mt19937 random(3);
  for (const int64_t num_keys : {1, 1000, 50'000}) {
    const auto keys = this->random_keys(random, 100'000, num_keys);
    std::vector<TypeParam> perm(keys.size()), ptr(static_cast<size_t>(num_keys) + 1);
    for (const int threads : {1, 2, 5}) {
      for (const int64_t at : {0, 19'999, 20'000, 99'999}) {
        for (const TypeParam wrong : {TypeParam{-1}, static_cast<TypeParam>(num_keys), most, least}) {
          auto broken = keys;
          broken[static_cast<size_t>(at)] = wrong;
          EXPECT_EQ(index_sort(100'000, broken.data(), num_keys, ptr.data(), perm.data(), PiecesInTurn(threads)), at);
        }
      }
    }
  }
  const std::vector<TypeParam> few = {5, most, 7, -3};
  std::vector<TypeParam> perm(4);
  EXPECT_EQ(index_sort<TypeParam>(4, few.data(), most, nullptr, perm.data(), serial()), 1);
}

TYPED_TEST(IndexSort, InvertsPermutations) {
  std::mt19937 random(4);
  std::vector<TypeParam> perm(100'000), inverse(perm.size());
  std::iota(perm.begin(), perm.end(), TypeParam{0});
  std::shuffle(perm.begin(), perm.end(), random);
  for (const int threads : {1, 2, 5}) {
    std::fill(inverse.begin(), inverse.end(), TypeParam{-5});
    ASSERT_EQ(invert_permutation(100'000, perm.data(), inverse.data(), PiecesInTurn(threads)), all_sound);
    for (size_t i = 0; i < perm.size(); ++i) ASSERT_EQ(inverse[static_cast<size_t>(perm[i])], static_cast<int64_t>(i));
  }
  EXPECT_EQ(invert_permutation<TypeParam>(0, nullptr, nullptr, serial()), all_sound);
}

TYPED_TEST(IndexSort, RefusesWhatIsNoPermutation) {
  const auto unsound = [](std::vector<TypeParam> perm) {
    std::vector<TypeParam> inverse(perm.size());
    return invert_permutation(static_cast<int64_t>(perm.size()), perm.data(), inverse.data(), serial());
  };
  EXPECT_EQ(unsound({0, 1, 3}), 2);
  EXPECT_EQ(unsound({-1, 0}), 0);
  EXPECT_EQ(unsound({2, 0, 2}), 0);  // one of the equal ones
  std::vector<TypeParam> repeated(100'000);
  std::iota(repeated.begin(), repeated.end(), TypeParam{0});
  repeated[99'000] = 10;
  std::vector<TypeParam> inverse(repeated.size());
  for (const int threads : {1, 5}) {
    const int64_t found = invert_permutation(100'000, repeated.data(), inverse.data(), PiecesInTurn(threads));
    EXPECT_TRUE(found == 10 || found == 99'000) << found;
  }
}

/// Columns with what came with them.
template <typename Index>
using Pairs = std::vector<std::pair<Index, Index>>;

// By insertion up to 24, by comparing packed pairs, by counting; and where columns do not fit 32 bits.
TYPED_TEST(IndexSort, SortsRowsStably) {
  std::mt19937 random(5);
  RowSorter<TypeParam> sorter;
  std::vector<int64_t> limits = {1, 10, 3000, 1'000'000, std::numeric_limits<int32_t>::max()};
  if (sizeof(TypeParam) == 8) limits.push_back(int64_t{1} << 62);
  for (const int64_t limit : limits) {
    for (const size_t n : {0, 1, 2, 24, 25, 1000, 4095, 5000}) {
      auto columns = this->random_keys(random, n, limit);
      Pairs<TypeParam> expected;
      std::vector<TypeParam> source(n);
      for (size_t i = 0; i < n; ++i) {
        source[i] = static_cast<TypeParam>(7 * i + 1);
        expected.push_back({columns[i], source[i]});
      }
      std::stable_sort(expected.begin(), expected.end(), [](auto a, auto b) { return a.first < b.first; });
      sorter.sort(static_cast<int64_t>(n), columns.data(), source.data());
      Pairs<TypeParam> found;
      for (size_t i = 0; i < n; ++i) found.push_back({columns[i], source[i]});
      EXPECT_EQ(found, expected) << n << " below " << limit;
    }
  }
}

TYPED_TEST(IndexSort, SortsEntries) {
  std::mt19937 random(6);
  constexpr int64_t most = std::numeric_limits<TypeParam>::max();
  for (const auto& [n, rows, cols] : std::vector<std::tuple<size_t, int64_t, int64_t>>{{0, 0, 0},
                                                                                       {0, 9, 9},
                                                                                       {1, 1, 1},
                                                                                       {3000, 1, 500},
                                                                                       {3000, 500, 1},
                                                                                       {60'000, 40, 70},
                                                                                       {60'000, 9000, 9000},
                                                                                       {500, most, most}}) {
    const auto row = this->random_keys(random, n, std::max<int64_t>(rows, 1));
    const auto col = this->random_keys(random, n, std::max<int64_t>(cols, 1));
    std::vector<std::tuple<TypeParam, TypeParam, TypeParam>> expected;
    for (size_t e = 0; e < n; ++e) expected.push_back({row[e], col[e], static_cast<TypeParam>(e)});
    std::sort(expected.begin(), expected.end());
    for (const int threads : {1, 2, 5}) {
      std::vector<TypeParam> row_out(n), col_out(n), perm(n);
      sort_coo(static_cast<int64_t>(n), row.data(), col.data(), rows, row_out.data(), col_out.data(), perm.data(),
               PiecesInTurn(threads));
      for (size_t e = 0; e < n; ++e) ASSERT_EQ(std::tuple(row_out[e], col_out[e], perm[e]), expected[e]) << e;
    }
  }
}

}  // namespace
}  // namespace spinel::kernels
