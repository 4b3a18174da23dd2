#include "spinel/cli/prediction_file.h"

#include <ATen/core/Tensor.h>

#include <map>

#include "spinel/atoms/elements.h"
#include "spinel/atoms/xyz.h"
#include "spinel/base/error.h"
#include "spinel/base/suggest.h"
#include "spinel/train/units.h"

namespace spinel::cli {
namespace {

std::vector<double> values_of(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.to(at::kDouble).contiguous();
  const double* data = flat.const_data_ptr<double>();
  return {data, data + flat.numel()};
}

/// "energy" of one value; "stress_0" … of several.
std::string column_name(const std::string& name, size_t component, size_t count) {
  return count == 1 ? name : format("{}_{}", name, component);
}

/// A value per atom stays a list also where there is one atom.
Config nested(const std::vector<double>& values, size_t columns, bool per_atom) {
  if (values.size() == 1 && columns == 1 && !per_atom) return Config(values.front());
  Config::List rows;
  for (size_t row = 0; row < values.size() / columns; ++row) {
    Config::List entries;
    for (size_t k = 0; k < columns; ++k) entries.push_back(Config(values[row * columns + k]));
    rows.push_back(columns == 1 ? entries.front() : Config(std::move(entries)));
  }
  return rows.size() == 1 && columns > 1 && !per_atom ? rows.front() : Config(std::move(rows));
}

size_t columns_of(const at::Tensor& tensor) {
  return tensor.dim() <= 1 ? 1 : static_cast<size_t>(tensor.numel() / std::max<int64_t>(1, tensor.size(0)));
}

/// The section of the config under which the run's dataset names its targets.
const Config* dataset_targets(const Config& run) {
  for (const char* path : {"Dataset.dataset", "Dataset.train.dataset", "Dataset.test.dataset"}) {
    const Config* dataset = run.find_path(path);
    if (!dataset || !dataset->is_map() || dataset->as_map().empty()) continue;
    const Config& arguments = dataset->as_map().front().second;
    if (!arguments.is_map()) continue;
    const Config* targets = arguments.find("targets");
    if (targets && targets->is_map()) return targets;
  }
  return nullptr;
}

}  // namespace

std::vector<TargetKey> target_keys(const train::Checkpoint& checkpoint, const std::vector<train::OutputDoc>& outputs) {
  const Config* targets = dataset_targets(checkpoint.run);
  std::vector<TargetKey> keys;
  for (const train::OutputDoc& output : outputs) {
    TargetKey key{output.name, output.unit, output.per_atom, output.name, 1};
    const Config* source = targets ? targets->find(output.name) : nullptr;
    if (source && source->is_string()) key.key = source->as_string();
    if (source && source->is_map()) {
      if (const Config* name = source->find("key"); name && !name->as_string().empty()) key.key = name->as_string();
      if (const Config* unit = source->find("unit"); unit && !unit->as_string().empty()) {
        key.factor = train::unit_factor(unit->as_string(), output.unit, output.name);
      }
    }
    keys.push_back(std::move(key));
  }
  return keys;
}

std::vector<double> target_values(const Frame& frame, const TargetKey& key) {
  const auto scaled = [&](const auto& values) {
    std::vector<double> result;
    if (const auto* reals = std::get_if<std::vector<double>>(&values)) result = *reals;
    if (const auto* integers = std::get_if<std::vector<int64_t>>(&values)) {
      result.assign(integers->begin(), integers->end());
    }
    for (double& value : result) value *= key.factor;
    return result;
  };
  if (key.per_atom) {
    const auto found = frame.arrays.find(key.key);
    return found == frame.arrays.end() ? std::vector<double>() : scaled(found->second.values);
  }
  const auto found = frame.info.find(key.key);
  return found == frame.info.end() ? std::vector<double>() : scaled(found->second.values);
}

PredictionFormat prediction_format(const std::string& path) {
  const size_t dot = path.rfind('.');
  const std::string ending = dot == std::string::npos ? "" : path.substr(dot + 1);
  if (ending == "xyz" || ending == "extxyz") return PredictionFormat::xyz;
  if (ending == "csv") return PredictionFormat::csv;
  require(ending == "jsonl", "{}: predictions cannot be written as '.{}'; choose .xyz, .csv or .jsonl", path, ending);
  return PredictionFormat::jsonl;
}

std::string formula(const std::vector<int64_t>& numbers) {
  std::map<std::string, int64_t> counts;
  for (const int64_t number : numbers) ++counts[std::string(element(number).symbol)];
  std::string text;
  const auto append = [&](const std::string& symbol) {
    const auto found = counts.find(symbol);
    if (found == counts.end()) return;
    text += symbol + (found->second > 1 ? format("{}", found->second) : "");
    counts.erase(found);
  };
  if (counts.contains("C")) {
    append("C");
    append("H");
  }
  while (!counts.empty()) append(std::string(counts.begin()->first));
  return text;
}

PredictionWriter::PredictionWriter(File& file, PredictionFormat format, std::vector<TargetKey> keys)
    : file_(file), format_(format), keys_(std::move(keys)) {}

void PredictionWriter::write(int64_t index, const Frame& frame, const train::Prediction& prediction) {
  switch (format_) {
    case PredictionFormat::xyz: return write_xyz(frame, prediction);
    case PredictionFormat::csv: return write_csv(index, frame, prediction);
    case PredictionFormat::jsonl: return write_jsonl(index, frame, prediction);
  }
}

void PredictionWriter::write_xyz(const Frame& frame, const train::Prediction& prediction) {
  Frame result = frame;
  for (const TargetKey& key : keys_) {
    const at::Tensor* output = prediction.find(key.output);
    if (!output) continue;
    const std::vector<double> values = values_of(*output);
    if (key.per_atom) {
      if (auto own = result.arrays.extract(key.key)) {
        own.key() = "target_" + key.output;
        result.arrays.insert(std::move(own));
      }
      result.arrays[key.output] = {static_cast<int>(columns_of(*output)), values};
      continue;
    }
    if (auto own = result.info.extract(key.key)) {
      own.key() = "target_" + key.output;
      result.info.insert(std::move(own));
    }
    FrameProperty property{{}, values};
    if (values.size() == 9) property.shape = {3, 3};
    else if (values.size() != 1) property.shape = {static_cast<int64_t>(values.size())};
    result.info[key.output] = std::move(property);
  }
  file_.write(format_xyz(result));
}

void PredictionWriter::write_csv(int64_t index, const Frame& frame, const train::Prediction& prediction) {
  std::string header = "frame,atoms,formula", row = format("{},{},{}", index, frame.size(), formula(frame.numbers));
  for (const TargetKey& key : keys_) {
    const at::Tensor* output = key.per_atom ? nullptr : prediction.find(key.output);
    if (!output) continue;
    const std::vector<double> values = values_of(*output), targets = target_values(frame, key);
    for (size_t k = 0; k < values.size(); ++k) {
      const std::string name = column_name(key.output, k, values.size());
      header += "," + name + ",target_" + name;
      row += format(",{},", values[k]) + (targets.size() == values.size() ? format("{}", targets[k]) : "");
    }
  }
  if (!header_written_) file_.write(header + "\n");
  header_written_ = true;
  file_.write(row + "\n");
}

void PredictionWriter::write_jsonl(int64_t index, const Frame& frame, const train::Prediction& prediction) {
  Config entry = Config::map(), target = Config::map();
  entry.set("frame", index);
  entry.set("formula", formula(frame.numbers));
  for (const TargetKey& key : keys_) {
    const at::Tensor* output = prediction.find(key.output);
    if (!output) continue;
    const std::vector<double> values = values_of(*output), targets = target_values(frame, key);
    const size_t columns = columns_of(*output);
    entry.set(key.output, nested(values, columns, key.per_atom));
    if (targets.size() == values.size()) target.set(key.output, nested(targets, columns, key.per_atom));
  }
  if (!target.as_map().empty()) entry.set("target", std::move(target));
  file_.write(to_json(entry, -1) + "\n");
}

}  // namespace spinel::cli
