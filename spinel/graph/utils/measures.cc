#include "spinel/graph/utils/measures.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/base/suggest.h"
#include "spinel/graph/groups.h"
#include "spinel/graph/reduce.h"
#include "spinel/graph/utils/nodes.h"

namespace spinel::graph {
namespace {

/// [E] 1 for an edge within a class.
at::Tensor same_class(const at::Tensor& edges, const at::Tensor& y) {
  return y.index_select(0, edges[0]).eq(y.index_select(0, edges[1])).to(at::kDouble);
}

at::Tensor edge_homophily(const at::Tensor& edges, const at::Tensor& y, const at::Tensor& batch,
                          std::optional<int64_t> graphs = {}) {
  const at::Tensor same = same_class(edges, y);
  if (!batch.defined()) return same.mean();
  const int64_t size = graphs.value_or(num_nodes_of(batch));
  return reduce_groups(same, Groups::from_index(batch.index_select(0, edges[1]), size), GroupReduce::mean);
}

at::Tensor insensitive_homophily(const at::Tensor& edges, const at::Tensor& y, const at::Tensor& batch) {
  const int64_t classes = num_nodes_of(y);
  require(classes >= 2, "homophily: y has {} classes; 2 are needed at least", classes);
  const Groups graphs =
      batch.defined() ? Groups::from_index(batch, {}, "homophily: batch") : Groups::single(y.numel(), y.device());
  const at::Tensor cell = graphs.index() * classes + y;
  const int64_t cells = graphs.size() * classes;
  const at::Tensor h = edge_homophily(edges, y, cell, cells).view({graphs.size(), classes});
  const at::Tensor counts = Groups::from_index(cell, cells).count().view({graphs.size(), classes});
  const at::Tensor share = counts / graphs.count().to(at::kDouble).unsqueeze(1);
  const at::Tensor out = (h - share).clamp_min(0).sum(1) / (classes - 1);
  return batch.defined() ? out : out[0];
}

}  // namespace

at::Tensor homophily(const at::Tensor& edge_index, const at::Tensor& y, const at::Tensor& batch,
                     std::string_view method) {
  const at::Tensor edges = checked_edge_index(edge_index, "homophily");
  const at::Tensor labels = y.dim() > 1 ? y.squeeze(-1) : y;
  require(labels.dim() == 1, "homophily: y has {} dimensions; one is needed", y.dim());
  require(num_nodes_of(edges) <= labels.numel(), "homophily: edge_index needs {} nodes but y has {}",
          num_nodes_of(edges), labels.numel());
  if (method == "edge") return edge_homophily(edges, labels, batch);
  if (method == "edge_insensitive") return insensitive_homophily(edges, labels.to(at::kLong), batch);
  if (method != "node") {
    fail(ErrorKind::invalid_argument, "homophily: there is no method '{}'{}", method,
         suggestion(method, {"edge", "node", "edge_insensitive"}));
  }
  const at::Tensor of_node =
      reduce_groups(same_class(edges, labels), Groups::from_index(edges[1], labels.numel()), GroupReduce::mean);
  if (!batch.defined()) return of_node.mean();
  return reduce_groups(of_node, Groups::from_index(batch, {}, "homophily: batch"), GroupReduce::mean);
}

at::Tensor assortativity(const at::Tensor& edge_index) {
  const at::Tensor edges = checked_edge_index(edge_index, "assortativity");
  const at::Tensor x = degree(edges[0], {}, at::kDouble).index_select(0, edges[0]);
  const at::Tensor y = degree(edges[1], {}, at::kDouble).index_select(0, edges[1]);
  const at::Tensor dx = x - x.mean(), dy = y - y.mean();
  return (dx * dy).mean() / (dx.square().mean() * dy.square().mean()).sqrt();
}

at::Tensor normalized_cut(const at::Tensor& edge_index, const at::Tensor& edge_attr, std::optional<int64_t> num_nodes) {
  const at::Tensor edges = checked_edge_index(edge_index, "normalized_cut");
  const int64_t n = num_nodes_of(edges, num_nodes);
  const at::Tensor inverse = degree(edges[1], n, edge_attr.scalar_type()).reciprocal();
  at::Tensor sum = inverse.index_select(0, edges[0]) + inverse.index_select(0, edges[1]);
  while (sum.dim() < edge_attr.dim()) sum = sum.unsqueeze(-1);
  return edge_attr * sum;
}

}  // namespace spinel::graph
