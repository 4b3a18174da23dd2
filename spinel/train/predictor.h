// Predictions with a trained model: from a checkpoint and frames or graphs to values in the units of the targets.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "spinel/atoms/frame.h"
#include "spinel/train/checkpoint.h"
#include "spinel/train/dataset.h"
#include "spinel/train/model.h"

namespace spinel::train {

/// What the model says about one frame: float64 tensors on the CPU by output name, offsets added back.
/// energy [1] eV, forces [atoms,3] eV/Å, stress [1,3,3] eV/Å³, …: see Predictor::outputs.
using Prediction = NamedTensors;

struct PredictorOptions {
  int64_t batch_size = 32;
  std::string dtype;  ///< "float32", "float64"; empty: as trained
  std::string device = "cpu";
  std::vector<std::string> outputs;  ///< names to make; empty: all the model has
  bool strict = false;               ///< tensors of the checkpoint without a place in the model are an error
};

class Predictor {
 public:
  /// `checkpoint`: a file, or the output folder of a run (its best).
  Predictor(const std::string& checkpoint, const ModelList& models, const PredictorOptions& options = {});
  Predictor(const Checkpoint& checkpoint, const ModelList& models, const PredictorOptions& options = {});
  Predictor(Predictor&& other) noexcept;
  ~Predictor();

  /// Outputs with their units.
  std::vector<OutputDoc> outputs() const;
  Model& model();
  const Checkpoint& checkpoint() const;

  std::vector<Prediction> predict(std::span<const Frame> frames);
  /// Of a dataset whose batches are the model's inputs (graphs, nodes of a graph): float64 tensors on the CPU by output
  /// name, the rows of all samples in order.
  Prediction predict_dataset(const Dataset& dataset);
  /// Reads frames from `next` (false: no more) until it ends and hands each with its prediction to `sink`, in order;
  /// memory stays at one batch. Returns the number of frames.
  int64_t predict_stream(const std::function<bool(Frame&)>& next,
                         const std::function<void(const Frame&, const Prediction&)>& sink);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A trained potential for MD and relaxation: total energy (eV), forces (eV/Å) and, if the model has it, stress.
class Potential : public Evaluator {
 public:
  Potential(const std::string& checkpoint, const ModelList& models, const std::string& dtype = "", bool strict = false);
  ~Potential() override;
  /// A model without energy and forces: invalid_argument.
  Evaluation evaluate(const Frame& frame) override;
  const Checkpoint& checkpoint() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace spinel::train
