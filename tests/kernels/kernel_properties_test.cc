// What must hold of the kernels of SchNet's convolution on random lists, at any thread count and vector extension.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <random>
#include <tuple>
#include <vector>

#include "spinel/base/error.h"
#include "spinel/base/parallel.h"
#include "spinel/kernels/cpu/activation.h"
#include "spinel/kernels/cpu/cfconv.h"
#include "spinel/kernels/cpu/pair_list.h"
#include "spinel/kernels/cpu/simd_level.h"
#include "spinel/kernels/cpu/spline_conv.h"

namespace spinel::kernels {
namespace {

/// Edges with offsets that are multiples of one lattice vector, in random order; some without their counterpart.
struct Edges {
  explicit Edges(std::mt19937& random, bool whole) : atoms(1 + static_cast<int64_t>(random() % 9)) {
    std::vector<std::tuple<int64_t, int64_t, int>> all;
    for (int64_t i = 0; i < atoms; ++i) {
      for (int64_t j = i; j < atoms; ++j) {
        for (int shift = i == j ? 1 : -1; shift <= 1; ++shift) {
          if (random() % 3 == 0) continue;
          if (whole || random() % 4) all.emplace_back(i, j, shift);
          if (whole || random() % 4) all.emplace_back(j, i, -shift);
        }
      }
    }
    std::shuffle(all.begin(), all.end(), random);
    for (const auto& [i, j, shift] : all) {
      center.push_back(i);
      neighbor.push_back(j);
      steps.push_back(shift);
      offsets.insert(offsets.end(), {3.5 * shift, -1.25 * shift, 0.0});
    }
  }
  int64_t size() const { return static_cast<int64_t>(center.size()); }
  PairList pairs() const { return make_pair_list(atoms, size(), center.data(), neighbor.data(), offsets.data()); }
  int64_t atoms;
  std::vector<int64_t> center, neighbor;
  std::vector<int> steps;
  std::vector<double> offsets;
};

TEST(PairListProperties, JoinsExactlyTheOppositeEdges) {
  std::mt19937 random(101);
  for (int repeat = 0; repeat < 300; ++repeat) {
    const Edges edges(random, repeat % 2);
    const PairList list = edges.pairs();
    // The edges as a set, and of each pair how many edges name it.
    std::map<std::tuple<int64_t, int64_t, int>, int64_t> given;
    for (int64_t e = 0; e < edges.size(); ++e) given[{edges.center[e], edges.neighbor[e], edges.steps[e]}] = e;
    int64_t together = 0;
    for (const auto& [edge, number] : given) {
      const auto& [i, j, shift] = edge;
      together += given.contains({j, i, -shift});
    }
    EXPECT_EQ(list.symmetric, together == edges.size());
    ASSERT_EQ(list.pairs(), edges.size() - together / 2);
    std::vector<int> named(static_cast<size_t>(list.pairs()));
    ASSERT_EQ(list.first.back(), edges.size());
    for (int64_t i = 0; i < list.atoms; ++i) {
      for (int32_t k = list.first[i]; k < list.first[i + 1]; ++k) {
        const int32_t pair = list.row[k];
        ++named[pair];
        EXPECT_TRUE((list.i[pair] == i && list.j[pair] == list.neighbor[k]) ||
                    (list.both[pair] && list.j[pair] == i && list.i[pair] == list.neighbor[k]));
      }
    }
    for (int64_t p = 0; p < list.pairs(); ++p) {
      EXPECT_EQ(named[p], list.both[p] ? 2 : 1);
      const int32_t e = list.edge[p];
      EXPECT_EQ(list.i[p], edges.center[e]);
      EXPECT_EQ(list.j[p], edges.neighbor[e]);
      EXPECT_EQ(bool{list.both[p] != 0}, given.contains({edges.neighbor[e], edges.center[e], -edges.steps[e]}));
    }
    // By neighbour: the same edges the other way round.
    const EdgeView by_center = list.by_center(), by_neighbor = list.by_neighbor();
    std::multimap<std::pair<int64_t, int64_t>, int32_t> forth, back;
    for (int64_t i = 0; i < list.atoms; ++i) {
      for (int32_t k = by_center.first[i]; k < by_center.first[i + 1]; ++k) {
        forth.insert({{i, by_center.neighbor[k]}, by_center.row[k]});
      }
      for (int32_t k = by_neighbor.first[i]; k < by_neighbor.first[i + 1]; ++k) {
        back.insert({{by_neighbor.neighbor[k], i}, by_neighbor.row[k]});
      }
    }
    const auto sorted = [](const auto& map) {
      std::vector<std::tuple<int64_t, int64_t, int32_t>> list;
      for (const auto& [edge, row] : map) list.emplace_back(edge.first, edge.second, row);
      std::sort(list.begin(), list.end());
      return list;
    };
    ASSERT_EQ(sorted(forth), sorted(back));
  }
}

TEST(PairListProperties, FloatOffsetsGiveTheSamePairs) {
  std::mt19937 random(102);
  for (int repeat = 0; repeat < 50; ++repeat) {
    const Edges edges(random, false);
    const std::vector<float> narrow(edges.offsets.begin(), edges.offsets.end());
    const PairList a = edges.pairs(), b = make_pair_list(edges.atoms, edges.size(), edges.center.data(),
                                                         edges.neighbor.data(), narrow.data());
    EXPECT_EQ(a.row, b.row);
    EXPECT_EQ(a.both, b.both);
    EXPECT_EQ(a.edge, b.edge);
  }
}

TEST(PairListProperties, MoreThanFitsIsRefusedBeforeAnythingIsRead) {
  const int64_t most = std::numeric_limits<int32_t>::max();
  EXPECT_THROW(make_pair_list<float>(most, 0, nullptr, nullptr, nullptr), Error);
  EXPECT_THROW(make_pair_list<double>(1, most, nullptr, nullptr, nullptr), Error);
}

/// Runs `action` serially at the best level, then with threads on every level, and hands each result to `compare`.
template <typename Result>
void on_every_level(const std::function<Result(const ParallelFor&)>& action,
                    const std::function<void(const Result&, const Result&)>& compare) {
  const std::string before = simd_level();
  const Result expected = action(serial());
  for (const std::string& level : simd_levels()) {
    force_simd_level(level);
    for (const int threads : {1, 3}) {
      set_thread_pool_size(threads);
      SCOPED_TRACE(level);
      compare(expected, action(thread_pool()));
    }
  }
  set_thread_pool_size(0);
  force_simd_level(before);
}

template <typename T>
void expect_near(const std::vector<T>& a, const std::vector<T>& b) {
  ASSERT_EQ(a.size(), b.size());
  const double tolerance = std::is_same_v<T, float> ? 2e-5 : 1e-13;
  for (size_t k = 0; k < a.size(); ++k) ASSERT_NEAR(a[k], b[k], tolerance * (1 + std::abs(static_cast<double>(a[k]))));
}

template <typename T>
std::vector<T> random_values(std::mt19937& random, int64_t count) {
  std::uniform_real_distribution<T> uniform(-1, 1);
  std::vector<T> values(static_cast<size_t>(count));
  for (T& value : values) value = uniform(random);
  return values;
}

template <typename T>
class KernelLevels : public testing::Test {};
using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(KernelLevels, Types);

TYPED_TEST(KernelLevels, CfconvAndItsDerivativesAgree) {
  using T = TypeParam;
  std::mt19937 random(103);
  for (const int64_t width : {1, 5, 16, 33, 64}) {
    const Edges edges(random, false);
    const PairList list = edges.pairs();
    const int64_t n = list.atoms * width, rows = list.pairs() * width;
    const auto x = random_values<T>(random, n), xd = random_values<T>(random, n), y = random_values<T>(random, n);
    const auto w = random_values<T>(random, rows), v = random_values<T>(random, rows);
    const auto s = random_values<T>(random, list.pairs()), c = random_values<T>(random, list.pairs());
    on_every_level<std::vector<T>>(
        [&](const ParallelFor& parallel) {
          std::vector<T> all(static_cast<size_t>(2 * n + list.pairs() + 4 * rows), T(0.5));
          T *out = all.data(), *pairwise = out + n, *dot = pairwise + n, *value = dot + list.pairs(),
            *slope = value + rows, *cut = slope + rows, *cut_slope = cut + rows;
          cfconv(list.by_center(), width, x.data(), w.data(), out, parallel);
          cfconv_pairwise(list.by_center(), width, x.data(), w.data(), s.data(), xd.data(), v.data(), pairwise,
                          parallel);
          cfconv_pair_dot(list.view(), width, v.data(), x.data(), y.data(), dot, parallel);
          cfconv_filter_adjoint<T>(
              list.view(), width,
              {x.data(), xd.data(), y.data(), xd.data(), s.data(), c.data(), s.data(), value, slope}, parallel);
          apply_cutoff<T>(list.pairs(), width, x.data(), c.data(), s.data(), cut, cut_slope, parallel);
          return all;
        },
        expect_near<T>);
  }
}

TYPED_TEST(KernelLevels, SplineConvolutionAgrees) {
  using T = TypeParam;
  std::mt19937 random(104);
  std::uniform_real_distribution<double> distance(0, 4.999);
  for (const int64_t width : {1, 7, 32, 80}) {
    const Edges edges(random, true);
    const PairList list = edges.pairs();
    std::vector<double> of_pair;
    for (int64_t p = 0; p < list.pairs(); ++p) of_pair.push_back(distance(random));
    std::vector<int32_t> row;
    std::vector<T> value, slope;
    for (const int32_t pair : list.row) {
      const SplineBasis basis = spline_basis(of_pair[pair], 0, 0.5);
      row.push_back(basis.row);
      for (int k = 0; k < kSplineRows; ++k) value.push_back(static_cast<T>(basis.value[k]));
      for (int k = 0; k < kSplineRows; ++k) slope.push_back(static_cast<T>(basis.slope[k]));
    }
    const int64_t n = list.atoms * width;
    const auto table = random_values<T>(random, 15 * width), x = random_values<T>(random, n),
               gy = random_values<T>(random, n);
    const SplineEdges<T> view{list.atoms, list.first.data(), list.neighbor.data(),
                              row.data(), value.data(),      slope.data()};
    on_every_level<std::vector<T>>(
        [&](const ParallelFor& parallel) {
          std::vector<T> all(static_cast<size_t>(2 * n + edges.size()), T(1));
          spline_conv(view, width, table.data(), x.data(), all.data(), parallel);
          spline_conv_backward(view, width, table.data(), x.data(), gy.data(), all.data() + n, all.data() + 2 * n,
                               parallel);
          return all;
        },
        expect_near<T>);
  }
}

TYPED_TEST(KernelLevels, ActivationsAgreeAtAnyLength) {
  using T = TypeParam;
  std::mt19937 random(105);
  for (const ActivationKind kind :
       {ActivationKind::identity, ActivationKind::shifted_softplus, ActivationKind::softplus, ActivationKind::silu,
        ActivationKind::sigmoid, ActivationKind::tanh}) {
    for (const int64_t n : {0, 1, 3, 15, 64, 20001}) {
      auto x = random_values<T>(random, n), xd = random_values<T>(random, n), yb = random_values<T>(random, n);
      for (T& value : x) value *= 12;
      on_every_level<std::vector<T>>(
          [&](const ParallelFor& parallel) {
            std::vector<T> all(static_cast<size_t>(6 * n), T(3));
            T* out = all.data();
            activate(kind, n, x.data(), out, parallel);
            activation_slope(kind, n, x.data(), xd.data(), out + n, parallel);
            activate_dual(kind, n, x.data(), xd.data(), out + 2 * n, out + 3 * n, parallel);
            activate_dual_adjoint(kind, n, x.data(), xd.data(), yb.data(), xd.data(), out + 4 * n, out + 5 * n,
                                  parallel);
            return all;
          },
          expect_near<T>);
    }
  }
}

TEST(SplineBasisProperties, SlopesAreThoseOfTheValues) {
  std::mt19937 random(106);
  std::uniform_real_distribution<double> uniform(0.2, 4.8);
  const double step = 0.25, h = 1e-6;
  std::vector<double> coefficients(40);
  for (double& c : coefficients) c = uniform(random);
  const auto value = [&](double d) {
    const SplineBasis basis = spline_basis(d, 0, step);
    double sum = 0;
    for (int k = 0; k < kSplineRows; ++k) sum += basis.value[k] * coefficients[static_cast<size_t>(basis.row + k)];
    return sum;
  };
  for (int repeat = 0; repeat < 300; ++repeat) {
    const double d = uniform(random);
    const SplineBasis basis = spline_basis(d, 0, step);
    double slope = 0;
    for (int k = 0; k < kSplineRows; ++k) slope += basis.slope[k] * coefficients[static_cast<size_t>(basis.row + k)];
    EXPECT_NEAR(slope, (value(d + h) - value(d - h)) / (2 * h), 1e-6 * (1 + std::abs(slope)));
    // Four times differentiable: no jump of value and slope at a knot.
    const double knot = step * std::floor(d / step);
    EXPECT_NEAR(value(knot - 1e-12), value(knot + 1e-12), 1e-9);
  }
}

TEST(ActivationKinds, OnlyStandardNamesHaveAKernel) {
  for (const char* name : {"", "ReLU", "SILU", "shifted softplus", "gelu", "tan"}) {
    EXPECT_FALSE(activation_kind(name).has_value()) << name;
  }
  for (const char* name : {"identity", "shifted_softplus", "softplus", "silu", "sigmoid", "tanh"}) {
    EXPECT_TRUE(activation_kind(name).has_value()) << name;
  }
}

}  // namespace
}  // namespace spinel::kernels
