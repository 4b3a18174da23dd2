#include "spinel/train/data.h"

#include <numeric>

#include "spinel/base/error.h"
#include "spinel/train/frame_dataset.h"
#include "spinel/train/graph_dataset.h"
#include "spinel/train/splits.h"

namespace spinel::train {
namespace {

std::shared_ptr<const Dataset> make_dataset(const NamedArguments& component, const DatasetContext& context) {
  return datasets().at(component.name, component.where).make(component.arguments, context);
}

std::shared_ptr<const Dataset> part_of(std::shared_ptr<const Dataset> dataset, const std::vector<int64_t>& indices) {
  return indices.empty() ? nullptr : std::make_shared<const Subset>(std::move(dataset), indices);
}

}  // namespace

const DatasetList& datasets() {
  using Made = std::shared_ptr<const Dataset>;
  static const DatasetList list(
      "dataset", {{"XYZDataset", "frames of extended XYZ files with targets", frame_dataset_table().docs(),
                   [](const Config& arguments, const DatasetContext& context) -> Made {
                     return FrameDataset::read(frame_dataset_table().parse(arguments), context.model, context.targets,
                                               context.dtype);
                   }},
                  {"TUDataset", "graphs in the text files of the TU collection, each with a class or numbers",
                   tu_dataset_table().docs(),
                   [](const Config& arguments, const DatasetContext& context) -> Made {
                     return read_tu_dataset(tu_dataset_table().parse(arguments), context);
                   }},
                  {"NodeDataset", "the nodes of one graph of a safetensors file, each with a class or numbers",
                   node_dataset_table().docs(), [](const Config& arguments, const DatasetContext& context) -> Made {
                     return read_node_dataset(node_dataset_table().parse(arguments), context);
                   }}});
  return list;
}

TrainingData load_data(const DatasetOptions& options, const DatasetContext& context, int64_t seed,
                       const Config& stored_split) {
  TrainingData result;
  if (!options.dataset) {
    require(options.train.dataset.has_value(),
            "Dataset: there are no training data; give 'dataset' with 'split', or 'train.dataset'");
    result.train = make_dataset(*options.train.dataset, context);
    if (options.val.dataset) result.val = make_dataset(*options.val.dataset, context);
    if (options.test.dataset) result.test = make_dataset(*options.test.dataset, context);
    return result;
  }
  const std::shared_ptr<const Dataset> joint = make_dataset(*options.dataset, context);
  Split split;
  if (stored_split.contains("train")) {
    split = split_from_config(stored_split, joint->size());
  } else if (const auto own = joint->own_split(); own && options.split.is_null()) {
    split = *own;
  } else {
    require(!options.split.is_null(), "Dataset.split: it is missing; give train, val and test as counts or shares");
    SplitOptions split_options = split_table().parse(options.split);
    if (!options.split.contains("seed")) split_options.seed = seed;
    split = make_split(joint->size(), split_options);
  }
  result.train = part_of(joint, split.train);
  result.val = part_of(joint, split.val);
  result.test = part_of(joint, split.test);
  result.split = to_config(split);
  return result;
}

Subset::Subset(std::shared_ptr<const Dataset> dataset, std::vector<int64_t> indices)
    : dataset_(std::move(dataset)), indices_(std::move(indices)) {
  for (const int64_t k : indices_) {
    require(k >= 0 && k < dataset_->size(), "dataset: sample {} of a part does not exist; there are {}", k,
            dataset_->size());
  }
}

Batch Subset::batch(std::span<const int64_t> indices) const {
  std::vector<int64_t> mapped;
  for (const int64_t k : indices) {
    require(k >= 0 && k < size(), "batch: sample {} does not exist; there are {}", k, size());
    mapped.push_back(indices_[static_cast<size_t>(k)]);
  }
  return dataset_->batch(mapped);
}

}  // namespace spinel::train
