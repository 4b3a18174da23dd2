#include "spinel/kernels/cpu/saint_subgraph.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <optional>
#include <vector>

#include "spinel/base/uninitialized_vector.h"
#include "spinel/kernels/cpu/node_labels.h"

namespace spinel::kernels {
namespace {

/// Which nodes are chosen, from a bit for each of them, or where they are many beside the chosen ones for each class of
/// them: an eighth of a byte stays in the first-level cache where a label does not.
class NodeFilter {
 public:
  NodeFilter(int64_t num_nodes, int64_t chosen)
      : mask_(std::bit_ceil(static_cast<uint64_t>(std::clamp<int64_t>(num_nodes, 64, 64 + 64 * chosen))) - 1),
        is_exact_(mask_ + 1 >= static_cast<uint64_t>(num_nodes)),
        words_(static_cast<size_t>((mask_ + 1) / 64)) {}

  void add(int64_t node) { words_[word(node)] |= uint64_t{1} << (node & 63); }
  bool may_have(int64_t node) const { return (words_[word(node)] >> (node & 63) & 1) != 0; }
  /// Whether may_have() says what is.
  bool is_exact() const { return is_exact_; }

 private:
  size_t word(int64_t node) const { return static_cast<size_t>((static_cast<uint64_t>(node) & mask_) >> 6); }

  uint64_t mask_;
  bool is_exact_;
  std::vector<uint64_t> words_;
};

/// The chosen nodes and their places among them.
template <typename Index>
class ChosenNodes {
 public:
  ChosenNodes(const CsrGraph<Index>& graph, std::span<const Index> nodes)
      : nodes_(nodes), filter_(graph.num_cols, size()) {
    constexpr int64_t most = std::numeric_limits<int32_t>::max();
    if (graph.num_cols <= 8 * size() + 1024 && size() <= most) table_.resize(static_cast<size_t>(graph.num_cols));
    else hash_.emplace(graph.num_cols, size());
    for (int64_t i = 0; i < size(); ++i) {
      const int64_t node = graph.node("node_idx", nodes.data(), i);
      filter_.add(node);
      if (hash_) hash_->assign(node, i);
      else table_[static_cast<size_t>(node)] = static_cast<int32_t>(i);
    }
  }

  int64_t size() const { return static_cast<int64_t>(nodes_.size()); }
  int64_t operator[](int64_t i) const { return nodes_[static_cast<size_t>(i)]; }
  const NodeFilter& filter() const { return filter_; }
  /// Calls function(label), where label(node) is the place of a node; of one that is not chosen it is −1 where the
  /// filter is not exact, and else must not be asked for.
  template <typename Function>
  void with_labels(Function function) const {
    if (hash_) function([&](int64_t node) { return hash_->find(node); });
    else function([&](int64_t node) { return int64_t{table_[static_cast<size_t>(node)]}; });
  }

 private:
  std::span<const Index> nodes_;
  NodeFilter filter_;
  UninitializedVector<int32_t> table_;  ///< of chosen nodes alone; no other element is set
  std::optional<NodeLabels<Index>> hash_;
};

/// Entries of some rows that are likely to be taken: each list with `size` of them and room behind.
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
  Index *rows = likely.rows.data(), *cols = likely.cols.data(), *edges = likely.edges.data();
  int64_t size = likely.size;
  for (int64_t e = row.begin; e < row.end; ++e) {
    const int64_t column = graph.column(e);
    rows[size] = static_cast<Index>(i);
    cols[size] = static_cast<Index>(column);
    edges[size] = static_cast<Index>(e);
    size += filter.may_have(column);
  }
  likely.size = size;
}

/// Rows of the subgraph whose places in the graph are known before their entries are read: reads of many rows wait for
/// memory at a time.
template <typename Index>
class RowsAhead {
 public:
  static constexpr int64_t capacity = 32;

  RowsAhead(const CsrGraph<Index>& graph, const ChosenNodes<Index>& chosen) : graph_(graph), chosen_(chosen) {}

  /// Finds rows [begin, end) and asks for their first entries, and for the pointers of the rows behind.
  void find(int64_t begin, int64_t end, int64_t last) {
    for (int64_t i = begin; i < end; ++i) {
      const CsrRow row = graph_.row(chosen_[i]);
      rows_[i % capacity] = row;
      constexpr int64_t line = 64 / static_cast<int64_t>(sizeof(Index));
      if (row.begin < row.end) __builtin_prefetch(graph_.col + row.begin);
      if (row.begin + line < row.end) __builtin_prefetch(graph_.col + row.begin + line);
    }
    for (int64_t i = end; i < std::min(last, end + capacity / 2); ++i) __builtin_prefetch(graph_.rowptr + chosen_[i]);
  }
  CsrRow operator[](int64_t i) const { return rows_[i % capacity]; }

