#include "spinel/nn/conv/normalized_edges.h"

#include <ATen/ATen.h>

#include <array>

#include "spinel/base/error.h"
#include "spinel/graph/utils/gcn_norm.h"
#include "spinel/graph/utils/self_loops.h"
#include "spinel/nn/conv/remembered.h"

namespace spinel::nn {
namespace {

using Range = std::array<int64_t, 4>;  ///< least and greatest node of either row

Range node_range(const at::Tensor& edge_index) {
  return *remembered(edge_index, "range", [&]() -> Range {
    if (edge_index.size(1) == 0) return {0, -1, 0, -1};
    const auto [least, greatest] = at::aminmax(edge_index, 1);
    const at::Tensor low = least.to(at::kLong), high = greatest.to(at::kLong);
    return {low[0].item<int64_t>(), high[0].item<int64_t>(), low[1].item<int64_t>(), high[1].item<int64_t>()};
  });
}

/// Values of the normalised matrix, and its pattern where it is another than the given one: what is remembered of a
/// pattern must not hold it.
struct Normalized {
  at::Tensor value;
  std::shared_ptr<const sparse::Pattern> other_pattern;
};

sparse::SparseTensor normalized(const sparse::SparseTensor& adj_t, const graph::GcnNormOptions& options) {
  if (adj_t.has_value()) return graph::gcn_norm(adj_t, options);
  const std::string key = format("gcn_norm {} {} {}", options.improved, options.add_self_loops,
                                 static_cast<int>(options.dtype.value_or(at::kFloat)));
  const auto& pattern = adj_t.storage().pattern();
  const auto made = remembered(pattern, key, [&]() -> Normalized {
    const sparse::SparseStorage storage = graph::gcn_norm(adj_t, options).storage();
    return {storage.value(), storage.pattern() == pattern ? nullptr : storage.pattern()};
  });
  return sparse::SparseTensor(sparse::SparseStorage(made->other_pattern ? made->other_pattern : pattern, made->value));
}

}  // namespace

void check_nodes(const Adjacency& edges, int64_t sources, int64_t targets, std::string_view owner, Flow flow) {
  if (edges.is_sparse()) {
    const sparse::SparseSizes& sizes = edges.adj_t().sparse_sizes();
    require(
        sizes[0] == targets && sizes[1] == sources,
        "{}: the sparse matrix has the sizes [{}, {}] but there are {} targets and {} sources; they must be the same",
        owner, sizes[0], sizes[1], targets, sources);
    return;
  }
  const Range range = node_range(edges.edge_index());
  for (const int row : {0, 1}) {
    const int64_t size = (row == 0) == (flow == Flow::source_to_target) ? sources : targets;
    const int64_t least = range[static_cast<size_t>(2 * row)], greatest = range[static_cast<size_t>(2 * row + 1)];
    require(least >= 0 && greatest < size, "{}: edge_index holds the node {}; its row {} must lie in [0, {})", owner,
            least < 0 ? least : greatest, row, size);
  }
}

void check_edge_weight(const at::Tensor& edge_weight, const Adjacency& edges, std::string_view owner) {
  if (!edge_weight.defined()) return;
  MessageEdges::check(edges, Flow::source_to_target, owner);
  const int64_t count = edges.num_edges();
  require(edge_weight.dim() == 1 && edge_weight.size(0) == count,
          "{}: edge_weight has the sizes [{}] but edge_index has {} edges; one number for each is needed", owner,
          join_text(edge_weight.sizes(), ", "), count);
}

WeightedEdges normalized_edges(const Adjacency& edges, const at::Tensor& edge_weight, const at::Tensor& x,
                               int64_t node_dim, const NormalizeOptions& options, const std::string& owner) {
  MessageEdges::check(edges, options.flow, owner);
  require(x.dim() >= 2, "{}: x has {} dimensions; nodes and features are needed", owner, x.dim());
  const int64_t nodes = x.size(node_dim);
  check_nodes(edges, nodes, nodes, owner);
  const graph::GcnNormOptions norm{.improved = options.improved,
                                   .add_self_loops = options.add_self_loops,
                                   .flow = options.flow,
                                   .num_nodes = nodes,
                                   .dtype = x.scalar_type()};
  if (edges.is_sparse()) {
    const sparse::SparseTensor adj_t = normalized(edges.adj_t(), norm);
    return {adj_t, adj_t.storage().value()};
  }
  check_edge_weight(edge_weight, edges, owner);
  if (edge_weight.defined()) {
    const graph::Edges made = graph::gcn_norm(edges.edge_index(), edge_weight, norm);
    return {made.edge_index, made.edge_attr};
  }
  const std::string key = format("gcn_norm {} {} {} {} {}", norm.improved, norm.add_self_loops,
                                 static_cast<int>(norm.flow), nodes, static_cast<int>(x.scalar_type()));
  const auto made = remembered(edges.edge_index(), key, [&] {
    // Without loops the list of edges is the given one, which must not be kept by what is remembered of it.
    graph::Edges normal = graph::gcn_norm(edges.edge_index(), {}, norm);
    if (normal.edge_index.is_alias_of(edges.edge_index())) normal.edge_index = normal.edge_index.variable_data();
    return normal;
  });
  return {made->edge_index, made->edge_attr};
}

WeightedEdges plain_edges(const Adjacency& edges, const at::Tensor& edge_weight, const at::Tensor& x, int64_t node_dim,
                          const std::string& owner) {
  require(x.dim() >= 2, "{}: x has {} dimensions; nodes and features are needed", owner, x.dim());
  MessageEdges::check(edges, Flow::source_to_target, owner);
  if (edges.is_sparse()) check_nodes(edges, x.size(node_dim), x.size(node_dim), owner);
  check_edge_weight(edge_weight, edges, owner);
  return {edges, edge_weight};
}

Adjacency with_fresh_loops(const Adjacency& edges, int64_t loops) {
  if (edges.is_sparse()) {
    const sparse::SparseTensor& adj_t = edges.adj_t();
    if (adj_t.has_value()) return adj_t.set_diag();
    return *remembered(adj_t.storage().pattern(), "set_diag", [&] { return adj_t.set_diag(); });
  }
  return *remembered(edges.edge_index(), format("fresh loops {}", loops), [&] {
    const graph::Edges without = graph::remove_self_loops(edges.edge_index());
    return graph::add_self_loops(without.edge_index, {}, {}, loops).edge_index;
  });
}

}  // namespace spinel::nn
