#include "spinel/sparse/check_graph.h"

#include <ATen/ATen.h>

#include "spinel/sparse/golden_call.h"
#include "spinel/sparse/partition.h"
#include "spinel/sparse/random_walk.h"
#include "spinel/sparse/rcm.h"
#include "spinel/sparse/saint.h"
#include "spinel/sparse/sample.h"

namespace spinel::sparse {
namespace {

using golden::Outputs;

/// A matrix and tensors beside it.
Outputs matrix_with(const char* name, const SparseTensor& adj,
                    const std::vector<std::pair<std::string, at::Tensor>>& others) {
  Outputs outputs = sparse_outputs(name, adj);
  outputs.tensors.insert(outputs.tensors.end(), others.begin(), others.end());
  return outputs;
}

Outputs walk_case(const GoldenCall& call) {
  return {{{"out", random_walk(call.sparse(0), call.tensor(size_t{1}), call.integer(size_t{2}))}}, {}};
}

Outputs sample_case(const GoldenCall& call) {
  return {{{"out", sample(call.sparse(0), call.integer(size_t{1}), call.tensor("subset"))}}, {}};
}

Outputs sample_adj_case(const GoldenCall& call) {
  const SampledAdj sampled =
      sample_adj(call.sparse(0), call.tensor(size_t{1}), call.integer(size_t{2}), call.flag("replace"));
  return matrix_with("adj", sampled.adj, {{"n_id", sampled.n_id}});
}

Outputs saint_case(const GoldenCall& call) {
  const SaintSubgraph sub = saint_subgraph(call.sparse(0), call.tensor(size_t{1}));
  return matrix_with("adj", sub.adj, {{"edge_index", sub.edge_index}});
}

Outputs order_case(const GoldenCall& call) {
  const ReverseCuthillMcKee ordered = reverse_cuthill_mckee(call.sparse(0));
  return matrix_with("out", ordered.adj,
                     {{"perm", ordered.perm}, {"bandwidth", at::scalar_tensor(ordered.adj.bandwidth(), at::kLong)}});
}

Outputs partition_case(const GoldenCall& call) {
  const PartitionOptions options{.recursive = call.flag("recursive"),
                                 .weighted = call.flag("weighted"),
                                 .node_weight = call.tensor("node_weight"),
                                 .balance_edge = call.flag("balance_edge")};
  const Partition parts = partition(call.sparse(0), call.integer("num_parts", 1), options);
  return matrix_with("out", parts.adj, {{"partptr", parts.partptr}, {"perm", parts.perm}});
}

}  // namespace

std::vector<golden::Function> graph_golden_functions() {
  using Run = Outputs (*)(const GoldenCall& call);
  constexpr std::pair<const char*, Run> cases[] = {
      {"random_walk", walk_case},     {"sample", sample_case},       {"sample_adj", sample_adj_case},
      {"saint_subgraph", saint_case}, {"partition", partition_case}, {"reverse_cuthill_mckee", order_case},
  };
  std::vector<golden::Function> list;
  for (const auto& [name, run] : cases) {
    list.push_back(
        {std::string("sparse/") + name, [run = run](const golden::Call& call) { return run(GoldenCall(call)); }});
  }
  return list;
}

}  // namespace spinel::sparse
