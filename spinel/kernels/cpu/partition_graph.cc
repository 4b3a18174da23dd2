#include "spinel/kernels/cpu/partition_graph.h"

#include <algorithm>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "spinel/base/error.h"

namespace spinel::kernels {
namespace {

constexpr int64_t most = std::numeric_limits<int32_t>::max();

/// Each column is checked when it is copied.
template <typename Index>
PartitionGraph copy_graph(const CsrGraph<Index>& graph) {
  check_pointers(graph.names, graph.num_rows, graph.rowptr, graph.num_edges, serial());
  PartitionGraph copy;
  copy.xadj.resize(static_cast<size_t>(graph.num_rows) + 1);
  copy.adjncy.resize(static_cast<size_t>(graph.num_edges));
  std::transform(graph.rowptr, graph.rowptr + graph.num_rows + 1, copy.xadj.begin(),
                 [](Index at) { return static_cast<int32_t>(at); });
  for (int64_t e = 0; e < graph.num_edges; ++e) {
    copy.adjncy[static_cast<size_t>(e)] = static_cast<int32_t>(graph.column(e));
  }
  return copy;
}

/// The entries by row and column, with their weights: those that are given, or copies where rows are not sorted.
class SortedRows {
 public:
  SortedRows(const PartitionGraph& graph, std::span<const int32_t> weight) : col_(graph.adjncy), weight_(weight) {
    for (size_t v = 0; v + 1 < graph.xadj.size(); ++v) {
      const auto first = static_cast<size_t>(graph.xadj[v]), last = static_cast<size_t>(graph.xadj[v + 1]);
      if (!std::is_sorted(col_.begin() + first, col_.begin() + last)) sort_row(first, last);
    }
  }
  size_t size() const { return col_.size(); }
  int32_t column(size_t e) const { return col_[e]; }
  void ask_for(size_t e) const { __builtin_prefetch(col_.data() + e); }
  bool has_weight() const { return !weight_.empty(); }
  int32_t weight(size_t e) const { return weight_[e]; }

 private:
  void sort_row(size_t first, size_t last) {
    if (own_col_.empty()) {
      own_col_.assign(col_.begin(), col_.end());
      own_weight_.assign(weight_.begin(), weight_.end());
      col_ = own_col_;
      weight_ = own_weight_;
    }
    std::vector<std::pair<int32_t, int32_t>> entries;
    for (size_t e = first; e < last; ++e) entries.emplace_back(col_[e], weight_.empty() ? 1 : weight_[e]);
    std::sort(entries.begin(), entries.end());
    for (size_t e = first; e < last; ++e) {
      own_col_[e] = entries[e - first].first;
      if (!weight_.empty()) own_weight_[e] = entries[e - first].second;
    }
  }

  std::span<const int32_t> col_, weight_;
  std::vector<int32_t> own_col_, own_weight_;
};

/// Whether the graph is undirected, of sorted rows: the entries (v, w) with v < w in the order of v meet those of row w
/// that are below w in their order, one each.
class UndirectedCheck {
 public:
  UndirectedCheck(const char* op, const PartitionGraph& graph, const SortedRows& rows)
      : op_(op), graph_(graph), rows_(rows), next_(graph.xadj.begin(), graph.xadj.end() - 1) {}

  void check_all() {
    for (size_t v = 0; v < next_.size(); ++v) check_node(static_cast<int32_t>(v));
  }

 private:
  void check_node(int32_t v) {
    const auto last = static_cast<size_t>(graph_.xadj[static_cast<size_t>(v) + 1]);
    // The entries below v have met theirs by now.
    auto e = static_cast<size_t>(next_[static_cast<size_t>(v)]);
    if (e < last && rows_.column(e) < v) fail_missing(v, rows_.column(e));
    for (; e < last; ++e) {
      ask_ahead(e);
      const int32_t w = rows_.column(e);
      require(w != v, "{}: node {} has an edge to itself; take self loops out with remove_diag()", op_, v);
      require(e + 1 == last || rows_.column(e + 1) != w,
              "{}: the edge from {} to {} is there twice; take double edges out with coalesce()", op_, v, w);
      meet(v, w, e);
    }
  }

  /// Entries meet others all over the graph: asks for what is read in a few of them's time.
  void ask_ahead(size_t e) const {
    constexpr size_t near = 12, far = 24;
    if (e + far >= rows_.size()) return;
    __builtin_prefetch(next_.data() + rows_.column(e + far));
    __builtin_prefetch(graph_.xadj.data() + rows_.column(e + far) + 1);
    rows_.ask_for(static_cast<size_t>(next_[static_cast<size_t>(rows_.column(e + near))]));
  }

  void meet(int32_t v, int32_t w, size_t e) {
    const auto back = static_cast<size_t>(next_[static_cast<size_t>(w)]++);
    if (back >= static_cast<size_t>(graph_.xadj[static_cast<size_t>(w) + 1]) || rows_.column(back) != v) {
      fail_missing(v, w);
    }
    if (!rows_.has_weight() || rows_.weight(e) == rows_.weight(back)) return;
    fail(ErrorKind::invalid_argument, "{}: the edges between {} and {} weigh {} and {}; both must weigh the same", op_,
         v, w, rows_.weight(e), rows_.weight(back));
  }

  [[noreturn]] void fail_missing(int32_t v, int32_t w) const {
    fail(ErrorKind::invalid_argument, "{}: of the edges between {} and {} one is missing; add it with to_symmetric()",
         op_, v, w);
  }

  const char* op_;
  const PartitionGraph& graph_;
  const SortedRows& rows_;
  std::vector<int32_t> next_;  ///< of each row the first entry that has not been met
};

}  // namespace

template <typename Index>
PartitionGraph read_partition_graph(const CsrGraph<Index>& graph, const PartitionOptions& options) {
  const char* op = graph.names.op;
  require(options.num_parts >= 2 && options.num_parts <= graph.num_rows,
          "{}: {} parts of a graph of {} nodes; there must be at least one node for each of two or more parts", op,
          options.num_parts, graph.num_rows);
  require(graph.num_rows < most && graph.num_edges < most,
          "{}: {} nodes and {} edges; METIS counts both in 32 bits, so fewer than {} are possible", op, graph.num_rows,
          graph.num_edges, most);
  PartitionGraph copy = copy_graph(graph);
  const SortedRows rows(copy, options.edge_weight);
  UndirectedCheck(op, copy, rows).check_all();
  return copy;
}

template PartitionGraph read_partition_graph(const CsrGraph<int32_t>&, const PartitionOptions&);
template PartitionGraph read_partition_graph(const CsrGraph<int64_t>&, const PartitionOptions&);

}  // namespace spinel::kernels
