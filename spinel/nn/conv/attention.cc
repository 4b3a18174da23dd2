#include "spinel/nn/conv/attention.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "spinel/base/error.h"
#include "spinel/graph/reduce.h"
#include "spinel/nn/conv/normalized_edges.h"
#include "spinel/nn/conv/remembered.h"

namespace spinel {

void read_config(const Config& from, graph::FillValue& to) {
  if (from.is_null()) {
    to = std::monostate();
  } else if (from.is_string()) {
    to = from.as_string();
  } else if (from.is_list()) {
    const std::vector<double> numbers = from.as_doubles();
    to = at::tensor(numbers, at::kDouble);
  } else {
    to = from.as_double();
  }
}

template <>
Config write_config(const graph::FillValue& from) {
  if (const double* number = std::get_if<double>(&from)) return Config(*number);
  if (const std::string* name = std::get_if<std::string>(&from)) return Config(*name);
  if (const at::Tensor* tensor = std::get_if<at::Tensor>(&from)) {
    Config::List numbers;
    const at::Tensor flat = tensor->to(at::kDouble).flatten();
    for (int64_t k = 0; k < flat.numel(); ++k) numbers.emplace_back(flat[k].item<double>());
    return Config(std::move(numbers));
  }
  return {};
}

namespace nn {

namespace {

/// Edges whose loops have been replaced by one for each of the first nodes, at the end.
struct ReplacedLoops {
  at::Tensor edge_index;
  at::Tensor kept;       ///< which edges are no loops; undefined: all
  graph::Groups groups;  ///< those by their targets
};

ReplacedLoops replace_loops(const at::Tensor& edge_index, int64_t loops, int64_t targets) {
  const at::Tensor numbers = at::arange(edge_index.size(1), edge_index.options().dtype(at::kLong));
  const graph::Edges without = graph::remove_self_loops(edge_index, numbers);
  const bool has_loops = without.edge_attr.size(0) < numbers.size(0);
  return {graph::add_self_loops(without.edge_index, {}, {}, loops).edge_index,
          has_loops ? without.edge_attr : at::Tensor(), graph::Groups::from_index(without.edge_index[1], targets)};
}

/// [loops, …] attributes of new loops: a value, or what reduces those of the edges into each node.
at::Tensor loop_attributes(const at::Tensor& attr, const graph::FillValue& fill_value, int64_t loops,
                           const graph::Groups& groups) {
  if (const std::string* name = std::get_if<std::string>(&fill_value)) {
    const graph::GroupReduce reduce = graph::parse_group_reduce(*name, "fill_value");
    return graph::reduce_groups(attr, groups, reduce).narrow(0, 0, loops);
  }
  const at::Tensor no_edges = at::empty({2, 0}, attr.options().dtype(at::kLong));
  return graph::add_self_loops(no_edges, attr.narrow(0, 0, 0), fill_value, loops).edge_attr;
}

}  // namespace

AttributedEdges with_attention_loops(const Adjacency& edges, const at::Tensor& edge_attr,
                                     const graph::FillValue& fill_value, int64_t sources, int64_t targets,
                                     bool has_edge_dim, const MessagePassingBase& conv) {
  check_nodes(edges, sources, targets, conv.name(), conv.flow());
  const int64_t loops = std::min(sources, targets);
  if (edges.is_sparse()) {
    require(!has_edge_dim,
            "{}: edge_dim with add_self_loops is not supported over a sparse matrix, whose loops would have no "
            "attributes; give an edge list, or add_self_loops false",
            conv.name());
    return {with_fresh_loops(edges, loops), edge_attr};
  }
  if (!edge_attr.defined()) return {with_fresh_loops(edges, loops), {}};
  // Whatever the flow, the reference reduces attributes over the second row.
  const int64_t second = conv.flow() == Flow::source_to_target ? targets : sources;
  const auto looped = remembered(edges.edge_index(), format("loops {} of {}", loops, second),
                                 [&] { return replace_loops(edges.edge_index(), loops, second); });
  const at::Tensor attr = looped->kept.defined() ? edge_attr.index_select(0, looped->kept) : edge_attr;
  return {looped->edge_index, at::cat({attr, loop_attributes(attr, fill_value, loops, looped->groups)})};
}

Adjacency in_target_order(const Adjacency& edges, int64_t size0, int64_t size1, const MessagePassingBase& conv) {
  MessageEdges::check(edges, conv.flow(), conv.name());
  if (edges.is_sparse() || conv.flow() != Flow::source_to_target || conv.is_observed()) return edges;
  return MessageEdges(edges, conv.flow(), size1, size0, conv.name()).adj_t();
}

at::Tensor edge_columns(const at::Tensor& edge_attr, const Adjacency& edges, const std::string& owner) {
  if (!edge_attr.defined()) return {};
  MessageEdges::check(edges, Flow::source_to_target, owner);
  const int64_t count = edges.num_edges();
  require(edge_attr.dim() >= 1 && edge_attr.size(0) == count, "{}: edge_attr has {} rows but edge_index has {} edges",
          owner, edge_attr.dim() == 0 ? 0 : edge_attr.size(0), count);
  return edge_attr.dim() == 1 ? edge_attr.unsqueeze(-1) : edge_attr;
}

at::Tensor join_heads(const at::Tensor& x, bool concat) { return concat ? x.flatten(1) : x.mean(1); }

ValueList attention_values(const AttentionResult& result, bool with_weights) {
  ValueList values;
  values.emplace_back(result.out);
  if (!with_weights) return values;
  if (result.edges.is_sparse()) {
    values.emplace_back(
        sparse::SparseTensor(sparse::SparseStorage(result.edges.adj_t().storage().pattern(), result.alpha)));
  } else {
    values.emplace_back(result.edges.edge_index());
    values.emplace_back(result.alpha);
  }
  return values;
}

}  // namespace nn
}  // namespace spinel
