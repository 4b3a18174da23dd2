#include <gmock/gmock.h>

#include "spinel/base/config.h"
#include "spinel/base/options.h"
#include "tests/base/config_testing.h"

#ifndef _WIN32
#include <sys/stat.h>
#endif

namespace spinel {
namespace {

using testing::error_of;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using testing::TemporaryFolder;

class LoadConfig : public ::testing::Test {
 protected:
  /// The error that loading this text gives, with the folder's path cut out.
  std::string error(std::string_view text, const std::vector<std::string>& overrides = {}) {
    const std::string file = folder.write("run.yaml", text);
    std::string message = error_of([&] { load_config(file, overrides); });
    const std::string prefix = file.substr(0, file.size() - std::string("run.yaml").size());
    for (size_t at = message.find(prefix); at != std::string::npos; at = message.find(prefix)) {
      message.erase(at, prefix.size());
    }
    return message;
  }
  Config load(std::string_view text, const std::vector<std::string>& overrides = {}) {
    return load_config(folder.write("run.yaml", text), overrides);
  }
  TemporaryFolder folder;
};

TEST_F(LoadConfig, ReadsYamlAndJsonByTheirEnding) {
  EXPECT_EQ(load_config(folder.write("a.yaml", "a: 1\n")).at("a").as_int(), 1);
  EXPECT_EQ(load_config(folder.write("a.yml", "a: 1\n")).at("a").as_int(), 1);
  EXPECT_EQ(load_config(folder.write("a.json", "{\"a\": 1}")).at("a").as_int(), 1);
  EXPECT_THAT(error_of([&] { load_config(folder.write("a.toml", "a = 1\n")); }),
              HasSubstr("known: .yaml, .yml, .json"));
}

// CF-04
TEST_F(LoadConfig, RefusesFilesThatAreNone) {
  const std::string absent = folder.path("absent.yaml");
  EXPECT_EQ(error_of([&] { load_config(absent); }),
            "not found: " + absent + ": cannot open: No such file or directory");
  EXPECT_THAT(error_of([&] { load_config(folder.path("")); }), HasSubstr("it is a folder"));
  EXPECT_THAT(error("a: \xff\n"), HasSubstr("run.yaml:1: byte 0xff is not UTF-8"));
  EXPECT_THAT(error(std::string((16 << 20) + 1, '#')), HasSubstr("it has 16777217 bytes; at most 16777216 are read"));
  EXPECT_EQ(load("\xef\xbb\xbf"
                 "a: 1\n")
                .at("a")
                .as_int(),
            1);  // a byte order mark is fine
  EXPECT_EQ(load_config(folder.write("bom.json", "\xef\xbb\xbf{\"a\": 1}")).at("a").as_int(), 1);
#ifndef _WIN32
  const std::string fifo = folder.path("fifo.yaml");
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_THAT(error_of([&] { load_config(fifo); }), HasSubstr("it is a pipe or device"));  // and does not hang
#endif
}

TEST_F(LoadConfig, NeedsAMapOfSections) {
  EXPECT_EQ(error("- a\n"), "invalid argument: run.yaml: the file holds a list; a map of sections is needed");
  EXPECT_THAT(error(""), HasSubstr("the file holds null"));
}

TEST_F(LoadConfig, IncludesAnotherFileUnderItsOwnKeys) {
  folder.write("base/common.yaml", "Trainer: {max_epochs: 10, seed: 1}\nModel: {SchNet: {cutoff: 5.0, n_rbf: 20}}\n");
  const Config config = load("include: base/common.yaml\nTrainer: {seed: 2}\nModel: {SchNet: {cutoff: 6.0}}\n");
  EXPECT_EQ(config.find_path("Trainer.max_epochs")->as_int(), 10);
  EXPECT_EQ(config.find_path("Trainer.seed")->as_int(), 2);
  EXPECT_EQ(config.find_path("Model.SchNet.cutoff")->as_double(), 6.0);
  EXPECT_EQ(config.find_path("Model.SchNet.n_rbf")->as_int(), 20);
  EXPECT_FALSE(config.contains("include"));
  EXPECT_THAT(config.find_path("Trainer.max_epochs")->where(), HasSubstr("common.yaml:1: Trainer.max_epochs"));
}

TEST_F(LoadConfig, LaterIncludesWinAndListsAreReplaced) {
  folder.write("one.yaml", "a: 1\nlist: [1, 2, 3]\nb: 1\n");
  folder.write("two.yaml", "a: 2\n");
  const Config config = load("include: [one.yaml, two.yaml]\nlist: [4]\n");
  EXPECT_EQ(config.at("a").as_int(), 2);
  EXPECT_EQ(config.at("b").as_int(), 1);
  EXPECT_EQ(config.at("list").as_ints(), std::vector<int64_t>{4});
}

TEST_F(LoadConfig, AnotherComponentReplacesAnIncludedOne) {
  folder.write("base.yaml", "Model: {SchNet: {cutoff: 5.0}}\nOptimizer: {Adam: {lr: 0.1}}\n");
  const Config config = load("include: base.yaml\nModel: {NewtonNet: {layers: 2}}\n");
  EXPECT_EQ(to_json(config.at("Model"), -1), R"({"NewtonNet": {"layers": 2}})");
  EXPECT_EQ(to_json(config.at("Optimizer"), -1), R"({"Adam": {"lr": 0.1}})");
}

TEST_F(LoadConfig, RefusesIncludesThatCannotBe) {
  EXPECT_THAT(error("\ninclude: gone.yaml\n"),
              StartsWith("not found: run.yaml:2: include: gone.yaml: cannot open: No such file"));
  EXPECT_THAT(error("include: run.yaml\n"), HasSubstr("run.yaml: it includes itself"));
  folder.write("x.yaml", "include: run.yaml\n");
  EXPECT_THAT(error("include: x.yaml\n"), HasSubstr("it includes itself"));
  EXPECT_THAT(error("include: {a: 1}\n"), HasSubstr("run.yaml:1: include: the value is a map; a list is needed"));
}

TEST_F(LoadConfig, OverridesReplaceValuesInYamlNotation) {
  const Config config = load("Model: {SchNet: {cutoff: 5.0, sizes: [1, 2]}}\nTrainer: {seed: 1}\n",
                             {"Model.SchNet.cutoff=6.5", "Trainer.seed=", "Model.SchNet.sizes.1=[7, 8]",
                              "Trainer.max_epochs=3", "New.a.b={c: 'x=y'}"});
  EXPECT_EQ(config.find_path("Model.SchNet.cutoff")->as_double(), 6.5);
  EXPECT_TRUE(config.find_path("Trainer.seed")->is_null());
  EXPECT_EQ(config.find_path("Model.SchNet.sizes.1.0")->as_int(), 7);
  EXPECT_EQ(config.find_path("Trainer.max_epochs")->as_int(), 3);
  EXPECT_EQ(config.find_path("New.a.b.c")->as_string(), "x=y");
  EXPECT_EQ(config.find_path("Model.SchNet.cutoff")->where(), "--set Model.SchNet.cutoff=6.5: Model.SchNet.cutoff");
}

TEST_F(LoadConfig, OverridesGiveArgumentsToAComponentWithoutAny) {
  const Config config = load("Optimizer: Adam\nLoss: {energy: mse}\n", {"Optimizer.Adam.lr=0.1", "Loss.energy=mae"});
  EXPECT_EQ(config.find_path("Optimizer.Adam.lr")->as_double(), 0.1);
  EXPECT_THAT(config.find_path("Optimizer.Adam")->where(), HasSubstr("run.yaml:1: Optimizer.Adam"));
  EXPECT_EQ(config.find_path("Loss.energy")->as_string(), "mae");
}

// CF-02: what a table says about an option that is misspelt names the override, in maps that it made too
TEST_F(LoadConfig, KeysOfOverridesAreCheckedByTheTables) {
  struct Options {
    int64_t seed = 1;
  };
  const auto table = OptionTable<Options>("Trainer").add("seed", &Options::seed, "seed");
  for (const char* text : {"Trainer: {seed: 2}\n", "Trainer:\n", "Model: M\n"}) {
    EXPECT_EQ(table.parse(load(text, {"Trainer.seed=7"}).at("Trainer")).seed, 7) << text;
    const std::string message = error_of([&] { table.parse(load(text, {"Trainer.sed=7"}).at("Trainer")); });
    EXPECT_EQ(message,
              "invalid argument: --set Trainer.sed=7: Trainer.sed: Trainer has no option 'sed'; did you mean 'seed'?")
        << text;
  }
  EXPECT_EQ(load("a: 1\n", {"b.c.d=7"}).at("b").where(), "--set b.c.d=7: b");
}

// CF-02
TEST_F(LoadConfig, OverridesThatCannotBeAreRefused) {
  const char* text = "Model: {SchNet: {cutoff: 5.0}}\nlist: [1]\nOptimizer: Adam\n";
  EXPECT_EQ(error(text, {"Model.SchNt.cutoff=6"}),
            "invalid argument: --set Model.SchNt.cutoff=6: 'Model' is the component SchNet, not SchNt (did you mean "
            "'SchNet'?); --set Model={Name: {…}} takes another");
  EXPECT_THAT(error(text, {"Model.PaiNN.cutoff=6"}), HasSubstr("is the component SchNet, not PaiNN; --set Model={"));
  EXPECT_THAT(error(text, {"list.1=6"}), HasSubstr("'list' has 1 items, no '1'"));
  EXPECT_THAT(error(text, {"Optimizer.SGD.lr=6"}), HasSubstr("'Optimizer' is a string, so it has no key 'SGD'"));
  EXPECT_THAT(error(text, {"Model"}), HasSubstr("write section.key=value"));
  EXPECT_THAT(error(text, {"=1"}), HasSubstr("write section.key=value"));
  for (const char* path : {"a..b=1", ".a=1", "a.=1"}) EXPECT_THAT(error(text, {path}), HasSubstr("is no key path"));
  std::string deep = "a";
  for (int i = 0; i < 100000; ++i) deep += ".a";
  EXPECT_THAT(error(text, {deep + "=1"}), HasSubstr("is no key path"));
  EXPECT_THAT(error(text, {"Model.SchNet.cutoff.x=1"}), HasSubstr("is a number, so it has no key 'x'"));
  EXPECT_THAT(error(text, {"Model=[1"}), StartsWith("invalid argument: --set Model=[1:1: "));
}

TEST_F(LoadConfig, ReferencesKeepTheTypeOfAWholeValue) {
  const Config config = load(
      "Global: {names: [energy, forces], cutoff: 5.0, n: 3, on: true, name: ethanol}\n"
      "a: ${Global.cutoff}\nb: ${Global.names}\nc: {d: '${Global.n}'}\ne: ${Global.names.1}\n"
      "f: runs/${Global.name}_${Global.n}_${Global.on}_${Global.cutoff}\ng: ${a}\nh: '\\${Global.n}'\ni: ${h}\n");
  EXPECT_EQ(config.at("a"), Config(5.0));
  EXPECT_EQ(config.at("b").as_strings(), (std::vector<std::string>{"energy", "forces"}));
  EXPECT_EQ(config.at("b").as_list()[0].path(), "b.0");
  EXPECT_EQ(config.find_path("c.d")->as_int(), 3);
  EXPECT_EQ(config.at("e").as_string(), "forces");
  EXPECT_EQ(config.at("f").as_string(), "runs/ethanol_3_true_5.0");
  EXPECT_EQ(config.at("g"), Config(5.0));
  EXPECT_EQ(config.at("h").as_string(), "${Global.n}");
  EXPECT_EQ(config.at("i").as_string(), "${Global.n}");
}

TEST_F(LoadConfig, ReferencesSeeOverrides) {
  EXPECT_EQ(load("a: 1\nb: ${a}\n", {"a=7"}).at("b").as_int(), 7);
  EXPECT_EQ(load("a: 1\nb: 2\n", {"b=${a}"}).at("b").as_int(), 1);
}

TEST_F(LoadConfig, RefusesReferencesThatCannotBe) {
  EXPECT_EQ(error("Global: {cutoff: 1}\n\na: ${Global.cutof}\n"),
            "invalid argument: run.yaml:3: a: ${Global.cutof} refers to nothing; did you mean 'Global.cutoff'?");
  EXPECT_THAT(error("a: ${}\n"), HasSubstr("${} refers to nothing"));
  EXPECT_THAT(error("a: ${b\n"), HasSubstr("has no closing brace"));
  EXPECT_THAT(error("a: ${a}\n"), HasSubstr("refers to itself"));
  EXPECT_THAT(error("a: x${b}\nb: ${c}\nc: ${a}\n"), HasSubstr("refers to itself"));
  EXPECT_THAT(error("a: {b: '${a}'}\n"), HasSubstr("refers to itself"));
  EXPECT_THAT(error("a: {b: 1}\nc: x${a}\n"), HasSubstr("a map cannot stand inside a text"));
}

// CF-01: the same bombs by references
TEST_F(LoadConfig, LimitsWhatReferencesExpandTo) {
  std::string values = "a0: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n";
  std::string texts = "a0: xxxxxxxxxx\n";
  std::string chain = "a0: 1\n";
  for (int i = 1; i < 100; ++i) {
    const std::string name = "\na" + std::to_string(i) + ": ";
    const std::string reference = "${a" + std::to_string(i - 1) + "}";
    values += name + "['" + reference + "', '" + reference + "', '" + reference + "']";
    texts += name + "'" + reference + reference + "'";
    chain += name + reference;
  }
  EXPECT_THAT(error(values), HasSubstr("the references copy more than 100000 values"));
  EXPECT_THAT(error(texts), ::testing::AnyOf(HasSubstr("insert more than 16 MiB"), HasSubstr("copy more than 100000")));
  EXPECT_THAT(error(chain), HasSubstr("references are nested deeper than 64"));
}

}  // namespace
}  // namespace spinel
