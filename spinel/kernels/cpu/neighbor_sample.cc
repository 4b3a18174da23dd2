#include "spinel/kernels/cpu/neighbor_sample.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <tuple>
#include <utility>

#include "spinel/base/error.h"
#include "spinel/kernels/cpu/subset_sampler.h"

namespace spinel::kernels {
namespace {

constexpr int64_t row_grain = 256;
/// Reads of one block of rows wait for memory together.
constexpr int64_t block_rows = 16;

int64_t drawn(int64_t degree, int64_t count, bool replace) {
  if (count < 0) return degree;
  if (replace) return degree == 0 ? 0 : count;
  return std::min(degree, count);
}

template <typename Index>
void draw_row(const RowSampling<Index>& s, CsrRow row, uint64_t item, const Philox& generator, SubsetSampler& subsets,
              std::span<Index> out) {
  const auto count = static_cast<int64_t>(out.size());
  const bool all = s.count < 0 || (!s.replace && count == row.size());
  if (all) {
    std::iota(out.begin(), out.end(), static_cast<Index>(row.begin));
    return;
  }
  RandomStream stream(generator, item);
  if (!s.replace) return subsets.draw(row.size(), count, row.begin, stream, out.data());
  for (Index& edge : out) edge = static_cast<Index>(row.begin + stream.below(row.size()));
}

template <typename Index>
void check_count(const RowSampling<Index>& s, int64_t total) {
  require(total <= std::numeric_limits<Index>::max(), "{}: the sample has {} edges; an index of {} bits counts fewer",
          s.graph.names.op, total, 8 * sizeof(Index));
}

}  // namespace

template <typename Index>
int64_t count_sampled(const RowSampling<Index>& s, Index* rowptr, const ParallelFor& parallel) {
  const auto n = static_cast<int64_t>(s.nodes.size());
  require(!s.replace || n == 0 || s.count <= std::numeric_limits<Index>::max() / n,
          "{}: {} draws for each of {} nodes; an index of {} bits counts fewer", s.graph.names.op, s.count, n,
          8 * sizeof(Index));
  parallel.run(n, 4 * row_grain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      // Far enough ahead for a read from memory.
      if (const int64_t ahead = i + 16; ahead < end && s.nodes[ahead] >= 0) {
        __builtin_prefetch(s.graph.rowptr + std::min<int64_t>(s.nodes[ahead], s.graph.num_rows));
      }
      const CsrRow row = s.graph.row(s.graph.node(s.argument, s.nodes.data(), i));
      rowptr[i + 1] = static_cast<Index>(drawn(row.size(), s.count, s.replace));
    }
  });
  int64_t total = 0;
  rowptr[0] = 0;
  for (int64_t i = 0; i < n; ++i) {
    total += rowptr[i + 1];
    check_count(s, total);
    rowptr[i + 1] = static_cast<Index>(total);
  }
  return total;
}

template <typename Index>
void draw_sampled(const RowSampling<Index>& s, const Index* rowptr, Index* edges, Index* cols,
                  const ParallelFor& parallel) {
  const Philox generator(s.seed);
  parallel.run(static_cast<int64_t>(s.nodes.size()), row_grain, [&](int64_t begin, int64_t end) {
    SubsetSampler subsets;
    for (int64_t first = begin; first < end; first += block_rows) {
      const int64_t last = std::min(end, first + block_rows);
      for (int64_t i = first; i < last; ++i) {
        const std::span<Index> out(edges + rowptr[i], edges + rowptr[i + 1]);
        draw_row(s, s.graph.row(s.nodes[i]), static_cast<uint64_t>(i), generator, subsets, out);
        for (const Index edge : out) __builtin_prefetch(s.graph.col + edge);
      }
      for (int64_t e = rowptr[first]; e < rowptr[last]; ++e) cols[e] = static_cast<Index>(s.graph.column(edges[e]));
    }
  });
}

namespace {

/// The largest of numbers that must not be negative; −1 of none.
template <typename Index>
int64_t largest(std::span<const Index> numbers, const char* name, const CsrNames& names) {
  Index least = 0, most = -1;
  for (const Index number : numbers) {
    least = std::min(least, number);
    most = std::max(most, number);
  }
  if (least < 0) {
    const auto place = std::find(numbers.begin(), numbers.end(), least) - numbers.begin();
    fail(ErrorKind::invalid_argument, "{}: {}[{}] is {}; nodes are not negative", names.op, name, place, least);
  }
  return most;
}

}  // namespace

template <typename Index>
void sample_columns(const CsrGraph<Index>& graph, const Index* nodes, int64_t num_rows, int64_t count,
                    const float* uniform, Index* out, const ParallelFor& parallel) {
  parallel.run(num_rows, row_grain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const int64_t v = nodes == nullptr ? i : graph.node("subset", nodes, i);
      const CsrRow row = graph.row(v);
      require(row.size() > 0 || count == 0, "{}: node {} has no neighbours to draw from; leave it out of subset",
              graph.names.op, v);
      for (int64_t k = i * count; k < (i + 1) * count; ++k) {
        out[k] = static_cast<Index>(graph.column(row.begin + chosen_place(uniform[k], row.size())));
      }
    }
  });
}

