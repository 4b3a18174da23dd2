#include "spinel/kernels/cpu/neighbor_list.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <span>
#include <vector>

#include "spinel/kernels/cpu/neighbor_hits.h"

#if defined(__clang__)
// Fused multiply-adds would let the decision at the cutoff depend on the processor.
#pragma STDC FP_CONTRACT OFF
#endif

namespace spinel::kernels {

namespace {

// One pair found for the centre at hand.
struct Pair {
  uint32_t neighbor;
  std::array<int32_t, 3> shift;
  double squared;
};

// Working memory of one thread.
struct Scratch {
  std::vector<NeighborSegment> segments;
  std::vector<uint64_t> hits;
  std::vector<Pair> pairs;
  std::vector<uint64_t> order;
};

bool first_nonzero_positive(const std::array<int32_t, 3>& shift) {
  for (int32_t s : shift) {
    if (s != 0) return s > 0;
  }
  return false;
}

}  // namespace

struct NeighborSearch::State {
  State(const NeighborProblem& p, const ParallelFor& par) : problem(p), parallel(par), grid(problem) {
    const double cutoff = problem.cutoff;
    squared_cutoff = cutoff * cutoff;
    upper = (cutoff + grid.tolerance) * (cutoff + grid.tolerance) * (1 + 1e-14);
    lower = cutoff > grid.tolerance ? (cutoff - grid.tolerance) * (cutoff - grid.tolerance) * (1 - 1e-14) : 0;
    // Then every pair within the cutoff counts but the point itself, and counting needs no look at indices.
    plain = !problem.half && problem.self_images && problem.min_distance < 0;
  }

  // The decision of one pair; false: not in the list. `p`, `q`: places in the grid.
  bool decide(uint32_t p, uint32_t q, const std::array<int32_t, 3>& image, Pair& pair) const {
    const int64_t i = grid.index[p], j = grid.index[q];
    auto& shift = pair.shift;
    shift = image;
    if (grid.any_wrap) {
      for (int a = 0; a < 3; ++a) shift[a] += grid.wrap[p][a] - grid.wrap[q][a];
    }
    const double *ri = problem.positions + 3 * i, *rj = problem.positions + 3 * j, *cell = problem.cell;
    double vector[3] = {rj[0] - ri[0], rj[1] - ri[1], rj[2] - ri[2]};
    const bool shifted = shift[0] | shift[1] | shift[2];
    if (shifted) {
      for (int k = 0; k < 3; ++k) {
        vector[k] += shift[0] * cell[k] + shift[1] * cell[3 + k] + shift[2] * cell[6 + k];
      }
    }
    pair.neighbor = static_cast<uint32_t>(j);
    pair.squared = vector[0] * vector[0] + vector[1] * vector[1] + vector[2] * vector[2];
    if (problem.closed ? !(pair.squared <= squared_cutoff) : !(pair.squared < squared_cutoff)) return false;
    if (i == j) {
      if (!shifted) return problem.self_pairs;
      if (!problem.self_images) return false;
      if (problem.min_distance >= 0 && std::sqrt(pair.squared) <= problem.min_distance) return false;
      return !problem.half || first_nonzero_positive(shift);
    }
    return !problem.half || i < j;
  }

  void prepare(int64_t bin, Scratch& scratch) const {
    grid.segments(bin, scratch.segments);
    size_t candidates = 0;
    for (const auto& segment : scratch.segments) candidates += segment.end - segment.begin;
    if (scratch.hits.size() < candidates + kHitPadding) scratch.hits.resize(candidates + kHitPadding);
  }

  // All pairs of the point at place `p`, in scratch.pairs; prepare() has been called for its bin.
  std::span<Pair> collect(uint32_t p, Scratch& scratch) const {
    const double at[3] = {grid.x[p], grid.y[p], grid.z[p]};
    const int64_t n =
        find_hits(grid, scratch.segments.data(), std::ssize(scratch.segments), at, upper, scratch.hits.data());
    if (std::ssize(scratch.pairs) < n) scratch.pairs.resize(n);
    Pair* next = scratch.pairs.data();
    for (int64_t h = 0; h < n; ++h) {
      const uint64_t hit = scratch.hits[h];
      next += decide(p, static_cast<uint32_t>(hit), scratch.segments[hit >> 32].image, *next);
    }
    return {scratch.pairs.data(), next};
  }

  int64_t count_point(uint32_t p, Scratch& scratch) const {
    if (plain) {
      const double at[3] = {grid.x[p], grid.y[p], grid.z[p]};
      const HitCount count = count_hits(grid, scratch.segments.data(), std::ssize(scratch.segments), at, lower, upper);
      // lower is above 0 only if the point itself is among the counted.
      if (count.lower == count.upper) return count.lower - (count.lower > 0 && !problem.self_pairs ? 1 : 0);
    }
    return std::ssize(collect(p, scratch));
  }