 private:
  const CsrGraph<Index>& graph_;
  const ChosenNodes<Index>& chosen_;
  CsrRow rows_[capacity];
};

/// The entries of rows [begin, end) of the subgraph whose columns may be chosen.
template <typename Index>
Entries<Index> find_likely(const CsrGraph<Index>& graph, const ChosenNodes<Index>& chosen, int64_t begin, int64_t end) {
  Entries<Index> likely;
  // As many as of nodes chosen at random, up to a size beyond which one copy more does not matter.
  const double share = static_cast<double>(chosen.size()) / static_cast<double>(std::max<int64_t>(graph.num_cols, 1));
  const double degree =
      static_cast<double>(graph.num_edges) / static_cast<double>(std::max<int64_t>(graph.num_rows, 1));
  const double expected = 1.25 * static_cast<double>(end - begin) * degree * std::min(share, 1.0);
  likely.make_room(static_cast<int64_t>(std::min(expected, 0x1p20)) + 64);
  RowsAhead<Index> rows(graph, chosen);
  constexpr int64_t half = RowsAhead<Index>::capacity / 2;
  rows.find(begin, std::min(end, begin + half), end);
  for (int64_t from = begin; from < end; from += half) {
    const int64_t to = std::min(end, from + half);
    rows.find(to, std::min(end, to + half), end);
    for (int64_t i = from; i < to; ++i) add_likely(graph, rows[i], i, chosen.filter(), likely);
  }
  return likely;
}

/// Leaves out the entries whose columns have no label.
template <typename Index>
void drop_others(const ChosenNodes<Index>& chosen, Entries<Index>& entries) {
  chosen.with_labels([&](auto label) {
    int64_t size = 0;
    for (int64_t k = 0; k < entries.size; ++k) {
      const Index row = entries.rows[k], col = entries.cols[k], edge = entries.edges[k];
      entries.rows[size] = row, entries.cols[size] = col, entries.edges[size] = edge;
      size += label(col) >= 0;
    }
    entries.size = size;
  });
}

template <typename Index>
void write_entries(const ChosenNodes<Index>& chosen, const Entries<Index>& entries, SubgraphArrays<Index> to) {
  std::copy_n(entries.rows.begin(), entries.size, to.rows);
  std::copy_n(entries.edges.begin(), entries.size, to.edges);
  chosen.with_labels([&](auto label) {
    for (int64_t k = 0; k < entries.size; ++k) to.cols[k] = static_cast<Index>(label(entries.cols[k]));
  });
}

/// Pieces of equal numbers of rows, at most one a thread: for fewer rows to each it costs more to wake a thread.
int64_t count_pieces(int64_t rows, const ParallelFor& parallel) {
  constexpr int64_t least_rows = 512;
  return std::clamp<int64_t>(rows / least_rows, 1, parallel.num_threads());
}

}  // namespace

template <typename Index>
void saint_subgraph(const CsrGraph<Index>& graph, std::span<const Index> nodes,
                    const std::function<SubgraphArrays<Index>(int64_t)>& allocate, const ParallelFor& parallel) {
  const ChosenNodes<Index> chosen(graph, nodes);
  const int64_t count = count_pieces(chosen.size(), parallel);
  const int64_t rows = (chosen.size() + count - 1) / count;
  std::vector<Entries<Index>> pieces(static_cast<size_t>(count));
  parallel.run(count, 1, [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p) {
      Entries<Index>& piece = pieces[static_cast<size_t>(p)];
      piece = find_likely(graph, chosen, std::min(chosen.size(), p * rows), std::min(chosen.size(), (p + 1) * rows));
      if (!chosen.filter().is_exact()) drop_others(chosen, piece);
    }
  });
  std::vector<int64_t> first(pieces.size() + 1);
  for (size_t p = 0; p < pieces.size(); ++p) first[p + 1] = first[p] + pieces[p].size;
  const SubgraphArrays<Index> to = allocate(first.back());
  parallel.run(count, 1, [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p) {
      const int64_t at = first[static_cast<size_t>(p)];
      write_entries(chosen, pieces[static_cast<size_t>(p)], {to.rows + at, to.cols + at, to.edges + at});
    }
  });
}

template void saint_subgraph(const CsrGraph<int32_t>&, std::span<const int32_t>,
                             const std::function<SubgraphArrays<int32_t>(int64_t)>&, const ParallelFor&);
template void saint_subgraph(const CsrGraph<int64_t>&, std::span<const int64_t>,
                             const std::function<SubgraphArrays<int64_t>(int64_t)>&, const ParallelFor&);

}  // namespace spinel::kernels
