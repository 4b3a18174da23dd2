#include "spinel/kernels/cpu/neighbor_grid.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace spinel::kernels {

namespace {

// Shifts are sums of two wraps and an image; this bound keeps them inside int32.
constexpr double kLargestWrap = 5e8;
// Segments of one bin that are held at a time: 2^22 · 48 bytes.
constexpr double kMostSegments = double{1 << 22};

using Row = double[3];

void cross(const Row& a, const Row& b, Row& out) {
  out[0] = a[1] * b[2] - a[2] * b[1];
  out[1] = a[2] * b[0] - a[0] * b[2];
  out[2] = a[0] * b[1] - a[1] * b[0];
}

double dot(const Row& a, const Row& b) { return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]; }

void normalize(Row& a) {
  const double length = std::sqrt(dot(a, a));
  for (double& v : a) v /= length;
}

// Any unit vector orthogonal to `a`, by crossing with the axis along which `a` is shortest.
void orthogonal(const Row& a, Row& out) {
  int smallest = 0;
  for (int k = 1; k < 3; ++k) {
    if (std::abs(a[k]) < std::abs(a[smallest])) smallest = k;
  }
  Row axis = {0, 0, 0};
  axis[smallest] = 1;
  cross(a, axis, out);
  normalize(out);
}

void complete_basis(const double* cell, const std::array<bool, 3>& pbc, double (&basis)[3][3]) {
  std::vector<int> open;
  for (int a = 0; a < 3; ++a) {
    for (int k = 0; k < 3; ++k) basis[a][k] = pbc[a] ? cell[3 * a + k] : (a == k ? 1.0 : 0.0);
    if (!pbc[a]) open.push_back(a);
  }
  if (open.size() == 1) {
    const int a = open[0];
    cross(basis[(a + 1) % 3], basis[(a + 2) % 3], basis[a]);
    normalize(basis[a]);
  } else if (open.size() == 2) {
    const int periodic = 3 - open[0] - open[1];
    orthogonal(basis[periodic], basis[open[0]]);
    cross(basis[periodic], basis[open[0]], basis[open[1]]);
    normalize(basis[open[1]]);
  }
}

int64_t floor_div(int64_t a, int64_t n) { return a >= 0 ? a / n : -((n - 1 - a) / n); }

}  // namespace

NeighborGrid::NeighborGrid(const NeighborProblem& problem) : problem_(problem) {
  complete_basis(problem.cell, problem.pbc, basis_);
  Row normal;
  cross(basis_[1], basis_[2], normal);
  const double det = dot(basis_[0], normal);
  for (int a = 0; a < 3; ++a) {
    cross(basis_[(a + 1) % 3], basis_[(a + 2) % 3], normal);
    height_[a] = std::abs(det) / std::sqrt(dot(normal, normal));
    for (int k = 0; k < 3; ++k) inverse_[k][a] = normal[k] / det;
  }

  const int64_t n = problem.n;
  std::vector<std::array<double, 3>> fractional(n);
  std::array<double, 3> lowest, highest;
  lowest.fill(std::numeric_limits<double>::max());
  highest.fill(std::numeric_limits<double>::lowest());
  double largest = 0;
  for (int64_t i = 0; i < n; ++i) {
    const double* r = problem.positions + 3 * i;
    for (int a = 0; a < 3; ++a) {
      const double f = r[0] * inverse_[0][a] + r[1] * inverse_[1][a] + r[2] * inverse_[2][a];
      fractional[i][a] = f;
      lowest[a] = std::min(lowest[a], f);
      highest[a] = std::max(highest[a], f);
      largest = std::max(largest, std::abs(r[a]));
    }
  }
  double longest = 0;
  for (int a = 0; a < 3; ++a) {
    if (!problem.pbc[a]) continue;
    longest += std::sqrt(dot(basis_[a], basis_[a])) * (1 + problem.cutoff / height_[a]);
    if (n > 0 && !(std::max(-lowest[a], highest[a]) < kLargestWrap)) feasible_ = false;
  }
  tolerance = 64 * std::numeric_limits<double>::epsilon() * (2 * largest + longest + problem.cutoff);
  padded_cutoff_ = problem.cutoff * (1 + 1e-9) + tolerance;
  if (!feasible_ || n == 0) return;
  choose_bins(lowest, highest);
  if (feasible_) sort_points(fractional, lowest);
}

