// SchNet's convolution on libtorch's tensors against the same sums written with libtorch's own operators.
#include "spinel/hosts/torch/cfconv.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/errors.h"

namespace spinel::hosts {
namespace {

constexpr int64_t kAtoms = 7, kWidth = 19;

/// All ordered pairs of the atoms but some, with a shift along x for every third.
struct Graph {
  explicit Graph(at::ScalarType dtype, bool symmetric) {
    std::vector<int64_t> i, j;
    std::vector<double> shifts;
    for (int64_t a = 0; a < kAtoms; ++a) {
      for (int64_t b = 0; b < kAtoms; ++b) {
        if (a == b || (a + b) % 4 == 0 || (!symmetric && a > b && (a * b) % 3 == 1)) continue;
        i.push_back(a);
        j.push_back(b);
        shifts.insert(shifts.end(), {(a + b) % 3 == 0 ? (a < b ? 5.0 : -5.0) : 0.0, 0, 0});
      }
    }
    idx_i = at::tensor(i, at::kLong);
    idx_j = at::tensor(j, at::kLong);
    offsets = at::tensor(shifts, dtype).view({-1, 3});
    list = make_pair_list(kAtoms, idx_i, idx_j, offsets);
    at::manual_seed(3);
    x = at::randn({kAtoms, kWidth}, dtype);
    y = at::randn({kAtoms, kWidth}, dtype);
    w = at::randn({list.pairs(), kWidth}, dtype);
    v = at::randn({list.pairs(), kWidth}, dtype);
    s = at::randn({list.pairs()}, dtype);
    pos = at::randn({kAtoms, 3}, dtype);
    // The pair of each edge in the order of the list.
    row = at::empty({static_cast<int64_t>(list.row.size())}, at::kLong);
    center = at::empty_like(row);
    neighbor = at::empty_like(row);
    for (int64_t a = 0; a < kAtoms; ++a) {
      for (int32_t e = list.first[a]; e < list.first[a + 1]; ++e) {
        row[e] = list.row[e];
        center[e] = a;
        neighbor[e] = list.neighbor[e];
      }
    }
  }
  /// Σ over the edges that end at each atom.
  at::Tensor sum(const at::Tensor& of_edges) const {
    return at::zeros({kAtoms, kWidth}, of_edges.options()).index_add(0, center, of_edges);
  }
  at::Tensor rows(const at::Tensor& t, const at::Tensor& index) const { return t.index_select(0, index); }

