#include "spinel/ops/neighbor_sample.h"

#include <algorithm>
#include <limits>

#include "spinel/base/error.h"
#include "spinel/kernels/cpu/neighbor_sample.h"
#include "spinel/ops/sparse_operands.h"

namespace spinel::ops {
namespace {

using kernels::by_index;
using kernels::RowSampling;

/// As many columns as the index type can name: a bipartite graph has other nodes on that side.
template <typename Index>
constexpr int64_t any_column = std::numeric_limits<Index>::max();

void sample(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const CsrArrays csr(host, arguments.tensor(0), arguments.tensor(1), {.op = "sample"});
  const int64_t count = arguments.integer(2);
  const bool has_subset = arguments[3].is_tensor() && arguments.tensor(3).defined();
  const IndexArray subset = has_subset ? csr.list(host, arguments.tensor(3), "subset") : IndexArray();
  const int64_t rows = has_subset ? subset.size() : csr.rows();
  const Tensor draws = host.uniform({rows, count}, {});
  by_index(csr.index(), [&](auto zero) {
    using Index = decltype(zero);
    kernels::sample_columns(csr.graph<Index>(any_column<Index>), has_subset ? subset.data<Index>() : nullptr, rows,
                            count, static_cast<const float*>(draws.data()), static_cast<Index*>(results[0].data()),
                            host.parallel());
  });
}

std::vector<TensorSpec> sample_sizes(const SpecArguments& arguments) {
  const int64_t count = arguments.integer(2);
  require(count >= 0, "sample: num_neighbors is {}; it must not be negative", count);
  if (!arguments.has_tensor(3)) return {{.sizes = {pointed_rows("sample", arguments.tensor(0)), count}}};
  const TensorSpec& subset = arguments.tensor(3);
  require(subset.sizes.size() == 1, "sample: subset has {} dimensions; it must have one", subset.sizes.size());
  return {{.sizes = {subset.sizes[0], count}}};
}

void sample_adj(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const CsrArrays csr(host, arguments.tensor(0), arguments.tensor(1), {.op = "sample_adj"});
  const IndexArray idx = csr.list(host, arguments.tensor(2), "idx");
  const int64_t rows = idx.size();
  by_index(csr.index(), [&](auto zero) {
    using Index = decltype(zero);
    const RowSampling<Index> sampling{.graph = csr.graph<Index>(any_column<Index>),
                                      .nodes = idx.span<Index>(),
                                      .count = arguments.integer(3),
                                      .replace = arguments.boolean(4),
                                      .seed = host.random()};
    results[0] = host.empty({rows + 1}, csr.dtype(), {});
    auto* rowptr = static_cast<Index*>(results[0].data());
    const int64_t total = count_sampled(sampling, rowptr, host.parallel());
    for (size_t k : {1, 3}) results[k] = host.empty({total}, csr.dtype(), {});
    auto *col = static_cast<Index*>(results[1].data()), *edges = static_cast<Index*>(results[3].data());
    draw_sampled(sampling, rowptr, edges, col, host.parallel());
    results[2] = to_tensor(
        host, kernels::relabel<Index>(sampling.nodes, {col, static_cast<size_t>(total)}, sampling.graph.names));
    kernels::sort_rows(rowptr, rows, col, edges, host.parallel());
  });
}

void neighbor_sample(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const CsrArrays csc(host, arguments.tensor(0), arguments.tensor(1), {"neighbor_sample", "colptr", "row"});
  const IndexArray input = csc.list(host, arguments.tensor(2), "input_node");
  const std::vector<int64_t> counts = arguments.integers(3);
  const bool is_directed = arguments.boolean(5);
  const uint64_t seed = host.random();
  by_index(csc.index(), [&](auto zero) {
    using Index = decltype(zero);
    const kernels::CsrGraph<Index> graph = csc.graph<Index>();
    kernels::NodeSet<Index> found(graph.num_rows, 4 * input.size());
    kernels::EdgeLists<Index> lists;
    for (const Index v : input.span<Index>()) {
      const auto next = static_cast<int64_t>(found.nodes.size());
      found.labels.insert(graph.node("input_node", input.data<Index>(), next), next);
      found.nodes.push_back(v);
    }
    size_t first = 0;
    for (size_t hop = 0; hop < counts.size(); ++hop) {
      const size_t last = found.nodes.size();
      const RowSampling<Index> sampling{.graph = graph,
                                        .nodes = {found.nodes.data() + first, last - first},
                                        .argument = "input_node",
                                        .count = counts[hop],
                                        .replace = arguments.boolean(4),
                                        .seed = seed + hop};
      kernels::expand(sampling, static_cast<int64_t>(first), found, is_directed ? &lists : nullptr, host.parallel());
      first = last;
    }
    if (!is_directed) kernels::induced_edges<Index>(graph, found.nodes, found.labels, lists);
    size_t k = 0;
    for (const auto& list : {found.nodes, lists.rows, lists.cols, lists.edges}) results[k++] = to_tensor(host, list);
  });
}

void ego_sample(const Host& host, Arguments arguments, std::span<Tensor> results) {
  const CsrArrays csr(host, arguments.tensor(0), arguments.tensor(1), {.op = "ego_k_hop_sample_adj"});
  const IndexArray idx = csr.list(host, arguments.tensor(2), "idx");
  const int64_t depth = arguments.integer(3);
  require(depth >= 0, "ego_k_hop_sample_adj: depth is {}; it must not be negative", depth);
  by_index(csr.index(), [&](auto zero) {
    using Index = decltype(zero);
    const RowSampling<Index> sampling{.graph = csr.graph<Index>(),
                                      .nodes = idx.span<Index>(),
                                      .count = arguments.integer(4),
                                      .replace = arguments.boolean(5),
                                      .seed = host.random()};
    const kernels::EgoSample<Index> egos = kernels::ego_sample(sampling, depth, host.parallel());
    size_t k = 0;
    for (const auto* list : {&egos.rowptr, &egos.col, &egos.nodes, &egos.edges, &egos.ptr, &egos.root}) {
      results[k++] = to_tensor(host, *list);
    }
  });
}

}  // namespace

std::vector<OpDef> neighbor_sample_operators() {
  return {{.schema = "sample(Tensor rowptr, Tensor col, int num_neighbors, Tensor? subset=None) -> Tensor",
           .sizes = sample_sizes,
           .dtypes = alike_index_dtypes<1>,
           .cpu = sample,
           .is_random = true},
          {.schema = "sample_adj(Tensor rowptr, Tensor col, Tensor idx, int num_neighbors, bool replace) -> "
                     "(Tensor rowptr, Tensor col, Tensor n_id, Tensor e_id)",
           .dtypes = alike_index_dtypes<4>,
           .cpu = sample_adj,
           .is_random = true},
          {.schema = "neighbor_sample(Tensor colptr, Tensor row, Tensor input_node, int[] num_neighbors, bool replace, "
                     "bool directed) -> (Tensor output_node, Tensor row, Tensor col, Tensor output_edge)",
           .dtypes = alike_index_dtypes<4>,
           .cpu = neighbor_sample,
           .is_random = true},
          {.schema = "ego_k_hop_sample_adj(Tensor rowptr, Tensor col, Tensor idx, int depth, int num_neighbors, bool "
                     "replace) -> (Tensor rowptr, Tensor col, Tensor n_id, Tensor e_id, Tensor ptr, Tensor root_n_id)",
           .dtypes = alike_index_dtypes<6>,
           .cpu = ego_sample,
           .is_random = true}};
}

}  // namespace spinel::ops
