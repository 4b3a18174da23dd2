// The data of a run: datasets by name, and the parts train, val and test.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "spinel/base/component.h"
#include "spinel/train/config.h"
#include "spinel/train/dataset.h"
#include "spinel/train/model.h"

namespace spinel::train {

/// What a dataset is made for.
struct DatasetContext {
  const Model& model;
  std::vector<std::string> targets;
  at::ScalarType dtype;
  bool targets_optional = false;  ///< data without targets are taken too, by datasets of graphs: for predictions
};

using DatasetList = ComponentList<std::shared_ptr<const Dataset>(const Config& arguments, const DatasetContext&)>;
/// All datasets by name: XYZDataset, TUDataset, NodeDataset.
const DatasetList& datasets();

/// Parts of a run. Tests and programs with data of their own fill it themselves.
struct TrainingData {
  std::shared_ptr<const Dataset> train, val, test;  ///< val and test may be null
  Config split = Config::map();                     ///< indices of a joint dataset, kept in the checkpoints
};

/// Reads what section Dataset names. `stored_split` (of a checkpoint; empty: none) takes the place of a new split.
TrainingData load_data(const DatasetOptions& options, const DatasetContext& context, int64_t seed,
                       const Config& stored_split);

/// Some samples of a dataset.
class Subset : public Dataset {
 public:
  /// An index outside the dataset: invalid_argument.
  Subset(std::shared_ptr<const Dataset> dataset, std::vector<int64_t> indices);
  int64_t size() const override { return static_cast<int64_t>(indices_.size()); }
  Batch batch(std::span<const int64_t> indices) const override;
  bool shares_inputs() const override { return dataset_->shares_inputs(); }

 private:
  std::shared_ptr<const Dataset> dataset_;
  std::vector<int64_t> indices_;
};

}  // namespace spinel::train