  at::Tensor idx_i, idx_j, offsets, x, y, w, v, s, pos, row, center, neighbor;
  kernels::PairList list;
};

class TorchCfconv : public testing::TestWithParam<std::tuple<at::ScalarType, bool, int>> {
 protected:
  TorchCfconv() { at::set_num_threads(std::get<2>(GetParam())); }
  ~TorchCfconv() override { at::set_num_threads(before_); }
  void expect_near(const at::Tensor& a, const at::Tensor& b) const {
    const double tolerance = dtype_ == at::kFloat ? 2e-5 : 1e-12;
    EXPECT_TRUE(at::allclose(a, b, tolerance, tolerance)) << (a - b).abs().max();
  }
  const int before_ = at::get_num_threads();
  const at::ScalarType dtype_ = std::get<0>(GetParam());
  const Graph g_{dtype_, std::get<1>(GetParam())};
};
INSTANTIATE_TEST_SUITE_P(Graphs, TorchCfconv,
                         testing::Combine(testing::Values(at::kFloat, at::kDouble), testing::Bool(),
                                          testing::Values(1, 3)));

TEST_P(TorchCfconv, ConvolvesAlongEdgesAndBack) {
  EXPECT_EQ(g_.list.symmetric, std::get<1>(GetParam()));
  const at::Tensor y = at::full_like(g_.x, 9);
  cfconv(g_.list.by_center(), g_.x, g_.w, y);
  expect_near(y, g_.sum(g_.rows(g_.x, g_.neighbor) * g_.rows(g_.w, g_.row)));
  // By neighbour: the transposed sum.
  const at::Tensor back = at::full_like(g_.x, 9);
  cfconv(g_.list.by_neighbor(), g_.y, g_.w, back);
  const at::Tensor wanted =
      at::zeros_like(g_.x).index_add(0, g_.neighbor, g_.rows(g_.y, g_.center) * g_.rows(g_.w, g_.row));
  expect_near(back, wanted);
}

TEST_P(TorchCfconv, PairwiseAddsTheScaledTerm) {
  const at::Tensor z = at::empty_like(g_.x), alone = at::empty_like(g_.x);
  cfconv_pairwise(g_.list.by_center(), g_.x, g_.w, g_.s, g_.y, g_.v, z);
  cfconv_pairwise(g_.list.by_center(), {}, {}, g_.s, g_.y, g_.v, alone);
  const at::Tensor scaled =
      g_.sum(g_.rows(g_.s, g_.row).unsqueeze(1) * g_.rows(g_.y, g_.neighbor) * g_.rows(g_.v, g_.row));
  expect_near(alone, scaled);
  expect_near(z, scaled + g_.sum(g_.rows(g_.x, g_.neighbor) * g_.rows(g_.w, g_.row)));
}

TEST_P(TorchCfconv, PairDotAddsUpOverTheEdgesOfAPair) {
  const at::Tensor g = at::ones({g_.list.pairs()}, dtype_);
  cfconv_pair_dot(g_.list.view(), g_.v, g_.x, g_.y, g);
  const at::Tensor of_edges = (g_.rows(g_.v, g_.row) * g_.rows(g_.x, g_.neighbor) * g_.rows(g_.y, g_.center)).sum(1);
  expect_near(g, at::ones({g_.list.pairs()}, dtype_).index_add(0, g_.row, of_edges));
}

TEST_P(TorchCfconv, FilterAdjointsAreThoseOfTheFormula) {
  const int64_t pairs = g_.list.pairs();
  const at::Tensor xdot = at::randn_like(g_.x), gy = at::randn_like(g_.x), c = at::randn({pairs}, dtype_),
                   cd = at::randn({pairs}, dtype_);
  FilterAdjoint t{g_.x, xdot, g_.y, gy, g_.s, c, cd, at::empty_like(g_.w), at::empty_like(g_.w)};
  cfconv_filter_adjoint(g_.list.view(), t);
  const auto of_pairs = [&](const at::Tensor& a, const at::Tensor& b) {
    return at::zeros_like(g_.w).index_add(0, g_.row, g_.rows(a, g_.neighbor) * g_.rows(b, g_.center));
  };
  const at::Tensor slope = g_.s.unsqueeze(1) * of_pairs(g_.x, gy), first = of_pairs(g_.x, g_.y);
  expect_near(t.value, (first + of_pairs(xdot, gy)) * c.unsqueeze(1) + slope * cd.unsqueeze(1));
  expect_near(t.slope, slope * c.unsqueeze(1));
  FilterAdjoint plain{g_.x, {}, g_.y, {}, {}, c, {}, at::empty_like(g_.w), {}};
  cfconv_filter_adjoint(g_.list.view(), plain);
  expect_near(plain.value, first * c.unsqueeze(1));
}

TEST_P(TorchCfconv, CutoffsActOnRowsInPlace) {
  const int64_t pairs = g_.list.pairs();
  const at::Tensor bias = at::randn({kWidth}, dtype_), c = at::randn({pairs}, dtype_), cd = at::randn({pairs}, dtype_);
  const at::Tensor value = g_.w.clone(), slope = g_.v.clone(), alone = g_.w.clone();
  apply_cutoff(bias, c, cd, value, slope);
  apply_cutoff(bias, c, {}, alone, {});
  expect_near(value, (g_.w + bias) * c.unsqueeze(1));
  expect_near(alone, value);
  expect_near(slope, g_.v * c.unsqueeze(1) + (g_.w + bias) * cd.unsqueeze(1));
}

TEST_P(TorchCfconv, VectorsOfPairsPointFromTheCentre) {
  at::Tensor vector = at::empty({g_.list.pairs(), 3}, dtype_), distance = at::empty({g_.list.pairs()}, dtype_);
  // Positions and offsets may be views.
  pair_vectors(g_.list, g_.pos.t().contiguous().t(), g_.offsets, vector, distance);
  const at::Tensor edge = at::empty({g_.list.pairs()}, at::kLong);
  for (int64_t p = 0; p < g_.list.pairs(); ++p) edge[p] = g_.list.edge[p];
  const at::Tensor wanted = g_.rows(g_.pos, g_.idx_j.index_select(0, edge)) -
                            g_.rows(g_.pos, g_.idx_i.index_select(0, edge)) + g_.rows(g_.offsets, edge);
  expect_near(vector, wanted);
  expect_near(distance, wanted.norm(2, 1));
}

TEST_P(TorchCfconv, ActivationsAreLibtorchs) {
  const at::Tensor x = at::linspace(-8, 8, 1001, dtype_), xd = at::randn_like(x), y = at::empty_like(x),
                   yd = at::empty_like(x), only = at::empty_like(x), sloped = at::empty_like(x);
  activate(kernels::ActivationKind::silu, x, only);
  activation_slope(kernels::ActivationKind::silu, x, xd, sloped);
  activate_dual(kernels::ActivationKind::silu, x, xd, y, yd);
  const at::Tensor s = at::sigmoid(x), slope = s * (1 + x * (1 - s));
  expect_near(y, at::silu(x));
  expect_near(only, y);
  expect_near(yd, slope * xd);
  expect_near(sloped, yd);
  const at::Tensor yb = at::randn_like(x), ydb = at::randn_like(x), xb = at::empty_like(x), xdb = at::empty_like(x),
                   alone = at::empty_like(x);
  activate_dual_adjoint(kernels::ActivationKind::silu, x, xd, yb, ydb, xb, xdb);
  activate_dual_adjoint(kernels::ActivationKind::silu, x, xd, yb, ydb, alone, {});
  const at::Tensor bend = s * (1 - s) * (2 + x * (1 - 2 * s));
  expect_near(xb, slope * yb + bend * xd * ydb);
  expect_near(xdb, slope * ydb);
  expect_near(alone, xb);
}

TEST(TorchCfconvTypes, OnlyFloatAndDoubleAreTaken) {
  for (const at::ScalarType dtype : {at::kHalf, at::kBFloat16, at::kLong}) {
    const at::Tensor x = at::zeros({2, 3}, dtype);
    const Error error = error_of([&] { activate(kernels::ActivationKind::tanh, x, x); });
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
    EXPECT_THAT(error.what(), testing::HasSubstr("float32 or float64 is needed"));
    EXPECT_EQ(error_of([&] { make_pair_list(2, at::zeros({0}, at::kLong), at::zeros({0}, at::kLong), x); }).kind(),
              ErrorKind::invalid_argument);
  }
}

}  // namespace
}  // namespace spinel::hosts
