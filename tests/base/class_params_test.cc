#include "spinel/base/class_params.h"

#include <gmock/gmock.h>

#include "tests/base/config_testing.h"

namespace spinel {
namespace {

using testing::error_of;

Config imported(const char* text) { return import_class_params(parse_yaml(text, "ppmat.yaml")); }

TEST(ImportClassParams, GivesTheNativeFormAtEveryDepth) {
  const Config config = imported(
      "Global: {label_names: [energy]}\n"
      "Model: {__class_name__: SchNet, __init_params__: {cutoff: 5.0}}\n"
      "Optimizer:\n"
      "  __class_name__: Adam\n"
      "  __init_params__:\n"
      "    lr: {__class_name__: Cosine, __init_params__: {learning_rate: 0.1}}\n"
      "Metric: [{__class_name__: L1Loss}, {__class_name__: MSELoss, __init_params__: null}]\n");
  EXPECT_EQ(to_json(config.at("Global"), -1), R"({"label_names": ["energy"]})");
  EXPECT_EQ(to_json(config.at("Model"), -1), R"({"SchNet": {"cutoff": 5.0}})");
  EXPECT_EQ(to_json(config.at("Optimizer"), -1), R"({"Adam": {"lr": {"Cosine": {"learning_rate": 0.1}}}})");
  EXPECT_EQ(to_json(config.at("Metric"), -1), R"([{"L1Loss": {}}, {"MSELoss": {}}])");
  EXPECT_EQ(config.find_path("Optimizer.Adam.lr.Cosine.learning_rate")->where(),
            "ppmat.yaml:6: Optimizer.Adam.lr.Cosine.learning_rate");
}

TEST(ImportClassParams, LeavesNativeConfigsAlone) {
  const Config config = parse_yaml("Model: {SchNet: {cutoff: 5.0}}\nlist: [1, {a: 2}]\n", "a");
  EXPECT_EQ(import_class_params(config), config);
}

TEST(ImportClassParams, NamesWhatItCannotImport) {
  EXPECT_EQ(error_of([] { imported("M:\n  __class_name__: A\n  extra: 1\n"); }),
            "invalid argument: ppmat.yaml:3: M.extra: the key 'extra' stands beside __class_name__; only "
            "__init_params__ can");
  EXPECT_EQ(error_of([] { imported("M: {__class_name__: 3}\n"); }),
            "invalid argument: ppmat.yaml:1: M.__class_name__: the value is an integer; a string is needed");
  EXPECT_EQ(error_of([] { imported("M: {__class_name__: A, __init_params__: [1]}\n"); }),
            "invalid argument: ppmat.yaml:1: M.__init_params__: the parameters of A are a list; a map is needed");
}

}  // namespace
}  // namespace spinel
