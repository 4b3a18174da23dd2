// Datasets of graphs: the samples are whole graphs, or the nodes of one graph.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "spinel/base/options.h"
#include "spinel/graph/data/data.h"
#include "spinel/graph/data/tu_files.h"
#include "spinel/train/data.h"

namespace spinel::train {

/// What stands for the features of nodes that have none.
enum class NodeFeatures {
  data,      ///< nothing: x is needed
  constant,  ///< 1
  degree,    ///< how many edges arrive
  identity,  ///< one-hot codes of the nodes, of one graph only
};
/// "data", "constant", "degree", "identity".
NodeFeatures parse_node_features(const std::string& name, const std::string& owner);

/// Whole graphs. Inputs of a batch: x, edge_index, edge_weight and edge_attr where there are, batch [N], ptr [B + 1].
class GraphDataset : public Dataset {
 public:
  /// Of the context's targets, at most one, the name that y is put under: classes [B], numbers [B, columns]. Floats of
  /// inputs end up in the context's dtype. Graphs that differ in what they have, no y where a target is asked for (and
  /// not optional): invalid_argument that `name` begins.
  GraphDataset(std::vector<graph::Data> graphs, const DatasetContext& context, NodeFeatures features,
               const std::string& name);
  int64_t size() const override { return static_cast<int64_t>(graphs_.size()); }
  Batch batch(std::span<const int64_t> indices) const override;

 private:
  std::vector<graph::Data> graphs_;
  std::string target_;
};

/// The nodes of one graph. Each batch holds the whole graph, with node_index [samples] the nodes whose results count.
class NodeDataset : public Dataset {
 public:
  /// As GraphDataset; y has a row a node.
  NodeDataset(graph::Data data, const DatasetContext& context, NodeFeatures features, const std::string& name);
  int64_t size() const override { return data_.num_nodes; }
  Batch batch(std::span<const int64_t> indices) const override;
  bool shares_inputs() const override { return true; }
  /// By train_mask, val_mask and test_mask, where the graph has the first.
  std::optional<Split> own_split() const override;

 private:
  graph::Data data_;
  std::string target_;
};

struct TUDatasetOptions : graph::TUOptions {
  std::string features = "data";
};
struct NodeDatasetOptions {
  std::string file;  ///< see graph::read_data()
  std::string features = "data";
};
const OptionTable<TUDatasetOptions>& tu_dataset_table();
const OptionTable<NodeDatasetOptions>& node_dataset_table();

std::shared_ptr<const Dataset> read_tu_dataset(const TUDatasetOptions& options, const DatasetContext& context);
std::shared_ptr<const Dataset> read_node_dataset(const NodeDatasetOptions& options, const DatasetContext& context);

}  // namespace spinel::train