void NeighborGrid::choose_bins(const std::array<double, 3>& lowest, const std::array<double, 3>& highest) {
  double extent[3], volume = 1;
  for (int a = 0; a < 3; ++a) {
    extent[a] = problem_.pbc[a] ? height_[a] : highest[a] - lowest[a];
    volume *= std::max(extent[a], padded_cutoff_);
  }
  // Half a cutoff leaves 15.6 of the 27 cutoff³ that bins of a whole cutoff would search; thinner ones mostly cost
  // overhead. In sparse systems a bin holds about one point.
  const double edge = std::max(padded_cutoff_ / 2, std::cbrt(volume / static_cast<double>(problem_.n)));
  for (int a = 0; a < 3; ++a) {
    const double wanted = std::floor(extent[a] / edge);
    bins_[a] = wanted >= 1 ? static_cast<int32_t>(std::min(wanted, 1e6)) : 1;
  }
  while (num_bins() > 4 * problem_.n + 64) {
    int32_t& most = *std::max_element(bins_, bins_ + 3);
    most = (most + 1) / 2;
  }
  double most_segments = 1;
  for (int a = 0; a < 3; ++a) {
    const double thickness = extent[a] / bins_[a];
    if (problem_.pbc[a]) {
      scale_[a] = bins_[a];
      const double reach = std::floor(padded_cutoff_ / thickness) + 1;
      most_segments *= a < 2 ? 2 * reach + 1 : 2 * reach / bins_[a] + 2;
      reach_[a] = static_cast<int32_t>(std::min(reach, 1e9));
    } else {
      scale_[a] = bins_[a] > 1 ? bins_[a] / extent[a] : 0;
      reach_[a] =
          bins_[a] > 1 ? std::min<int32_t>(bins_[a] - 1, static_cast<int32_t>(padded_cutoff_ / thickness) + 1) : 0;
      if (a < 2) most_segments *= 2.0 * reach_[a] + 1;
    }
  }
  if (!(most_segments <= kMostSegments)) feasible_ = false;
}

void NeighborGrid::sort_points(const std::vector<std::array<double, 3>>& fractional,
                               const std::array<double, 3>& lowest) {
  const int64_t n = problem_.n;
  std::vector<uint32_t> bin(n);
  std::vector<std::array<int32_t, 3>> wraps(n);
  start_.assign(num_bins() + 1, 0);
  for (int64_t i = 0; i < n; ++i) {
    int64_t flat = 0;
    for (int a = 0; a < 3; ++a) {
      const double origin = problem_.pbc[a] ? std::floor(fractional[i][a]) : lowest[a];
      wraps[i][a] = problem_.pbc[a] ? static_cast<int32_t>(origin) : 0;
      const double place = (fractional[i][a] - origin) * scale_[a];
      flat = flat * bins_[a] + std::min(static_cast<int32_t>(place), bins_[a] - 1);
    }
    bin[i] = static_cast<uint32_t>(flat);
    ++start_[flat + 1];
  }
  for (int64_t b = 0; b < num_bins(); ++b) start_[b + 1] += start_[b];

  x.assign(n + padding, 0);
  y.assign(n + padding, 0);
  z.assign(n + padding, 0);
  index.resize(n);
  wrap.resize(n);
  std::vector<uint32_t> next(start_.begin(), start_.end() - 1);
  const double* cell = problem_.cell;
  for (int64_t i = 0; i < n; ++i) {
    const uint32_t p = next[bin[i]]++;
    const auto& w = wraps[i];
    const double* r = problem_.positions + 3 * i;
    double wrapped[3] = {r[0], r[1], r[2]};
    if (w[0] | w[1] | w[2]) {
      any_wrap = true;
      for (int k = 0; k < 3; ++k) wrapped[k] -= w[0] * cell[k] + w[1] * cell[3 + k] + w[2] * cell[6 + k];
    }
    x[p] = wrapped[0];
    y[p] = wrapped[1];
    z[p] = wrapped[2];
    index[p] = static_cast<uint32_t>(i);
    wrap[p] = w;
  }
}

void NeighborGrid::segments(int64_t bin, std::vector<NeighborSegment>& result) const {
  result.clear();
  const int64_t at[3] = {bin / (int64_t{bins_[1]} * bins_[2]), bin / bins_[2] % bins_[1], bin % bins_[2]};
  int64_t from[3], to[3];
  for (int a = 0; a < 3; ++a) {
    from[a] = at[a] - reach_[a];
    to[a] = at[a] + reach_[a];
    if (!problem_.pbc[a]) {
      from[a] = std::max<int64_t>(from[a], 0);
      to[a] = std::min<int64_t>(to[a], bins_[a] - 1);
    }
  }
  const double* cell = problem_.cell;
  for (int64_t i = from[0]; i <= to[0]; ++i) {
    const int64_t image0 = floor_div(i, bins_[0]);
    for (int64_t j = from[1]; j <= to[1]; ++j) {
      const int64_t image1 = floor_div(j, bins_[1]);
      const int64_t row = ((i - image0 * bins_[0]) * bins_[1] + (j - image1 * bins_[1])) * bins_[2];
      for (int64_t k = from[2]; k <= to[2];) {
        const int64_t image2 = floor_div(k, bins_[2]);
        const int64_t last = std::min(to[2], image2 * bins_[2] + bins_[2] - 1);
        NeighborSegment segment;
        segment.begin = start_[row + k - image2 * bins_[2]];
        segment.end = start_[row + last - image2 * bins_[2] + 1];
        k = last + 1;
        if (segment.begin == segment.end) continue;
        segment.image = {static_cast<int32_t>(image0), static_cast<int32_t>(image1), static_cast<int32_t>(image2)};
        if (image0 | image1 | image2) {
          for (int c = 0; c < 3; ++c) {
            segment.offset[c] = static_cast<double>(image0) * cell[c] + static_cast<double>(image1) * cell[3 + c] +
                                static_cast<double>(image2) * cell[6 + c];
          }
        }
        result.push_back(segment);
      }
    }
  }
}

}  // namespace spinel::kernels
