#include "spinel/kernels/cpu/graph_attention.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "spinel/kernels/cpu/simd_level.h"
#include "tests/kernels/graph_testing.h"
#include "tests/kernels/spmm_testing.h"
#include "tests/support/errors.h"

namespace spinel::kernels {
namespace {

using testing::HasSubstr;

size_t at(int64_t k) { return static_cast<size_t>(k); }

/// A bipartite graph of 6 targets and 9 sources with an empty row, rows beside the length of a chunk, repeated edges
/// and a source without edges; scores of a node stand beside numbers that are none.
template <typename T>
struct AttentionExample {
  using Numbers = std::vector<T>;
  static constexpr int64_t rows = 6, cols = 9, beside = 3;
  TestGraph<int64_t> graph, transposed;
  GraphAttention<T> a;
  Numbers x, source, target, grad, out, log_total, by_x, by_source, by_target;

  AttentionExample(int64_t heads, int64_t width) {
    std::mt19937 random(5);
    std::vector<std::vector<int64_t>> lists(rows), back(cols);
    const size_t sizes[] = {3, 0, 71, 1, 32, 33};
    for (size_t r = 0; r < rows; ++r) {
      for (size_t k = 0; k < sizes[r]; ++k) {
        lists[r].push_back(static_cast<int64_t>(random() % (cols - 1)));
        back[at(lists[r].back())].push_back(static_cast<int64_t>(r));
      }
    }
    graph = graph_of(lists), transposed = graph_of(back);
    const auto fill = [&](Numbers& numbers, int64_t n, double scale) {
      std::normal_distribution<double> normal(0, scale);
      for (int64_t k = 0; k < n; ++k) numbers.push_back(static_cast<T>(normal(random)));
    };
    const int64_t all = heads * width, step = heads + beside;
    fill(x, cols * all, 1), fill(source, cols * step, 3), fill(target, rows * step, 3), fill(grad, rows * all, 1);
    a.heads = heads, a.width = width, a.source_step = a.target_step = step;
    a.slope = T(0.2);
  }
  const GraphAttention<T>& call() {
    a.graph = graph.view("attention");
    a.graph.num_cols = cols;
    a.x = x.data(), a.source = source.data(), a.target = target.data();
    return a;
  }
  void forward(const ParallelFor& parallel = serial()) {
    out.assign(at(rows * a.heads * a.width), T(7)), log_total.assign(at(rows * a.heads), T(7));
    graph_attention(call(), out.data(), log_total.data(), parallel);
  }
  void backward(const ParallelFor& parallel = serial()) {
    by_x.assign(x.size(), T(7)), by_source.assign(source.size(), T(7)), by_target.assign(target.size(), T(7));
    CsrGraph<int64_t> back = transposed.view("attention");
    back.num_cols = rows;
    graph_attention_gradients<T>(call(), back, out.data(), log_total.data(), grad.data(),
                                 {by_x.data(), by_source.data(), by_target.data()}, parallel);
  }
  /// grad · out by the definition.
  double loss() const {
    double sum = 0;
    for (int64_t r = 0; r < rows; ++r) {
      for (int64_t h = 0; h < a.heads; ++h) {
        double total = 0, product = 0;
        for (int64_t e = graph.rowptr[at(r)]; e < graph.rowptr[at(r + 1)]; ++e) {
          const int64_t j = graph.col[at(e)];
          double score = double{source[at(j * a.source_step + h)]} + target[at(r * a.target_step + h)];
          score = std::exp(score > 0 ? score : score * double{a.slope});
          total += score;
          for (int64_t f = 0; f < a.width; ++f) {
            const int64_t k = h * a.width + f, all = a.heads * a.width;
            product += score * double{x[at(j * all + k)]} * double{grad[at(r * all + k)]};
          }
        }
        if (total > 0) sum += product / total;
      }
    }
    return sum;
  }
  double result() const {
    double sum = 0;
    for (size_t k = 0; k < out.size(); ++k) sum += double{out[k]} * double{grad[k]};
    return sum;
  }
  /// The central difference of the loss by one number.
  double slope_by(T& number) {
    const T kept = number;
    const double h = 1e-5;
    number = kept + T(h);
    const double more = loss();
    number = kept - T(h);
    const double less = loss();
    number = kept;
    return (more - less) / (2 * h);
  }
};

struct AttentionShape {
  int64_t heads, width;
};
/// Heads whose number compilers know and others; widths of whole vectors, parts of them and single numbers.
const AttentionShape shapes[] = {{1, 1}, {1, 40}, {3, 5}, {8, 8}, {2, 16}, {8, 3}, {16, 8}, {9, 8}, {4, 31}};

class GraphAttentionTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { force_simd_level(GetParam()); }
  void TearDown() override { force_simd_level("best"); }
};

TEST_P(GraphAttentionTest, IsTheDefinitionWithItsGradients) {
  for (const auto& [heads, width] : shapes) {
    SCOPED_TRACE(std::to_string(heads) + " heads of " + std::to_string(width));
    AttentionExample<double> example(heads, width);
    example.forward();
    EXPECT_NEAR(example.result(), example.loss(), 1e-11 * static_cast<double>(heads * width));
    for (int64_t k = heads * width; k < 2 * heads * width; ++k) EXPECT_EQ(example.out[at(k)], 0) << "of no edges";
    example.backward();
    const auto compare = [&](std::vector<double>& numbers, const std::vector<double>& gradients, int64_t step,
                             const char* name) {
      for (size_t k = 0; k < numbers.size(); k += 1 + k % 3) {
        const bool is_beside = step > 0 && static_cast<int64_t>(k) % step >= heads;
        const double wanted = is_beside ? 7 : example.slope_by(numbers[k]);
        ASSERT_NEAR(gradients[k], wanted, 1e-7) << "by " << name << " " << k;
      }
    };
    compare(example.x, example.by_x, 0, "x");
    compare(example.source, example.by_source, example.a.source_step, "source");
    compare(example.target, example.by_target, example.a.target_step, "target");
  }
}

TEST_P(GraphAttentionTest, FloatIsDoubleButForRounding) {
  for (const auto& [heads, width] : shapes) {
    SCOPED_TRACE(std::to_string(heads) + " heads of " + std::to_string(width));
    AttentionExample<double> precise(heads, width);
    AttentionExample<float> example(heads, width);
    const auto round = [](std::vector<double>& numbers) {
      for (double& number : numbers) number = static_cast<double>(static_cast<float>(number));
    };
    for (auto* numbers : {&precise.x, &precise.source, &precise.target, &precise.grad}) round(*numbers);
    precise.a.slope = static_cast<double>(0.2f);
    precise.forward(), precise.backward();
    example.forward(), example.backward();
    const auto near = [](const std::vector<float>& found, const std::vector<double>& wanted, const char* name) {
      for (size_t k = 0; k < found.size(); ++k) ASSERT_NEAR(found[k], wanted[k], 5e-5) << name << " " << k;
    };
    near(example.out, precise.out, "out");
    near(example.by_x, precise.by_x, "by x");
    near(example.by_source, precise.by_source, "by source");
    near(example.by_target, precise.by_target, "by target");
  }
}

INSTANTIATE_TEST_SUITE_P(Levels, GraphAttentionTest, ::testing::ValuesIn(simd_levels()),
                         [](const auto& info) { return info.param; });

TEST(GraphAttention, ThreadsShareTheRows) {
  AttentionExample<double> one(64, 8), several(64, 8);  // so many numbers a row that rows are cut
  one.forward(), one.backward();
  const PiecesInTurn threads(3);
  several.forward(threads), several.backward(threads);
  EXPECT_EQ(one.out, several.out);
  for (size_t k = 0; k < one.by_target.size(); ++k) EXPECT_NEAR(one.by_target[k], several.by_target[k], 1e-12);
}

TEST(GraphAttention, LargeScoresAndNotANumber) {
  AttentionExample<float> example(2, 3);
  for (float& score : example.source) score *= 1e30f;
  example.forward();
  for (const float number : example.out) EXPECT_TRUE(std::isfinite(number));
  example.source[0] = std::numeric_limits<float>::quiet_NaN();  // of source 0, head 0
  example.forward();
  for (int64_t r = 0; r < example.rows; ++r) {
    bool has = false;
    for (int64_t e = example.graph.rowptr[at(r)]; e < example.graph.rowptr[at(r + 1)]; ++e) {
      has = has || example.graph.col[at(e)] == 0;
    }
    EXPECT_EQ(std::isnan(example.out[at(r * 6)]), has) << "row " << r;
    EXPECT_FALSE(std::isnan(example.out[at(r * 6 + 3)])) << "head 1 of row " << r;
  }
}

TEST(GraphAttention, RefusesUnsoundGraphs) {
  AttentionExample<float> example(2, 3);
  example.graph.col[5] = 9;
  EXPECT_THAT(error_of([&] { example.forward(); }).what(), HasSubstr("9"));
  example.graph.col[5] = 1;
  example.graph.rowptr[2] = 100000;
  EXPECT_THAT(error_of([&] { example.forward(); }).what(), HasSubstr("attention"));
}

}  // namespace
}  // namespace spinel::kernels
