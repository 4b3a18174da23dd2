// `spinel predict`: its formats, and what it does with inputs that are not as they should be.
#include <gtest/gtest.h>

#include <filesystem>

#include "spinel/atoms/xyz.h"
#include "spinel/base/config.h"
#include "spinel/hosts/torch/tensor_view.h"
#include "spinel/train/checkpoint.h"
#include "tests/cli/run_spinel.h"

namespace spinel::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

struct PredictCommand : testing::Test {
  static void SetUpTestSuite() {
    folder = new TemporaryFolder;
    model = converted_model(*folder);
  }
  static void TearDownTestSuite() { delete folder; }

  static ProcessResult predict(const std::string& input, const std::string& output,
                               const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"predict", model, input, "-o", output};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_spinel(arguments);
  }
  static std::vector<std::string> lines_of(const std::string& path) {
    std::vector<std::string> lines;
    const std::string text = read_file(path);
    for (size_t begin = 0; begin < text.size();) {
      const size_t end = std::min(text.find('\n', begin), text.size());
      lines.push_back(text.substr(begin, end - begin));
      begin = end + 1;
    }
    return lines;
  }

  static TemporaryFolder* folder;
  static std::string model;
  TemporaryFolder own;
};
TemporaryFolder* PredictCommand::folder = nullptr;
std::string PredictCommand::model;

TEST_F(PredictCommand, CsvHasARowAFrameWithTargetsBeside) {
  const std::string output = own.file("a.csv");
  const ProcessResult result = predict(schnetpack_frames(), output, {"--outputs", "energy"});
  ASSERT_EQ(result.exit_status, 0) << result.errors;
  EXPECT_THAT(result.output, HasSubstr("3 frames predicted"));
  EXPECT_THAT(result.output, HasSubstr("energy: MAE"));
  const std::vector<std::string> lines = lines_of(output);
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(lines[0], "frame,atoms,formula,energy,target_energy");
  EXPECT_THAT(lines[1], testing::StartsWith("0,9,C2H6O,-4215.90"));
  EXPECT_THAT(lines[2], testing::StartsWith("1,3,H2O,-2081.3"));
}

TEST_F(PredictCommand, JsonLinesHaveAllOutputs) {
  const std::string output = own.file("a.jsonl");
  ASSERT_EQ(predict(schnetpack_frames(), output).exit_status, 0);
  const std::vector<std::string> lines = lines_of(output);
  ASSERT_EQ(lines.size(), 3u);
  const Config water = parse_json(lines[1], "line");
  EXPECT_EQ(water.at("frame").as_int(), 1);
  EXPECT_EQ(water.at("formula").as_string(), "H2O");
  ASSERT_EQ(water.at("forces").as_list().size(), 3u);
  EXPECT_EQ(water.at("forces").as_list()[0].as_list().size(), 3u);
  EXPECT_NEAR(water.at("energy").as_double(), water.at("target").at("energy").as_double(), 1e-4);
}

TEST_F(PredictCommand, XyzKeepsTheFrameAndItsCell) {
  const std::string output = own.file("a.xyz");
  ASSERT_EQ(predict(schnetpack_frames(), output).exit_status, 0);
  const std::vector<Frame> before = read_xyz(schnetpack_frames()), after = read_xyz(output);
  ASSERT_EQ(after.size(), 3u);
  EXPECT_EQ(after[2].cell, before[2].cell);
  EXPECT_EQ(after[2].pbc, before[2].pbc);
  EXPECT_EQ(after[2].positions, before[2].positions);
  EXPECT_TRUE(after[2].arrays.contains("target_forces"));
}

TEST_F(PredictCommand, BatchesMakeNoDifference) {
  ASSERT_EQ(predict(schnetpack_frames(), own.file("1.csv"), {"--batch-size", "1"}).exit_status, 0);
  ASSERT_EQ(predict(schnetpack_frames(), own.file("9.csv"), {"--batch-size", "9"}).exit_status, 0);
  const auto one = lines_of(own.file("1.csv")), nine = lines_of(own.file("9.csv"));
  for (size_t k = 1; k < 4; ++k) EXPECT_EQ(one[k].substr(0, 18), nine[k].substr(0, 18));
}

