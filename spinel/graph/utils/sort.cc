#include "spinel/graph/utils/sort.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/graph/groups.h"
#include "spinel/graph/utils/nodes.h"
#include "spinel/sparse/operators.h"

namespace spinel::graph {

std::pair<at::Tensor, at::Tensor> index_sort(const at::Tensor& inputs, std::optional<int64_t> max_value) {
  require(inputs.dim() == 1, "index_sort: the input has {} dimensions; one is needed", inputs.dim());
  if (inputs.numel() == 0) return {inputs, at::empty({0}, inputs.options().dtype(at::kLong))};
  const Groups groups =
      Groups::from_index(inputs, max_value ? std::optional(*max_value + 1) : std::nullopt, "index_sort");
  const at::Tensor perm = groups.perm();
  if (!perm.defined()) return {inputs, at::arange(inputs.numel(), inputs.options().dtype(at::kLong))};
  return {inputs.index_select(0, perm), perm};
}

at::Tensor lexsort(const std::vector<at::Tensor>& keys, int64_t dim, bool descending) {
  require(!keys.empty(), "lexsort: there is no key; one is needed at least");
  at::Tensor order = keys.front().argsort(/*stable=*/true, dim, descending);
  for (size_t k = 1; k < keys.size(); ++k) {
    require(keys[k].sizes() == order.sizes(), "lexsort: key {} has the sizes [{}] but key 0 has [{}]", k,
            join_text(keys[k].sizes(), ", "), join_text(order.sizes(), ", "));
    order = order.gather(dim, keys[k].gather(dim, order).argsort(/*stable=*/true, dim, descending));
  }
  return order;
}

std::pair<at::Tensor, std::vector<at::Tensor>> sort_edge_index(const at::Tensor& edge_index,
                                                               const std::vector<at::Tensor>& edge_attrs,
                                                               std::optional<int64_t> num_nodes, bool sort_by_row) {
  const at::Tensor edges = checked_edge_index(edge_index, "sort_edge_index");
  const int64_t n = num_nodes_of(edges, num_nodes);
  const int64_t first = sort_by_row ? 0 : 1;
  auto [major, minor, perm] = sparse::op::sort_coo(edges[first], edges[1 - first], n, n);
  std::vector<at::Tensor> attrs;
  for (const at::Tensor& attr : edge_attrs) {
    require(!attr.defined() || (attr.dim() > 0 && attr.size(0) == edges.size(1)),
            "sort_edge_index: an attribute has {} rows but edge_index has {} edges",
            attr.defined() && attr.dim() > 0 ? attr.size(0) : 0, edges.size(1));
    attrs.push_back(attr.defined() ? attr.index_select(0, perm) : attr);
  }
  return {sort_by_row ? at::stack({major, minor}) : at::stack({minor, major}), std::move(attrs)};
}

Edges sort_edge_index(const at::Tensor& edge_index, const at::Tensor& edge_attr, std::optional<int64_t> num_nodes,
                      bool sort_by_row) {
  auto [edges, attrs] = sort_edge_index(edge_index, std::vector<at::Tensor>{edge_attr}, num_nodes, sort_by_row);
  return {std::move(edges), std::move(attrs[0])};
}

}  // namespace spinel::graph
