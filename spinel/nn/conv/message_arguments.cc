#include "spinel/nn/conv/message_arguments.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/nn/conv/lifted_argument.h"

namespace spinel::nn {
namespace {

namespace in = argument_internal;

/// Which of a pair an argument's ending says: x_j are sources, x_i targets, whatever the flow.
int role_of(std::string_view name) { return name.ends_with("_i") ? 1 : 0; }

/// One more than the largest node of an edge list, for a call that says nothing about numbers of nodes.
int64_t nodes_of(const Adjacency& edges) {
  const at::Tensor& edge_index = edges.edge_index();
  return edge_index.numel() == 0 ? 0 : edge_index.max().item<int64_t>() + 1;
}

}  // namespace

at::Tensor MessageArguments::tensor(std::string_view name) const {
  const Value* value = find(name);
  if (!value) return {};
  if (const Lifted* lifted = std::get_if<Lifted>(value)) return lifted->tensor();
  const at::Tensor* tensor = std::get_if<at::Tensor>(value);
  return tensor ? *tensor : at::Tensor();
}

Lifted MessageArguments::lifted(std::string_view name) const {
  const Value* value = find(name);
  if (!value) return {};
  if (const at::Tensor* tensor = std::get_if<at::Tensor>(value)) return Lifted(*tensor);
  const Lifted* lifted = std::get_if<Lifted>(value);
  return lifted ? *lifted : Lifted();
}

int64_t MessageArguments::number(std::string_view name) const {
  const Value* value = find(name);
  const int64_t* number = value ? std::get_if<int64_t>(value) : nullptr;
  return number ? *number : 0;
}

const MessageArguments::Value* MessageArguments::find(std::string_view name) const {
  for (const auto& [key, value] : values_) {
    if (key == name) return &value;
  }
  return nullptr;
}

void MessageArguments::set(std::string_view name, Value value) {
  for (auto& [key, old] : values_) {
    if (key == name) {
      old = std::move(value);
      return;
    }
  }
  values_.emplace_back(name, std::move(value));
}

ArgumentCollector::ArgumentCollector(const PropagateCall& call, std::span<const std::string_view> names, Flow flow,
                                     int64_t node_dim, std::string owner)
    : call_(call), node_dim_(node_dim), owner_(std::move(owner)) {
  MessageEdges::check(call.edges, flow, owner_);
  if (call.edges.is_sparse()) {
    const sparse::SparseSizes& sizes = call.edges.adj_t().sparse_sizes();
    sizes_ = {sizes[1], sizes[0]};
  } else if (call.size) {
    sizes_ = {(*call.size)[0], (*call.size)[1]};
  }
  read_sizes(names);
  // The nodes of an end that nothing is said about are those of the other.
  if (!sizes_[0] && !sizes_[1]) sizes_ = {nodes_of(call.edges), nodes_of(call.edges)};
  const int64_t size_i = sizes_[1] ? *sizes_[1] : *sizes_[0];
  const int64_t size_j = sizes_[0] ? *sizes_[0] : size_i;
  edges_ = MessageEdges(call.edges, flow, size_i, size_j, owner_);
}

const Features* ArgumentCollector::find(std::string_view name) const {
  for (const auto& [key, value] : call_.inputs) {
    if (key == name) return &value;
  }
  return nullptr;
}

void ArgumentCollector::set_size(int role, std::string_view name, const at::Tensor& features) {
  const int64_t dims = features.dim();
  require(node_dim_ < dims && node_dim_ >= -dims, "{}: {} has {} dimensions; dimension {} of the nodes is needed",
          owner_, name, dims, node_dim_);
  const int64_t nodes = features.size(node_dim_);
  std::optional<int64_t>& size = sizes_[role];
  require(!size || *size == nodes, "{}: {} has {} nodes in dimension {} but {} are expected", owner_, name, nodes,
          node_dim_, size.value_or(nodes));
  size = nodes;
}

void ArgumentCollector::read_sizes(std::span<const std::string_view> names) {
  for (const std::string_view name : names) {
    if (!in::is_lifted(name)) continue;
    const std::string_view base = in::base_name(name);
    const Features* features = find(base);
    if (!features) continue;
    const int role = role_of(name);
    if (features->is_pair()) {
      const at::Tensor& other = role == 0 ? features->target() : features->source();
      if (other.defined()) set_size(1 - role, base, other);
    }
    const at::Tensor& own = role == 0 ? features->source() : features->target();
    if (own.defined()) set_size(role, base, own);
  }
}

at::Tensor ArgumentCollector::given(std::string_view name) const {
  const Features* found = find(name);
  at::Tensor tensor = found ? found->source() : at::Tensor();
  if (!in::is_value(name)) return tensor;
  if (!tensor.defined()) {
    const at::Tensor value = edge_values(call_.edges);
    // A number an entry is a weight, not a vector of attributes.
    return name == "edge_attr" && value.defined() && value.dim() == 1 ? at::Tensor() : value;
  }
  require(tensor.dim() == 0 || tensor.size(0) == edges_.count(), "{}: {} has {} rows but edge_index has {} edges",
          owner_, name, tensor.dim() == 0 ? 0 : tensor.size(0), edges_.count());
  return tensor;
}

MessageArguments::Value ArgumentCollector::value(std::string_view name) const {
  if (name == "size_j") return edges_.size(End::j);
  if (in::is_number(name)) return edges_.size(End::i);
  if (name == "index" || name == "edge_index_i") return edges_.index(End::i);
  if (name == "edge_index_j") return edges_.index(End::j);
  if (name == "ptr") return edges_.ptr();
  if (name == "edge_index") return call_.edges.is_sparse() ? at::Tensor() : call_.edges.edge_index();
  if (!in::is_lifted(name)) return given(name);
  const Features* features = find(in::base_name(name));
  if (!features) return Lifted();
  const at::Tensor& nodes = role_of(name) == 0 ? features->source() : features->target();
  return Lifted(nodes, edges_, name.ends_with("_i") ? End::i : End::j, node_dim_);
}

MessageArguments ArgumentCollector::arguments(std::span<const std::string_view> names) const {
  MessageArguments arguments;
  arguments.adjacency = call_.edges;
  arguments.edges = edges_;
  for (const std::string_view name : names) {
    if (!in::is_edges(name)) arguments.set(name, value(name));
  }
  return arguments;
}

}  // namespace spinel::nn
