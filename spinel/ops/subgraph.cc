#include "spinel/ops/subgraph.h"

#include <cstring>
#include <limits>

#include "spinel/base/error.h"
#include "spinel/kernels/cpu/neighbor_sample.h"
#include "spinel/kernels/cpu/saint_subgraph.h"
#include "spinel/ops/sparse_operands.h"

namespace spinel::ops {
namespace {

using kernels::by_index;

void saint_subgraph(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const CsrArrays csr(host, arguments.tensor(1), arguments.tensor(3), {.op = "saint_subgraph"});
  const IndexArray idx = csr.list(host, arguments.tensor(0), "node_idx");
  by_index(csr.index(), [&](auto zero) {
    using Index = decltype(zero);
    const auto allocate = [&](int64_t entries) {
      for (Tensor& result : results) result = host.empty({entries}, csr.dtype(), {});
      const auto data = [&](size_t k) { return static_cast<Index*>(results[k].data()); };
      return kernels::SubgraphArrays<Index>{data(0), data(1), data(2)};
    };
    kernels::saint_subgraph<Index>(csr.graph<Index>(), idx.span<Index>(), allocate, host.parallel());
  });
}

void relabel(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const IndexArray col(host, arguments.tensor(0), "relabel", "col");
  const IndexArray idx(host, arguments.tensor(1), "relabel", "idx", col);
  by_index(col.index(), [&](auto zero) {
    using Index = decltype(zero);
    const std::span<const Index> old = col.span<Index>();
    results[0] = host.empty({col.size()}, col.dtype(), {});
    const std::span<Index> numbered(static_cast<Index*>(results[0].data()), old.size());
    std::copy(old.begin(), old.end(), numbered.begin());
    results[1] = to_tensor(host, kernels::relabel<Index>(idx.span<Index>(), numbered, {.op = "relabel"}));
  });
}

/// Elements of `values` at the places of the rows that were taken.
Tensor take_values(const Host& host, const Tensor& values, int64_t entries, int64_t count, const auto& edges) {
  require(values.dim() == 1 && values.numel() == entries,
          "relabel_one_hop: the values have {} elements in {} dimensions; there must be {} in one", values.numel(),
          values.dim(), entries);
  const Tensor compact = host.contiguous(values, MemoryFormat::contiguous);
  const Tensor taken = host.empty({count}, values.scalar_type(), {});
  const size_t width = registry::element_size(values.scalar_type());
  const char* from = static_cast<const char*>(compact.data());
  char* to = static_cast<char*>(taken.data());
  for (const auto e : edges) {
    std::memcpy(to, from + static_cast<size_t>(e) * width, width);
    to += width;
  }
  return taken;
}

void relabel_one_hop(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const CsrArrays csr(host, arguments.tensor(0), arguments.tensor(1), {.op = "relabel_one_hop"});
  const IndexArray idx = csr.list(host, arguments.tensor(3), "idx");
  by_index(csr.index(), [&](auto zero) {
    using Index = decltype(zero);
    const kernels::RowSampling<Index> sampling{.graph = csr.graph<Index>(std::numeric_limits<Index>::max()),
                                               .nodes = idx.span<Index>()};
    std::vector<Index> rowptr(sampling.nodes.size() + 1);
    const int64_t total = count_sampled(sampling, rowptr.data(), host.parallel());
    std::vector<Index> edges(static_cast<size_t>(total));
    results[1] = host.empty({total}, csr.dtype(), {});
    auto* col = static_cast<Index*>(results[1].data());
    draw_sampled(sampling, rowptr.data(), edges.data(), col, host.parallel());
    const std::vector<Index> nodes =
        kernels::relabel<Index>(sampling.nodes, {col, static_cast<size_t>(total)}, sampling.graph.names);
    if (!arguments.boolean(4)) rowptr.resize(nodes.size() + 1, static_cast<Index>(total));
    results[0] = to_tensor(host, rowptr);
    if (arguments[2].is_tensor() && arguments.tensor(2).defined()) {
      results[2] = take_values(host, arguments.tensor(2), sampling.graph.num_edges, total, edges);
    }
    results[3] = to_tensor(host, nodes);
  });
}

std::vector<ScalarType> one_hop_dtypes(const SpecArguments& arguments) {
  std::vector<ScalarType> dtypes(4, arguments.tensor(0).dtype);
  if (arguments.has_tensor(2)) dtypes[2] = arguments.tensor(2).dtype;
  return dtypes;
}

}  // namespace

std::vector<OpDef> subgraph_operators() {
  return {
      {.schema = "saint_subgraph(Tensor idx, Tensor rowptr, Tensor row, Tensor col) -> (Tensor row, Tensor col, "
                 "Tensor edge_index)",
       .dtypes = alike_index_dtypes<3>,
       .cpu = saint_subgraph},
      {.schema = "relabel(Tensor col, Tensor idx) -> (Tensor col, Tensor idx)",
       .dtypes = alike_index_dtypes<2>,
       .cpu = relabel},
      {.schema = "relabel_one_hop(Tensor rowptr, Tensor col, Tensor? optional_value, Tensor idx, bool bipartite) -> "
                 "(Tensor rowptr, Tensor col, Tensor? value, Tensor idx)",
       .dtypes = one_hop_dtypes,
       .cpu = relabel_one_hop}};
}

}  // namespace spinel::ops
