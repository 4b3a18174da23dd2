#include "spinel/train/predictor.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <map>

#include "spinel/base/error.h"
#include "spinel/base/suggest.h"
#include "spinel/train/batch_order.h"
#include "spinel/train/distributed.h"
#include "spinel/train/sample_store.h"
#include "spinel/train/target_transforms.h"

namespace spinel::train {
namespace {

Batch batch_of(std::span<const Frame> frames, const Model& model, at::ScalarType dtype, int64_t first) {
  SampleStore store(model.join_rules());
  std::vector<int64_t> samples, counts, numbers;
  for (size_t k = 0; k < frames.size(); ++k) {
    try {
      store.add(model.featurize(frames[k], dtype));
    } catch (const Error& error) {
      fail(error.kind(), "frame {}: {}", first + static_cast<int64_t>(k) + 1, error.what());
    }
    samples.push_back(static_cast<int64_t>(k));
    counts.push_back(frames[k].size());
    numbers.insert(numbers.end(), frames[k].numbers.begin(), frames[k].numbers.end());
  }
  Batch batch;
  batch.inputs = store.batch(samples);
  batch.size = static_cast<int64_t>(frames.size());
  batch.numbers = at::tensor(numbers, at::kLong);
  batch.n_atoms = at::tensor(counts, at::kLong);
  return batch;
}

std::vector<OutputDoc> chosen_outputs(const Model& model, const std::vector<std::string>& wanted) {
  const std::vector<OutputDoc> all = model.outputs();
  if (wanted.empty()) return all;
  std::vector<std::string> names;
  for (const OutputDoc& doc : all) names.push_back(doc.name);
  std::vector<OutputDoc> result;
  for (const std::string& name : wanted) {
    const auto found = std::find(names.begin(), names.end(), name);
    require(found != names.end(), "output {}: {} has no such output{}", name, model.name(), suggestion(name, names));
    result.push_back(all[static_cast<size_t>(found - names.begin())]);
  }
  return result;
}

}  // namespace

struct Predictor::State {
  Checkpoint checkpoint;
  PredictorOptions options;
  std::unique_ptr<Model> model;
  TargetTransforms transforms;
  at::ScalarType dtype;
  at::Device device{at::kCPU};
  std::vector<OutputDoc> outputs;

  void open(const Checkpoint& opened, const ModelList& models, const PredictorOptions& chosen,
            const std::string& name) {
    require(chosen.batch_size >= 1, "Predict.batch_size: it is {}; it must be at least 1", chosen.batch_size);
    checkpoint = opened;
    options = chosen;
    const std::string& precision = options.dtype.empty() ? checkpoint.dtype : options.dtype;
    dtype = to_scalar_type(precision);
    model = make_model(checkpoint, models, {precision, options.strict, name});
    model->requires_grad(false);
    device = process_device("device", options.device, 0, visible_gpus());
    model->to(device);
    transforms = TargetTransforms::from_config(checkpoint.transforms);
    outputs = chosen_outputs(*model, options.outputs);
  }

