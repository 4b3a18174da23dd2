#include "spinel/kernels/cpu/edge_messages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <vector>

#include "tests/kernels/graph_testing.h"
#include "tests/support/errors.h"

namespace spinel::kernels {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Numbers = std::vector<double>;

size_t at(int64_t k) { return static_cast<size_t>(k); }

/// A graph with an empty row, a row over several chunks, and edges whose attributes lie in another order.
struct Example {
  EdgeMessages<double> m;
  TestGraph<int64_t> graph;
  std::vector<int64_t> number;
  Numbers target, source, edge, attr, weight, coefficient, vector;
  /// What a call fills.
  Numbers out, first, second;

  Example(int64_t width, EdgeActivation activation, EdgeReduction reduction, bool vector_of_rows = false,
          bool modulated = false) {
    std::mt19937 random(7);
    std::vector<std::vector<int64_t>> rows(6);
    const std::vector<size_t> sizes{3, 0, 70, 1, 5, 32};
    for (size_t r = 0; r < rows.size(); ++r) {
      for (size_t k = 0; k < sizes[r]; ++k) rows[r].push_back(static_cast<int64_t>(random() % 6));
    }
    graph = graph_of(rows);
    number.resize(graph.col.size());
    std::iota(number.begin(), number.end(), 0);
    std::shuffle(number.begin(), number.end(), random);
    const auto edges = static_cast<int64_t>(graph.col.size());
    std::normal_distribution<double> normal;
    const auto fill = [&](Numbers& numbers, int64_t n) {
      for (int64_t k = 0; k < n; ++k) numbers.push_back(normal(random));
    };
    m.width = width;
    m.activation = activation;
    m.reduction = reduction;
    m.attr_width = 3;
    const bool is_headed = reduction >= EdgeReduction::weighted;
    m.heads = is_headed ? 2 : 1;
    m.vector_of_rows = vector_of_rows;
    m.modulated = modulated;
    m.slope = 0.2;
    m.offset = sum_parts(activation) > 1 ? 0 : 0.125;
    m.scale = 0.7;
    fill(target, 6 * m.target_width()), fill(source, 6 * width), fill(edge, edges * width), fill(attr, edges * 3);
    fill(weight, width * 3);
    if (reduction == EdgeReduction::dot) fill(vector, (vector_of_rows ? 6 : 1) * m.message_width());
    else if (is_headed) fill(coefficient, edges * 2);
  }