template <typename Index>
std::vector<Index> relabel(std::span<const Index> idx, std::span<Index> col, const CsrNames& names) {
  const int64_t most = std::max(largest<Index>(idx, "idx", names), largest<Index>(col, names.indices, names));
  // The largest number of all is a node too; so many have labels by hash, whatever their number.
  const int64_t num_nodes = std::min(most, std::numeric_limits<int64_t>::max() - 1) + 1;
  NodeLabels<Index> labels(num_nodes, static_cast<int64_t>(idx.size() + std::min(col.size(), 4 * idx.size())));
  std::vector<Index> nodes(idx.begin(), idx.end());
  for (size_t i = 0; i < idx.size(); ++i) labels.assign(idx[i], static_cast<int64_t>(i));
  for (size_t e = 0; e < col.size(); ++e) {
    const auto next = static_cast<int64_t>(nodes.size());
    const int64_t label = labels.insert(col[e], next);
    if (label == next) nodes.push_back(col[e]);
    col[e] = static_cast<Index>(label);
  }
  return nodes;
}

template <typename Index>
void sort_rows(const Index* rowptr, int64_t num_rows, Index* col, Index* edges, const ParallelFor& parallel) {
  parallel.run(num_rows, row_grain, [&](int64_t begin, int64_t end) {
    std::vector<std::pair<Index, Index>> pairs;
    for (int64_t i = begin; i < end; ++i) {
      const int64_t first = rowptr[i], count = rowptr[i + 1] - first;
      pairs.resize(static_cast<size_t>(count));
      for (int64_t k = 0; k < count; ++k) pairs[static_cast<size_t>(k)] = {col[first + k], edges[first + k]};
      if (std::is_sorted(pairs.begin(), pairs.end())) continue;
      std::sort(pairs.begin(), pairs.end());
      for (int64_t k = 0; k < count; ++k) std::tie(col[first + k], edges[first + k]) = pairs[static_cast<size_t>(k)];
    }
  });
}

template <typename Index>
void expand(const RowSampling<Index>& sampling, int64_t first, NodeSet<Index>& sources, EdgeLists<Index>* lists,
            const ParallelFor& parallel) {
  const size_t n = sampling.nodes.size();
  std::vector<Index> rowptr(n + 1);
  const auto total = static_cast<size_t>(count_sampled(sampling, rowptr.data(), parallel));
  std::vector<Index> edges(total), cols(total);
  draw_sampled(sampling, rowptr.data(), edges.data(), cols.data(), parallel);
  // From here on sampling.nodes is not read: it may lie in `sources`, which grows.
  for (size_t i = 0; i < n; ++i) {
    for (int64_t e = rowptr[i]; e < rowptr[i + 1]; ++e) {
      const auto next = static_cast<int64_t>(sources.nodes.size());
      const Index node = cols[static_cast<size_t>(e)];
      const int64_t label = sources.labels.insert(node, next);
      if (label == next) sources.nodes.push_back(node);
      if (lists == nullptr) continue;
      lists->rows.push_back(static_cast<Index>(label));
      lists->cols.push_back(static_cast<Index>(first + static_cast<int64_t>(i)));
      lists->edges.push_back(edges[static_cast<size_t>(e)]);
    }
  }
}

template <typename Index>
void induced_edges(const CsrGraph<Index>& graph, std::span<const Index> targets, const NodeLabels<Index>& sources,
                   EdgeLists<Index>& lists) {
  for (size_t i = 0; i < targets.size(); ++i) {
    const CsrRow row = graph.row(targets[i]);
    for (int64_t e = row.begin; e < row.end; ++e) {
      const int64_t label = sources.find(graph.column(e));
      if (label < 0) continue;
      lists.rows.push_back(static_cast<Index>(label));
      lists.cols.push_back(static_cast<Index>(i));
      lists.edges.push_back(static_cast<Index>(e));
    }
  }
}

namespace {

/// The subgraph of one root: its nodes in ascending order, the end of each row, columns and edges.
template <typename Index>
struct Ego {
  std::vector<Index> nodes, ends, col, edges;
  int64_t root = 0;
};

/// Finds the subgraphs of one thread's roots.
template <typename Index>
class EgoFinder {
 public:
  EgoFinder(const RowSampling<Index>& sampling, int64_t depth, const Philox& generator)
      : sampling_(sampling), graph_(sampling.graph), depth_(depth), generator_(generator) {}

  Ego<Index> find(int64_t number) {
    const int64_t root = graph_.node(sampling_.argument, sampling_.nodes.data(), number);
    NodeSet<Index> found(graph_.num_rows, 16);
    found.nodes.push_back(static_cast<Index>(root));
    found.labels.insert(root, 0);
    RandomStream stream(generator_, static_cast<uint64_t>(number));
    size_t first = 0;
    for (int64_t d = 0; d < depth_ && first < found.nodes.size(); ++d) {
      for (const size_t last = found.nodes.size(); first < last; ++first) add_neighbors(found, first, stream);
    }
    return subgraph(std::move(found), root);
  }

