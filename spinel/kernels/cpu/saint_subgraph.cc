#include "spinel/kernels/cpu/saint_subgraph.h"

#include <algorithm>
#include <bit>
#include <vector>

#include "spinel/base/uninitialized_vector.h"
#include "spinel/kernels/cpu/node_labels.h"

namespace spinel::kernels {
namespace {

/// Rows to a piece: enough of them for many pieces a thread, as degrees differ.
constexpr int64_t piece_rows = 256;

/// Tells of most nodes that they are not among the chosen ones, from a bit for each or for each class of them: an
/// eighth of a byte stays in the cache where a label does not.
class NodeFilter {
 public:
  NodeFilter(int64_t num_nodes, int64_t chosen)
      : mask_(std::bit_ceil(static_cast<uint64_t>(std::clamp<int64_t>(num_nodes, 64, 64 + 64 * chosen))) - 1),
        words_(static_cast<size_t>((mask_ + 1) / 64)) {}

  void add(int64_t node) { words_[word(node)] |= uint64_t{1} << (node & 63); }
  bool may_have(int64_t node) const { return (words_[word(node)] >> (node & 63) & 1) != 0; }

 private:
  size_t word(int64_t node) const { return static_cast<size_t>((static_cast<uint64_t>(node) & mask_) >> 6); }

  uint64_t mask_;
  std::vector<uint64_t> words_;
};

template <typename Index>
struct ChosenNodes {
  std::span<const Index> nodes;
  NodeFilter filter;
  NodeLabels<Index> labels;

  ChosenNodes(const CsrGraph<Index>& graph, std::span<const Index> node_idx)
      : nodes(node_idx), filter(graph.num_cols, size()), labels(graph.num_cols, size()) {
    for (int64_t i = 0; i < size(); ++i) {
      const int64_t node = graph.node("node_idx", nodes.data(), i);
      filter.add(node);
      labels.assign(node, i);
    }
  }
  int64_t size() const { return static_cast<int64_t>(nodes.size()); }
};

/// Entries of some rows, each list with `size` of them and room behind.
template <typename Index>
struct Entries {
  UninitializedVector<Index> rows, cols, edges;
  int64_t size = 0;

  void make_room(int64_t more) {
    const auto needed = static_cast<size_t>(size + more);
    if (needed <= rows.size()) return;
    for (auto* list : {&rows, &cols, &edges}) list->resize(std::max(needed, 2 * list->size()));
  }
};

/// Adds the entries of row i of the subgraph whose columns may be chosen. Which ones cannot be foretold: each is
/// written, and written over where it is not.
template <typename Index>
void add_likely(const CsrGraph<Index>& graph, CsrRow row, int64_t i, const NodeFilter& filter, Entries<Index>& likely) {
  likely.make_room(row.size());
  Index *rows = likely.rows.data() + likely.size, *edges = likely.edges.data() + likely.size;
  int64_t count = 0;
  for (int64_t e = row.begin; e < row.end; ++e) {
    rows[count] = static_cast<Index>(i);
    edges[count] = static_cast<Index>(e);
    count += filter.may_have(graph.column(e));
  }
  likely.size += count;
}

/// Gives the columns their labels and leaves out those that have none.
template <typename Index>
void label_columns(const CsrGraph<Index>& graph, const NodeLabels<Index>& labels, Entries<Index>& entries) {
  int64_t size = 0;
  for (int64_t k = 0; k < entries.size; ++k) {
    const Index row = entries.rows[k], e = entries.edges[k];
    const int64_t label = labels.find(graph.col[e]);
    entries.rows[size] = row, entries.cols[size] = static_cast<Index>(label), entries.edges[size] = e;
    size += label >= 0;
  }
  entries.size = size;
}

template <typename Index>
void copy_entries(const Entries<Index>& entries, Index* rows, Index* cols, Index* edges) {
  std::copy_n(entries.rows.begin(), entries.size, rows);
  std::copy_n(entries.cols.begin(), entries.size, cols);
  std::copy_n(entries.edges.begin(), entries.size, edges);
}

/// What becomes of rows [begin, end), in `entries`.
template <typename Index>
void find_entries(const CsrGraph<Index>& graph, const ChosenNodes<Index>& chosen, int64_t begin, int64_t end,
                  Entries<Index>& entries) {
  entries.size = 0;
  for (int64_t i = begin; i < end; ++i) {
    if (i + 16 < end) __builtin_prefetch(graph.rowptr + chosen.nodes[i + 16]);
    if (const int64_t ahead = i + 8 < end ? graph.rowptr[chosen.nodes[i + 8]] : -1;
        ahead >= 0 && ahead < graph.num_edges) {
      __builtin_prefetch(graph.col + ahead);
    }
    add_likely(graph, graph.row(chosen.nodes[i]), i, chosen.filter, entries);
  }
  label_columns(graph, chosen.labels, entries);
}

}  // namespace

template <typename Index>
void saint_subgraph(const CsrGraph<Index>& graph, std::span<const Index> nodes,
                    const std::function<SubgraphArrays<Index>(int64_t)>& allocate, const ParallelFor& parallel) {
  const ChosenNodes<Index> chosen(graph, nodes);
  std::vector<Entries<Index>> pieces(static_cast<size_t>((chosen.size() + piece_rows - 1) / piece_rows));
  const auto count = static_cast<int64_t>(pieces.size());
  parallel.run(count, 1, [&](int64_t begin, int64_t end) {
    Entries<Index> found;
    for (int64_t p = begin; p < end; ++p) {
      find_entries(graph, chosen, p * piece_rows, std::min(chosen.size(), (p + 1) * piece_rows), found);
      Entries<Index>& kept = pieces[static_cast<size_t>(p)];
      kept.make_room(found.size);
      kept.size = found.size;
      copy_entries(found, kept.rows.data(), kept.cols.data(), kept.edges.data());
    }
  });
  std::vector<int64_t> first(pieces.size() + 1);
  for (size_t p = 0; p < pieces.size(); ++p) first[p + 1] = first[p] + pieces[p].size;
  const SubgraphArrays<Index> to = allocate(first.back());
  parallel.run(count, 8, [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p) {
      const int64_t at = first[static_cast<size_t>(p)];
      copy_entries(pieces[static_cast<size_t>(p)], to.rows + at, to.cols + at, to.edges + at);
    }
  });
}

template void saint_subgraph(const CsrGraph<int32_t>&, std::span<const int32_t>,
                             const std::function<SubgraphArrays<int32_t>(int64_t)>&, const ParallelFor&);
template void saint_subgraph(const CsrGraph<int64_t>&, std::span<const int64_t>,
                             const std::function<SubgraphArrays<int64_t>(int64_t)>&, const ParallelFor&);

}  // namespace spinel::kernels