  std::vector<Numbers*> operands() { return {&target, &source, &edge, &attr, &weight, &coefficient, &vector}; }
  const EdgeMessages<double>& messages() {
    m.graph = graph.view("messages");
    m.number = number.data();
    m.target = target.data(), m.source = source.data(), m.edge = edge.data();
    m.attr = attr.data(), m.weight = weight.data(), m.coefficient = coefficient.data();
    m.vector = vector.data();
    return m;
  }
  bool has_softmax() const { return m.reduction == EdgeReduction::softmax || m.reduction == EdgeReduction::attended; }
  EdgeResults<double> results() {
    const size_t rows = at(6 * m.out_width());
    out.assign(m.reduction == EdgeReduction::dot ? at(m.heads) * graph.col.size() : rows, -99);
    first.assign(rows, 0), second.assign(rows, 0);
    if (has_softmax()) return {.out = out.data(), .peak = first.data(), .total = second.data()};
    return {.out = out.data(), .ties = first.data()};
  }
  const Numbers& run(const ParallelFor& parallel = serial()) {
    const EdgeResults<double> to = results();
    reduce_edge_messages(messages(), to, parallel);
    return out;
  }
};

double activated(const EdgeMessages<double>& m, const Numbers& sum, int64_t f) {
  const double x = sum[at(f)];
  switch (m.activation) {
    case EdgeActivation::identity: return x + m.offset;
    case EdgeActivation::relu: return std::max(x, 0.0) + m.offset;
    case EdgeActivation::leaky_relu: return (x > 0 ? x : m.slope * x) + m.offset;
    case EdgeActivation::gated: return sum[at(f + m.width / 2)] / (1 + std::exp(-x));
    case EdgeActivation::gate: break;
  }
  return std::log1p(std::exp(sum[at(f + m.width / 2)])) / (1 + std::exp(-x));
}

/// The message of the t-th entry, of row i.
Numbers message_of(const Example& e, int64_t i, int64_t t) {
  const int64_t width = e.m.width, j = e.graph.col[at(t)], n = e.number[at(t)];
  Numbers sum, message;
  for (int64_t f = 0; f < width; ++f) {
    const size_t of_i = at(i * e.m.target_width() + f);
    const double factor = e.m.modulated ? e.target[of_i + at(width)] : 1;
    sum.push_back(e.target[of_i] + factor * e.source[at(j * width + f)] + e.edge[at(n * width + f)]);
    for (int64_t k = 0; k < 3; ++k) sum.back() += e.weight[at(f * 3 + k)] * e.attr[at(n * 3 + k)];
  }
  for (int64_t f = 0; f < e.m.message_width(); ++f) message.push_back(activated(e.m, sum, f));
  return message;
}

double reduced(const EdgeMessages<double>& m, const Numbers& column) {
  if (column.empty()) return 0;
  if (m.reduction == EdgeReduction::min) return *std::min_element(column.begin(), column.end());
  if (m.reduction == EdgeReduction::max) return *std::max_element(column.begin(), column.end());
  double sum = 0, total = 0;
  for (const double x : column) {
    const double weight = m.reduction == EdgeReduction::softmax ? std::exp(m.scale * x) : 1;
    sum += weight * x, total += weight;
  }
  return m.reduction == EdgeReduction::softmax || m.reduction == EdgeReduction::mean ? sum / total : sum;
}

/// The sums of weighted, mixed and dot.
Numbers expected_of_heads(const Example& e) {
  const EdgeMessages<double>& m = e.m;
  const bool is_mixed = m.reduction == EdgeReduction::mixed, is_dot = m.reduction == EdgeReduction::dot;
  const int64_t width = m.message_width(), each = is_mixed ? width : width / 2;
  Numbers out(is_dot ? 2 * e.graph.col.size() : at(12 * each));
  for (int64_t i = 0; i < 6; ++i) {
    for (int64_t t = e.graph.rowptr[at(i)]; t < e.graph.rowptr[at(i + 1)]; ++t) {
      const Numbers message = message_of(e, i, t);
      const int64_t n = e.number[at(t)];
      for (int64_t k = 0; k < 2 * each; ++k) {
        const double x = message[at(is_mixed ? k % each : k)];
        if (is_dot) out[at(2 * n + k / each)] += e.vector[at((m.vector_of_rows ? i * width : 0) + k)] * x;
        else out[at(i * 2 * each + k)] += e.coefficient[at(2 * n + k / each)] * x;
      }
    }
  }
  return out;
}

Numbers expected_of_attended(const Example& e) {
  const int64_t width = e.m.out_width();
  Numbers out(at(6 * width));
  for (int64_t i = 0; i < 6; ++i) {
    for (int64_t f = 0; f < width; ++f) {
      double sum = 0, total = 0;
      for (int64_t t = e.graph.rowptr[at(i)]; t < e.graph.rowptr[at(i + 1)]; ++t) {
        const Numbers message = message_of(e, i, t);
        const double weight = std::exp(e.m.scale * message[at(f)]);
        sum += weight * message[at(f + width)], total += weight;
      }
      out[at(i * width + f)] = total > 0 ? sum / total : 0;
    }
  }
  return out;
}

Numbers expected(const Example& e) {
  if (e.m.reduction >= EdgeReduction::weighted) return expected_of_heads(e);
  if (e.m.reduction == EdgeReduction::attended) return expected_of_attended(e);
  const int64_t width = e.m.message_width();
  Numbers out(at(6 * width));
  for (int64_t i = 0; i < 6; ++i) {
    std::vector<Numbers> columns(at(width));
    for (int64_t t = e.graph.rowptr[at(i)]; t < e.graph.rowptr[at(i + 1)]; ++t) {
      const Numbers message = message_of(e, i, t);
      for (int64_t f = 0; f < width; ++f) columns[at(f)].push_back(message[at(f)]);
    }
    for (int64_t f = 0; f < width; ++f) out[at(i * width + f)] = reduced(e.m, columns[at(f)]);
  }
  return out;
}

void expect_near(const Numbers& a, const Numbers& b, double tolerance) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t k = 0; k < a.size(); ++k) EXPECT_NEAR(a[k], b[k], tolerance) << k;
}

class EdgeMessagesOf : public testing::TestWithParam<std::tuple<EdgeActivation, EdgeReduction, bool, bool>> {
 protected:
  /// Vectors and a rest; messages of wider sums are 11 or, for two heads, 10 wide.
  static Example make(EdgeActivation activation, EdgeReduction reduction, bool vector_of_rows, bool modulated) {
    const int64_t width = sum_parts(activation) == 1 ? 22 : (reduction >= EdgeReduction::weighted ? 20 : 22);
    return {width, activation, reduction, vector_of_rows, modulated};
  }
  Example example = std::apply(make, GetParam());
};

