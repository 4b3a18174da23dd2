#include "spinel/kernels/cpu/reverse_cuthill_mckee.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace spinel::kernels {
namespace {

/// Per node its degree, or −1 once it is numbered: one read tells both.
template <typename Index>
std::vector<Index> degrees_of(const CsrGraph<Index>& graph) {
  std::vector<Index> degrees(static_cast<size_t>(graph.num_rows));
  for (int64_t v = 0; v < graph.num_rows; ++v) {
    const CsrRow row = graph.row(v);
    const Index *begin = graph.col + row.begin, *end = graph.col + row.end;
    // On the diagonal of a sorted row is the first column that is not less, but rows need not be sorted.
    const bool has_diagonal = std::find(begin, end, static_cast<Index>(v)) != end;
    degrees[static_cast<size_t>(v)] = static_cast<Index>(row.size() + (has_diagonal ? 1 : 0));
  }
  return degrees;
}

/// The nodes by increasing degree, equal ones by number: counting sort.
template <typename Index>
std::vector<Index> by_degree(const std::vector<Index>& degrees) {
  if (degrees.empty()) return {};
  std::vector<Index> first(static_cast<size_t>(*std::max_element(degrees.begin(), degrees.end())) + 2);
  for (const Index degree : degrees) ++first[static_cast<size_t>(degree) + 1];
  for (size_t d = 1; d < first.size(); ++d) first[d] += first[d - 1];
  std::vector<Index> nodes(degrees.size());
  for (size_t v = 0; v < degrees.size(); ++v) {
    nodes[static_cast<size_t>(first[static_cast<size_t>(degrees[v])]++)] = static_cast<Index>(v);
  }
  return nodes;
}

/// What one node added, by increasing degree.
template <typename Index>
void sort_added(std::vector<std::pair<Index, Index>>& added) {
  const auto less = [](const auto& a, const auto& b) { return a.first < b.first; };
  if (added.size() > 32) return std::stable_sort(added.begin(), added.end(), less);
  for (size_t k = 1; k < added.size(); ++k) {
    const auto moved = added[k];
    size_t place = k;
    for (; place > 0 && moved.first < added[place - 1].first; --place) added[place] = added[place - 1];
    added[place] = moved;
  }
}

}  // namespace

template <typename Index>
void reverse_cuthill_mckee(const CsrGraph<Index>& graph, Index* order) {
  std::vector<Index> degrees = degrees_of(graph);
  const auto take = [&](int64_t v) { return std::exchange(degrees[static_cast<size_t>(v)], Index{-1}); };
  std::vector<std::pair<Index, Index>> added;
  int64_t numbered = 0;
  for (const Index seed : by_degree(degrees)) {
    if (take(seed) < 0) continue;
    int64_t next = numbered;
    order[numbered++] = seed;
    for (; next < numbered; ++next) {
      if (next + 4 < numbered) __builtin_prefetch(graph.rowptr + order[next + 4]);
      const CsrRow row = graph.row(order[next]);
      added.clear();
      for (int64_t e = row.begin; e < row.end; ++e) {
        const int64_t v = graph.column(e);
        if (const Index degree = take(v); degree >= 0) added.emplace_back(degree, static_cast<Index>(v));
      }
      sort_added(added);
      for (const auto& [degree, v] : added) order[numbered++] = v;
    }
    if (numbered == graph.num_rows) break;
  }
  std::reverse(order, order + graph.num_rows);
}

template void reverse_cuthill_mckee(const CsrGraph<int32_t>&, int32_t*);
template void reverse_cuthill_mckee(const CsrGraph<int64_t>&, int64_t*);

}  // namespace spinel::kernels