TEST_F(PredictCommand, AnOutputThatIsTheInputIsRefusedAndTheInputStays) {
  const std::string text = read_file(schnetpack_frames()), input = own.file("in.xyz");
  write_file_atomic(input, text);
  std::filesystem::create_symlink(input, own.file("link.xyz"));
  std::filesystem::create_hard_link(input, own.file("hard.xyz"));
  for (const std::string& output : {input, own.file("./in.xyz"), own.file("link.xyz"), own.file("hard.xyz")}) {
    expect_failure(predict(input, output), 2, "the same file as the input");
    EXPECT_EQ(read_file(input), text) << output;
  }
  std::filesystem::create_hard_link(model, own.file("model.csv"));
  expect_failure(predict(input, own.file("model.csv")), 2, "the same file as the input");
  expect_failure(predict(input, own.file("a.csv"), {"--plot", own.file("link.xyz")}), 2, "the same file as the input");
  EXPECT_FALSE(file_exists(own.file("a.csv")));
}

const char* const kMixed =
    "3\nProperties=species:S:1:pos:R:3\nO 0 0 0\nH 1 0 0\nH 0 1 0\n"
    "2\nProperties=species:S:1:pos:R:3\nO 0 0 0\nH 1 ***** 0\n"
    "2\nProperties=species:S:1:pos:R:3\nO 0 0 0\nH 1 nan 0\n"
    "1\nProperties=species:S:1:pos:R:3\nO 0 0 0\n"
    "0\n\n"
    "2\nProperties=species:S:1:pos:R:3\nOg 0 0 0\nH 1 0 0\n"
    "2\nProperties=species:S:1:pos:R:3\nO 0 0 0\nH 1 0 0\n";

TEST_F(PredictCommand, BrokenFramesEndTheRunUnlessTheyAreSkipped) {  // CI-05, CI-06, CI-10
  const std::string input = own.file("in.xyz"), output = own.file("out.csv");
  write_file_atomic(input, kMixed);
  expect_failure(predict(input, output), 2, "*****");
  EXPECT_FALSE(file_exists(output));
  const ProcessResult result = predict(input, output, {"--skip-bad"});
  ASSERT_EQ(result.exit_status, 0) << result.errors;
  EXPECT_THAT(result.errors, HasSubstr("frames left out; the first: "));
  EXPECT_THAT(result.errors, HasSubstr("frame 2"));
  std::vector<std::string> kept;
  for (const std::string& line : lines_of(output)) kept.push_back(line.substr(0, line.find(',')));
  EXPECT_EQ(kept, (std::vector<std::string>{"frame", "0", "3", "6"}));
}

TEST_F(PredictCommand, ElementsOutsideTheModelAndFramesWithoutAtomsAreNamed) {  // CI-10
  const std::string input = own.file("in.xyz");
  write_file_atomic(input, "1\nProperties=species:S:1:pos:R:3\nO 0 0 0\n1\nProperties=species:S:1:pos:R:3\nOg 0 0 0\n");
  const ProcessResult element = predict(input, own.file("a.csv"));
  EXPECT_EQ(element.exit_status, 2);
  EXPECT_THAT(element.errors, HasSubstr("in.xyz: frame 2: "));
  EXPECT_THAT(element.errors, Not(HasSubstr("frame 1")));
  EXPECT_THAT(element.errors, HasSubstr("118"));
  write_file_atomic(input, "0\n\n");
  const ProcessResult none = predict(input, own.file("a.csv"));
  EXPECT_EQ(none.exit_status, 2);
  EXPECT_THAT(none.errors, HasSubstr("frame 1"));
}

TEST_F(PredictCommand, AnEmptyFileGivesNoFrames) {
  write_file_atomic(own.file("in.xyz"), "");
  const ProcessResult result = predict(own.file("in.xyz"), own.file("a.csv"));
  EXPECT_EQ(result.exit_status, 0) << result.errors;
  EXPECT_THAT(result.output, HasSubstr("0 frames predicted"));
  expect_failure(predict(own.path(), own.file("a.csv")), 2, own.path());
}

