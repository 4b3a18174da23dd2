#include "spinel/kernels/cpu/spmm_select.h"

#include <gmock/gmock.h>

#include <cmath>
#include <functional>

#include "spinel/base/error.h"
#include "spinel/kernels/cpu/simd_level.h"
#include "tests/kernels/spmm_testing.h"
#include "tests/support/errors.h"

namespace spinel::kernels {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

template <typename S>
std::vector<S> run_select(SpmmSelectCall call, const std::vector<S>& x, void* arg, int threads) {
  call.dtype = dtype_of<S>();
  std::vector<S> y(static_cast<size_t>(call.batch * call.a.rows * call.width));
  call.x = x.data(), call.y = y.data(), call.arg = arg;
  const SpmmPlan plan = plan_spmm_select(call, threads);
  std::vector<double> scratch(static_cast<size_t>(plan.scratch_bytes / 8 + 1));
  spmm_select(call, plan, scratch.data(), PiecesInTurn(threads));
  return y;
}

/// Values and entries by a loop, with the numbers that products are calculated in.
template <typename S, typename Index>
void naive(const RandomCsr<S, Index>& a, const SpmmSelectCall& call, const std::vector<S>& x, std::vector<S>& y,
           std::vector<int64_t>& arg) {
  using N = ElementNumber<S>;
  for (int64_t b = 0; b < call.batch; ++b) {
    for (int64_t i = 0; i < a.rows; ++i) {
      for (int64_t f = 0; f < call.width; ++f) {
        N best = 0;
        int64_t at = a.entries();
        for (int64_t e = a.rowptr[i]; e < a.rowptr[i + 1]; ++e) {
          const N value = call.a.value ? get_element(&a.value[e]) : N(1);
          const N product = wrapping_multiply(value, get_element(&x[(b * a.columns + a.col[e]) * call.width + f]));
          const bool is_better = call.largest ? product > best : product < best;
          if (at == a.entries() || (best == best && (is_better || product != product))) best = product, at = e;
        }
        S element;
        put_element(&element, best);
        y.push_back(element);
        arg.push_back(at);
      }
    }
  }
}

/// Values and entries of both widths of indices, and values alone, against the loop.
template <typename S, typename Index>
void check_call(const RandomCsr<S, Index>& a, SpmmSelectCall call, const std::vector<S>& x) {
  std::vector<S> wanted;
  std::vector<int64_t> wanted_arg;
  naive(a, call, x, wanted, wanted_arg);
  SCOPED_TRACE(testing::Message() << "width " << call.width << ", rows " << a.rows);
  for (const int threads : {1, 2, 4}) {
    std::vector<int64_t> arg(wanted.size());
    call.arg_index = Dtype::i64;
    EXPECT_THAT(numbers(run_select(call, x, arg.data(), threads)),
                testing::Pointwise(testing::NanSensitiveDoubleEq(), numbers(wanted)));
    EXPECT_EQ(arg, wanted_arg);
    std::vector<int32_t> short_arg(wanted.size());
    call.arg_index = Dtype::i32;
    run_select(call, x, short_arg.data(), threads);
    EXPECT_EQ(std::vector<int64_t>(short_arg.begin(), short_arg.end()), wanted_arg);
    EXPECT_THAT(numbers(run_select(call, x, nullptr, threads)),
                testing::Pointwise(testing::NanSensitiveDoubleEq(), numbers(wanted)));
  }
}

template <typename S, typename Index>
void check_random(uint32_t seed) {
  std::mt19937 random(seed);
  for (const int64_t width : {1, 2, 3, 4, 6, 8, 11, 16, 33, 64, 70}) {
    const auto a = csr_of<S, Index>(random, power_law(random, static_cast<int64_t>(1 + random() % 50), 900), 37);
    SpmmSelectCall call;
    call.a = a.operand(random() % 2 == 0);
    call.batch = static_cast<int64_t>(1 + random() % 2);
    call.width = width;
    call.largest = random() % 2 == 0;
    std::vector<S> x = random_elements<S>(random, call.batch * a.columns * width);
    if constexpr (!std::is_integral_v<S>) {
      if (random() % 2) put_element(&x[random() % x.size()], NAN);
    }
    check_call(a, call, x);
  }
}

template <typename S>
class SpmmSelectTypes : public testing::Test {};
using Types = testing::Types<float, double, Bf16, Half, int32_t, int64_t>;
TYPED_TEST_SUITE(SpmmSelectTypes, Types);

TYPED_TEST(SpmmSelectTypes, AgreesWithALoopAtEveryWidth) {
  check_random<TypeParam, int64_t>(1);
  check_random<TypeParam, int32_t>(2);
}

TYPED_TEST(SpmmSelectTypes, AgreesOnEveryVectorExtension) {
  for (const std::string& level : simd_levels()) {
    force_simd_level(level);
    check_random<TypeParam, int64_t>(3);
  }
  force_simd_level("best");
}

TYPED_TEST(SpmmSelectTypes, AgreesWhereRowsAreFetchedAhead) {
  using S = TypeParam;
  std::mt19937 random(6);
  for (const int64_t width : {1, 5, 16, 70}) {
    const int64_t columns = (int64_t{1} << 19) / width;
    const auto a = csr_of<S, int32_t>(random, {0, 255, 0, 2, 700, 1, 0}, columns);
    SpmmSelectCall call;
    call.a = a.operand();
    call.width = width;
    check_call(a, call, random_elements<S>(random, columns * width));
  }
}

// Sums of infinities are NaN although none of the products is, and numbers whose sum is none are found as well.
TEST(SpmmSelect, TellsInfinityFromNan) {
  std::mt19937 random(7);
  const auto a = csr_of<float, int64_t>(random, {3, 600, 0, 40}, 30);
  for (const std::vector<float>& odd : std::vector<std::vector<float>>{
           {INFINITY}, {-INFINITY}, {INFINITY, -INFINITY}, {INFINITY, NAN, -INFINITY}, {3e38f, 2e38f}, {NAN, NAN}}) {
    std::vector<float> x = random_elements<float>(random, 30 * 19);
    for (int k = 0; k < 60; ++k) x[random() % x.size()] = odd[static_cast<size_t>(k) % odd.size()];
    for (const bool largest : {false, true}) {
      SpmmSelectCall call;
      call.a = a.operand(false);
      call.width = 19;
      call.largest = largest;
      check_call(a, call, x);
    }
  }
}

TEST(SpmmSelect, FindsTheFirstOfEqualsAcrossPieces) {
  std::mt19937 random(4);
  auto a = csr_of<float, int64_t>(random, {0, 70000, 0}, 10);
  std::fill(a.value.begin(), a.value.end(), 1.f);
  SpmmSelectCall call;
  call.a = a.operand();
  call.width = 9;
  const std::vector<float> ones(90, 1.f);
  for (const bool largest : {false, true}) {
    call.largest = largest;
    for (const int threads : {1, 2, 3, 5}) {
      std::vector<int64_t> arg(27);
      const std::vector<float> y = run_select(call, ones, arg.data(), threads);
      EXPECT_THAT(std::vector<int64_t>(arg.begin(), arg.begin() + 9), Each(70000));
      EXPECT_THAT(std::vector<int64_t>(arg.begin() + 9, arg.begin() + 18), Each(0));
      EXPECT_THAT(std::vector<float>(y.begin(), y.begin() + 9), Each(0.f));
      EXPECT_THAT(std::vector<float>(y.begin() + 9, y.begin() + 18), Each(1.f));
      // One that is better, late in the row, and then a NaN.
      a.value[65000] = largest ? 2.f : 0.f;
      EXPECT_THAT(run_select(call, ones, arg.data(), threads)[9], largest ? 2.f : 0.f);
      EXPECT_EQ(arg[9], 65000);
      a.value[300] = a.value[66000] = NAN;
      EXPECT_TRUE(std::isnan(run_select(call, ones, arg.data(), threads)[17]));
      EXPECT_EQ(arg[17], 300);
      a.value[300] = a.value[66000] = a.value[65000] = 1.f;
    }
  }
}

TEST(SpmmSelect, RefusesBrokenIndices) {
  const auto message = [](const std::function<void(RandomCsr<double, int64_t>&)>& damage) {
    std::mt19937 random(5);
    auto a = csr_of<double, int64_t>(random, std::vector<int64_t>(300, 5), 20);
    damage(a);
    SpmmSelectCall call;
    call.a = a.operand();
    call.width = 3;
    const std::vector<double> x(60);
    return std::string(error_of([&] { run_select(call, x, nullptr, 2); }).what());
  };
  EXPECT_THAT(message([](auto& a) { a.col[700] = 20; }), HasSubstr("col[700] is 20 but there are 20 columns"));
  EXPECT_THAT(message([](auto& a) { a.rowptr[100] = 1600; }), HasSubstr("rowptr gives row"));
  EXPECT_THAT(message([](auto& a) { a.rowptr[300] = 1; }), HasSubstr("rowptr goes from 0 to 1;"));
}

/// What goes through the entries of a small matrix, in all three directions, against their definition.
template <typename S, typename Arg>
void check_selected(uint32_t seed, int64_t width) {
  std::mt19937 random(seed);
  const auto a = csr_of<S, int64_t>(random, {3, 0, 5, 1}, 6);
  const int64_t batch = 2;
  const std::vector<S> left = random_elements<S>(random, batch * 4 * width);
  const std::vector<S> right = random_elements<S>(random, batch * 6 * width);
  std::vector<Arg> arg;
  for (int64_t k = 0; k < batch * 4 * width; ++k) {
    const int64_t row = k / width % 4, count = a.rowptr[row + 1] - a.rowptr[row];
    arg.push_back(static_cast<Arg>(count ? a.rowptr[row] + static_cast<int64_t>(random() % count) : a.entries()));
  }
  std::vector<S> product(left.size()), transposed(right.size()), sampled(a.col.size());
  std::vector<double> product_wanted(left.size()), transposed_wanted(right.size()), sampled_wanted(a.col.size());
  for (size_t k = 0; k < arg.size(); ++k) {
    if (arg[k] == a.entries()) continue;
    const auto e = static_cast<size_t>(arg[k]);
    const size_t from = (k / (4 * width) * 6 + a.col[e]) * width + k % width;
    const double value = get_element(&a.value[e]), l = get_element(&left[k]), r = get_element(&right[from]);
    product_wanted[k] = value * r;
    transposed_wanted[from] += value * l;
    sampled_wanted[e] += l * r;
  }
  SelectedCall call{dtype_of<S>(), a.operand(), batch,        width,  dtype_of<Arg>(),
                    arg.data(),    left.data(), right.data(), nullptr};
  for (const int threads : {1, 3}) {
    call.out = product.data();
    selected_product(call, PiecesInTurn(threads));
    EXPECT_EQ(numbers(product), product_wanted);
    call.out = transposed.data();
    selected_transposed(call, PiecesInTurn(threads));
    EXPECT_EQ(numbers(transposed), transposed_wanted);
    call.out = sampled.data();
    selected_sampled(call, PiecesInTurn(threads));
    EXPECT_EQ(numbers(sampled), sampled_wanted);
  }
}

TEST(Selected, GoesThroughTheEntriesAlone) {
  for (const int64_t width : {1, 16, 35, 150}) {
    check_selected<float, int64_t>(1, width);
    check_selected<double, int32_t>(2, width);
    check_selected<Half, int32_t>(3, width);
  }
}

TEST(Selected, RefusesEntriesOfOtherRows) {
  const std::vector<int64_t> rowptr = {0, 1, 2}, col = {0, 1};
  const std::vector<float> dense = {1, 2};
  std::vector<float> out(2);
  for (const int64_t wrong : {1, -1, 3}) {
    const std::vector<int64_t> arg = {wrong, 1};
    const SelectedCall call{Dtype::f32,
                            {Dtype::i64, 2, 2, 2, rowptr.data(), col.data()},
                            1,
                            1,
                            Dtype::i64,
                            arg.data(),
                            dense.data(),
                            dense.data(),
                            out.data()};
    for (const auto function : {selected_product, selected_transposed, selected_sampled}) {
      EXPECT_THAT(error_of([&] { function(call, serial()); }).what(),
                  HasSubstr("is selected in row 0; its entries go from 0 to 1"));
    }
  }
}

}  // namespace
}  // namespace spinel::kernels