  std::vector<Prediction> predict(std::span<const Frame> frames, int64_t first) {
    const Batch batch = batch_of(frames, *model, dtype, first);
    NamedTensors inputs;
    for (const auto& [name, tensor] : batch.inputs) inputs.set(name, tensor.to(device));
    NamedTensors wanted;
    const NamedTensors all = model->call(inputs);
    for (const OutputDoc& doc : outputs) {
      if (const at::Tensor* output = all.find(doc.name)) wanted.set(doc.name, output->detach());
    }
    std::vector<Prediction> result(frames.size());
    const NamedTensors values = transforms.undo(wanted, batch);
    for (const OutputDoc& doc : outputs) {
      const at::Tensor* value = values.find(doc.name);
      if (!value) continue;
      int64_t row = 0;
      for (size_t k = 0; k < frames.size(); ++k) {
        const int64_t rows = doc.per_atom ? frames[k].size() : 1;
        result[k].set(doc.name, value->slice(0, row, row + rows).clone());
        row += rows;
      }
    }
    return result;
  }
};

Prediction Predictor::predict_dataset(const Dataset& dataset) {
  const int64_t all = std::max<int64_t>(dataset.size(), 1);
  const BatchOrder order(
      {.samples = dataset.size(), .batch_size = dataset.shares_inputs() ? all : state_->options.batch_size}, 0);
  std::map<std::string, std::vector<at::Tensor>> parts;
  for (int64_t b = 0; b < order.batches(); ++b) {
    const Batch batch = dataset.batch(order.samples(b));
    NamedTensors inputs, made;
    for (const auto& [name, tensor] : batch.inputs) {
      inputs.set(name, tensor.to(state_->device, tensor.is_floating_point() ? state_->dtype : tensor.scalar_type()));
    }
    const NamedTensors outputs = state_->model->call(inputs);
    for (const OutputDoc& doc : state_->outputs) {
      if (const at::Tensor* output = outputs.find(doc.name)) made.set(doc.name, output->detach());
    }
    for (const auto& [name, value] : state_->transforms.undo(made, batch)) parts[name].push_back(value);
  }
  Prediction result;
  for (const auto& [name, values] : parts) result.set(name, at::cat(values));
  return result;
}

Predictor::Predictor(const std::string& checkpoint, const ModelList& models, const PredictorOptions& options)
    : state_(std::make_unique<State>()) {
  state_->open(load_checkpoint(checkpoint), models, options, checkpoint);
}

Predictor::Predictor(const Checkpoint& checkpoint, const ModelList& models, const PredictorOptions& options)
    : state_(std::make_unique<State>()) {
  state_->open(checkpoint, models, options, "checkpoint");
}

Predictor::Predictor(Predictor&& other) noexcept = default;
Predictor::~Predictor() = default;
std::vector<OutputDoc> Predictor::outputs() const { return state_->outputs; }
Model& Predictor::model() { return *state_->model; }
const Checkpoint& Predictor::checkpoint() const { return state_->checkpoint; }

std::vector<Prediction> Predictor::predict(std::span<const Frame> frames) {
  std::vector<Prediction> result;
  const auto step = static_cast<size_t>(state_->options.batch_size);
  for (size_t first = 0; first < frames.size(); first += step) {
    const std::span<const Frame> part = frames.subspan(first, std::min(step, frames.size() - first));
    for (Prediction& prediction : state_->predict(part, static_cast<int64_t>(first))) {
      result.push_back(std::move(prediction));
    }
  }
  return result;
}

int64_t Predictor::predict_stream(const std::function<bool(Frame&)>& next,
                                  const std::function<void(const Frame&, const Prediction&)>& sink) {
  int64_t done = 0;
  for (;;) {
    std::vector<Frame> frames;
    Frame frame;
    while (static_cast<int64_t>(frames.size()) < state_->options.batch_size && next(frame)) {
      frames.push_back(std::move(frame));
      frame = Frame();
    }
    if (frames.empty()) return done;
    const std::vector<Prediction> predictions = state_->predict(frames, done);
    for (size_t k = 0; k < frames.size(); ++k) sink(frames[k], predictions[k]);
    done += static_cast<int64_t>(frames.size());
  }
}

struct Potential::State {
  Checkpoint checkpoint;
  std::unique_ptr<Model> model;
  std::unique_ptr<Evaluator> evaluator;
  TargetTransforms transforms;
  // E = scale · e + offset, the offset for as long as the atoms stay the same.
  std::vector<int64_t> numbers;
  double offset = 0;

  /// What the transforms make of a model energy of zero for these atoms.
  double offset_of(const std::vector<int64_t>& atoms) const {
    Batch batch;
    batch.size = 1;
    batch.numbers = at::tensor(atoms, at::kLong);
    batch.n_atoms = at::full({1}, static_cast<int64_t>(atoms.size()), at::kLong);
    return transforms.undo({{"energy", at::zeros({1}, at::kDouble)}}, batch).at("energy").item<double>();
  }
};

Potential::Potential(const std::string& checkpoint, const ModelList& models, const std::string& dtype, bool strict)
    : state_(std::make_unique<State>()) {
  state_->checkpoint = load_checkpoint(checkpoint);
  const std::string precision = dtype.empty() ? state_->checkpoint.dtype : dtype;
  to_scalar_type(precision);
  state_->model = make_model(state_->checkpoint, models, {precision, strict, checkpoint});
  state_->model->requires_grad(false);
  for (const char* needed : {"energy", "forces"}) {
    const auto outputs = state_->model->outputs();
    require(std::any_of(outputs.begin(), outputs.end(), [&](const OutputDoc& doc) { return doc.name == needed; }),
            "{}: {} has no output '{}'; a potential needs energy and forces", checkpoint, state_->model->name(),
            needed);
  }
  state_->transforms = TargetTransforms::from_config(state_->checkpoint.transforms);
  state_->evaluator = state_->model->make_evaluator();
}

Potential::~Potential() = default;
const Checkpoint& Potential::checkpoint() const { return state_->checkpoint; }

Evaluation Potential::evaluate(const Frame& frame) {
  if (frame.numbers != state_->numbers) {
    state_->offset = state_->offset_of(frame.numbers);
    state_->numbers = frame.numbers;
  }
  Evaluation result = state_->evaluator->evaluate(frame);
  const double scale = state_->transforms.energy_scale();
  result.energy = result.energy * scale + state_->offset;
  if (scale == 1) return result;
  for (Vector3& force : result.forces) {
    for (double& component : force) component *= scale;
  }
  if (result.stress) {
    for (Vector3& row : *result.stress) {
      for (double& component : row) component *= scale;
    }
  }
  return result;
}

}  // namespace spinel::train
