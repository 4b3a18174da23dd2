#include "spinel/sparse/hetero_sample.h"

#include <ATen/ATen.h>
#include <ATen/core/Dict.h>
#include <ATen/core/List.h>

#include <tuple>

#include "spinel/hosts/torch/operators.h"

namespace spinel::sparse {
namespace {

template <typename Value, typename From>
c10::IValue dict_of(const std::map<std::string, From>& values) {
  c10::Dict<std::string, Value> dict;
  for (const auto& [key, value] : values) dict.insert(key, Value(value));
  return dict;
}

c10::IValue counts_of(const CountDict& counts) { return dict_of<c10::List<int64_t>>(counts); }

c10::IValue edge_types_of(const std::vector<EdgeType>& types) {
  c10::List<std::tuple<std::string, std::string, std::string>> list;
  for (const EdgeType& type : types) list.push_back({type[0], type[1], type[2]});
  return list;
}

HeteroSample call(const char* op, std::vector<c10::IValue> stack) {
  hosts::torch_operator(op).callBoxed(stack);
  const auto dict = [&](size_t index) {
    TensorDict tensors;
    for (const auto& entry : stack[index].toGenericDict()) {
      tensors[entry.key().toStringRef()] = entry.value().toTensor();
    }
    return tensors;
  };
  return {dict(0), dict(1), dict(2), dict(3)};
}

std::vector<c10::IValue> neighbor_arguments(const std::vector<std::string>& node_types,
                                            const std::vector<EdgeType>& edge_types, const HeteroGraph& graph,
                                            const CountDict& num_neighbors) {
  return {c10::List<std::string>(at::ArrayRef<std::string>(node_types)),
          edge_types_of(edge_types),
          dict_of<at::Tensor>(graph.colptr),
          dict_of<at::Tensor>(graph.row),
          dict_of<at::Tensor>(graph.input_node),
          counts_of(num_neighbors)};
}

}  // namespace

HeteroSample hetero_neighbor_sample(const std::vector<std::string>& node_types, const std::vector<EdgeType>& edge_types,
                                    const HeteroGraph& graph, const CountDict& num_neighbors, int64_t num_hops,
                                    bool replace, bool directed) {
  std::vector<c10::IValue> stack = neighbor_arguments(node_types, edge_types, graph, num_neighbors);
  stack.insert(stack.end(), {num_hops, replace, directed});
  return call("hetero_neighbor_sample", std::move(stack));
}

HeteroSample hetero_temporal_neighbor_sample(const std::vector<std::string>& node_types,
                                             const std::vector<EdgeType>& edge_types, const HeteroGraph& graph,
                                             const CountDict& num_neighbors, const TensorDict& node_time,
                                             int64_t num_hops, bool replace) {
  std::vector<c10::IValue> stack = neighbor_arguments(node_types, edge_types, graph, num_neighbors);
  stack.insert(stack.end(), {dict_of<at::Tensor>(node_time), num_hops, replace, true});
  return call("hetero_temporal_neighbor_sample", std::move(stack));
}

HeteroSample hgt_sample(const HeteroGraph& graph, const CountDict& num_samples, int64_t num_hops) {
  return call("hgt_sample", {dict_of<at::Tensor>(graph.colptr), dict_of<at::Tensor>(graph.row),
                             dict_of<at::Tensor>(graph.input_node), counts_of(num_samples), num_hops});
}

}  // namespace spinel::sparse
