// The comparisons behind the rules, each by itself: numbers, JSON values, CIF texts, Gram matrices and matched rows.
#include "spinel/cli/check/comparison.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

#include "spinel/cli/check/rows.h"
#include "tests/cli/check/golden_testing.h"

namespace spinel::check {
namespace {

using testing::HasSubstr;

constexpr double kInf = std::numeric_limits<double>::infinity();
const double kNan = std::nan("");

TEST(Agrees, IsTheDefinitionOfTheTolerance) {
  std::mt19937 random(41);
  std::uniform_real_distribution<double> uniform(-1, 1);
  int near = 0;
  for (int repeat = 0; repeat < 5000; ++repeat) {
    const Tolerance tolerance{std::abs(uniform(random)) * 0.1, std::abs(uniform(random)) * 0.1};
    const double stored = 3 * uniform(random), result = stored + 0.4 * uniform(random);
    const bool wanted = std::abs(result - stored) <= tolerance.atol + tolerance.rtol * std::abs(stored);
    ASSERT_EQ(agrees(result, stored, tolerance), wanted);
    near += wanted;
    // Whole numbers do not count modulo one, and the relative part is that of 1.
    const double turns = static_cast<double>(random() % 7) - 3, off = std::abs(result - stored);
    ASSERT_EQ(agrees(result + turns, stored, tolerance, true), off <= tolerance.atol + tolerance.rtol + 1e-12)
        << result << " " << stored;
  }
  EXPECT_GT(near, 500);
}

TEST(Agrees, OnlyLikeWithLike) {
  for (const bool modulo : {false, true}) {
    for (const Tolerance tolerance : {Tolerance{0, 0}, Tolerance{1, 1e300}}) {
      EXPECT_TRUE(agrees(kNan, kNan, tolerance, modulo));
      EXPECT_FALSE(agrees(kNan, 0, tolerance, modulo));
      EXPECT_FALSE(agrees(0, kNan, tolerance, modulo));
      EXPECT_TRUE(agrees(kInf, kInf, tolerance, modulo));
      EXPECT_TRUE(agrees(-kInf, -kInf, tolerance, modulo));
      EXPECT_FALSE(agrees(kInf, -kInf, tolerance, modulo));
      EXPECT_FALSE(agrees(kInf, 1e308, tolerance, modulo));
      EXPECT_FALSE(agrees(1e308, kInf, tolerance, modulo));
      EXPECT_TRUE(agrees(0.0, -0.0, tolerance, modulo));
    }
  }
}

TEST(CompareElementwise, NamesTheWorstElementByItsIndex) {
  const at::Tensor stored = at::zeros({2, 3, 4}, at::kDouble);
  for (int64_t k = 0; k < stored.numel(); ++k) {
    at::Tensor result = stored.clone();
    result.view({-1})[k] = 2.0;
    result.view({-1})[(k + 5) % 24] = -1.0;
    const Comparison comparison = compare_elementwise(result, stored, {0, 1e-3});
    EXPECT_FALSE(comparison.ok);
    EXPECT_THAT(comparison.text, HasSubstr(format("2 of 24 elements differ, worst at [{}, {}, {}] 2 instead of 0",
                                                  k / 12, k / 4 % 3, k % 4)));
    at::Tensor counted = at::zeros({2, 3, 4}, at::kLong);
    counted.view({-1})[k] = 7;
    EXPECT_THAT(compare_elementwise(counted, at::zeros({2, 3, 4}, at::kLong), {}).text,
                HasSubstr(format("first at [{}, {}, {}] 7 instead of 0", k / 12, k / 4 % 3, k % 4)));
  }
}

TEST(CompareElementwise, EmptyScalarAndStridedTensors) {
  EXPECT_TRUE(compare_elementwise(at::empty({0, 3}), at::empty({0, 3}), {}).ok);
  EXPECT_FALSE(compare_elementwise(at::empty({0, 3}), at::empty({0, 2}), {}).ok);
  EXPECT_TRUE(compare_elementwise(at::full({}, 2.0), at::full({}, 2.0), {}).ok);
  EXPECT_THAT(compare_elementwise(at::full({}, 3.0), at::full({}, 2.0), {}).text, HasSubstr("worst at [] 3"));
  const at::Tensor x = at::arange(12, at::kDouble).view({3, 4});
  EXPECT_TRUE(compare_elementwise(x.t(), x.t().contiguous(), {}).ok);
  EXPECT_FALSE(compare_elementwise(x.t(), x.reshape({4, 3}), {}).ok);
  // A NaN among the results is the worst there is.
  at::Tensor broken = x.clone();
  broken[1][2] = kNan;
  broken[0][0] = 1e9;
  EXPECT_THAT(compare_elementwise(broken, x, {0, 1e-3}).text, HasSubstr("2 of 12 elements differ, worst at [1, 2]"));
  // Integers are compared exactly where doubles could not tell them apart.
  const int64_t large = (int64_t{1} << 53) + 1;
  EXPECT_FALSE(compare_elementwise(at::full({1}, large, at::kLong), at::full({1}, large - 1, at::kLong), {1, 1}).ok);
}

Comparison json(const char* a, const char* b, Tolerance tolerance = {1e-6, 1e-8}) {
  return compare_json(parse_json(a, "a"), parse_json(b, "b"), tolerance);
}

TEST(CompareJson, SaysWhereTheFirstDifferenceLies) {
  struct Case {
    const char *a, *b, *text;
  };
  for (const Case& c :
       {Case{"1", "2", "the value is 1 instead of 2"}, Case{"[1]", "{}", "the value is [1] instead of {}"},
        Case{R"({"a": {"b": [0, 1]}})", R"({"a": {"b": [0, 2]}})", "a.b[1] is 1 instead of 2"},
        Case{R"({"a": {}})", R"({"a": {"b": 1}})", "a: the key 'b' is missing"},
        Case{R"({"a": {"c": 1}})", R"({"a": {}})", "a: the key 'c' is one too many"},
        Case{"[[1, 2]]", "[[1]]", "[0] has 2 items instead of 1"}, Case{"true", "1", "the value is true instead of 1"},
        Case{"null", "0", "the value is null instead of 0"}, Case{R"("1")", "1", "the value is \"1\" instead of 1"},
        Case{R"("NaN")", "1", "the value is"}, Case{R"("inf")", R"("-inf")", "the value is"}}) {
    const Comparison comparison = json(c.a, c.b);
    EXPECT_FALSE(comparison.ok) << c.a << c.b;
    EXPECT_THAT(comparison.text, HasSubstr(c.text));
  }
  const std::string long_text = "\"" + std::string(300, 'x') + "\"";
  EXPECT_LT(json(long_text.c_str(), "1").text.size(), 140u);
}

TEST(CompareJson, NumbersAreNumbersHoweverTheyAreWritten) {
  EXPECT_TRUE(json("1", "1.0").ok);
  EXPECT_TRUE(json("[1e0, 2]", "[1, 2.0000000001]").ok);
  EXPECT_FALSE(json("1.00001", "1").ok);
  Config infinite = Config::map({{"x", kInf}, {"y", -kInf}, {"z", kNan}});
  for (const char* text :
       {R"({"x": "inf", "y": "-inf", "z": "nan"})", R"({"z": "NaN", "y": "-Infinity", "x": "Infinity"})"}) {
    EXPECT_TRUE(compare_json(infinite, parse_json(text, "t"), {}).ok) << text;
    EXPECT_TRUE(compare_json(parse_json(text, "t"), infinite, {}).ok) << text;
  }
  EXPECT_FALSE(compare_json(infinite, parse_json(R"({"x": "-inf", "y": "-inf", "z": "nan"})", "t"), {}).ok);
  EXPECT_TRUE(json(R"("nan")", R"("nan")").ok) << "two texts that are equal";
}

TEST(CompareCif, OperatorsAreASetAndNothingElseIs) {
  const std::string head = "data_a\n_symmetry_equiv_pos_as_xyz\n", one = "  1 'x, y, z'\n", two = "  2 '-x, -y, -z'\n";
  EXPECT_TRUE(compare_cif_operators(head + one + two, head + "1 '-x, -y, -z'\n2 'x, y, z'\n").ok);
  EXPECT_FALSE(compare_cif_operators(head + one + "  2 'x, y, z'\n", head + one + two).ok);
  EXPECT_FALSE(compare_cif_operators(head + one + "  2 'x, y, z'\n", head + one).ok) << "twice is one too many";
  EXPECT_FALSE(compare_cif_operators("_b\n" + head + one, head + one).ok);
  EXPECT_THAT(compare_cif_operators(head + one, head + one + "end\n").text, HasSubstr("line 3 is '' instead of 'end'"));
  // Numbered lines elsewhere keep their order.
  const std::string table = "loop_\n  1 'a'\n  2 'b'\n";
  EXPECT_FALSE(compare_cif_operators(table, "loop_\n  1 'b'\n  2 'a'\n").ok);
  EXPECT_TRUE(compare_cif_operators("", "").ok);
}

TEST(CompareGram, HoldsForEachMatrixOfABatch) {
  at::manual_seed(42);
  const at::Tensor cells = at::randn({2, 3, 3, 3}, at::kDouble) + 4 * at::eye(3, at::kDouble);
  const double c = std::cos(0.7), s = std::sin(0.7);
  const at::Tensor turn = doubles({c, s, 0, -s, c, 0, 0, 0, 1}).view({3, 3});
  EXPECT_TRUE(compare_gram(cells.matmul(turn), cells, {1e-12, 1e-12}).ok);
  for (int64_t k = 0; k < 6; ++k) {
    at::Tensor other = cells.clone();
    other.view({6, 3, 3})[k][1] *= 1.01;
    EXPECT_THAT(compare_gram(other, cells, {1e-6, 0}).text, HasSubstr(format("matrix {}: ", k)));
    EXPECT_TRUE(compare_gram(other, cells, {0.1, 0}).ok);
  }
  EXPECT_FALSE(compare_gram(cells[0], cells, {}).ok);
  EXPECT_FALSE(compare_gram(at::zeros({3}, at::kDouble), at::zeros({3}, at::kDouble), {}).ok);
  EXPECT_FALSE(compare_gram(at::zeros({3, 3}, at::kLong), at::zeros({3, 3}, at::kLong), {}).ok);
}

RowMember member(const std::string& name, const at::Tensor& result, const at::Tensor& stored, int64_t axis = 0) {
  return {name, result, stored, {}, {}, axis, false};
}

TEST(MatchRows, FindsThePermutationOfAnyRows) {
  std::mt19937 random(43);
  for (int repeat = 0; repeat < 60; ++repeat) {
    const auto n = static_cast<int64_t>(random() % 12);
    const int64_t axis = static_cast<int64_t>(random() % 2);
    at::Tensor ids = at::randint(0, 4, {n, 2}, at::kLong), values = at::randn({n, 3}, at::kDouble);
    std::vector<int64_t> order(static_cast<size_t>(n));
    std::iota(order.begin(), order.end(), 0);
    std::shuffle(order.begin(), order.end(), random);
    const at::Tensor by = longs(order);
    const at::Tensor turned = axis ? ids.t() : ids,
                     result = axis ? ids.index_select(0, by).t() : ids.index_select(0, by);
    const RowMatch match =
        match_rows({member("i", result, turned, axis), member("v", values.index_select(0, by), values)}, {1e-9, 1e-9});
    EXPECT_TRUE(match.comparison.ok) << match.comparison.text;
    EXPECT_EQ(match.stored_of_result, order);
    if (n == 0) continue;
    at::Tensor broken = values.index_select(0, by).clone();
    broken[static_cast<int64_t>(random() % static_cast<uint32_t>(n))][2] += 0.5;
    const RowMatch other = match_rows({member("i", result, turned, axis), member("v", broken, values)}, {1e-9, 1e-9});
    EXPECT_FALSE(other.comparison.ok);
    EXPECT_THAT(other.comparison.text, HasSubstr("1 surplus, 1 missing"));
    EXPECT_EQ(std::count(other.stored_of_result.begin(), other.stored_of_result.end(), -1), 1);
  }
}

TEST(MatchRows, SidesThatCannotBeMatchedSayWhy) {
  const at::Tensor two = doubles({1, 2, 3, 4}).view({2, 2});
  const auto text = [](std::vector<RowMember> members) {
    const RowMatch match = match_rows(members, {});
    EXPECT_FALSE(match.comparison.ok);
    EXPECT_TRUE(match.stored_of_result.empty());
    return match.comparison.text;
  };
  EXPECT_THAT(text({member("a", {}, two)}), HasSubstr("a: it is None"));
  EXPECT_THAT(text({member("a", two.to(at::kFloat), two)}), HasSubstr("the dtype is Float instead of Double"));
  EXPECT_THAT(text({member("a", two.view({2, 2, 1}), two)}), HasSubstr("it has 3 axes instead of 2"));
  EXPECT_THAT(text({member("a", two.view({4, 1}), two)}), HasSubstr("axis 1 has 1 entries instead of 2"));
  EXPECT_THAT(text({member("a", two, two), member("b", doubles({1, 2, 3}), doubles({1, 2, 3}))}),
              HasSubstr("b: it has 3 rows but a has 2"));
  RowMember list{"l", two, {}, {}, parse_json("[1, 2]", "t"), 0, false};
  EXPECT_THAT(text({list}), HasSubstr("it is a tensor instead of a list"));
  list.result = at::Tensor();
  list.result_items = 7;
  EXPECT_THAT(text({list}), HasSubstr("instead of a list of rows"));
}

TEST(MatchRows, EqualRowsAreCountedOneByOne) {
  const at::Tensor stored = longs({5, 5, 5, 7});
  EXPECT_TRUE(match_rows({member("a", longs({7, 5, 5, 5}), stored)}, {}).comparison.ok);
  const RowMatch match = match_rows({member("a", longs({7, 7, 5, 5}), stored)}, {});
  EXPECT_THAT(match.comparison.text, HasSubstr("4 rows instead of 4, 1 surplus, 1 missing; row 1 (7) is not stored"));
  EXPECT_EQ(match.stored_of_result, (std::vector<int64_t>{3, -1, 0, 1}));
}

}  // namespace
}  // namespace spinel::check
