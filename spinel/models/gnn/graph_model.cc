#include "spinel/models/gnn/graph_model.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"

namespace spinel::models {
namespace {

const OptionTable<GraphModelOptions>& graph_model_table() {
  using O = GraphModelOptions;
  static const auto table =
      OptionTable<O>("graph model")
          .add("readout", &O::readout, "aggregation of the nodes of each graph; null: a result for each node")
          .add("classifier", &O::classifier, "arguments of an MLP behind network and readout; null: none")
          .add("output_key", &O::output_key, "name of the result, which targets have too");
  return table;
}

/// The arguments that are the model's, or those that are the network's.
Config part_of(const Config& arguments, bool of_model) {
  Config part = Config::map();
  part.set_location(arguments.location());
  for (const auto& [key, value] : arguments.as_map()) {
    bool own = false;
    for (const OptionDoc& doc : graph_model_table().docs()) own = own || doc.name == key;
    if (own == of_model) part.set(key, value);
  }
  return part;
}

}  // namespace

GraphModel::GraphModel(std::unique_ptr<nn::BasicGNN> gnn, GraphModelOptions options)
    : options_(std::move(options)), gnn_(std::move(gnn)) {
  require(gnn_->options().in_channels >= 1,
          "{}: in_channels is {}; a model that is trained must know the width of its input", name(),
          gnn_->options().in_channels);
  readout_ = nn::make_aggregation(options_.readout, Config(), name() + ": readout");
  add_child(options_.classifier.is_null() ? "" : "gnn", *gnn_);
  if (readout_) add_child("readout", *readout_);
  if (options_.classifier.is_null()) return;
  Config arguments = options_.classifier;
  if (!arguments.contains("channel_list")) {
    const int64_t width = gnn_->out_channels();
    arguments.set("in_channels", readout_ ? readout_->out_channels(width) : width);
  }
  classifier_ = std::make_unique<nn::MLP>(nn::mlp_options(arguments));
  add_child("classifier", *classifier_);
}

Config GraphModel::arguments() const {
  Config result = gnn_->arguments();
  const Config own = graph_model_table().complete(options_);
  for (const auto& [key, value] : own.as_map()) result.set(key, value);
  return result;
}

NamedTensors GraphModel::call(const NamedTensors& inputs) {
  const at::Tensor batch = inputs.get("batch"), ptr = inputs.get("ptr"), nodes = inputs.get("node_index");
  require(!readout_ || !nodes.defined(),
          "{}: it has a readout and gives a result for each graph, but the data are nodes of one graph; set readout: "
          "null",
          name());
  const at::Tensor& x = inputs.at("x", name());
  const auto graphs = ptr.defined() ? std::optional(ptr.size(0) - 1) : std::nullopt;
  at::Tensor h = gnn_->forward(x, inputs.at("edge_index", name()),
                               gnn_->kind().takes_edge_weight ? inputs.get("edge_weight") : at::Tensor(),
                               gnn_->uses_edge_attr() ? inputs.get("edge_attr") : at::Tensor(), batch, graphs);
  if (nodes.defined()) h = h.index_select(0, nodes);
  if (readout_) h = readout_->forward(h, batch, {}, batch.defined() ? graphs : std::nullopt, 0);
  if (classifier_) h = classifier_->forward(h);
  return {{options_.output_key, h}};
}

NamedTensors GraphModel::featurize(const Frame&, at::ScalarType) const {
  fail(ErrorKind::invalid_argument,
       "{}: it is a model of graphs, but frames of atoms are given; use TUDataset or NodeDataset", name());
}

std::vector<Component<std::unique_ptr<train::Model>(const Config&)>> graph_models() {
  std::vector<Component<std::unique_ptr<train::Model>(const Config&)>> models;
  for (const auto& network : nn::gnn_list().all()) {
    std::vector<OptionDoc> docs = network.options;
    for (const OptionDoc& doc : graph_model_table().docs()) docs.push_back(doc);
    models.push_back({network.name, network.summary + ": nodes or graphs", std::move(docs),
                      [make = network.make](const Config& arguments) -> std::unique_ptr<train::Model> {
                        return std::make_unique<GraphModel>(make(part_of(arguments, false)),
                                                            graph_model_table().parse(part_of(arguments, true)));
                      }});
  }
  return models;
}

}  // namespace spinel::models
