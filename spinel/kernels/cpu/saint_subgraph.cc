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

  struct Bits {
    const uint64_t* words;
    uint64_t mask;
    bool may_have(uint64_t node) const { return (words[(node & mask) >> 6] >> (node & 63) & 1) != 0; }
  };

  void add(int64_t node) { words_[(static_cast<uint64_t>(node) & mask_) >> 6] |= uint64_t{1} << (node & 63); }
  Bits bits() const { return {words_.data(), mask_}; }
  /// Whether may_have() says what is.
  bool is_exact() const { return is_exact_; }

 private:
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

/// Finds the entries of rows of the subgraph whose columns may be chosen, some rows at a time: where these are in the
/// graph is known before their entries are read, so that reads of many rows wait for memory at once.
template <typename Index>
class RowScan {
 public:
  RowScan(const CsrGraph<Index>& graph, const ChosenNodes<Index>& chosen, int64_t begin, int64_t end)
      : graph_(graph), chosen_(chosen), begin_(begin), end_(end) {}

  Entries<Index> run() {
    likely_.make_room(expected() + 64);
    find_rows(begin_);
    for (int64_t from = begin_; from < end_; from += batch) {
      const int64_t to = std::min(end_, from + batch);
      find_rows(to);
      int64_t room = fill;
      for (int64_t i = from; i < to; ++i) room += rows_[i % capacity].size();
      likely_.make_room(room);
      take(from, to);
    }
    return std::move(likely_);
  }

 private:
  static constexpr int64_t batch = 16, capacity = 2 * batch;
  static constexpr int64_t fill = 4;  ///< rows of entries are written by fours

  /// As many as of nodes chosen at random, up to a number beyond which one copy more does not matter.
  int64_t expected() const {
    const auto at_least_one = [](int64_t n) { return static_cast<double>(std::max<int64_t>(n, 1)); };
    const double share = std::min(1.0, static_cast<double>(chosen_.size()) / at_least_one(graph_.num_cols));
    const double degree = static_cast<double>(graph_.num_edges) / at_least_one(graph_.num_rows);
    return static_cast<int64_t>(std::min(1.25 * share * degree * static_cast<double>(end_ - begin_), 0x1p20));
  }

  /// A batch from row `from` on; asks for its first entries, and for the pointers of the batch behind.
  void find_rows(int64_t from) {
    constexpr int64_t line = 64 / static_cast<int64_t>(sizeof(Index));
    const int64_t to = std::min(end_, from + batch);
    for (int64_t i = from; i < to; ++i) {
      const CsrRow row = graph_.row(chosen_[i]);
      rows_[i % capacity] = row;
      for (int64_t k = 0; k < 3; ++k) __builtin_prefetch(graph_.col + std::min(row.begin + k * line, row.end));
    }
    for (int64_t i = to; i < std::min(end_, to + batch); ++i) __builtin_prefetch(graph_.rowptr + chosen_[i]);
  }

  /// Adds the likely entries of rows [from, to). Which ones cannot be foretold: each is written, and written over where
  /// it is not.
  void take(int64_t from, int64_t to) {
    const int64_t first = likely_.size;
    Index* edges = likely_.edges.data();
    int64_t size = first;
    for (int64_t i = from; i < to; ++i) {
      const int64_t before = size;
      size = add_row(rows_[i % capacity], edges, size);
      Index* row = likely_.rows.data() + before;
      const Index* stop = likely_.rows.data() + size;
      do {
        for (int64_t k = 0; k < fill; ++k) row[k] = static_cast<Index>(i);
        row += fill;
      } while (row < stop);
    }
    Index* cols = likely_.cols.data();
    for (int64_t k = first; k < size; ++k) cols[k] = graph_.col[edges[k]];
    likely_.size = size;
  }

  int64_t add_row(CsrRow row, Index* edges, int64_t size) const {
    // In variables of its own: what is written might be taken for a part of the graph, which is then read again.
    const Index* col = graph_.col;
    const auto num_cols = static_cast<uint64_t>(graph_.num_cols);
    const NodeFilter::Bits bits = chosen_.filter().bits();
    for (int64_t e = row.begin, end = row.end; e < end; ++e) {
      const auto column = static_cast<uint64_t>(col[e]);
      if (column >= num_cols) [[unlikely]]
        fail_column(graph_.names, e, col[e], graph_.num_cols);
      edges[size] = static_cast<Index>(e);
      size += bits.may_have(column);
    }
    return size;
  }

  const CsrGraph<Index>& graph_;
  const ChosenNodes<Index>& chosen_;
  const int64_t begin_, end_;
  CsrRow rows_[capacity];
  Entries<Index> likely_;
};

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
      const int64_t from = std::min(chosen.size(), p * rows), to = std::min(chosen.size(), from + rows);
      piece = RowScan<Index>(graph, chosen, from, to).run();
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
