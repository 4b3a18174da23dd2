#include "spinel/kernels/cpu/cfconv.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "spinel/kernels/cpu/pair_list.h"

namespace spinel::kernels {
namespace {

struct Edge {
  int64_t i, j;
  double shift;  ///< along x
};

PairList list_of(int64_t atoms, const std::vector<Edge>& edges) {
  std::vector<int64_t> center, neighbor;
  std::vector<double> offsets;
  for (const Edge& e : edges) {
    center.push_back(e.i);
    neighbor.push_back(e.j);
    offsets.insert(offsets.end(), {e.shift, 0.0, 0.0});
  }
  return make_pair_list(atoms, static_cast<int64_t>(edges.size()), center.data(), neighbor.data(), offsets.data());
}

const std::vector<Edge> kMolecule = {{0, 1, 0}, {0, 2, 0}, {1, 0, 0}, {1, 2, 0}, {2, 0, 0}, {2, 1, 0}};

TEST(PairList, JoinsTheTwoDirectionsOfAPair) {
  const PairList list = list_of(4, kMolecule);
  EXPECT_TRUE(list.symmetric);
  EXPECT_EQ(list.pairs(), 3);
  EXPECT_EQ(list.first, (std::vector<int32_t>{0, 2, 4, 6, 6}));  // the last atom has no neighbour
  EXPECT_EQ(list.row, (std::vector<int32_t>{0, 1, 0, 2, 1, 2}));
}

TEST(PairList, TakesEdgesInAnyOrder) {
  const PairList list = list_of(3, {{2, 1, 0}, {0, 2, 0}, {1, 0, 0}, {2, 0, 0}, {1, 2, 0}, {0, 1, 0}});
  EXPECT_EQ(list.pairs(), 3);
  EXPECT_EQ(list.row, (std::vector<int32_t>{0, 1, 0, 2, 1, 2}));
  EXPECT_EQ(list.edge, (std::vector<int32_t>{5, 1, 4}));  // numbers of the edges as given
}

TEST(PairList, TellsImagesApartByTheirShift) {
  // Atom 0 sees atom 1 in two cells and its own image on both sides.
  const PairList list = list_of(2, {{0, 0, 4}, {0, 0, -4}, {0, 1, 0}, {0, 1, -4}, {1, 0, 4}, {1, 0, 0}});
  EXPECT_TRUE(list.symmetric);
  EXPECT_EQ(list.pairs(), 3);
  EXPECT_EQ(list.row, (std::vector<int32_t>{0, 0, 1, 2, 2, 1}));
}

TEST(PairList, KeepsTheTransposedListWhereAnEdgeHasNoCounterpart) {
  const PairList list = list_of(3, {{0, 1, 0}, {0, 2, 0}, {1, 0, 0}});
  EXPECT_FALSE(list.symmetric);
  EXPECT_EQ(list.both, (std::vector<uint8_t>{1, 0}));
  EXPECT_EQ(list.source_first, (std::vector<int32_t>{0, 1, 2, 3}));
  EXPECT_EQ(list.source_neighbor, (std::vector<int32_t>{1, 0, 0}));
  EXPECT_EQ(list.source_row, (std::vector<int32_t>{0, 0, 1}));
}

TEST(PairList, OfNoEdgesIsEmpty) {
  const PairList list = list_of(2, {});
  EXPECT_EQ(list.pairs(), 0);
  EXPECT_EQ(list.first, (std::vector<int32_t>{0, 0, 0}));
}

/// Random operands over a list with both kinds of pairs.
template <typename T>
struct Operands {
  explicit Operands(int64_t width) : width(width) {
    std::mt19937 random(7);
    std::uniform_real_distribution<T> uniform(-1, 1);
    const auto fill = [&](int64_t rows) {
      std::vector<T> values(rows * width);
      for (T& v : values) v = uniform(random);
      return values;
    };
    x = fill(4), y = fill(4), xd = fill(4), gy = fill(4);
    w = fill(list.pairs()), v = fill(list.pairs());
    for (auto* scalars : {&s, &c, &cd}) {
      scalars->resize(list.pairs());
      for (T& value : *scalars) value = uniform(random);
    }
  }
  T& at(std::vector<T>& t, int64_t row, int64_t f) const { return t[row * width + f]; }
  T tolerance() const { return std::is_same_v<T, float> ? T(1e-5) : T(1e-13); }

