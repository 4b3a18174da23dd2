#include "spinel/graph/utils/dense.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "spinel/base/error.h"
#include "spinel/graph/reduce.h"
#include "spinel/graph/utils/nodes.h"

namespace spinel::graph {
namespace {

Groups groups_of(const at::Tensor& batch, std::optional<int64_t> batch_size, int64_t nodes, at::Device device,
                 const char* owner) {
  if (!batch.defined() && !batch_size.value_or(0)) return Groups::single(nodes, device);
  if (!batch.defined()) {
    require(*batch_size == 1, "{}: batch_size is {} but no batch is given; one is needed", owner, *batch_size);
    return Groups::single(nodes, device);
  }
  const int64_t least = batch.numel() == 0 ? 1 : 0;
  const auto size = batch_size ? batch_size : (least ? std::optional<int64_t>(1) : std::nullopt);
  Groups groups = Groups::from_index(batch, size, std::string(owner) + ": batch");
  require(groups.num_elements() == nodes, "{}: batch has {} nodes but there are {}", owner, groups.num_elements(),
          nodes);
  require(groups.is_sorted(), "{}: batch does not rise; the nodes of each graph must follow each other", owner);
  return groups;
}

/// The place of each node inside its graph.
at::Tensor ranks(const Groups& groups) {
  const at::Tensor ptr = groups.ptr();
  return at::arange(groups.num_elements(), ptr.options()) - ptr.index_select(0, groups.index());
}

/// Of groups that all have `width` elements: nothing moves.
DenseBatch filled_batch(const at::Tensor& x, int64_t width) {
  std::vector<int64_t> sizes = x.sizes().vec();
  sizes[0] = width;
  sizes.insert(sizes.begin(), x.size(0) / width);
  return {x.reshape(sizes), at::ones({sizes[0], width}, x.options().dtype(at::kBool).requires_grad(false))};
}

}  // namespace

DenseBatch to_dense_batch(const at::Tensor& x, const at::Tensor& batch, double fill_value,
                          std::optional<int64_t> max_num_nodes, std::optional<int64_t> batch_size) {
  require(x.dim() > 0, "to_dense_batch: x is a number; rows of nodes are needed");
  return to_dense_batch(x, groups_of(batch, batch_size, x.size(0), x.device(), "to_dense_batch"), fill_value,
                        max_num_nodes);
}

DenseBatch to_dense_batch(const at::Tensor& x, const Groups& groups, double fill_value,
                          std::optional<int64_t> max_num_nodes) {
  require(x.dim() > 0 && x.size(0) == groups.num_elements(),
          "to_dense_batch: x has the sizes [{}]; {} nodes are needed", join_text(x.sizes(), ", "),
          groups.num_elements());
  require(groups.is_sorted(), "to_dense_batch: nodes are not in order of their graphs; sort them");
  const int64_t width = max_num_nodes.value_or(groups.max_count());
  require(width >= 0, "to_dense_batch: max_num_nodes is {}; it must not be negative", width);
  if (width > 0 && groups.size() * width == x.size(0) && groups.max_count() == width) return filled_batch(x, width);
  const at::Tensor rank = ranks(groups);
  at::Tensor place = groups.index() * width + rank, rows = x;
  if (groups.max_count() > width) {
    const at::Tensor kept = mask_to_index(rank.lt(width));
    place = place.index_select(0, kept);
    rows = x.index_select(0, kept);
  }
  std::vector<int64_t> sizes = x.sizes().vec();
  sizes[0] = groups.size() * width;
  DenseBatch result;
  result.x = at::full(sizes, fill_value, x.options()).index_copy(0, place, rows);
  sizes[0] = width;
  sizes.insert(sizes.begin(), groups.size());
  result.x = result.x.view(sizes);
  result.mask = at::arange(width, place.options()).unsqueeze(0).lt(groups.count().unsqueeze(1));
  return result;
}

at::Tensor to_dense_adj(const at::Tensor& edge_index, const at::Tensor& batch, const at::Tensor& edge_attr,
                        std::optional<int64_t> max_num_nodes, std::optional<int64_t> batch_size) {
  const char* const owner = "to_dense_adj";
  const at::Tensor edges = checked_edge_index(edge_index, owner);
  const int64_t nodes = batch.defined() ? batch.numel() : num_nodes_of(edges);
  const Groups groups = groups_of(batch, batch.defined() ? batch_size : std::nullopt, nodes, edges.device(), owner);
  const int64_t graphs = batch.defined() ? groups.size() : batch_size.value_or(1);
  if (edges.numel() > 0) {
    const int64_t largest = edges.max().item<int64_t>(), least = edges.min().item<int64_t>();
    require(least >= 0 && largest < nodes, "{}: edge_index holds node {}; nodes are in [0, {})", owner,
            least < 0 ? least : largest, nodes);
  }
  const int64_t width = max_num_nodes.value_or(groups.max_count());
  const at::Tensor rank = ranks(groups), row = edges[0], col = edges[1];
  at::Tensor graph = groups.index().index_select(0, row), i = rank.index_select(0, row);
  // Relative to the graph of the row, as an edge between graphs has no place.
  at::Tensor j = col - groups.ptr().index_select(0, graph);
  at::Tensor attr =
      edge_attr.defined() ? edge_attr : at::ones({edges.size(1)}, edges.options().dtype(at::get_default_dtype()));
  require(attr.dim() > 0 && attr.size(0) == edges.size(1), "{}: edge_attr has {} rows but edge_index has {} edges",
          owner, attr.dim() > 0 ? attr.size(0) : 0, edges.size(1));
  require(edges.numel() == 0 || groups.index().index_select(0, col).equal(graph),
          "{}: an edge joins two graphs; each must lie in one", owner);
  if (groups.max_count() > width) {
    const at::Tensor kept = mask_to_index(i.lt(width).logical_and(j.lt(width)));
    graph = graph.index_select(0, kept), i = i.index_select(0, kept), j = j.index_select(0, kept);
    attr = attr.index_select(0, kept);
  }
  std::vector<int64_t> sizes = attr.sizes().vec();
  sizes[0] = graphs * width * width;
  const at::Tensor place = (graph * width + i) * width + j;
  const at::Tensor adj = at::zeros(sizes, attr.options()).index_add(0, place, attr);
  sizes.erase(sizes.begin());
  sizes.insert(sizes.begin(), {graphs, width, width});
  return adj.view(sizes);
}

Edges dense_to_sparse(const at::Tensor& adj, const at::Tensor& mask) {
  require(adj.dim() == 2 || adj.dim() == 3, "dense_to_sparse: adj has {} dimensions; [N, M] or [B, N, M] is needed",
          adj.dim());
  const bool masked = mask.defined() && adj.dim() == 3;
  require(!masked || (mask.dim() == 2 && mask.size(0) == adj.size(0) && mask.size(1) == adj.size(1)),
          "dense_to_sparse: mask has the sizes [{}] but adj [{}]; [B, N] of [B, N, N] is needed",
          masked ? join_text(mask.sizes(), ", ") : "", join_text(adj.sizes(), ", "));
  require(!masked || adj.size(1) == adj.size(2),
          "dense_to_sparse: adj has the sizes [{}]; with a mask both sides must be equal",
          join_text(adj.sizes(), ", "));
  at::Tensor flat = adj.dim() == 2 ? adj : adj.reshape({adj.size(0) * adj.size(1), adj.size(2)});
  if (masked) flat = flat.index_select(0, mask_to_index(mask.reshape({-1})));
  const at::Tensor found = flat.nonzero().t();
  const at::Tensor row = found[0];
  at::Tensor col = found[1];
  const at::Tensor attr = flat.reshape({-1}).index_select(0, row * flat.size(1) + col);
  if (adj.dim() == 3) {
    // Columns of each graph begin behind those of the graphs before.
    const at::Tensor rows = masked ? mask.sum(1) : at::full({adj.size(0)}, adj.size(1), row.options());
    const at::Tensor first =
        masked ? cumsum(rows).narrow(0, 0, adj.size(0)) : at::arange(adj.size(0), row.options()) * adj.size(2);
    col = col + at::repeat_interleave(first, rows).index_select(0, row);
  }
  return {at::stack({row, col}), attr};
}

}  // namespace spinel::graph
