#include "spinel/graph/utils/self_loops.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "spinel/base/error.h"
#include "spinel/graph/utils/nodes.h"
#include "spinel/graph/utils/scatter.h"

namespace spinel::graph {
namespace {

at::Tensor rows(const at::Tensor& attr, const at::Tensor& index) {
  return attr.defined() ? attr.index_select(0, index) : at::Tensor();
}

Edges chosen(const Edges& edges, const at::Tensor& mask) {
  const at::Tensor index = mask_to_index(mask);
  return {edges.edge_index.index_select(1, index), rows(edges.edge_attr, index)};
}

Edges checked(const at::Tensor& edge_index, const at::Tensor& edge_attr, const char* owner) {
  Edges edges{checked_edge_index(edge_index, owner), edge_attr};
  require(!edge_attr.defined() || (edge_attr.dim() > 0 && edge_attr.size(0) == edges.edge_index.size(1)),
          "{}: edge_attr has {} rows but edge_index has {} edges", owner,
          edge_attr.defined() && edge_attr.dim() > 0 ? edge_attr.size(0) : 0, edges.edge_index.size(1));
  return edges;
}

at::Tensor loop_mask(const at::Tensor& edge_index) { return edge_index[0].eq(edge_index[1]); }

/// (i, i) for i < n, [2, n].
at::Tensor loops(int64_t n, const at::Tensor& like) { return at::arange(n, like.options()).expand({2, n}); }

/// [n, …] attributes of n new loops.
at::Tensor loop_attr(const Edges& edges, const FillValue& fill, int64_t n, const char* owner) {
  const at::Tensor& attr = edges.edge_attr;
  std::vector<int64_t> sizes = attr.sizes().vec();
  sizes[0] = n;
  if (std::holds_alternative<std::monostate>(fill)) return at::ones(sizes, attr.options());
  if (const double* number = std::get_if<double>(&fill)) return at::full(sizes, *number, attr.options());
  if (const at::Tensor* tensor = std::get_if<at::Tensor>(&fill)) {
    at::Tensor value = tensor->to(attr.options());
    if (value.dim() != attr.dim()) value = value.unsqueeze(0);
    require(at::is_expandable_to(value.sizes(), sizes), "{}: fill_value has the sizes [{}]; [{}] are needed", owner,
            join_text(tensor->sizes(), ", "), join_text(sizes, ", "));
    return value.expand(sizes);
  }
  // Nodes beyond the loops have incoming edges too where a bipartite graph has more targets.
  const at::Tensor& target = edges.edge_index[1];
  const int64_t nodes = std::max(n, num_nodes_of(target));
  return scatter(attr, target, 0, nodes, std::get<std::string>(fill)).narrow(0, 0, n);
}

/// The nodes that have loops, and the last loop of each.
struct LastLoops {
  at::Tensor node, position;
};

LastLoops last_loops(const at::Tensor& edge_index, const at::Tensor& mask, int64_t n, const char* owner) {
  const at::Tensor present = mask_to_index(mask);
  const at::Tensor node = edge_index[0].index_select(0, present);
  const int64_t largest = num_nodes_of(node) - 1;
  require(largest < n, "{}: node {} has a loop but there are {} nodes", owner, largest, n);
  // Positions rise and count from 1 here, as 0 is what nodes without loop get.
  const at::Tensor last = scatter(present + 1, node, 0, n, "max");
  const at::Tensor has_loop = mask_to_index(last.gt(0));
  return {has_loop, last.index_select(0, has_loop) - 1};
}

}  // namespace

int64_t NumNodes::loops(const at::Tensor& edge_index) const {
  if (!sizes_) return num_nodes_of(edge_index);
  const int64_t n = std::min((*sizes_)[0], (*sizes_)[1]);
  require(n >= 0, "num_nodes: it is {}; it must not be negative", n);
  return n;
}

bool contains_self_loops(const at::Tensor& edge_index) {
  return loop_mask(checked_edge_index(edge_index, "contains_self_loops")).any().item<bool>();
}

Edges remove_self_loops(const at::Tensor& edge_index, const at::Tensor& edge_attr) {
  const Edges edges = checked(edge_index, edge_attr, "remove_self_loops");
  return chosen(edges, loop_mask(edges.edge_index).logical_not());
}

SegregatedLoops segregate_self_loops(const at::Tensor& edge_index, const at::Tensor& edge_attr) {
  const Edges edges = checked(edge_index, edge_attr, "segregate_self_loops");
  const at::Tensor mask = loop_mask(edges.edge_index);
  return {chosen(edges, mask.logical_not()), chosen(edges, mask)};
}

Edges add_self_loops(const at::Tensor& edge_index, const at::Tensor& edge_attr, const FillValue& fill_value,
                     const NumNodes& num_nodes) {
  const Edges edges = checked(edge_index, edge_attr, "add_self_loops");
  const int64_t n = num_nodes.loops(edges.edge_index);
  Edges result{at::cat({edges.edge_index, loops(n, edges.edge_index)}, 1), {}};
  if (edge_attr.defined()) {
    result.edge_attr = at::cat({edge_attr, loop_attr(edges, fill_value, n, "add_self_loops")});
  }
  return result;
}

Edges add_remaining_self_loops(const at::Tensor& edge_index, const at::Tensor& edge_attr, const FillValue& fill_value,
                               const NumNodes& num_nodes) {
  const char* const owner = "add_remaining_self_loops";
  const Edges edges = checked(edge_index, edge_attr, owner);
  const int64_t n = num_nodes.loops(edges.edge_index);
  const at::Tensor mask = loop_mask(edges.edge_index);
  const at::Tensor others = mask_to_index(mask.logical_not());
  Edges result{at::cat({edges.edge_index.index_select(1, others), loops(n, edges.edge_index)}, 1), {}};
  if (!edge_attr.defined()) return result;
  at::Tensor attr = loop_attr(edges, fill_value, n, owner);
  const LastLoops last = last_loops(edges.edge_index, mask, n, owner);
  attr = attr.index_copy(0, last.node, edge_attr.index_select(0, last.position));
  result.edge_attr = at::cat({edge_attr.index_select(0, others), attr});
  return result;
}

at::Tensor get_self_loop_attr(const at::Tensor& edge_index, const at::Tensor& edge_attr,
                              std::optional<int64_t> num_nodes) {
  const Edges edges = checked(edge_index, edge_attr, "get_self_loop_attr");
  const int64_t n = num_nodes_of(edges.edge_index, num_nodes);
  const LastLoops last = last_loops(edges.edge_index, loop_mask(edges.edge_index), n, "get_self_loop_attr");
  const at::Tensor attr = edge_attr.defined()
                              ? edge_attr.index_select(0, last.position)
                              : at::ones({last.node.numel()}, last.node.options().dtype(at::get_default_dtype()));
  std::vector<int64_t> sizes = attr.sizes().vec();
  sizes[0] = n;
  return at::zeros(sizes, attr.options()).index_copy(0, last.node, attr);
}

}  // namespace spinel::graph
