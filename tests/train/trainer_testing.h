// A small run for the tests of the trainer: config, data, and the comparison of what two runs left behind.
#pragma once

#include <string>
#include <vector>

#include "spinel/base/platform/file.h"
#include "spinel/train/frame_dataset.h"
#include "spinel/train/run_log.h"
#include "spinel/train/trainer.h"
#include "tests/train/fake_model.h"

namespace spinel::train {

/// A config of 3 epochs of 5 batches in float64 with `extra` lines behind it ("Trainer: …" keys go through overrides).
inline RunConfig small_config(const std::string& output_dir) {
  RunConfig config = parse_run_config(parse_yaml(R"(
Global: {dtype: float64}
Trainer: {max_epochs: 3, progress: false, use_tensorboard: false, save_freq: 0, log_freq: 2}
Model: {Fake: {features: 3}}
Dataset: {train: {loader: {batch_size: 8}}}
Loss: {energy: {loss: mse, weight: 0.5}, forces: mse}
Metric: {energy: mae, forces: mae}
Optimizer: {AdamW: {lr: 0.02, weight_decay: 0.01}}
)",
                                                 "test"));
  config.trainer.output_dir = output_dir;
  return config;
}

inline std::shared_ptr<const Dataset> small_dataset(int64_t frames, uint64_t seed = 1) {
  const FakeModel model(Config::map());
  return std::make_shared<FrameDataset>(fake_frames(frames, seed), model, std::vector<std::string>{"energy", "forces"},
                                        at::kDouble);
}

inline TrainingData small_data() {
  static const auto train = small_dataset(37), val = small_dataset(11, 2), test = small_dataset(9, 3);
  return {train, val, test, Config::map()};
}

/// The log without what the clock put in.
inline std::vector<std::string> log_lines(const std::string& output_dir) {
  std::vector<std::string> lines;
  for (Config line : read_run_log(join_path(output_dir, "log.jsonl"))) {
    line.erase("time");
    lines.push_back(to_json(line, -1));
  }
  return lines;
}

inline std::string checkpoint_bytes(const std::string& output_dir, const std::string& name = "latest") {
  return read_file(output_dir + "/checkpoints/" + name + ".safetensors");
}

}  // namespace spinel::train
