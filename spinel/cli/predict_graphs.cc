#include "spinel/cli/predict_graphs.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
#include "spinel/cli/output.h"
#include "spinel/cli/plot/axis.h"
#include "spinel/train/data.h"
#include "spinel/train/metrics.h"

namespace spinel::cli {
namespace {

/// The dataset of the run, `Name: {arguments}`.
NamedArguments run_dataset(const train::Checkpoint& checkpoint) {
  for (const char* path : {"Dataset.dataset", "Dataset.train.dataset"}) {
    const Config* dataset = checkpoint.run.find_path(path);
    if (dataset && dataset->is_map() && !dataset->as_map().empty()) return named_arguments(*dataset);
  }
  return {"", Config::map(), ""};
}

/// That of the run with the input in the place of its files; without a run what the input looks like.
NamedArguments input_dataset(const train::Checkpoint& checkpoint, const std::string& input) {
  const bool is_folder = folder_exists(input);
  require(is_folder || file_exists(input), "{}: there is no such file or folder", input);
  NamedArguments dataset = run_dataset(checkpoint);
  const std::string kind = is_folder ? "TUDataset" : "NodeDataset";
  if (dataset.name.empty()) dataset.name = kind;
  require(dataset.name == kind, "{}: it is a {}, but the model was trained on a {}; give {}", input,
          is_folder ? "folder" : "file", dataset.name, is_folder ? "a safetensors file" : "a folder of TU files");
  const char* key = is_folder ? "root" : "file";
  const Config* trained_on = dataset.arguments.find(key);
  // Another folder holds a set of another name.
  if (!trained_on || trained_on->as_string() != input) dataset.arguments.erase("name");
  dataset.arguments.set(key, input);
  return dataset;
}

std::vector<int64_t> chosen_samples(const train::Checkpoint& checkpoint, const std::string& part, int64_t size) {
  std::vector<int64_t> all(static_cast<size_t>(size));
  std::iota(all.begin(), all.end(), 0);
  if (part.empty()) return all;
  const Config* list = checkpoint.split.is_map() ? checkpoint.split.find(part) : nullptr;
  require(list && list->is_list(),
          "--part {}: the checkpoint holds no such part; it has a split only if one dataset was divided into train, "
          "val and test",
          part);
  return list->as_ints();
}

/// Whether the run's loss is one of classes.
bool is_classifier(const train::Checkpoint& checkpoint, const std::string& output) {
  const Config* loss = checkpoint.run.find_path("Loss." + output + ".loss");
  if (!loss) return false;
  return named_arguments(*loss).name == "cross_entropy";
}

/// Values of all samples by name, in the order of the columns.
struct Columns {
  std::vector<std::pair<std::string, at::Tensor>> list;  ///< each [samples]

  void add(const std::string& name, const at::Tensor& values) { list.emplace_back(name, values.contiguous()); }
  Config value(size_t column, int64_t row) const {
    const at::Tensor& tensor = list[column].second;
    if (tensor.is_floating_point()) return tensor.const_data_ptr<double>()[row];
    return tensor.const_data_ptr<int64_t>()[row];
  }
};

void add_values(Columns& columns, const std::string& name, const at::Tensor& values) {
  const at::Tensor typed = values.to(values.is_floating_point() ? at::kDouble : at::kLong);
  if (typed.dim() == 1 || typed.size(1) == 1) return columns.add(name, typed.reshape({-1}));
  const at::Tensor flat = typed.reshape({typed.size(0), -1});
  for (int64_t k = 0; k < flat.size(1); ++k) columns.add(format("{}_{}", name, k), flat.select(1, k));
}

void write(const std::string& path, const Columns& columns, int64_t rows) {
  const bool csv = path.ends_with(".csv");
  write_file_atomic(path, [&](File& file) {
    std::string text;
    if (csv) {
      for (size_t c = 0; c < columns.list.size(); ++c) text += (c ? "," : "") + columns.list[c].first;
      text += "\n";
    }
    for (int64_t row = 0; row < rows; ++row) {
      Config object = Config::map();
      for (size_t c = 0; c < columns.list.size(); ++c) {
        const Config value = columns.value(c, row);
        if (csv) text += (c ? "," : "") + to_json(value, -1);
        else object.set(columns.list[c].first, value);
      }
      text += (csv ? "" : to_json(object, -1)) + "\n";
      if (text.size() > (1 << 20)) file.write(std::exchange(text, {}));
    }
    file.write(text);
  });
}

void print_metrics(const std::string& name, const at::Tensor& values, const at::Tensor& targets) {
  std::string text = name + ":";
  for (const char* metric_name : {"accuracy", "f1", "mae"}) {
    const bool of_classes = std::string_view(metric_name) != "mae";
    if (of_classes == targets.is_floating_point()) continue;
    const auto metric = train::make_metric(Config(metric_name));
    metric->add(values, targets);
    text += format(" {} {}", metric_name, plot::significant_text(metric->value(), 4));
  }
  print_line(text);
}

}  // namespace

int predict_graphs(train::Predictor& predictor, const GraphPredictionOptions& options) {
  require(options.output.ends_with(".csv") || options.output.ends_with(".jsonl"),
          "{}: predictions of graphs are written to .csv or .jsonl", options.output);
  const train::Checkpoint& checkpoint = predictor.checkpoint();
  const NamedArguments component = input_dataset(checkpoint, options.input);
  const std::string output = predictor.outputs().at(0).name;
  const train::DatasetContext context{
      predictor.model(), {output}, train::to_scalar_type(checkpoint.dtype), /*targets_optional=*/true};
  const auto all = train::datasets().at(component.name, component.where).make(component.arguments, context);
  const std::vector<int64_t> samples = chosen_samples(checkpoint, options.part, all->size());
  const train::Subset part(all, samples);
  require(part.size() > 0, "{}: there is nothing to predict", options.input);
  const at::Tensor values = predictor.predict_dataset(part).at(output);
  Columns columns;
  columns.add(all->shares_inputs() ? "node" : "graph", at::tensor(samples, at::kLong));
  if (is_classifier(checkpoint, output) && values.dim() == 2 && values.size(1) > 1) {
    const auto [probability, chosen] = values.softmax(1).max(1);
    columns.add("class", chosen);
    columns.add("probability", probability);
  }
  add_values(columns, output, values);
  std::vector<int64_t> rows(samples.size());
  std::iota(rows.begin(), rows.end(), 0);
  const at::Tensor targets = part.batch(rows).targets.get(output);
  if (targets.defined()) add_values(columns, "target_" + output, targets);
  write(options.output, columns, values.size(0));
  print_line(format("{} {} predicted, written to {}", samples.size(), all->shares_inputs() ? "nodes" : "graphs",
                    options.output));
  if (targets.defined()) print_metrics(output, values, targets);
  return 0;
}

}  // namespace spinel::cli
