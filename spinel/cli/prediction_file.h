// Files of predictions: extended XYZ, CSV or JSON Lines, written frame by frame.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "spinel/atoms/frame.h"
#include "spinel/base/platform/file.h"
#include "spinel/train/model.h"
#include "spinel/train/predictor.h"

namespace spinel::cli {

/// Where a target stands in the frames of a file, and the factor that turns it into the model's unit.
struct TargetKey {
  std::string output;  ///< name of the model's output
  std::string unit;    ///< of the model
  bool per_atom = false;
  std::string key;
  double factor = 1;
};

/// The keys that the checkpoint's run read its targets from; outputs that it was not trained on are looked for under
/// their own names.
std::vector<TargetKey> target_keys(const train::Checkpoint& checkpoint, const std::vector<train::OutputDoc>& outputs);

/// The target's components in the model's unit; empty where the frame has none, or one of another size.
std::vector<double> target_values(const Frame& frame, const TargetKey& key);

enum class PredictionFormat { xyz, csv, jsonl };
/// By the ending of the file's name; another: invalid_argument.
PredictionFormat prediction_format(const std::string& path);

/// Writes what was predicted for each frame, and beside it the targets that the frame came with.
///   xyz    the frame with the predictions under the outputs' names; its own values move to `target_<name>`
///   csv    a row per frame: index, atoms, formula, the per-frame outputs by component, and `target_<name>`
///   jsonl  an object per frame: frame, formula, all outputs, and `target` with what is known of them
class PredictionWriter {
 public:
  PredictionWriter(File& file, PredictionFormat format, std::vector<TargetKey> keys);
  /// `index` is the frame's place in the input, from 0.
  void write(int64_t index, const Frame& frame, const train::Prediction& prediction);

 private:
  void write_xyz(const Frame& frame, const train::Prediction& prediction);
  void write_csv(int64_t index, const Frame& frame, const train::Prediction& prediction);
  void write_jsonl(int64_t index, const Frame& frame, const train::Prediction& prediction);

  File& file_;
  PredictionFormat format_;
  std::vector<TargetKey> keys_;
  bool header_written_ = false;
};

/// Symbols in Hill's order (C, H, then by the alphabet) with their counts: "C2H6O".
std::string formula(const std::vector<int64_t>& numbers);

}  // namespace spinel::cli