constexpr EdgeActivation activations[] = {EdgeActivation::identity, EdgeActivation::relu, EdgeActivation::leaky_relu,
                                          EdgeActivation::gate, EdgeActivation::gated};
INSTANTIATE_TEST_SUITE_P(Kinds, EdgeMessagesOf,
                         testing::Combine(testing::ValuesIn(activations),
                                          testing::Values(EdgeReduction::sum, EdgeReduction::mean,
                                                          EdgeReduction::softmax, EdgeReduction::min,
                                                          EdgeReduction::max, EdgeReduction::weighted,
                                                          EdgeReduction::mixed, EdgeReduction::dot),
                                          testing::Values(false), testing::Bool()));
INSTANTIATE_TEST_SUITE_P(Attended, EdgeMessagesOf,
                         testing::Combine(testing::Values(EdgeActivation::identity, EdgeActivation::relu),
                                          testing::Values(EdgeReduction::attended), testing::Values(false),
                                          testing::Bool()));
INSTANTIATE_TEST_SUITE_P(VectorOfRows, EdgeMessagesOf,
                         testing::Combine(testing::ValuesIn(activations), testing::Values(EdgeReduction::dot),
                                          testing::Values(true), testing::Values(false)));

TEST_P(EdgeMessagesOf, AreReducedAsByDefinition) { expect_near(example.run(), expected(example), 1e-12); }

TEST_P(EdgeMessagesOf, AreTheSameOnSeveralThreads) {
  const Numbers alone = example.run();
  set_thread_pool_size(3);
  expect_near(example.run(thread_pool()), alone, 0);
  set_thread_pool_size(0);
}

/// All gradients of Σ grad · out, in one row.
Numbers gradients_of(Example& e, const Numbers& grad, const ParallelFor& parallel) {
  const EdgeResults<double> results = e.results();
  reduce_edge_messages(e.messages(), results, parallel);
  Numbers all;
  std::vector<Numbers> parts;
  for (const Numbers* operand : e.operands()) parts.emplace_back(operand->size(), -99.0);
  const auto part = [&](size_t k) { return parts[k].empty() ? nullptr : parts[k].data(); };
  double scale = -99;
  const bool is_softmax = e.has_softmax();
  const EdgeGradients<double> to{part(0), part(1), part(2), part(3),
                                 part(4), part(5), part(6), is_softmax ? &scale : nullptr};
  edge_message_gradients(e.messages(), results, grad.data(), to, parallel);
  for (const Numbers& one : parts) all.insert(all.end(), one.begin(), one.end());
  if (is_softmax) all.push_back(scale);
  return all;
}

TEST_P(EdgeMessagesOf, HaveTheGradientsOfDifferences) {
  Example& e = example;
  Numbers grad(e.run().size());
  for (size_t k = 0; k < grad.size(); ++k) grad[k] = std::sin(static_cast<double>(k));
  const auto value = [&] {
    const Numbers out = expected(e);
    return std::inner_product(out.begin(), out.end(), grad.begin(), 0.0);
  };
  const Numbers found = gradients_of(e, grad, serial());
  size_t next = 0;
  const auto expect_slope = [&](double& x) {
    const double kept = x, h = 1e-5;
    x = kept + h;
    const double above = value();
    x = kept - h;
    EXPECT_NEAR(found.at(next), (above - value()) / (2 * h), 1e-6) << next;
    x = kept;
  };
  for (Numbers* operand : e.operands()) {
    const size_t begin = next;
    // Every seventh of the many is enough.
    const size_t step = operand->size() > 200 ? 7 : 1;
    for (size_t k = 0; k < operand->size(); k += step, next = begin + k) expect_slope((*operand)[k]);
    next = begin + operand->size();
  }
  if (e.has_softmax()) expect_slope(e.m.scale);
  set_thread_pool_size(3);
  expect_near(gradients_of(e, grad, thread_pool()), found, 1e-10);
  set_thread_pool_size(0);
}

