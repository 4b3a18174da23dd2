#include "spinel/train/graph_dataset.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "spinel/base/error.h"
#include "spinel/base/suggest.h"
#include "spinel/graph/utils/nodes.h"

namespace spinel::train {
namespace {

/// Codes of more nodes than this are larger than what they are for.
constexpr int64_t kMaxIdentity = 1 << 15;

const std::vector<std::string>& feature_names() {
  static const std::vector<std::string> names{"data", "constant", "degree", "identity"};
  return names;
}

at::Tensor made_features(const graph::Data& data, NodeFeatures features, const std::string& name) {
  const at::TensorOptions options = at::TensorOptions().dtype(at::kFloat);
  if (features == NodeFeatures::constant) return at::ones({data.num_nodes, 1}, options);
  if (features == NodeFeatures::degree) {
    return graph::degree(data.edge_index[1], data.num_nodes, at::kFloat).unsqueeze(1);
  }
  require(data.num_nodes <= kMaxIdentity, "{}: features are identity, but it has {} nodes; at most {} are taken", name,
          data.num_nodes, kMaxIdentity);
  return at::eye(data.num_nodes, options);
}

std::string only_target(const std::vector<std::string>& targets, const std::string& name) {
  require(targets.size() <= 1, "{}: the targets {} are asked for; it has one, y", name, join_text(targets, ", "));
  return targets.empty() ? std::string() : targets.front();
}

/// In the types and shapes that batches have.
void finish(graph::Data& data, const DatasetContext& context, NodeFeatures features, const std::string& name) {
  graph::check(data, name);
  if (features != NodeFeatures::data) data.x = made_features(data, features, name);
  require(data.x.defined(), "{}: nodes have no features x; choose 'features': constant, degree or identity", name);
  for (at::Tensor* tensor : {&data.x, &data.edge_weight, &data.edge_attr}) {
    if (tensor->defined()) *tensor = tensor->to(context.dtype);
  }
  require(context.targets.empty() || context.targets_optional || data.y.defined(), "{}: it has no y to train on", name);
  if (!data.y.defined()) return;
  if (data.y.is_floating_point()) {
    // Predictions have a column for each number.
    data.y = data.y.dim() == 1 ? data.y.to(at::kDouble).unsqueeze(1) : data.y.to(at::kDouble);
  } else {
    data.y = data.y.to(at::kLong);
    if (data.y.dim() == 2 && data.y.size(1) == 1) data.y = data.y.squeeze(1);
  }
}

void set_graph(NamedTensors& inputs, const graph::Data& data) {
  inputs.set("x", data.x);
  inputs.set("edge_index", data.edge_index);
  if (data.edge_weight.defined()) inputs.set("edge_weight", data.edge_weight);
  if (data.edge_attr.defined()) inputs.set("edge_attr", data.edge_attr);
}

void check_indices(std::span<const int64_t> indices, int64_t size) {
  for (const int64_t k : indices) {
    require(k >= 0 && k < size, "batch: sample {} does not exist; there are {}", k, size);
  }
}

constexpr const char* features_text =
    "what stands for x: data (nothing), constant, degree (edges that arrive) or identity (one-hot codes of the nodes)";

}  // namespace

NodeFeatures parse_node_features(const std::string& name, const std::string& owner) {
  const auto& names = feature_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) {
    fail(ErrorKind::invalid_argument, "{}: there are no features '{}'{}", owner, name, suggestion(name, names));
  }
  return static_cast<NodeFeatures>(found - names.begin());
}

GraphDataset::GraphDataset(std::vector<graph::Data> graphs, const DatasetContext& context, NodeFeatures features,
                           const std::string& name)
    : graphs_(std::move(graphs)), target_(only_target(context.targets, name)) {
  require(features != NodeFeatures::identity, "{}: features are identity; graphs of a set have no common nodes", name);
  for (size_t k = 0; k < graphs_.size(); ++k) {
    const std::string place = format("{}: graph {}", name, k + 1);
    finish(graphs_[k], context, features, place);
    require(graphs_[k].x.size(1) == graphs_[0].x.size(1), "{}: x has {} columns; the first graph has {}", place,
            graphs_[k].x.size(1), graphs_[0].x.size(1));
    require(!graphs_[k].y.defined() || graphs_[k].y.size(0) == 1,
            "{}: y has the sizes [{}]; one row, that of the graph, is needed", place,
            join_text(graphs_[k].y.sizes(), ", "));
  }
}

