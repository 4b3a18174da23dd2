#include "spinel/sparse/hetero_sample.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <limits>

#include "spinel/base/error.h"
#include "spinel/base/suggest.h"
#include "spinel/hosts/bridge/torch_value.h"
#include "spinel/hosts/torch/op_host.h"
#include "spinel/kernels/cpu/hetero_sample.h"
#include "spinel/ops/sparse_operands.h"

namespace spinel::sparse {
namespace {

using ops::CsrArrays;

/// The value of a key, which must be there.
template <typename Dict>
const auto& entry_of(const Dict& dict, const std::string& key, const char* op, const char* name) {
  const auto found = dict.find(key);
  require(found != dict.end(), "{}: {} has no '{}'; each one needs an entry", op, name, key);
  return found->second;
}

/// The arguments in the order of names, checked; the tensors that a problem points to.
class HeteroArguments {
 public:
  HeteroArguments(const char* op, std::vector<std::string> node_types, std::map<std::string, EdgeType> relations,
                  const HeteroGraph& graph)
      : op_(op), node_types_(std::move(node_types)), relations_(std::move(relations)) {
    sizes_.assign(node_types_.size(), -1);
    for (const auto& [relation, type] : relations_) {
      csc_.emplace_back(hosts::torch_host(), argument(entry_of(graph.colptr, relation, op, "colptr_dict")),
                        argument(entry_of(graph.row, relation, op, "row_dict")),
                        kernels::CsrNames{op, "colptr", "row"});
      require(csc_.back().dtype() == csc_.front().dtype(), "{}: the indices of '{}' have another type; give all one",
              op, relation);
      sources_.push_back(index_of(type[0], relation));
      targets_.push_back(index_of(type[2], relation));
      int64_t& size = sizes_[static_cast<size_t>(targets_.back())];
      require(size < 0 || size == csc_.back().rows(), "{}: '{}' says that there are {} nodes of '{}', another {}", op,
              relation, csc_.back().rows(), type[2], size);
      size = csc_.back().rows();
    }
    const registry::ScalarType dtype = csc_.empty() ? registry::ScalarType::int64 : csc_.front().dtype();
    for (const auto& [type, nodes] : graph.input_node) index_of(type, "input_node_dict");
    for (const std::string& type : node_types_) {
      const auto found = graph.input_node.find(type);
      const at::Tensor nodes =
          found == graph.input_node.end() ? at::empty({0}, static_cast<at::ScalarType>(dtype)) : found->second;
      inputs_.emplace_back(hosts::torch_host(), argument(nodes), op, "input_node");
      require(inputs_.back().dtype() == dtype, "{}: input_node of '{}' is {}; all indices must have one type", op, type,
              registry::to_string(inputs_.back().dtype()));
    }
  }

  /// Calls `function` with the kernels' problem, of the index type, and names the tensors of its result.
  template <typename F>
  HeteroSample run(int64_t num_hops, F&& function) const {
    require(num_hops >= 0, "{}: num_hops is {}; it must not be negative", op_, num_hops);
    const Dtype index = csc_.empty() ? Dtype::i64 : csc_.front().index();
    return kernels::by_index(index, [&](auto zero) {
      using Index = decltype(zero);
      kernels::HeteroProblem<Index> problem{.num_hops = num_hops, .seed = hosts::torch_host().random()};
      for (size_t r = 0; r < csc_.size(); ++r) {
        const int64_t sources = sizes_[static_cast<size_t>(sources_[r])];
        const auto graph = csc_[r].template graph<Index>(sources < 0 ? std::numeric_limits<Index>::max() : sources);
        problem.relations.push_back({graph, sources_[r], targets_[r], {}});
      }
      for (const ops::IndexArray& nodes : inputs_) problem.inputs.push_back(nodes.span<Index>());
      return named(function(problem));
    });
  }

 private:
  static ops::Tensor argument(const at::Tensor& tensor) {
    require(!tensor.defined() || tensor.is_cpu(), "hetero sampling: a tensor is on {}; move it to the CPU",
            tensor.defined() ? tensor.device().str() : "");
    return hosts::to_registry(tensor, false);
  }