 private:
  /// The columns of the entries that are drawn of the row of node number `place`.
  void add_neighbors(NodeSet<Index>& found, size_t place, RandomStream& stream) {
    const CsrRow row = graph_.row(found.nodes[place]);
    // torch_sparse takes short rows whole, with replacement too.
    const bool whole = row.size() <= sampling_.count;
    drawn_.resize(static_cast<size_t>(whole ? row.size() : drawn(row.size(), sampling_.count, sampling_.replace)));
    if (std::ssize(drawn_) == row.size()) {
      std::iota(drawn_.begin(), drawn_.end(), static_cast<Index>(row.begin));
    } else if (sampling_.replace) {
      for (Index& edge : drawn_) edge = static_cast<Index>(row.begin + stream.below(row.size()));
    } else {
      subsets_.draw(row.size(), std::ssize(drawn_), row.begin, stream, drawn_.data());
    }
    for (const Index edge : drawn_) {
      const int64_t node = graph_.column(edge);
      const auto next = static_cast<int64_t>(found.nodes.size());
      if (found.labels.insert(node, next) == next) found.nodes.push_back(static_cast<Index>(node));
    }
  }

  Ego<Index> subgraph(NodeSet<Index> found, int64_t root) const {
    Ego<Index> ego;
    ego.nodes = std::move(found.nodes);
    std::sort(ego.nodes.begin(), ego.nodes.end());
    for (size_t i = 0; i < ego.nodes.size(); ++i) found.labels.assign(ego.nodes[i], static_cast<int64_t>(i));
    ego.root = found.labels.find(root);
    for (const Index node : ego.nodes) {
      const CsrRow row = graph_.row(node);
      for (int64_t e = row.begin; e < row.end; ++e) {
        const int64_t label = found.labels.find(graph_.column(e));
        if (label < 0) continue;
        ego.col.push_back(static_cast<Index>(label));
        ego.edges.push_back(static_cast<Index>(e));
      }
      ego.ends.push_back(static_cast<Index>(ego.col.size()));
    }
    return ego;
  }

  const RowSampling<Index>& sampling_;
  const CsrGraph<Index>& graph_;
  const int64_t depth_;
  const Philox& generator_;
  SubsetSampler subsets_;
  std::vector<Index> drawn_;
};

}  // namespace

template <typename Index>
EgoSample<Index> ego_sample(const RowSampling<Index>& sampling, int64_t depth, const ParallelFor& parallel) {
  const size_t roots = sampling.nodes.size();
  const Philox generator(sampling.seed);
  std::vector<Ego<Index>> egos(roots);
  parallel.run(static_cast<int64_t>(roots), 1, [&](int64_t begin, int64_t end) {
    EgoFinder<Index> finder(sampling, depth, generator);
    for (int64_t g = begin; g < end; ++g) egos[static_cast<size_t>(g)] = finder.find(g);
  });
  EgoSample<Index> all;
  all.rowptr.push_back(0);
  all.ptr.push_back(0);
  for (const Ego<Index>& ego : egos) {
    const auto nodes = static_cast<int64_t>(all.nodes.size()), edges = static_cast<int64_t>(all.col.size());
    check_count(sampling, edges + static_cast<int64_t>(ego.col.size()));
    for (const Index end : ego.ends) all.rowptr.push_back(static_cast<Index>(edges + end));
    for (const Index node : ego.col) all.col.push_back(static_cast<Index>(nodes + node));
    all.nodes.insert(all.nodes.end(), ego.nodes.begin(), ego.nodes.end());
    all.edges.insert(all.edges.end(), ego.edges.begin(), ego.edges.end());
    all.root.push_back(static_cast<Index>(nodes + ego.root));
    all.ptr.push_back(static_cast<Index>(all.nodes.size()));
  }
  return all;
}

#define SPINEL_INSTANTIATE(Index)                                                                                   \
  template int64_t count_sampled(const RowSampling<Index>&, Index*, const ParallelFor&);                            \
  template void draw_sampled(const RowSampling<Index>&, const Index*, Index*, Index*, const ParallelFor&);          \
  template std::vector<Index> relabel(std::span<const Index>, std::span<Index>, const CsrNames&);                   \
  template void sample_columns(const CsrGraph<Index>&, const Index*, int64_t, int64_t, const float*, Index*,        \
                               const ParallelFor&);                                                                 \
  template void sort_rows(const Index*, int64_t, Index*, Index*, const ParallelFor&);                               \
  template void expand(const RowSampling<Index>&, int64_t, NodeSet<Index>&, EdgeLists<Index>*, const ParallelFor&); \
  template void induced_edges(const CsrGraph<Index>&, std::span<const Index>, const NodeLabels<Index>&,             \
                              EdgeLists<Index>&);                                                                   \
  template EgoSample<Index> ego_sample(const RowSampling<Index>&, int64_t, const ParallelFor&);
SPINEL_INSTANTIATE(int32_t)
SPINEL_INSTANTIATE(int64_t)
#undef SPINEL_INSTANTIATE

}  // namespace spinel::kernels
