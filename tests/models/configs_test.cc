// The configs that models ship with can be read, and make the model they name.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "spinel/atoms/xyz.h"
#include "spinel/base/platform/file.h"
#include "spinel/models/list.h"
#include "spinel/train/trainer.h"
#include "tests/support/paths.h"

namespace spinel::models {
namespace {

std::vector<std::filesystem::path> shipped_configs() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(source_dir() + "/configs")) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

TEST(Configs, MakeTheirModelAndTrainOnItsOutputs) {
  const auto files = shipped_configs();
  ASSERT_GE(files.size(), 20u);
  for (const auto& file : files) {
    SCOPED_TRACE(file.string());
    const Config config = load_config(file.string());
    const NamedArguments call = named_arguments(config.at("Model"));
    if (!call.arguments.contains("head")) continue;  // a part that others include
    const auto model = model_list().at(call.name).make(call.arguments);
    const Config* losses = config.find("Loss");
    if (!losses) continue;
    for (const auto& [target, term] : losses->as_map()) {
      const auto outputs = model->outputs();
      EXPECT_TRUE(std::any_of(outputs.begin(), outputs.end(), [&](const auto& o) { return o.name == target; }))
          << target;
      EXPECT_TRUE(config.at("Metric").contains(target)) << target;
    }
  }
}

/// Molecules of three elements with every target of the config under the key that it is looked for.
std::vector<Frame> frames_for(const train::RunConfig& run, const Config& targets) {
  std::vector<Frame> frames;
  for (int k = 0; k < 4; ++k) {
    Frame frame;
    frame.numbers = {8, 1, 1};
    frame.positions = {{0, 0, 0.1 * k}, {0.96, 0, 0}, {-0.24, 0.93, 0}};
    for (int extra = 0; extra < k; ++extra) {
      frame.numbers.push_back(6);
      frame.positions.push_back({1.5 + extra, 1.5, 0});
    }
    for (const auto& [target, term] : run.loss.as_map()) {
      const Config* source = targets.find_path(target + ".key");
      const std::string key = source ? source->as_string() : target;
      const auto atoms = static_cast<size_t>(frame.size());
      if (target == "forces") frame.arrays[key] = {3, std::vector<double>(3 * atoms, 0.1 * k)};
      else frame.info[key] = {{}, std::vector<double>{1.0 + k}};
    }
    frames.push_back(std::move(frame));
  }
  return frames;
}

// Everything in a config is used: a step of training, on a small network and frames made here, then the evaluations.
TEST(Configs, TrainAStep) {
  int trained = 0;
  for (const auto& file : shipped_configs()) {
    SCOPED_TRACE(file.string());
    const TemporaryFolder folder;
    std::vector<std::string> overrides = {"Model.SchNet.n_atom_basis=4", "Model.SchNet.n_interactions=1",
                                          "Trainer.max_epochs=1",        "Trainer.max_iter=1",
                                          "Trainer.progress=false",      "Trainer.output_dir=" + folder.file("run")};
    const Config shipped = load_config(file.string());
    if (!shipped.contains("Loss") || !shipped.find_path("Model.SchNet.head")) continue;  // others include it
    const bool joint = shipped.find_path("Dataset.dataset");
    if (joint) overrides.push_back("Dataset.split={train: 2, val: 1, test: 1}");
    for (const char* part : {"Dataset", "Dataset.train", "Dataset.val", "Dataset.test"}) {
      if (!shipped.find_path(std::string(part) + ".dataset")) continue;
      overrides.push_back(std::string(part) + ".dataset.XYZDataset.files=[" + folder.file("data.xyz") + "]");
      overrides.push_back(std::string(part) + ".loader.batch_size=2");
    }
    if (joint) {
      overrides.erase(overrides.end() - 1);  // the joint dataset has no loader of its own
      overrides.push_back("Dataset.train.loader.batch_size=2");
    }
    const train::RunConfig run = train::parse_run_config(load_config(file.string(), overrides));
    const Config* targets = shipped.find_path("Dataset.dataset.XYZDataset.targets");
    write_xyz(folder.file("data.xyz"), frames_for(run, targets ? *targets : Config::map()));
    train::Trainer trainer(run, model_list());
    const train::TrainingResult result = trainer.run();
    EXPECT_EQ(result.exit_status(), 0);
    EXPECT_FALSE(result.val.empty());
    EXPECT_FALSE(result.test.empty());
    ++trained;
  }
  EXPECT_GE(trained, 24);
}

// Those of graphs, with their own data.
TEST(Configs, OfGraphsTrainAnEpoch) {
  int trained = 0;
  for (const auto& file : shipped_configs()) {
    if (file.parent_path().filename() != "gnn") continue;
    SCOPED_TRACE(file.string());
    const TemporaryFolder folder;
    std::vector<std::string> overrides = {"Trainer.max_epochs=1", "Trainer.progress=false",
                                          "Trainer.output_dir=" + folder.file("run")};
    const Config shipped = load_config(file.string());
    for (const char* path : {"Dataset.dataset.NodeDataset.file", "Dataset.dataset.TUDataset.root"}) {
      const Config* data = shipped.find_path(path);
      if (data) overrides.push_back(std::string(path) + "=" + source_dir() + "/" + data->as_string());
    }
    train::Trainer trainer(train::parse_run_config(load_config(file.string(), overrides)), model_list());
    EXPECT_EQ(trainer.run().exit_status(), 0);
    ++trained;
  }
  EXPECT_GE(trained, 4);
}

TEST(Configs, CoverEveryDataSetOfTheSchNetPapers) {
  for (const char* name : {"qm9_mu", "qm9_alpha", "qm9_homo", "qm9_lumo", "qm9_gap", "qm9_r2", "qm9_zpve", "qm9_u0",
                           "qm9_u", "qm9_h", "qm9_g", "qm9_cv", "md17_aspirin", "md17_uracil", "iso17",
                           "materials_project", "c20_fullerene", "ethanol_gfn2"}) {
    EXPECT_TRUE(std::filesystem::exists(source_dir() + "/configs/schnet/" + name + ".yaml")) << name;
  }
}

}  // namespace
}  // namespace spinel::models
