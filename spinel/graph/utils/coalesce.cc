#include "spinel/graph/utils/coalesce.h"

#include <ATen/ATen.h>

#include <limits>

#include "spinel/base/error.h"
#include "spinel/graph/groups.h"
#include "spinel/graph/reduce.h"
#include "spinel/graph/utils/nodes.h"
#include "spinel/graph/utils/sort.h"
#include "spinel/sparse/operators.h"

namespace spinel::graph {

EdgesWithAttributes coalesce(const at::Tensor& edge_index, const std::vector<at::Tensor>& edge_attrs,
                             std::optional<int64_t> num_nodes, std::string_view reduce, bool is_sorted,
                             bool sort_by_row) {
  const GroupReduce parsed = parse_group_reduce(reduce, "coalesce");
  at::Tensor edges = checked_edge_index(edge_index, "coalesce");
  const int64_t n = num_nodes_of(edges, num_nodes);
  // torch_geometric's limit, which the users of node numbers i · n + j rely on.
  require(n == 0 || n <= std::numeric_limits<int64_t>::max() / n,
          "coalesce: num_nodes is {}; its square must be an int64", n);
  std::vector<at::Tensor> attrs = edge_attrs;
  if (!is_sorted) std::tie(edges, attrs) = sort_edge_index(edges, attrs, n, sort_by_row);
  const int64_t first = sort_by_row ? 0 : 1;
  auto [major, minor, ptr] = sparse::op::distinct_coo(edges[first], edges[1 - first]);
  if (major.numel() == edges.size(1)) return {edges, attrs};
  const Groups groups = Groups::from_ptr(ptr, "coalesce");
  for (at::Tensor& attr : attrs) {
    if (attr.defined()) attr = reduce_groups(attr, groups, parsed);
  }
  return {sort_by_row ? at::stack({major, minor}) : at::stack({minor, major}), std::move(attrs)};
}

Edges coalesce(const at::Tensor& edge_index, const at::Tensor& edge_attr, std::optional<int64_t> num_nodes,
               std::string_view reduce, bool is_sorted, bool sort_by_row) {
  auto [edges, attrs] =
      coalesce(edge_index, std::vector<at::Tensor>{edge_attr}, num_nodes, reduce, is_sorted, sort_by_row);
  return {std::move(edges), std::move(attrs[0])};
}

EdgesWithAttributes to_undirected(const at::Tensor& edge_index, const std::vector<at::Tensor>& edge_attrs,
                                  std::optional<int64_t> num_nodes, std::string_view reduce) {
  const at::Tensor edges = checked_edge_index(edge_index, "to_undirected");
  std::vector<at::Tensor> twice;
  for (const at::Tensor& attr : edge_attrs) twice.push_back(attr.defined() ? at::cat({attr, attr}) : attr);
  return coalesce(at::cat({edges, edges.flip(0)}, 1), twice, num_nodes, reduce);
}

Edges to_undirected(const at::Tensor& edge_index, const at::Tensor& edge_attr, std::optional<int64_t> num_nodes,
                    std::string_view reduce) {
  auto [edges, attrs] = to_undirected(edge_index, std::vector<at::Tensor>{edge_attr}, num_nodes, reduce);
  return {std::move(edges), std::move(attrs[0])};
}

bool is_undirected(const at::Tensor& edge_index, const std::vector<at::Tensor>& edge_attrs,
                   std::optional<int64_t> num_nodes) {
  const at::Tensor edges = checked_edge_index(edge_index, "is_undirected");
  const auto by_row = sort_edge_index(edges, edge_attrs, num_nodes, true);
  const auto by_column = sort_edge_index(edges, edge_attrs, num_nodes, false);
  if (!by_row.first.equal(by_column.first.flip(0))) return false;
  for (size_t k = 0; k < edge_attrs.size(); ++k) {
    if (edge_attrs[k].defined() && !by_row.second[k].equal(by_column.second[k])) return false;
  }
  return true;
}

}  // namespace spinel::graph
