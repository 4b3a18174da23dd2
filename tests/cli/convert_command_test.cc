// `spinel convert` on files of other programs, and what the results are good for.
#include <gtest/gtest.h>

#include "spinel/atoms/xyz.h"
#include "spinel/base/config.h"
#include "spinel/base/safetensors.h"
#include "tests/cli/run_spinel.h"

namespace spinel::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

std::vector<double> reals(const FrameProperty& property) { return std::get<std::vector<double>>(property.values); }
std::vector<double> reals(const AtomProperty& property) { return std::get<std::vector<double>>(property.values); }

void expect_near(const std::vector<double>& a, const std::vector<double>& b, double tolerance) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t k = 0; k < a.size(); ++k) EXPECT_NEAR(a[k], b[k], tolerance) << k;
}

TEST(ConvertCommand, SchNetPacksModelGivesTheEnergiesAndForcesOfSchNetPack) {
  const TemporaryFolder folder;
  const std::string model = converted_model(folder), output = folder.file("out.xyz");
  const ProcessResult result = run_spinel({"predict", model, schnetpack_frames(), "-o", output});
  ASSERT_EQ(result.exit_status, 0) << result.errors;
  const std::vector<Frame> predicted = read_xyz(output), wanted = read_xyz(schnetpack_frames());
  ASSERT_EQ(predicted.size(), 3u);
  for (size_t k = 0; k < 3; ++k) {
    SCOPED_TRACE(k);
    expect_near(reals(predicted[k].info.at("energy")), reals(wanted[k].info.at("energy")), 1e-4);
    expect_near(reals(predicted[k].arrays.at("forces")), reals(wanted[k].arrays.at("forces")), 1e-4);
    expect_near(reals(predicted[k].info.at("target_energy")), reals(wanted[k].info.at("energy")), 0);
  }
}

TEST(ConvertCommand, WithoutForcesTheConvertedModelHasNone) {
  const TemporaryFolder folder;
  const std::string model = converted_model(folder, {"--no-forces"}), output = folder.file("out.jsonl");
  const ProcessResult result = run_spinel({"predict", model, schnetpack_frames(), "-o", output});
  ASSERT_EQ(result.exit_status, 0) << result.errors;
  EXPECT_THAT(result.output, Not(HasSubstr("forces")));
  const std::string text = read_file(output);
  const Config first = parse_json(text.substr(0, text.find('\n')), "out.jsonl");
  EXPECT_FALSE(first.contains("forces"));
  EXPECT_NEAR(first.at("energy").as_double(), first.at("target").at("energy").as_double(), 1e-4);
}

TEST(ConvertCommand, ArgumentsThatTensorsDoNotTellCanBeGiven) {
  const TemporaryFolder folder;
  const std::string model = converted_model(folder, {"--set", "head.type=DipoleMoment"});
  const ProcessResult info = run_spinel({"info", model, "--json"});
  EXPECT_EQ(parse_json(info.output, "info").at("arguments").at("head").at("type").as_string(), "DipoleMoment");
  const std::string again = folder.file("again.safetensors");
  expect_failure(run_spinel({"convert", schnetpack_model(), "-o", again, "--set", "head.typ=DipoleMoment"}), 2,
                 "did you mean 'type'?");
  expect_failure(run_spinel({"convert", schnetpack_model(), "-o", again, "--set", "nothing"}), 2, "not an assignment");
  EXPECT_FALSE(file_exists(again));
}

TEST(ConvertCommand, OtherCheckpointsBecomeTheirTensors) {
  const TemporaryFolder folder;
  const std::string input = source_file("tests/golden/torch_file/lightning.ckpt"),
                    output = folder.file("a.safetensors");
  ASSERT_EQ(run_spinel({"convert", input, "-o", output}).exit_status, 0);
  const auto wanted = SafetensorsFile::open(source_file("tests/golden/torch_file/state.safetensors"));
  const auto file = SafetensorsFile::open(output);
  ASSERT_EQ(file.names().size(), wanted.names().size());
  for (const std::string& name : wanted.names()) EXPECT_TRUE(file.contains(name)) << name;
  EXPECT_EQ(file.metadata().at("epoch"), "3");
  expect_failure(run_spinel({"convert", input, "-o", output, "--no-forces"}), 2, "only its tensors are converted");
  expect_failure(run_spinel({"convert", input, "-o", folder.file("a.npz")}), 2, ".safetensors only");
}

TEST(ConvertCommand, OnlyTensorsWhereThatIsWished) {
  const TemporaryFolder folder;
  const std::string model = converted_model(folder, {"--tensors"});
  EXPECT_TRUE(SafetensorsFile::open(model).contains("postprocessors.1.atomref"));
}

}  // namespace
}  // namespace spinel::cli