  int64_t width;
  PairList list = list_of(4, {{0, 1, 0}, {0, 3, 0}, {1, 0, 0}, {1, 2, 0}, {2, 1, 0}, {3, 3, 4}, {3, 3, -4}, {2, 0, 0}});
  std::vector<T> x, y, xd, gy, w, v, s, c, cd;
};

template <typename T>
class Cfconv : public testing::Test {};
using Types = testing::Types<float, double>;
TYPED_TEST_SUITE(Cfconv, Types);

// One, an odd number, one strip, and a strip with a rest: every loop of the kernels.
constexpr int64_t kWidths[] = {1, 7, 32, 64, 77, 128};

TYPED_TEST(Cfconv, SumsFilteredNeighbors) {
  using T = TypeParam;
  for (int64_t width : kWidths) {
    Operands<T> o(width);
    std::vector<T> y(4 * width, T(9)), z(4 * width, T(9));
    cfconv(o.list.by_center(), width, o.x.data(), o.w.data(), y.data(), serial());
    cfconv_pairwise(o.list.by_center(), width, o.x.data(), o.w.data(), o.s.data(), o.xd.data(), o.v.data(), z.data(),
                    serial());
    for (int64_t i = 0; i < 4; ++i) {
      for (int64_t f = 0; f < width; ++f) {
        T sum = 0, both = 0;
        for (int32_t e = o.list.first[i]; e < o.list.first[i + 1]; ++e) {
          const int32_t j = o.list.neighbor[e], p = o.list.row[e];
          sum += o.at(o.x, j, f) * o.at(o.w, p, f);
          both += o.s[p] * o.at(o.xd, j, f) * o.at(o.v, p, f);
        }
        ASSERT_NEAR(o.at(y, i, f), sum, o.tolerance());
        ASSERT_NEAR(o.at(z, i, f), sum + both, o.tolerance());
      }
    }
  }
}

TYPED_TEST(Cfconv, LeavesOutAnAbsentTerm) {
  using T = TypeParam;
  Operands<T> o(33);
  const std::vector<T> zero(4 * 33, T(0));
  std::vector<T> with(4 * 33), without(4 * 33);
  cfconv_pairwise<T>(o.list.by_center(), 33, nullptr, o.w.data(), o.s.data(), o.x.data(), o.v.data(), without.data(),
                     serial());
  cfconv_pairwise(o.list.by_center(), 33, zero.data(), o.w.data(), o.s.data(), o.x.data(), o.v.data(), with.data(),
                  serial());
  EXPECT_EQ(with, without);
}

// ⟨y, A x⟩ = ⟨Aᵀ y, x⟩, also for lists that are not symmetric.
TYPED_TEST(Cfconv, TransposedListGivesTheAdjoint) {
  using T = TypeParam;
  Operands<T> o(48);
  ASSERT_FALSE(o.list.symmetric);
  std::vector<T> ax(4 * 48), aty(4 * 48);
  cfconv(o.list.by_center(), 48, o.x.data(), o.w.data(), ax.data(), serial());
  cfconv(o.list.by_neighbor(), 48, o.y.data(), o.w.data(), aty.data(), serial());
  T left = 0, right = 0;
  for (size_t k = 0; k < ax.size(); ++k) left += o.y[k] * ax[k], right += aty[k] * o.x[k];
  EXPECT_NEAR(left, right, 100 * o.tolerance());
}

/// Σ over the edges of pair p of a_j b_i.
template <typename T>
T edge_products(Operands<T>& o, int64_t p, int64_t f, std::vector<T>& a, std::vector<T>& b) {
  const int32_t i = o.list.i[p], j = o.list.j[p];
  return o.at(a, j, f) * o.at(b, i, f) + (o.list.both[p] ? o.at(a, i, f) * o.at(b, j, f) : T(0));
}

TYPED_TEST(Cfconv, PairDotAddsTheRadialSlope) {
  using T = TypeParam;
  for (int64_t width : kWidths) {
    Operands<T> o(width);
    std::vector<T> g(o.list.pairs(), T(1));
    cfconv_pair_dot(o.list.view(), width, o.v.data(), o.x.data(), o.y.data(), g.data(), serial());
    for (int64_t p = 0; p < o.list.pairs(); ++p) {
      T sum = 1;
      for (int64_t f = 0; f < width; ++f) sum += o.at(o.v, p, f) * edge_products(o, p, f, o.x, o.y);
      ASSERT_NEAR(g[p], sum, 20 * o.tolerance());
    }
  }
}

TYPED_TEST(Cfconv, FilterAdjointIsThatOfItsFormula) {
  using T = TypeParam;
  for (int64_t width : kWidths) {
    Operands<T> o(width);
    std::vector<T> value(o.w.size()), slope(o.w.size()), plain(o.w.size());
    FilterAdjoint<T> t{o.x.data(), o.xd.data(), o.y.data(),   o.gy.data(), o.s.data(),
                       o.c.data(), o.cd.data(), value.data(), slope.data()};
    cfconv_filter_adjoint(o.list.view(), width, t, serial());
    t.xdot = t.gy = nullptr;
    t.value = plain.data();
    cfconv_filter_adjoint(o.list.view(), width, t, serial());
    for (int64_t p = 0; p < o.list.pairs(); ++p) {
      for (int64_t f = 0; f < width; ++f) {
        const T first = edge_products(o, p, f, o.x, o.y), g = o.s[p] * edge_products(o, p, f, o.x, o.gy);
        ASSERT_NEAR(o.at(value, p, f), (first + edge_products(o, p, f, o.xd, o.gy)) * o.c[p] + g * o.cd[p],
                    o.tolerance());
        ASSERT_NEAR(o.at(slope, p, f), g * o.c[p], o.tolerance());
        ASSERT_NEAR(o.at(plain, p, f), first * o.c[p], o.tolerance());
      }
    }
  }
}

TYPED_TEST(Cfconv, CutoffMultipliesValueAndDerivative) {
  using T = TypeParam;
  Operands<T> o(19);
  std::vector<T> value = o.w, slope = o.v, alone = o.w;
  apply_cutoff(o.list.pairs(), 19, o.x.data(), o.c.data(), o.cd.data(), value.data(), slope.data(), serial());
  apply_cutoff<T>(o.list.pairs(), 19, o.x.data(), o.c.data(), nullptr, alone.data(), nullptr, serial());
  EXPECT_EQ(alone, value);
  for (int64_t p = 0; p < o.list.pairs(); ++p) {
    for (int64_t f = 0; f < 19; ++f) {
      const T raw = o.at(o.w, p, f) + o.x[f];
      EXPECT_NEAR(o.at(value, p, f), raw * o.c[p], o.tolerance());
      EXPECT_NEAR(o.at(slope, p, f), o.at(o.v, p, f) * o.c[p] + raw * o.cd[p], o.tolerance());
    }
  }
}

}  // namespace
}  // namespace spinel::kernels
