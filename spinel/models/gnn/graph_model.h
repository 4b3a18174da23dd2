// Graph networks as models of the trainer: classification and regression of nodes and of graphs.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "spinel/nn/aggr/aggregation.h"
#include "spinel/nn/dense/mlp.h"
#include "spinel/nn/models/basic_gnn.h"
#include "spinel/train/model.h"

namespace spinel::models {

/// What a model adds to the network: how graphs get their result, and its name.
struct GraphModelOptions {
  Config readout;     ///< aggregation of the nodes of each graph; null: a result for each node
  Config classifier;  ///< arguments of an MLP behind network and readout; in_channels is known. null: none
  std::string output_key = "y";
};

/// Inputs of call(), by torch_geometric's names: x [N, in], edge_index [2, E], and where there are edge_weight [E],
/// edge_attr [E, D], batch [N] and ptr [B + 1] (of several graphs), node_index [n]. edge_weight goes to networks that
/// take it, edge_attr to those with an edge_dim; others do without.
/// Output <output_key>: [N, out] ([n, out] with node_index), or with a readout [B, out].
///
/// State: that of the network (`convs.…`); with a classifier `gnn.…` and `classifier.…`. A readout with parameters has
/// them under `readout.`.
class GraphModel : public train::Model {
 public:
  /// in_channels that are not given, a readout with node_index in a call: invalid_argument.
  GraphModel(std::unique_ptr<nn::BasicGNN> gnn, GraphModelOptions options);

  std::string name() const override { return gnn_->name(); }
  Config arguments() const override;
  std::vector<train::OutputDoc> outputs() const override { return {{options_.output_key, "", false}}; }
  NamedTensors call(const NamedTensors& inputs) override;
  bool is_atomistic() const override { return false; }
  /// Refused: frames of atoms are not graphs.
  NamedTensors featurize(const Frame& frame, at::ScalarType dtype) const override;
  std::vector<train::JoinRule> join_rules() const override { return {}; }

  const nn::BasicGNN& gnn() const { return *gnn_; }
  /// Classes, or columns of numbers.
  int64_t out_channels() const { return classifier_ ? classifier_->out_channels() : gnn_->out_channels(); }

 private:
  GraphModelOptions options_;
  std::unique_ptr<nn::BasicGNN> gnn_;
  std::unique_ptr<nn::Aggregation> readout_;
  std::unique_ptr<nn::MLP> classifier_;
};

/// The models GCN, GraphSAGE, SAGE, GIN, GAT, PNA and EdgeCNN.
std::vector<Component<std::unique_ptr<train::Model>(const Config&)>> graph_models();

}  // namespace spinel::models