TEST_F(PredictCommand, UnknownFormatsOutputsPartsAndSizesAreRefused) {
  expect_failure(predict(schnetpack_frames(), own.file("a.npz")), 2, "choose .xyz, .csv or .jsonl");
  expect_failure(predict(schnetpack_frames(), own.file("a.csv"), {"--outputs", "enrgy"}), 2, "did you mean 'energy'?");
  expect_failure(predict(schnetpack_frames(), own.file("a.csv"), {"--part", "test"}), 2, "holds no such part");
  expect_failure(predict(schnetpack_frames(), own.file("a.csv"), {"--batch-size", "0"}), 2, "at least 1");
  expect_failure(predict(schnetpack_frames(), own.file("a.csv"), {"--dtype", "float8"}), 2, "float32");
  expect_failure(predict(schnetpack_frames(), own.file("a.csv"), {"--device", "gpu"}), 2, "choose cpu, cuda");
  expect_failure(predict(schnetpack_frames(), own.file("no/a.csv")), 2, "no/a.csv");
  EXPECT_EQ(list_folder(own.path()), std::vector<std::string>());
}

TEST_F(PredictCommand, OnlyThePartOfTheSplitIsPredicted) {
  train::Checkpoint checkpoint = train::load_checkpoint(model);
  checkpoint.split = parse_json(R"({"train": [0], "val": [2], "test": [1]})", "split");
  train::save_checkpoint(own.file("split.safetensors"), checkpoint);
  const ProcessResult result = run_spinel(
      {"predict", own.file("split.safetensors"), schnetpack_frames(), "-o", own.file("a.csv"), "--part", "test"});
  ASSERT_EQ(result.exit_status, 0) << result.errors;
  const auto lines = lines_of(own.file("a.csv"));
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_THAT(lines[1], testing::StartsWith("1,3,H2O,"));
}

TEST_F(PredictCommand, AReaderOfItsOutputThatLeavesIsNoSignal) {  // CF-06
  const ProcessResult result = run_shell("\"$spinel\" predict " + model + " " + schnetpack_frames() + " -o " +
                                         own.file("a.csv") + " 2>/dev/null | true; echo ${PIPESTATUS[0]}");
  EXPECT_TRUE(result.output == "0\n" || result.output == "1\n") << result.output;
  EXPECT_EQ(lines_of(own.file("a.csv")).size(), 4u);
}

TEST_F(PredictCommand, PlotAndReportAreWritten) {
  const ProcessResult result =
      predict(schnetpack_frames(), own.file("a.csv"), {"--plot", own.file("p.png"), "--report", own.file("r.html")});
  ASSERT_EQ(result.exit_status, 0) << result.errors;
  EXPECT_THAT(read_file(own.file("p.png")), testing::StartsWith("\x89PNG"));
  EXPECT_THAT(read_file(own.file("r.html")), HasSubstr("</html>"));
}

// ST-10, ST-14, ST-17 as the program meets them
TEST_F(PredictCommand, CheckpointsThatAreNoneAreRefused) {
  expect_failure(run_spinel({"predict", schnetpack_model(), schnetpack_frames(), "-o", own.file("a.csv")}), 2,
                 "spinel convert");
  const std::string bytes = read_file(model);
  write_file_atomic(own.file("cut.safetensors"), bytes.substr(0, bytes.size() / 2));
  expect_failure(run_spinel({"predict", own.file("cut.safetensors"), schnetpack_frames(), "-o", own.file("a.csv")}), 2,
                 "cut.saf");
}

