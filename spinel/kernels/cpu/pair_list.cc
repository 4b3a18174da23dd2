#include "spinel/kernels/cpu/pair_list.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "spinel/base/error.h"

namespace spinel::kernels {
namespace {

/// first[k] … first[k+1]: where the edges with `key` k begin in an order by key.
std::vector<int32_t> begins(int64_t atoms, int64_t edges, const int64_t* key) {
  std::vector<int32_t> first(atoms + 1, 0);
  for (int64_t e = 0; e < edges; ++e) ++first[key[e] + 1];
  std::partial_sum(first.begin(), first.end(), first.begin());
  return first;
}

/// The edges by centre, then neighbour, then order of input.
std::vector<int32_t> sorted_edges(const std::vector<int32_t>& first, int64_t edges, const int64_t* center,
                                  const int64_t* neighbor) {
  std::vector<int32_t> order(edges);
  std::vector<int32_t> next(first.begin(), first.end() - 1);
  for (int64_t e = 0; e < edges; ++e) order[next[center[e]]++] = static_cast<int32_t>(e);
  const auto by_neighbor = [&](int32_t a, int32_t b) { return neighbor[a] < neighbor[b]; };
  for (size_t i = 0; i + 1 < first.size(); ++i) {
    const auto begin = order.begin() + first[i], end = order.begin() + first[i + 1];
    if (!std::is_sorted(begin, end, by_neighbor)) std::stable_sort(begin, end, by_neighbor);
  }
  return order;
}

// Rounded to T the shifts of two opposite edges can differ in the last digits; different shifts differ by a lattice
// vector, which no cell with atoms in it has shorter than this.
constexpr double kSameShift = 1e-3;

template <typename T>
bool opposite(const T* offsets, int32_t a, int32_t b) {
  for (int k = 0; k < 3; ++k) {
    if (!(std::abs(double{offsets[3 * a + k]} + double{offsets[3 * b + k]}) < kSameShift)) return false;
  }
  return true;
}

template <typename T>
void join_edges(PairList& list, const std::vector<int32_t>& order, const T* offsets) {
  const int32_t* neighbors = list.neighbor.data();
  for (int32_t i = 0; i < list.atoms; ++i) {
    for (int32_t k = list.first[i]; k < list.first[i + 1]; ++k) {
      if (list.row[k] >= 0) continue;
      const int32_t pair = static_cast<int32_t>(list.i.size());
      const int32_t j = neighbors[k];
      list.row[k] = pair;
      const int32_t* end = neighbors + list.first[j + 1];
      const int32_t* mate = std::lower_bound(neighbors + list.first[j], end, i);
      while (mate < end && *mate == i &&
             (list.row[mate - neighbors] >= 0 || !opposite(offsets, order[k], order[mate - neighbors]))) {
        ++mate;
      }
      const bool both = mate < end && *mate == i;
      if (both) list.row[mate - neighbors] = pair;
      list.symmetric &= both;
      list.i.push_back(i);
      list.j.push_back(j);
      list.both.push_back(both);
      list.edge.push_back(order[k]);
    }
  }
}

void add_transposed(PairList& list) {
  const int64_t edges = static_cast<int64_t>(list.neighbor.size());
  const std::vector<int64_t> source(list.neighbor.begin(), list.neighbor.end());
  list.source_first = begins(list.atoms, edges, source.data());
  list.source_neighbor.resize(edges);
  list.source_row.resize(edges);
  std::vector<int32_t> next(list.source_first.begin(), list.source_first.end() - 1);
  for (int32_t i = 0; i < list.atoms; ++i) {
    for (int32_t k = list.first[i]; k < list.first[i + 1]; ++k) {
      const int32_t at = next[list.neighbor[k]]++;
      list.source_neighbor[at] = i;
      list.source_row[at] = list.row[k];
    }
  }
}

}  // namespace

template <typename T>
PairList make_pair_list(int64_t atoms, int64_t edges, const int64_t* center, const int64_t* neighbor,
                        const T* offsets) {
  constexpr int64_t kLargest = std::numeric_limits<int32_t>::max() - 1;
  require(atoms <= kLargest && edges <= kLargest, "pair list: it has {} atoms and {} edges; at most {} of each fit",
          atoms, edges, kLargest);
  PairList list;
  list.atoms = atoms;
  list.first = begins(atoms, edges, center);
  const std::vector<int32_t> order = sorted_edges(list.first, edges, center, neighbor);
  list.neighbor.resize(edges);
  for (int64_t k = 0; k < edges; ++k) list.neighbor[k] = static_cast<int32_t>(neighbor[order[k]]);
  list.row.assign(edges, -1);
  for (auto* part : {&list.i, &list.j, &list.edge}) part->reserve(edges / 2 + 1);
  join_edges(list, order, offsets);
  if (!list.symmetric) add_transposed(list);
  return list;
}

template PairList make_pair_list(int64_t, int64_t, const int64_t*, const int64_t*, const float*);
template PairList make_pair_list(int64_t, int64_t, const int64_t*, const int64_t*, const double*);

}  // namespace spinel::kernels
