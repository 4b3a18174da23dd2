// A dataset of frames of atoms (extended XYZ files or frames in memory) with targets, featurised once.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "spinel/atoms/frame.h"
#include "spinel/base/component.h"
#include "spinel/base/options.h"
#include "spinel/train/dataset.h"
#include "spinel/train/model.h"

namespace spinel::train {

/// Where a target is found in a frame, and its unit there.
struct TargetSource {
  std::string key;   ///< in Frame::info (per frame) or Frame::arrays (per atom); empty: the target's name
  std::string unit;  ///< of the file; empty: the model's
};

struct FrameDatasetOptions {
  std::vector<std::string> files;  ///< extended XYZ, joined in this order
  Config targets = Config::map();  ///< per target name: key, or {key, unit}
  bool filter_unvalid = true;      ///< drop samples with a missing or NaN target; false: they are an error
  std::vector<int64_t> elements;   ///< allowed atomic numbers; empty: those of the model
  int64_t limit = 0;               ///< only the first so many frames; 0: all
};
const OptionTable<FrameDatasetOptions>& frame_dataset_table();

/// All samples featurised and joined in memory; a batch is cut out of them in one pass.
class FrameDataset : public Dataset {
 public:
  /// Takes `targets` (names of the model's outputs) from each frame, converts their units and featurises the frame.
  /// Floats end up in `dtype`; targets are float64. `name` begins messages. A frame without a target or with a NaN in
  /// it is dropped and counted, or an error that names frame and key.
  FrameDataset(std::span<const Frame> frames, const Model& model, const std::vector<std::string>& targets,
               at::ScalarType dtype, const FrameDatasetOptions& options = {}, const std::string& name = "frames");
  static std::shared_ptr<FrameDataset> read(const FrameDatasetOptions& options, const Model& model,
                                            const std::vector<std::string>& targets, at::ScalarType dtype);

  int64_t size() const override;
  Batch batch(std::span<const int64_t> indices) const override;

  /// Frames left out by filter_unvalid.
  int64_t dropped() const;
  /// The index in the source of each sample.
  const std::vector<int64_t>& source_index() const;
  /// Atomic numbers of all atoms of a sample.
  std::span<const int64_t> numbers(int64_t sample) const;
  /// A target of all samples: float64, per-frame targets [samples, …].
  at::Tensor target(const std::string& name) const;

 private:
  struct Store;
  std::shared_ptr<const Store> store_;
};

}  // namespace spinel::train
