#include "spinel/ops/partition.h"

#include "spinel/base/error.h"
#include "spinel/kernels/cpu/partition.h"
#include "spinel/kernels/cpu/reverse_cuthill_mckee.h"
#include "spinel/ops/sparse_operands.h"

namespace spinel::ops {
namespace {

using kernels::by_index;

/// One weight for each of `count` things; none given, or floats that are all equal: empty, which means 1.
std::vector<int32_t> weights_of(const Host& host, const Value& value, int64_t count, const char* name) {
  if (!value.is_tensor() || !value.to_tensor().defined()) return {};
  const Tensor given = value.to_tensor();
  require(given.dim() == 1 && given.numel() == count,
          "partition: {} has {} elements in {} dimensions; there must be {} "
          "in one",
          name, given.numel(), given.dim(), count);
  const Tensor compact = host.contiguous(given, MemoryFormat::contiguous);
  const auto numbers = [&](auto zero) {
    using T = decltype(zero);
    return std::span<const T>(static_cast<const T*>(compact.data()), static_cast<size_t>(count));
  };
  switch (given.scalar_type()) {
    case ScalarType::int64: return kernels::integer_weights(numbers(int64_t{}), name);
    case ScalarType::int32: {
      const std::span<const int32_t> narrow = numbers(int32_t{});
      return kernels::integer_weights(std::vector<int64_t>(narrow.begin(), narrow.end()), name);
    }
    case ScalarType::float32: return kernels::scaled_weights(numbers(float{}), name);
    case ScalarType::float64: return kernels::scaled_weights(numbers(double{}), name);
    default:
      fail(ErrorKind::invalid_argument, "partition: {} is {}; it must be int32, int64, float32 or float64", name,
           registry::to_string(given.scalar_type()));
  }
}

void cut(const Host& host, Arguments arguments, std::span<Tensor> results, const Value& node_weight, size_t next) {
  const CsrArrays csr(host, arguments.tensor(0), arguments.tensor(1), {.op = "partition"});
  by_index(csr.index(), [&](auto zero) {
    using Index = decltype(zero);
    const kernels::CsrGraph<Index> graph = csr.graph<Index>();
    auto* part = static_cast<Index*>(results[0].data());
    const int64_t num_parts = arguments.integer(next);
    if (num_parts == 1) {
      std::fill(part, part + graph.num_rows, Index{0});
      return;
    }
    const std::vector<int32_t> edges = weights_of(host, arguments[2], graph.num_edges, "value");
    const std::vector<int32_t> nodes = weights_of(host, node_weight, graph.num_rows, "node_weight");
    kernels::partition(graph, {num_parts, arguments.boolean(next + 1), edges, nodes}, part);
  });
}

void partition(const Host& host, Arguments arguments, std::span<Tensor> results) {
  cut(host, arguments, results, Value(), 3);
}

void partition2(const Host& host, Arguments arguments, std::span<Tensor> results) {
  cut(host, arguments, results, arguments[3], 4);
}

// torch_sparse runs it on a METIS of several threads; that of one serves any number of workers.
void mt_partition(const Host& host, Arguments arguments, std::span<Tensor> results) {
  require(arguments.integer(6) >= 1, "mt_partition: num_workers is {}; it must be at least 1", arguments.integer(6));
  partition2(host, arguments, results);
}

void halo(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const CsrArrays csr(host, arguments.tensor(0), arguments.tensor(1), {.op = "partition_halo"});
  const IndexArray cluster = csr.list(host, arguments.tensor(2), "cluster");
  const int64_t num_parts = arguments.integer(3), hops = arguments.integer(4);
  require(cluster.size() == csr.rows(), "partition_halo: cluster has {} entries but there are {} nodes", cluster.size(),
          csr.rows());
  require(num_parts >= 1 && num_parts <= std::max<int64_t>(csr.rows(), 1),
          "partition_halo: {} parts of {} nodes; there must be at least one and at most one a node", num_parts,
          csr.rows());
  require(hops >= 0, "partition_halo: hops is {}; it must not be negative", hops);
  results[0] = host.empty({num_parts + 1}, csr.dtype(), {});
  by_index(csr.index(), [&](auto zero) {
    using Index = decltype(zero);
    results[1] = to_tensor(host, kernels::partition_halo(csr.graph<Index>(), cluster.data<Index>(), num_parts, hops,
                                                         static_cast<Index*>(results[0].data()), host.parallel()));
  });
}

void cuthill_mckee(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const CsrArrays csr(host, arguments.tensor(0), arguments.tensor(1), {.op = "reverse_cuthill_mckee"});
  by_index(csr.index(), [&](auto zero) {
    using Index = decltype(zero);
    kernels::reverse_cuthill_mckee(csr.graph<Index>(), static_cast<Index*>(results[0].data()));
  });
}

// One number for each node.

std::vector<TensorSpec> part_sizes(const SpecArguments& arguments) {
  return {{.sizes = {pointed_rows("partition", arguments.tensor(0))}}};
}

std::vector<TensorSpec> order_sizes(const SpecArguments& arguments) {
  return {{.sizes = {pointed_rows("reverse_cuthill_mckee", arguments.tensor(0))}}};
}

/// partition, partition2 or mt_partition.
OpDef part_operator(std::string schema, Forward forward) {
  return {.schema = std::move(schema), .sizes = part_sizes, .dtypes = alike_index_dtypes<1>, .cpu = forward};
}

}  // namespace

std::vector<OpDef> partition_operators() {
  const std::string weighted =
      "(Tensor rowptr, Tensor col, Tensor? optional_value, Tensor? optional_node_weight, int num_parts, bool recursive";
  return {
      part_operator("partition(Tensor rowptr, Tensor col, Tensor? optional_value, int num_parts, bool recursive) -> "
                    "Tensor",
                    partition),
      part_operator("partition2" + weighted + ") -> Tensor", partition2),
      part_operator("mt_partition" + weighted + ", int num_workers) -> Tensor", mt_partition),
      {.schema = "partition_halo(Tensor rowptr, Tensor col, Tensor cluster, int num_parts, int hops=1) -> (Tensor "
                 "ptr, Tensor nodes)",
       .dtypes = alike_index_dtypes<2>,
       .cpu = halo},
      {.schema = "reverse_cuthill_mckee(Tensor rowptr, Tensor col) -> Tensor",
       .sizes = order_sizes,
       .dtypes = alike_index_dtypes<1>,
       .cpu = cuthill_mckee}};
}

}  // namespace spinel::ops
