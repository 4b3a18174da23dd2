// The configs that models ship with can be read, and make the model they name.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "spinel/models/list.h"

namespace spinel::models {
namespace {

std::vector<std::filesystem::path> shipped_configs() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(SPINEL_SOURCE_DIR "/configs")) {
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

TEST(Configs, CoverEveryDataSetOfTheSchNetPapers) {
  for (const char* name : {"qm9_mu", "qm9_alpha", "qm9_homo", "qm9_lumo", "qm9_gap", "qm9_r2", "qm9_zpve", "qm9_u0",
                           "qm9_u", "qm9_h", "qm9_g", "qm9_cv", "md17_aspirin", "md17_uracil", "iso17",
                           "materials_project", "c20_fullerene", "ethanol_gfn2"}) {
    EXPECT_TRUE(std::filesystem::exists(std::string(SPINEL_SOURCE_DIR "/configs/schnet/") + name + ".yaml")) << name;
  }
}

}  // namespace
}  // namespace spinel::models