  // Drops all but the nearest max_neighbors, and sorts what is left if that is asked.
  std::span<Pair> keep_nearest(std::span<Pair> pairs) const {
    auto by_place = [](const Pair& a, const Pair& b) {
      return a.neighbor != b.neighbor ? a.neighbor < b.neighbor : a.shift < b.shift;
    };
    auto nearer = [&](const Pair& a, const Pair& b) {
      return a.squared != b.squared ? a.squared < b.squared : by_place(a, b);
    };
    std::nth_element(pairs.begin(), pairs.begin() + problem.max_neighbors, pairs.end(), nearer);
    pairs = pairs.first(problem.max_neighbors);
    if (problem.sorted) std::sort(pairs.begin(), pairs.end(), by_place);
    return pairs;
  }

  void write(int64_t place, int64_t center, const Pair& pair, const NeighborOutput& out) const {
    if (out.center) out.center[place] = center;
    if (out.neighbor) out.neighbor[place] = pair.neighbor;
    if (out.shift) std::copy(pair.shift.begin(), pair.shift.end(), out.shift + 3 * place);
    if (out.distance) out.distance[place] = std::sqrt(pair.squared);
  }

  void fill_point(uint32_t p, const int64_t* first, const NeighborOutput& out, Scratch& scratch) const {
    const std::span<Pair> pairs = collect(p, scratch);
    const int64_t center = grid.index[p];
    int64_t place = first[center];
    if (problem.max_neighbors > 0 && std::ssize(pairs) > problem.max_neighbors) {
      for (const Pair& pair : keep_nearest(pairs)) write(place++, center, pair, out);
    } else if (problem.sorted) {
      // Images of one neighbour were found in the order of their shifts, so neighbour and place of finding suffice.
      auto& order = scratch.order;
      order.resize(pairs.size());
      for (size_t k = 0; k < pairs.size(); ++k) order[k] = uint64_t{pairs[k].neighbor} << 32 | k;
      std::sort(order.begin(), order.end());
      for (uint64_t key : order) write(place++, center, pairs[static_cast<uint32_t>(key)], out);
    } else {
      for (const Pair& pair : pairs) write(place++, center, pair, out);
    }
  }

  NeighborProblem problem;
  const ParallelFor& parallel;
  NeighborGrid grid;
  double squared_cutoff, lower, upper;
  bool plain;
};

NeighborSearch::NeighborSearch(const NeighborProblem& problem, const ParallelFor& parallel)
    : state_(std::make_unique<State>(problem, parallel)) {}
NeighborSearch::~NeighborSearch() = default;

bool NeighborSearch::feasible() const { return state_->grid.feasible(); }

int64_t NeighborSearch::count(int64_t* first) {
  const State& s = *state_;
  const int64_t n = s.problem.n;
  first[0] = 0;
  if (n == 0) return 0;
  std::atomic<int64_t> total{0};
  s.parallel.run(s.grid.num_bins(), 64, [&](int64_t begin, int64_t end) {
    Scratch scratch;
    for (int64_t bin = begin; bin < end && total.load(std::memory_order_relaxed) <= s.problem.max_pairs; ++bin) {
      if (s.grid.bin_begin(bin) == s.grid.bin_end(bin)) continue;
      s.prepare(bin, scratch);
      int64_t pairs = 0;
      for (uint32_t p = s.grid.bin_begin(bin); p < s.grid.bin_end(bin); ++p) {
        int64_t count = s.count_point(p, scratch);
        if (s.problem.max_neighbors > 0) count = std::min(count, s.problem.max_neighbors);
        first[s.grid.index[p] + 1] = count;
        pairs += count;
      }
      total.fetch_add(pairs, std::memory_order_relaxed);
    }
  });
  if (total > s.problem.max_pairs) return total;
  for (int64_t i = 0; i < n; ++i) first[i + 1] += first[i];
  return first[n];
}

void NeighborSearch::fill(const int64_t* first, const NeighborOutput& output) const {
  const State& s = *state_;
  if (s.problem.n == 0) return;
  s.parallel.run(s.grid.num_bins(), 64, [&](int64_t begin, int64_t end) {
    Scratch scratch;
    for (int64_t bin = begin; bin < end; ++bin) {
      if (s.grid.bin_begin(bin) == s.grid.bin_end(bin)) continue;
      s.prepare(bin, scratch);
      for (uint32_t p = s.grid.bin_begin(bin); p < s.grid.bin_end(bin); ++p) s.fill_point(p, first, output, scratch);
    }
  });
}

}  // namespace spinel::kernels
