#include "spinel/train/frame_dataset.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "spinel/atoms/xyz.h"
#include "spinel/base/error.h"
#include "spinel/base/log.h"
#include "spinel/train/sample_store.h"
#include "spinel/train/units.h"

namespace spinel::train {

struct FrameDataset::Store {
  SampleStore inputs;
  SampleStore targets;
  std::vector<int64_t> numbers;
  std::vector<int64_t> first{0};
  std::vector<int64_t> source;
  int64_t dropped = 0;
};

namespace {

/// A target with where it comes from and what it is multiplied by.
struct Source {
  OutputDoc doc;
  std::string key;
  double factor = 1;
};

Source source_of(const std::string& target, const FrameDatasetOptions& options, const Model& model) {
  Source source;
  std::vector<std::string> known;
  for (const OutputDoc& doc : model.outputs()) {
    known.push_back(doc.name);
    if (doc.name == target) source.doc = doc;
  }
  require(!source.doc.name.empty(), "target {}: {} has no such output{}", target, model.name(),
          suggestion(target, known));
  TargetSource given;
  if (const Config* entry = options.targets.find(target)) {
    static const auto table = OptionTable<TargetSource>("target")
                                  .add("key", &TargetSource::key, "name in the file; empty: the target's name")
                                  .add("unit", &TargetSource::unit, "unit in the file; empty: the model's");
    if (entry->is_string()) {
      given.key = entry->as_string();
    } else {
      given = table.parse(*entry);
    }
  }
  source.key = given.key.empty() ? target : given.key;
  if (!given.unit.empty()) source.factor = unit_factor(given.unit, source.doc.unit, "target " + target);
  return source;
}

/// Any numeric property as doubles; text gives an empty vector.
template <typename Values>
std::vector<double> as_doubles(const Values& values) {
  return std::visit(
      [](const auto& items) -> std::vector<double> {
        if constexpr (std::is_same_v<std::decay_t<decltype(items)>, std::vector<std::string>>) {
          return {};
        } else {
          return {items.begin(), items.end()};
        }
      },
      values);
}

/// The target's values as a float64 tensor ready for joining, or undefined with the reason in `missing`.
at::Tensor read_target(const Frame& frame, const Source& source, std::string& missing) {
  std::vector<double> values;
  std::vector<int64_t> shape{1};
  if (source.doc.per_atom) {
    const auto found = frame.arrays.find(source.key);
    if (found == frame.arrays.end()) return missing = "has no per-atom property", at::Tensor();
    values = as_doubles(found->second.values);
    shape = {frame.size()};
    if (found->second.columns > 1) shape.push_back(found->second.columns);
  } else {
    const auto found = frame.info.find(source.key);
    if (found == frame.info.end()) return missing = "has no per-frame property", at::Tensor();
    values = as_doubles(found->second.values);
    shape.insert(shape.end(), found->second.shape.begin(), found->second.shape.end());
  }
  if (values.empty() && frame.size() > 0) return missing = "has text as", at::Tensor();
  for (double& value : values) {
    if (!std::isfinite(value)) return missing = "has a value that is not finite in", at::Tensor();
    value *= source.factor;
  }
  return at::tensor(values, at::kDouble).reshape(shape);
}

void check_elements(const Frame& frame, const std::vector<int64_t>& allowed, const std::string& place) {
  if (allowed.empty()) return;
  for (const int64_t number : frame.numbers) {
    require(std::find(allowed.begin(), allowed.end(), number) != allowed.end(),
            "{}: it has an atom of element {}, which 'elements' does not list ({})", place, number,
            join_text(allowed, ", "));
  }
}

}  // namespace

const OptionTable<FrameDatasetOptions>& frame_dataset_table() {
  using O = FrameDatasetOptions;
  static const auto table =
      OptionTable<O>("XYZDataset")
          .add("files", &O::files, "extended XYZ files, joined in this order")
          .add("targets", &O::targets, "per target name: its key in the file, or {key, unit}")
          .add("filter_unvalid", &O::filter_unvalid, "drop frames with a missing or NaN target; false: an error")
          .add("elements", &O::elements, "allowed atomic numbers; empty: those of the model")
          .range(0, 118)
          .add("limit", &O::limit, "only the first so many frames; 0: all")
          .range(0);
  return table;
}

FrameDataset::FrameDataset(std::span<const Frame> frames, const Model& model, const std::vector<std::string>& targets,
                           at::ScalarType dtype, const FrameDatasetOptions& options, const std::string& name) {
  auto store = std::make_shared<Store>(Store{SampleStore(model.join_rules()), SampleStore({}), {}, {0}, {}, 0});
  std::vector<Source> sources;
  for (const std::string& target : targets) sources.push_back(source_of(target, options, model));
  std::string first_reason;
  for (size_t k = 0; k < frames.size(); ++k) {
    const Frame& frame = frames[k];
    const std::string place = format("{}: frame {}", name, k + 1);
    check_elements(frame, options.elements, place);
    NamedTensors values;
    std::string reason;
    for (const Source& source : sources) {
      std::string missing;
      const at::Tensor value = read_target(frame, source, missing);
      if (!value.defined()) {
        reason = format("{} {} '{}'", place, missing, source.key);
        break;
      }
      values.set(source.doc.name, value);
    }
    if (!reason.empty()) {
      require(options.filter_unvalid,
              "{}; give the target's key in 'targets', or set filter_unvalid to drop such frames", reason);
      if (store->dropped++ == 0) first_reason = reason;
      continue;
    }
    try {
      store->inputs.add(model.featurize(frame, dtype));
    } catch (const Error& error) {
      fail(error.kind(), "{}: {}", place, error.what());
    }
    if (!sources.empty()) store->targets.add(values);
    store->numbers.insert(store->numbers.end(), frame.numbers.begin(), frame.numbers.end());
    store->first.push_back(static_cast<int64_t>(store->numbers.size()));
    store->source.push_back(static_cast<int64_t>(k));
  }
  if (store->dropped > 0) {
    require(!store->source.empty(), "{}: all {} frames lack a target; the first: {}", name, frames.size(),
            first_reason);
    log_warning("{}: {} of {} frames are left out for lack of a valid target; the first: {}", name, store->dropped,
                frames.size(), first_reason);
  }
  store_ = std::move(store);
}

std::shared_ptr<FrameDataset> FrameDataset::read(const FrameDatasetOptions& options, const Model& model,
                                                 const std::vector<std::string>& targets, at::ScalarType dtype) {
  require(!options.files.empty(), "XYZDataset: 'files' is empty; name at least one extended XYZ file");
  std::vector<Frame> frames;
  for (const std::string& file : options.files) {
    for (Frame& frame : read_xyz(file)) {
      if (options.limit > 0 && static_cast<int64_t>(frames.size()) >= options.limit) break;
      frames.push_back(std::move(frame));
    }
  }
  return std::make_shared<FrameDataset>(frames, model, targets, dtype, options, join_text(options.files, " + "));
}

int64_t FrameDataset::size() const { return static_cast<int64_t>(store_->source.size()); }

Batch FrameDataset::batch(std::span<const int64_t> samples) const {
  std::vector<int64_t> counts;
  std::vector<int64_t> atoms;
  for (const int64_t k : samples) {
    require(k >= 0 && k < size(), "batch: sample {} does not exist; there are {}", k, size());
    const auto of_sample = numbers(k);
    counts.push_back(static_cast<int64_t>(of_sample.size()));
    atoms.insert(atoms.end(), of_sample.begin(), of_sample.end());
  }
  Batch result;
  result.inputs = store_->inputs.batch(samples);
  if (store_->targets.size() > 0) result.targets = store_->targets.batch(samples);
  result.size = static_cast<int64_t>(samples.size());
  result.numbers = at::tensor(atoms, at::kLong);
  result.n_atoms = at::tensor(counts, at::kLong);
  return result;
}

int64_t FrameDataset::dropped() const { return store_->dropped; }

const std::vector<int64_t>& FrameDataset::source_index() const { return store_->source; }

std::span<const int64_t> FrameDataset::numbers(int64_t sample) const {
  const int64_t first = store_->first.at(sample);
  return std::span(store_->numbers).subspan(first, store_->first.at(sample + 1) - first);
}

at::Tensor FrameDataset::target(const std::string& name) const {
  std::vector<int64_t> all(static_cast<size_t>(size()));
  std::iota(all.begin(), all.end(), 0);
  return store_->targets.batch(all).at(name, "dataset");
}

}  // namespace spinel::train