TEST_F(PredictCommand, TensorsThatAreMissingMisspeltOrOfAnotherShapeAreNamed) {  // ST-11
  const train::Checkpoint whole = train::load_checkpoint(model);
  const std::string key = "representation.embedding.weight", path = own.file("wrong.safetensors");
  const auto refused = [&](const std::string& name, const at::Tensor& tensor, const std::string& text) {
    train::Checkpoint checkpoint = whole;
    NamedTensors parameters;
    for (const auto& [other, value] : whole.parameters) {
      if (other != key) parameters.set(other, value);
    }
    if (!name.empty()) parameters.set(name, tensor);
    checkpoint.parameters = parameters;
    train::save_checkpoint(path, checkpoint);
    const ProcessResult result = run_spinel({"predict", path, schnetpack_frames(), "-o", own.file("a.csv")});
    expect_failure(result, 2, text);
    EXPECT_THAT(result.errors, HasSubstr("wrong.safetensors"));
  };
  const at::Tensor& right = whole.parameters.at(key);
  refused("", right, key);
  refused("representation.embeding.weight", right, "did you mean 'representation.embeding.weight'?");
  refused(key, right.slice(0, 1), "is [99, 8], here [100, 8]");
}

TEST_F(PredictCommand, TensorsWithoutAPlaceAreAWarningUnlessStrict) {  // ST-11
  train::Checkpoint checkpoint = train::load_checkpoint(model);
  checkpoint.parameters.set("head.of.another", at::zeros({2}));
  const std::string path = own.file("more.safetensors");
  train::save_checkpoint(path, checkpoint);
  const ProcessResult warned = run_spinel({"predict", path, schnetpack_frames(), "-o", own.file("a.csv")});
  EXPECT_EQ(warned.exit_status, 0) << warned.errors;
  EXPECT_THAT(warned.errors, HasSubstr("more.safetensors: SchNet has no place for 1 of its tensors: head.of.another"));
  run_spinel({"predict", model, schnetpack_frames(), "-o", own.file("b.csv")});
  EXPECT_EQ(read_file(own.file("a.csv")), read_file(own.file("b.csv")));
  const ProcessResult refused = run_spinel({"predict", path, schnetpack_frames(), "-o", own.file("c.csv"), "--strict"});
  expect_failure(refused, 2, "head.of.another");
  EXPECT_FALSE(file_exists(own.file("c.csv")));
}

TEST_F(PredictCommand, InfoCountsWeightsThatAreNotFinite) {  // ST-10
  train::Checkpoint checkpoint = train::load_checkpoint(model);
  at::Tensor weight = checkpoint.parameters.at("representation.embedding.weight").clone();
  float* const values = weight.mutable_data_ptr<float>();
  values[0] = values[1] = std::numeric_limits<float>::quiet_NaN();
  values[2] = -std::numeric_limits<float>::infinity();
  values[3] = 1e-40f;
  checkpoint.parameters.set("representation.embedding.weight", weight);
  const std::string broken = own.file("nan.safetensors");
  train::save_checkpoint(broken, checkpoint);
  const ProcessResult result = run_spinel({"info", broken, "--json"});
  ASSERT_EQ(result.exit_status, 0) << result.errors;
  const Config info = parse_json(result.output, "info");
  const Config clean = parse_json(run_spinel({"info", model, "--json"}).output, "info");
  EXPECT_EQ(info.at("nan").as_int(), clean.at("nan").as_int() + 2);
  EXPECT_EQ(info.at("infinite").as_int(), clean.at("infinite").as_int() + 1);
  EXPECT_EQ(info.at("denormal").as_int(), clean.at("denormal").as_int() + 1);
  EXPECT_EQ(info.at("values").as_int(), clean.at("values").as_int());
}

TEST_F(PredictCommand, EachOutputHasAFileOfItsOwn) {
  const std::string output = own.file("a.csv");
  for (const std::vector<std::string>& more : {std::vector<std::string>{"--plot", output},
                                               {"--report", own.path() + "//a.csv"},
                                               {"--plot", own.file("b"), "--report", own.file("b")}}) {
    expect_failure(predict(schnetpack_frames(), output, more), 2, "two outputs would be written to it");
    EXPECT_FALSE(file_exists(output));
  }
}

}  // namespace
}  // namespace spinel::cli