Batch GraphDataset::batch(std::span<const int64_t> indices) const {
  check_indices(indices, size());
  std::vector<const graph::Data*> chosen;
  for (const int64_t k : indices) chosen.push_back(&graphs_[static_cast<size_t>(k)]);
  const graph::Batch joined = graph::collate(chosen);
  Batch result;
  set_graph(result.inputs, joined.data);
  result.inputs.set("batch", joined.batch);
  result.inputs.set("ptr", joined.ptr);
  if (!target_.empty() && joined.data.y.defined()) result.targets.set(target_, joined.data.y);
  result.size = static_cast<int64_t>(indices.size());
  return result;
}

NodeDataset::NodeDataset(graph::Data data, const DatasetContext& context, NodeFeatures features,
                         const std::string& name)
    : data_(std::move(data)), target_(only_target(context.targets, name)) {
  finish(data_, context, features, name);
  require(!data_.y.defined() || data_.y.size(0) == data_.num_nodes,
          "{}: y has the sizes [{}] but there are {} nodes; a row each is needed", name,
          join_text(data_.y.sizes(), ", "), data_.num_nodes);
}

Batch NodeDataset::batch(std::span<const int64_t> indices) const {
  check_indices(indices, size());
  Batch result;
  set_graph(result.inputs, data_);
  const at::Tensor nodes = at::tensor(std::vector<int64_t>(indices.begin(), indices.end()), at::kLong);
  result.inputs.set("node_index", nodes);
  if (!target_.empty() && data_.y.defined()) result.targets.set(target_, data_.y.index_select(0, nodes));
  result.size = static_cast<int64_t>(indices.size());
  return result;
}

std::optional<Split> NodeDataset::own_split() const {
  if (!data_.train_mask.defined()) return std::nullopt;
  const auto nodes_of = [](const at::Tensor& mask) {
    if (!mask.defined()) return std::vector<int64_t>();
    const at::Tensor nodes = graph::mask_to_index(mask).contiguous();
    return std::vector<int64_t>(nodes.const_data_ptr<int64_t>(), nodes.const_data_ptr<int64_t>() + nodes.numel());
  };
  Split split{nodes_of(data_.train_mask), nodes_of(data_.val_mask), nodes_of(data_.test_mask)};
  return split;
}

const OptionTable<TUDatasetOptions>& tu_dataset_table() {
  using O = TUDatasetOptions;
  static const auto table =
      OptionTable<O>("TUDataset")
          .add("root", static_cast<std::string O::*>(&O::root), "folder of the files, or one with <name>/raw/ in it")
          .required()
          .add("name", static_cast<std::string O::*>(&O::name), "what the files begin with; empty: the one set there")
          .add("use_node_attr", static_cast<bool O::*>(&O::use_node_attr), "x begins with the nodes' attributes")
          .add("use_edge_attr", static_cast<bool O::*>(&O::use_edge_attr),
               "edge_attr begins with the edges' attributes")
          .add("features", &O::features, features_text);
  return table;
}

const OptionTable<NodeDatasetOptions>& node_dataset_table() {
  using O = NodeDatasetOptions;
  static const auto table = OptionTable<O>("NodeDataset")
                                .add("file", &O::file, "safetensors file of a graph: edge_index, x, y, train_mask, …")
                                .required()
                                .add("features", &O::features, features_text);
  return table;
}

std::shared_ptr<const Dataset> read_tu_dataset(const TUDatasetOptions& options, const DatasetContext& context) {
  const NodeFeatures features = parse_node_features(options.features, "TUDataset");
  return std::make_shared<GraphDataset>(graph::read_tu(options).graphs, context, features, options.root);
}

std::shared_ptr<const Dataset> read_node_dataset(const NodeDatasetOptions& options, const DatasetContext& context) {
  const NodeFeatures features = parse_node_features(options.features, "NodeDataset");
  return std::make_shared<NodeDataset>(graph::read_data(options.file), context, features, options.file);
}

}  // namespace spinel::train
