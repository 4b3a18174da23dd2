#include "spinel/train/check.h"

#include "tests/support/paths.h"
#include "tests/train/golden_case.h"

namespace spinel::train {
namespace {

const std::vector<golden::Function>& functions() {
  static const auto list = train_golden_functions();
  return list;
}

const golden::Function* find_function(const std::string& name) {
  for (const golden::Function& function : functions()) {
    if (function.name == name) return &function;
  }
  return nullptr;
}

TEST(TrainGoldenFunctions, AgreeWithEveryStoredCase) {
  const std::filesystem::path root = source_dir() + "/tests/golden/materials";
  int cases = 0;
  for (const char* area : {"infrastructure", "schnet"}) {
    for (const auto& entry : std::filesystem::directory_iterator(root / area)) {
      const SafetensorsFile file = SafetensorsFile::open(entry.path().string());
      const golden::Function* function = find_function(file.metadata().at("area") + "/" + file.metadata().at("name"));
      if (!function || file.metadata().at("kind") != "function") continue;
      golden::expect_case_holds(golden::FunctionCase(entry.path().string()), *function);
      ++cases;
    }
  }
  EXPECT_GE(cases, 29);
}

TEST(TrainGoldenFunctions, HaveDistinctNames) {
  for (const golden::Function& function : functions()) EXPECT_EQ(find_function(function.name), &function);
}

}  // namespace
}  // namespace spinel::train