  int64_t index_of(const std::string& type, const std::string& where) const {
    const auto found = std::find(node_types_.begin(), node_types_.end(), type);
    require(found != node_types_.end(), "{}: '{}' names nodes of type '{}'{}", op_, where, type,
            suggestion(type, node_types_));
    return found - node_types_.begin();
  }

  template <typename Index>
  HeteroSample named(const kernels::HeteroSample<Index>& sample) const {
    const auto tensor = [](const std::vector<Index>& values) {
      return hosts::to_torch(ops::to_tensor(hosts::torch_host(), values));
    };
    HeteroSample result;
    for (size_t k = 0; k < node_types_.size(); ++k) result.nodes[node_types_[k]] = tensor(sample.nodes[k]);
    size_t r = 0;
    for (const auto& [relation, type] : relations_) {
      const kernels::EdgeLists<Index>& lists = sample.edges[r++];
      result.row[relation] = tensor(lists.rows);
      result.col[relation] = tensor(lists.cols);
      result.edges[relation] = tensor(lists.edges);
    }
    return result;
  }

  const char* op_;
  std::vector<std::string> node_types_;
  std::map<std::string, EdgeType> relations_;
  std::vector<CsrArrays> csc_;
  std::vector<int64_t> sources_, targets_, sizes_;
  std::vector<ops::IndexArray> inputs_;
};

/// Counts of all hops.
std::vector<int64_t> counts_of(const CountDict& counts, const std::string& key, int64_t num_hops, const char* op,
                               const char* name) {
  const std::vector<int64_t>& found = entry_of(counts, key, op, name);
  require(static_cast<int64_t>(found.size()) >= num_hops, "{}: {} has {} numbers for '{}'; there are {} hops", op, name,
          found.size(), key, num_hops);
  return found;
}

/// "a__to__b" in its three parts.
EdgeType split_relation(const std::string& relation) {
  const size_t first = relation.find("__");
  const size_t second = first == std::string::npos ? first : relation.find("__", first + 2);
  require(second != std::string::npos, "hgt_sample: '{}' is no relation; it must be 'source__name__target'", relation);
  return {relation.substr(0, first), relation.substr(first + 2, second - first - 2), relation.substr(second + 2)};
}

}  // namespace

HeteroSample hetero_neighbor_sample(const std::vector<std::string>& node_types, const std::vector<EdgeType>& edge_types,
                                    const HeteroGraph& graph, const CountDict& num_neighbors, int64_t num_hops,
                                    bool replace, bool directed) {
  constexpr const char* op = "hetero_neighbor_sample";
  std::map<std::string, EdgeType> relations;
  for (const EdgeType& type : edge_types) relations[type[0] + "__" + type[1] + "__" + type[2]] = type;
  const HeteroArguments arguments(op, node_types, relations, graph);
  return arguments.run(num_hops, [&](auto& problem) {
    size_t r = 0;
    for (const auto& [relation, type] : relations) {
      problem.relations[r++].counts = counts_of(num_neighbors, relation, num_hops, op, "num_neighbors_dict");
    }
    return kernels::hetero_neighbor_sample(problem, replace, directed, hosts::torch_host().parallel());
  });
}

HeteroSample hgt_sample(const HeteroGraph& graph, const CountDict& num_samples, int64_t num_hops) {
  std::vector<std::string> node_types;
  std::vector<std::vector<int64_t>> counts;
  for (const auto& [type, numbers] : num_samples) {
    node_types.push_back(type);
    counts.push_back(counts_of(num_samples, type, num_hops, "hgt_sample", "num_samples_dict"));
  }
  std::map<std::string, EdgeType> relations;
  for (const auto& [relation, colptr] : graph.colptr) relations[relation] = split_relation(relation);
  const HeteroArguments arguments("hgt_sample", node_types, relations, graph);
  return arguments.run(num_hops, [&](auto& problem) { return kernels::hgt_sample(problem, counts); });
}

}  // namespace spinel::sparse
