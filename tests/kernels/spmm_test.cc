#include "spinel/kernels/cpu/spmm.h"

#include <gmock/gmock.h>

#include <cmath>
#include <functional>

#include "spinel/base/error.h"
#include "spinel/kernels/cpu/csr_transpose.h"
#include "spinel/kernels/cpu/simd_level.h"
#include "spinel/kernels/cpu/spmm_plan.h"
#include "tests/kernels/spmm_testing.h"
#include "tests/support/errors.h"

namespace spinel::kernels {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

template <typename S>
std::vector<S> run_spmm(SpmmCall call, const std::vector<S>& x, int threads) {
  call.dtype = dtype_of<S>();
  std::vector<S> y(static_cast<size_t>(call.batch * call.a.rows * call.width));
  call.x = x.data();
  call.y = y.data();
  const SpmmPlan plan = plan_spmm(call, threads);
  std::vector<double> scratch(static_cast<size_t>(plan.scratch_bytes / 8 + 1));
  spmm(call, plan, scratch.data(), PiecesInTurn(threads));
  return y;
}

template <typename S, typename Index>
std::vector<double> naive(const RandomCsr<S, Index>& a, const SpmmCall& call, const std::vector<S>& x) {
  std::vector<double> y(static_cast<size_t>(call.batch * a.rows * call.width));
  for (int64_t b = 0; b < call.batch; ++b) {
    for (int64_t i = 0; i < a.rows; ++i) {
      for (int64_t f = 0; f < call.width; ++f) {
        double sum = 0;
        const int64_t count = a.rowptr[i + 1] - a.rowptr[i];
        for (int64_t e = a.rowptr[i]; e < a.rowptr[i + 1]; ++e) {
          const double value = call.a.value ? static_cast<double>(get_element(&a.value[e])) : 1;
          sum += value * static_cast<double>(get_element(&x[(b * a.columns + a.col[e]) * call.width + f]));
        }
        if (call.mean && count > 0) sum = std::is_integral_v<S> ? std::trunc(sum / count) : sum / count;
        y[static_cast<size_t>((b * a.rows + i) * call.width + f)] = sum;
      }
    }
  }
  return y;
}

template <typename S>
double tolerance() {
  return std::is_integral_v<S> ? 0 : sizeof(S) == 2 ? 1.0 / 128 : sizeof(S) == 4 ? 1e-5 : 1e-13;
}

template <typename S>
void expect_close(const std::vector<S>& y, const std::vector<double>& wanted) {
  const std::vector<double> found = numbers(y);
  ASSERT_EQ(found.size(), wanted.size());
  for (size_t k = 0; k < found.size(); ++k) {
    ASSERT_NEAR(found[k], wanted[k], tolerance<S>() * std::max(1.0, std::fabs(wanted[k]))) << k;
  }
}

template <typename S, typename Index>
void check_random(uint32_t seed) {
  std::mt19937 random(seed);
  for (const int64_t width : {1, 2, 3, 4, 5, 7, 8, 12, 16, 31, 64, 72, 100, 130}) {
    const auto rows = static_cast<int64_t>(1 + random() % 60);
    const auto a = csr_of<S, Index>(random, power_law(random, rows, 700), static_cast<int64_t>(1 + random() % 90));
    SpmmCall call;
    call.a = a.operand(random() % 2 == 0);
    call.batch = static_cast<int64_t>(1 + random() % 2);
    call.width = width;
    call.mean = random() % 2 == 0;
    const std::vector<S> x = random_elements<S>(random, call.batch * a.columns * width);
    SCOPED_TRACE(testing::Message() << "width " << width << ", rows " << rows);
    for (const int threads : {1, 2, 4}) expect_close(run_spmm(call, x, threads), naive(a, call, x));
  }
}

template <typename S>
class SpmmTypes : public testing::Test {};
using Types = testing::Types<float, double, Bf16, Half, int32_t, int64_t>;
TYPED_TEST_SUITE(SpmmTypes, Types);

TYPED_TEST(SpmmTypes, AgreesWithALoopAtEveryWidth) {
  check_random<TypeParam, int64_t>(1);
  check_random<TypeParam, int32_t>(2);
}

TYPED_TEST(SpmmTypes, AgreesOnEveryVectorExtension) {
  for (const std::string& level : simd_levels()) {
    force_simd_level(level);
    check_random<TypeParam, int64_t>(3);
  }
  force_simd_level("best");
}

TYPED_TEST(SpmmTypes, OfTheTransposeGoesThroughTheColumns) {
  using S = TypeParam;
  std::mt19937 random(5);
  const auto a = csr_of<S, int64_t>(random, power_law(random, 40, 500), 30);
  std::vector<int64_t> colptr(31), row(a.col.size()), csr2csc(a.col.size());
  transpose_csr(a.operand(), colptr.data(), row.data(), csr2csc.data(), serial());
  for (const bool mean : {false, true}) {
    if (mean && std::is_integral_v<S>) continue;
    for (const int64_t width : {1, 5, 40}) {
      SpmmCall call;
      call.a = {Dtype::i64, 30, 40, a.entries(), colptr.data(), row.data(), a.value.data(), csr2csc.data()};
      if (mean) call.a.counts = a.rowptr.data();
      call.width = width;
      const std::vector<S> x = random_elements<S>(random, 40 * width);
      std::vector<double> wanted(static_cast<size_t>(30 * width));
      for (int64_t i = 0; i < a.rows; ++i) {
        for (int64_t e = a.rowptr[i]; e < a.rowptr[i + 1]; ++e) {
          const double weight =
              static_cast<double>(get_element(&a.value[e])) / (mean ? a.rowptr[i + 1] - a.rowptr[i] : 1);
          for (int64_t f = 0; f < width; ++f) {
            wanted[a.col[e] * width + f] += weight * static_cast<double>(get_element(&x[i * width + f]));
          }
        }
      }
      expect_close(run_spmm(call, x, 3), wanted);
    }
  }
}

// x is larger than a core's own caches, so that rows of it are asked for ahead of their turn, also at the ends of
// blocks.
TYPED_TEST(SpmmTypes, AgreesWhereRowsAreFetchedAhead) {
  using S = TypeParam;
  std::mt19937 random(6);
  for (const int64_t width : {2, 5, 16, 70, 136}) {
    const int64_t columns = (int64_t{1} << 19) / width;
    for (const std::vector<int64_t>& lengths :
         {std::vector<int64_t>{1}, {0, 0, 255, 0, 2, 700, 0}, power_law(random, 80, 900)}) {
      const auto a = csr_of<S, int32_t>(random, lengths, columns);
      SpmmCall call;
      call.a = a.operand();
      call.width = width;
      const std::vector<S> x = random_elements<S>(random, columns * width);
      for (const int threads : {1, 3}) expect_close(run_spmm(call, x, threads), naive(a, call, x));
    }
  }
}

// A product with one column multiplies blocks of entries that rows begin and end in, or go through.
TYPED_TEST(SpmmTypes, OfAVectorAgreesInRowsOfAllLengths) {
  using S = TypeParam;
  std::mt19937 random(12);
  std::vector<int64_t> lengths;
  for (int64_t length = 0; length < 70; ++length) lengths.push_back(length);
  lengths.insert(lengths.end(), {5000, 0, 1023, 1024, 1025, 0});
  for (const bool is_mean : {false, true}) {
    const auto a = csr_of<S, int32_t>(random, lengths, 300);
    const auto wide = csr_of<S, int64_t>(random, lengths, 300);
    SpmmCall call;
    call.width = 1;
    call.batch = 2;
    call.mean = is_mean;
    const std::vector<S> x = random_elements<S>(random, 600, 2);
    for (const int threads : {1, 2, 5}) {
      call.a = a.operand(threads != 2);
      expect_close(run_spmm(call, x, threads), naive(a, call, x));
      call.a = wide.operand(threads != 2);
      expect_close(run_spmm(call, x, threads), naive(wide, call, x));
    }
  }
}

// Narrow rows are taken in the order of their lengths, 256 rows or some 4096 entries at a time.
TYPED_TEST(SpmmTypes, AgreesInNarrowRowsOfAllLengths) {
  using S = TypeParam;
  std::mt19937 random(13);
  std::vector<int64_t> lengths(300, 4);
  for (int64_t k = 0; k < 1500; ++k) lengths.push_back(static_cast<int64_t>(random() % 12));
  lengths.insert(lengths.end(), {5000, 0, 15, 16, 17, 4095, 4096, 0});
  lengths.insert(lengths.end(), 600, 25);
  const auto a = csr_of<S, int32_t>(random, lengths, 300);
  const auto wide = csr_of<S, int64_t>(random, lengths, 300);
  for (const int64_t width : {2, 3, 4, 6, 8, 11, 16, 32}) {
    SpmmCall call;
    call.width = width;
    call.batch = width == 4 ? 2 : 1;
    call.mean = width % 3 == 0;
    const std::vector<S> x = random_elements<S>(random, call.batch * 300 * width, 1);
    for (const int threads : {1, 2, 5}) {
      call.a = a.operand(threads != 2);
      expect_close(run_spmm(call, x, threads), naive(a, call, x));
      call.a = wide.operand(threads != 2);
      expect_close(run_spmm(call, x, threads), naive(wide, call, x));
    }
  }
}

// A row that no two threads share is summed alike however many there are.
TEST(Spmm, GivesTheSameBitsInShortRowsForAnyThreads) {
  std::mt19937 random(14);
  std::vector<int64_t> lengths(4000);
  for (int64_t& length : lengths) length = static_cast<int64_t>(random() % 40);
  const auto a = csr_of<float, int32_t>(random, lengths, 500);
  for (const int64_t width : {2, 5, 8, 16}) {
    std::vector<float> x(static_cast<size_t>(500 * width));
    for (float& number : x) number = std::uniform_real_distribution<float>(-1, 1)(random);
    SpmmCall call;
    call.a = a.operand();
    call.width = width;
    const std::vector<float> one = run_spmm(call, x, 1);
    for (const int threads : {2, 3, 7}) {
      const std::vector<float> more = run_spmm(call, x, threads);
      EXPECT_EQ(std::memcmp(one.data(), more.data(), one.size() * 4), 0) << "width " << width;
    }
  }
}

// Rows that are longer than a block of entries, and than a thread's share.
TEST(Spmm, CutsOneHugeRow) {
  std::mt19937 random(7);
  for (const std::vector<int64_t>& lengths : std::vector<std::vector<int64_t>>{
           {100000}, {0, 60000, 0, 0, 3}, {3, 0, 1, 90000, 2, 2}, {40000, 40000}, {255, 1, 256, 257, 512, 0}}) {
    const auto a = csr_of<double, int64_t>(random, lengths, 1000);
    SpmmCall call;
    call.a = a.operand();
    for (const int64_t width : {1, 3, 70}) {
      call.width = width;
      const std::vector<double> x = random_elements<double>(random, 1000 * width);
      for (const bool mean : {false, true}) {
        call.mean = mean;
        const std::vector<double> wanted = naive(a, call, x);
        for (const int threads : {1, 2, 3, 4, 7}) expect_close(run_spmm(call, x, threads), wanted);
      }
    }
  }
}

TEST(Spmm, GivesTheSameBitsForTheSameThreads) {
  std::mt19937 random(8);
  const auto a = csr_of<float, int32_t>(random, power_law(random, 3000, 50000), 500);
  std::vector<float> x(500 * 33);
  for (float& number : x) number = std::uniform_real_distribution<float>(-1, 1)(random);
  SpmmCall call;
  call.a = a.operand();
  call.width = 33;
  for (const int threads : {1, 2, 4}) {
    const std::vector<float> first = run_spmm(call, x, threads), second = run_spmm(call, x, threads);
    EXPECT_EQ(std::memcmp(first.data(), second.data(), first.size() * 4), 0);
  }
}

TEST(Spmm, TakesEmptyMatrices) {
  std::mt19937 random(9);
  SpmmCall call;
  call.width = 5;
  const auto no_entries = csr_of<float, int64_t>(random, {0, 0, 0}, 4);
  call.a = no_entries.operand();
  EXPECT_THAT(run_spmm(call, std::vector<float>(20, 1.f), 4), testing::Each(0.f));
  call.mean = true;
  EXPECT_THAT(run_spmm(call, std::vector<float>(20, 1.f), 4), testing::Each(0.f));
  const auto no_rows = csr_of<float, int64_t>(random, {}, 4);
  call.a = no_rows.operand();
  EXPECT_TRUE(run_spmm(call, std::vector<float>(20, 1.f), 4).empty());
  const auto no_columns = csr_of<float, int64_t>(random, {0, 0}, 1);
  call.a = no_columns.operand();
  call.a.columns = 0;
  EXPECT_THAT(run_spmm(call, std::vector<float>(), 2), testing::Each(0.f));
  call.width = 0;
  EXPECT_TRUE(run_spmm(call, std::vector<float>(), 2).empty());
}

// 16-bit floats hold integers to 256 (bfloat16) and 2048 (half) only; the sum of 5000 ones needs a float.
TEST(Spmm, SumsHalvesInFloat) {
  std::mt19937 random(10);
  const auto check = [&](auto element, double wanted) {
    using S = decltype(element);
    const auto a = csr_of<S, int64_t>(random, {5000}, 10);
    SpmmCall call;
    call.a = a.operand(false);
    call.width = 9;
    std::vector<S> x(90);
    for (S& one : x) put_element(&one, 1);
    EXPECT_THAT(numbers(run_spmm(call, x, 1)), testing::Each(wanted));
    EXPECT_THAT(numbers(run_spmm(call, x, 3)), testing::Each(wanted));
  };
  check(Half{}, 5000);
  check(Bf16{}, 4992);  // the nearest bfloat16
}

TEST(Spmm, KeepsNanAndInfinity) {
  const std::vector<int64_t> rowptr = {0, 1, 2, 4}, col = {0, 1, 0, 1};
  const std::vector<float> x = {NAN, INFINITY};
  SpmmCall call;
  call.a = {Dtype::i64, 3, 2, 4, rowptr.data(), col.data()};
  call.width = 1;
  const std::vector<float> y = run_spmm(call, x, 1);
  EXPECT_TRUE(std::isnan(y[0]));
  EXPECT_EQ(y[1], INFINITY);
  EXPECT_TRUE(std::isnan(y[2]));
}

/// The message for a matrix that is broken after it was made, at several widths and numbers of threads.
template <typename Index>
void expect_refused(const std::function<void(RandomCsr<float, Index>&)>& damage, const std::string& text) {
  for (const int threads : {1, 2, 4}) {
    for (const int64_t width : {1, 8, 40}) {
      std::mt19937 random(11);
      auto a = csr_of<float, Index>(random, std::vector<int64_t>(400, 7), 50);
      damage(a);
      SpmmCall call;
      call.a = a.operand();
      call.width = width;
      const Error error =
          error_of([&] { run_spmm(call, std::vector<float>(static_cast<size_t>(50 * width)), threads); });
      EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
      EXPECT_THAT(error.what(), HasSubstr(text)) << threads << " threads, width " << width;
      std::vector<float> out(a.col.size());
      const std::vector<float> zeros(static_cast<size_t>(400 * width));
      const SampledProductCall sampled{Dtype::f32, call.a, 1, width, false, zeros.data(), zeros.data(), out.data()};
      EXPECT_THAT(error_of([&] { sampled_product(sampled, PiecesInTurn(threads)); }).what(), HasSubstr(text));
    }
  }
}

template <typename Index>
void expect_refusals() {
  using Csr = RandomCsr<float, Index>;
  constexpr Index most = std::numeric_limits<Index>::max(), least = std::numeric_limits<Index>::min();
  expect_refused<Index>([](Csr& a) { a.col[1234] = 50; }, "col[1234] is 50 but there are 50 columns");
  expect_refused<Index>([](Csr& a) { a.col[0] = -1; }, "col[0] is -1");
  expect_refused<Index>([](Csr& a) { a.col[2799] = most; }, "col[2799] is");
  expect_refused<Index>([](Csr& a) { a.col[5] = least; }, "col[5] is");
  expect_refused<Index>([](Csr& a) { a.rowptr[0] = 1; }, "rowptr goes from 1");
  expect_refused<Index>([](Csr& a) { a.rowptr[400] = 2801; }, "rowptr goes from 0 to 2801");
  for (const int64_t row : {1, 3, 100, 200, 399}) {
    for (const Index wrong : {Index(-5), most, least, Index(2801)}) {
      expect_refused<Index>([&](Csr& a) { a.rowptr[row] = wrong; }, "rowptr gives row");
    }
  }
  expect_refused<Index>([](Csr& a) { a.rowptr[200] = a.rowptr[201] + 1; }, "rowptr gives row 200 the entries");
}

TEST(Spmm, RefusesBrokenIndices) {
  expect_refusals<int64_t>();
  expect_refusals<int32_t>();
}

TEST(Spmm, RefusesABrokenPermutation) {
  const std::vector<int64_t> colptr = {0, 1, 2}, row = {0, 5}, csr2csc = {1, 0}, wrong = {0, 2};
  SpmmCall call;
  call.width = 1;
  call.a = {Dtype::i64, 2, 3, 2, colptr.data(), row.data(), nullptr, csr2csc.data()};
  EXPECT_THAT(error_of([&] { run_spmm(call, std::vector<float>(3), 1); }).what(), HasSubstr("col[1] is 5"));
  call.a.entry = wrong.data();
  EXPECT_THAT(error_of([&] { run_spmm(call, std::vector<float>(3), 1); }).what(),
              HasSubstr("csr2csc[1] is 2 but there are 2 entries"));
}

TEST(CutEntries, SplitsALongRowAndNoShortOnes) {
  const std::vector<int64_t> rowptr = {0, 2, 1002, 1004};
  const CsrOperand a{Dtype::i64, 3, 10, 1004, rowptr.data()};
  const auto entries = [](const std::vector<SpmmPiece>& pieces) {
    std::vector<int64_t> ends;
    for (const SpmmPiece& piece : pieces) ends.push_back(piece.last_entry);
    return ends;
  };
  EXPECT_THAT(entries(cut_entries(a, 2, true)), ElementsAre(503, 1004));
  EXPECT_THAT(entries(cut_entries(a, 2, false)), ElementsAre(2, 1004));
  EXPECT_THAT(entries(cut_entries(a, 4, true)), ElementsAre(251, 503, 755, 1004));
  // A cut close to the end of a row that an earlier one has split.
  const std::vector<int64_t> late = {0, 1010, 1011, 1401, 1402};
  EXPECT_THAT(entries(cut_entries({Dtype::i64, 4, 10, 1402, late.data()}, 7, true)),
              ElementsAre(201, 402, 603, 804, 1010, 1204, 1402));
  const std::vector<SharedRow> shared = shared_rows(cut_entries(a, 4, true));
  ASSERT_EQ(shared.size(), 1u);
  EXPECT_EQ(shared[0].row, 1);
  EXPECT_EQ(shared[0].first, 0u);
  EXPECT_EQ(shared[0].last, 3u);
  EXPECT_TRUE(shared_rows(cut_entries(a, 1, true)).empty());
}

template <typename S, typename Index>
void check_sampled(uint32_t seed) {
  std::mt19937 random(seed);
  for (const int64_t width : {1, 2, 3, 7, 8, 9, 16, 33, 64}) {
    const auto a = csr_of<S, Index>(random, power_law(random, 50, 600), 40);
    SampledProductCall call;
    call.dtype = dtype_of<S>();
    call.a = a.operand(false);
    call.batch = static_cast<int64_t>(1 + random() % 2);
    call.width = width;
    call.mean = random() % 2 == 0;
    const std::vector<S> left = random_elements<S>(random, call.batch * 50 * width);
    const std::vector<S> right = random_elements<S>(random, call.batch * 40 * width);
    std::vector<S> out(a.col.size());
    call.left = left.data(), call.right = right.data(), call.out = out.data();
    std::vector<double> wanted;
    for (int64_t i = 0; i < a.rows; ++i) {
      for (int64_t e = a.rowptr[i]; e < a.rowptr[i + 1]; ++e) {
        double sum = 0;
        for (int64_t b = 0; b < call.batch; ++b) {
          for (int64_t f = 0; f < width; ++f) {
            sum += static_cast<double>(get_element(&left[(b * 50 + i) * width + f])) *
                   static_cast<double>(get_element(&right[(b * 40 + a.col[e]) * width + f]));
          }
        }
        const double count = static_cast<double>(a.rowptr[i + 1] - a.rowptr[i]);
        if (call.mean) sum = std::is_integral_v<S> ? std::trunc(sum / count) : sum / count;
        wanted.push_back(sum);
      }
    }
    for (const int threads : {1, 3}) {
      sampled_product(call, PiecesInTurn(threads));
      expect_close(out, wanted);
    }
  }
}

TYPED_TEST(SpmmTypes, SampledProductAgreesWithALoop) {
  check_sampled<TypeParam, int64_t>(20);
  check_sampled<TypeParam, int32_t>(21);
}

TEST(TransposeCsr, OrdersEntriesByColumnAndThenRow) {
  const std::vector<int64_t> rowptr = {0, 2, 2, 5}, col = {2, 0, 2, 0, 0};
  const CsrOperand a{Dtype::i64, 3, 4, 5, rowptr.data(), col.data()};
  std::vector<int64_t> colptr(5), row(5), csr2csc(5);
  transpose_csr(a, colptr.data(), row.data(), csr2csc.data(), serial());
  EXPECT_THAT(colptr, ElementsAre(0, 3, 3, 5, 5));
  EXPECT_THAT(row, ElementsAre(0, 0, 2, 2, 2));
  EXPECT_THAT(csr2csc, ElementsAre(1, 3, 4, 0, 2));
  CsrOperand narrow = a;
  narrow.columns = 2;
  EXPECT_THAT(error_of([&] { transpose_csr(narrow, colptr.data(), nullptr, csr2csc.data(), serial()); }).what(),
              HasSubstr("col[0] is 2 but there are 2 columns"));
}

}  // namespace
}  // namespace spinel::kernels
