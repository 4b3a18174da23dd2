#include "spinel/graph/utils/nodes.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/graph/groups.h"
#include "spinel/sparse/operators.h"
#include "spinel/sparse/sparse_tensor.h"

namespace spinel::graph {
namespace {

at::ScalarType floating(std::optional<at::ScalarType> dtype) {
  return dtype.value_or(at::typeMetaToScalarType(at::get_default_dtype()));
}

std::vector<int64_t> to_vector(const at::Tensor& numbers) {
  const at::Tensor host = numbers.to(at::kCPU, at::kLong).contiguous();
  return {host.const_data_ptr<int64_t>(), host.const_data_ptr<int64_t>() + host.numel()};
}

}  // namespace

at::Tensor checked_edge_index(const at::Tensor& edge_index, const char* owner) {
  require(edge_index.defined() && at::isIntegralType(edge_index.scalar_type(), /*includeBool=*/false),
          "{}: edge_index is {}; integers are needed", owner,
          edge_index.defined() ? at::toString(edge_index.scalar_type()) : "None");
  require(edge_index.dim() == 2 && edge_index.size(0) == 2, "{}: edge_index has the sizes [{}]; [2, edges] is needed",
          owner, join_text(edge_index.sizes(), ", "));
  return edge_index.to(at::kLong);
}

int64_t num_nodes_of(const at::Tensor& edge_index, std::optional<int64_t> num_nodes) {
  if (num_nodes) {
    require(*num_nodes >= 0, "num_nodes: it is {}; it must not be negative", *num_nodes);
    return *num_nodes;
  }
  return edge_index.numel() == 0 ? 0 : edge_index.max().item<int64_t>() + 1;
}

at::Tensor degree(const at::Tensor& index, std::optional<int64_t> num_nodes, std::optional<at::ScalarType> dtype) {
  return Groups::from_index(index, num_nodes, "degree: index").count().to(floating(dtype));
}

at::Tensor cumsum(const at::Tensor& x, int64_t dim) {
  std::vector<int64_t> sizes = x.sizes().vec();
  sizes.at(static_cast<size_t>(sparse::wrapped_dim(dim, x.dim(), "cumsum: dim"))) = 1;
  const at::Tensor sums = x.cumsum(dim, x.scalar_type());
  return at::cat({at::zeros(sizes, x.options()), sums}, dim);
}

at::Tensor one_hot(const at::Tensor& index, std::optional<int64_t> num_classes, std::optional<at::ScalarType> dtype) {
  require(index.dim() == 1, "one_hot: index has {} dimensions; one is needed", index.dim());
  const Groups groups = Groups::from_index(index, num_classes, "one_hot: index");
  at::Tensor out = at::zeros({index.numel(), groups.size()}, index.options().dtype(floating(dtype)));
  return out.scatter_(1, groups.index().unsqueeze(1), 1);
}

at::Tensor index_to_mask(const at::Tensor& index, std::optional<int64_t> size) {
  const Groups groups = Groups::from_index(index.reshape({-1}), size, "index_to_mask: index");
  return at::zeros({groups.size()}, index.options().dtype(at::kBool)).index_fill_(0, groups.index(), 1);
}

at::Tensor mask_to_index(const at::Tensor& mask) { return mask.nonzero().view({-1}); }

at::Tensor select(const at::Tensor& src, const at::Tensor& index_or_mask, int64_t dim) {
  const int64_t wrapped = sparse::wrapped_dim(dim, src.dim(), "select: dim");
  require(index_or_mask.dim() == 1, "select: the index or mask has {} dimensions; one is needed", index_or_mask.dim());
  if (index_or_mask.scalar_type() != at::kBool) return src.index_select(wrapped, index_or_mask.to(at::kLong));
  require(index_or_mask.numel() == src.size(wrapped), "select: the mask has {} entries but src has {} along dim {}",
          index_or_mask.numel(), src.size(wrapped), dim);
  return src.index_select(wrapped, mask_to_index(index_or_mask));
}

std::vector<at::Tensor> unbatch(const at::Tensor& src, const at::Tensor& batch, int64_t dim,
                                std::optional<int64_t> batch_size) {
  const Groups groups = Groups::from_index(batch, batch_size, "unbatch: batch");
  require(groups.is_sorted(), "unbatch: batch does not rise; the rows of each graph must follow each other");
  return src.split_with_sizes(to_vector(groups.count()), dim);
}

std::vector<at::Tensor> unbatch_edge_index(const at::Tensor& edge_index, const at::Tensor& batch,
                                           std::optional<int64_t> batch_size) {
  const at::Tensor edges = checked_edge_index(edge_index, "unbatch_edge_index");
  const Groups nodes = Groups::from_index(batch, batch_size, "unbatch_edge_index: batch");
  require(nodes.is_sorted(), "unbatch_edge_index: batch does not rise; the nodes of each graph must follow each other");
  const at::Tensor graph = nodes.index().index_select(0, edges[0]);
  const Groups by_graph = Groups::from_index(graph, nodes.size());
  require(by_graph.is_sorted(), "unbatch_edge_index: edges are not in order of their graphs; sort them");
  return (edges - nodes.ptr().index_select(0, graph)).split_with_sizes(to_vector(by_graph.count()), 1);
}

}  // namespace spinel::graph
