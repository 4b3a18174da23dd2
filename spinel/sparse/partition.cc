#include "spinel/sparse/partition.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/hosts/torch/operators.h"
#include "spinel/sparse/operators.h"

namespace spinel::sparse {
namespace {

using at::Tensor;

/// One number for each of `count` things.
std::optional<Tensor> flat_weights(const Tensor& weights, int64_t count, const char* name) {
  require(weights.numel() == count, "partition: {} has {} elements; there must be {}", name, weights.numel(), count);
  return weights.reshape(-1).detach();
}

Tensor cluster_of(const SparseTensor& src, int64_t num_parts, const PartitionOptions& options) {
  using Weights = const std::optional<Tensor>&;
  using Signature = Tensor(const Tensor&, const Tensor&, Weights, Weights, int64_t, bool);
  static const auto op = hosts::torch_operator("partition2").typed<Signature>();
  std::optional<Tensor> edges, nodes;
  if (options.weighted && src.has_value()) edges = flat_weights(src.storage().value(), src.nnz(), "the value");
  if (options.balance_edge) nodes = src.storage().colcount();
  if (options.node_weight.defined()) nodes = flat_weights(options.node_weight, src.sparse_size(0), "node_weight");
  return op.call(src.storage().rowptr(), src.storage().col(), edges, nodes, num_parts, options.recursive);
}

}  // namespace

Partition partition(const SparseTensor& src, int64_t num_parts, const PartitionOptions& options) {
  require(num_parts >= 1, "partition: num_parts is {}; it must be positive", num_parts);
  require(src.is_quadratic(), "partition: the matrix has sizes {}; it must be square", sizes_text(src.sizes()));
  require(!options.balance_edge || !options.node_weight.defined(),
          "partition: balance_edge and node_weight are both given; one of them weighs the nodes");
  const int64_t n = src.sparse_size(0);
  const at::TensorOptions index = src.storage().col().options();
  if (num_parts == 1) return {src, at::tensor({int64_t{0}, n}, index), at::arange(n, index)};
  const auto [cluster, perm] = at::sort(cluster_of(src, num_parts, options), std::optional<bool>(true), 0, false);
  return {src.permute(perm), op::ind2ptr(cluster, num_parts), perm};
}

Halo partition_halo(const Partition& partition, int64_t hops) {
  using Signature = std::tuple<Tensor, Tensor>(const Tensor&, const Tensor&, const Tensor&, int64_t, int64_t);
  static const auto halo = hosts::torch_operator("partition_halo").typed<Signature>();
  const SparseStorage& storage = partition.adj.storage();
  const Tensor cluster = op::ptr2ind(partition.partptr, storage.sparse_size(0));
  const auto [ptr, nodes] = halo.call(storage.rowptr(), storage.col(), cluster, partition.partptr.numel() - 1, hops);
  return {ptr, nodes};
}

}  // namespace spinel::sparse