/// Enough edges for several pieces.
TEST(EdgeMessages, OfManyRowsAreTheSameOnSeveralThreads) {
  std::mt19937 random(3);
  const TestGraph<int64_t> graph = random_graph<int64_t>(random, 300);
  const int64_t width = 64, nodes = graph.num_nodes(), edges = static_cast<int64_t>(graph.col.size());
  std::normal_distribution<double> normal;
  const auto numbers = [&](int64_t n) {
    Numbers result(at(n));
    for (double& x : result) x = normal(random);
    return result;
  };
  const Numbers x = numbers(nodes * width), attr = numbers(edges * 2), weight = numbers(width * 2);
  const Numbers vector = numbers(width), grad = numbers(edges * 4);
  EdgeMessages<double> m;
  m.graph = graph.view();
  m.width = width, m.attr_width = 2, m.heads = 4;
  m.source = x.data(), m.attr = attr.data(), m.weight = weight.data(), m.vector = vector.data();
  m.activation = EdgeActivation::leaky_relu;
  m.reduction = EdgeReduction::dot;
  const auto run = [&](const ParallelFor& parallel) {
    std::vector<Numbers> all{Numbers(at(edges * 4)), Numbers(x.size()), Numbers(weight.size()), Numbers(at(width))};
    const EdgeResults<double> results{.out = all[0].data()};
    reduce_edge_messages(m, results, parallel);
    const EdgeGradients<double> to{.source = all[1].data(), .weight = all[2].data(), .vector = all[3].data()};
    edge_message_gradients(m, results, grad.data(), to, parallel);
    return all;
  };
  ASSERT_GT(edges, 4 * 128);
  const std::vector<Numbers> alone = run(serial());
  set_thread_pool_size(4);
  const std::vector<Numbers> together = run(thread_pool());
  set_thread_pool_size(0);
  expect_near(together[0], alone[0], 0);
  for (size_t k = 1; k < 4; ++k) expect_near(together[k], alone[k], 1e-10);
}

TEST(EdgeMessages, ShareTheGradientOfEqualOnes) {
  // Rows {0, 1, 2} and {2}; of feature 0 two are equal, of feature 1 the largest is 0, which counts once more.
  TestGraph<int64_t> graph = graph_of<int64_t>({{0, 1, 2}, {2}, {}});
  const std::vector<float> x{5, -1, 5, 0, 4, -2}, grad{6, 6, 1, 1, 1, 1};
  EdgeMessages<float> m;
  m.graph = graph.view();
  m.width = 2;
  m.source = x.data();
  m.reduction = EdgeReduction::max;
  std::vector<float> out(6), ties(6), by_source(6);
  const EdgeResults<float> results{.out = out.data(), .ties = ties.data()};
  reduce_edge_messages(m, results, serial());
  EXPECT_THAT(out, ElementsAre(5, 0, 4, -2, 0, 0));
  edge_message_gradients<float>(m, results, grad.data(), {.source = by_source.data()}, serial());
  EXPECT_THAT(by_source, ElementsAre(3, 0, 3, 3, 1, 1));
}

TEST(EdgeMessages, LetNoGradientThroughConstantWeights) {
  Example e(4, EdgeActivation::identity, EdgeReduction::softmax);
  e.m.weights_constant = true;
  const Numbers found = gradients_of(e, Numbers(24, 1.0), serial());
  // Weights sum to 1 over a row: so do the gradients by its targets, but for the row without edges.
  EXPECT_NEAR(found[0], 1, 1e-12);
  EXPECT_EQ(found[4], 0);
  EXPECT_NEAR(found[8], 1, 1e-12);
  EXPECT_EQ(found.back(), 0);
}

TEST(EdgeMessages, KeepNaN) {
  Example e(5, EdgeActivation::relu, EdgeReduction::max);
  e.source[5 * static_cast<size_t>(e.graph.col[0])] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(std::isnan(e.run()[0]));
  e.m.reduction = EdgeReduction::softmax;
  EXPECT_TRUE(std::isnan(e.run()[0]));
  EXPECT_FALSE(std::isnan(e.out[1]));
}

// ST-07
TEST(EdgeMessages, RefuseUnsoundIndices) {
  Example e(4, EdgeActivation::relu, EdgeReduction::sum);
  e.graph.col[40] = 6;
  EXPECT_THAT(std::string(error_of([&] { e.run(); }).what()),
              HasSubstr("messages: col[40] is 6 but there are 6 nodes"));
  e.graph.col[40] = 0;
  e.graph.rowptr[2] = 80;
  EXPECT_THAT(std::string(error_of([&] { e.run(); }).what()), HasSubstr("messages: rowptr gives row"));
}

TEST(EdgeMessages, OfNoEdgesAreZero) {
  TestGraph<int64_t> graph = graph_of<int64_t>({{}, {}});
  EdgeMessages<double> m;
  m.graph = graph.view();
  m.width = 1;
  Numbers x{1, 2}, out(2, -9), by_source(2, -9), grad{1, 1};
  m.source = x.data();
  const EdgeResults<double> results{.out = out.data()};
  reduce_edge_messages(m, results, serial());
  EXPECT_THAT(out, ElementsAre(0, 0));
  edge_message_gradients<double>(m, results, grad.data(), {.source = by_source.data()}, serial());
  EXPECT_THAT(by_source, ElementsAre(0, 0));
}

}  // namespace
}  // namespace spinel::kernels
