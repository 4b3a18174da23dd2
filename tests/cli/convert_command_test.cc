// `spinel convert` on files of other programs, and what the results are good for.
#include <gtest/gtest.h>

#include <filesystem>

#include "spinel/atoms/xyz.h"
#include "spinel/base/config.h"
#include "spinel/base/safetensors.h"
#include "tests/cli/run_spinel.h"
#include "tests/support/npy_writer.h"

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

/// Two frames of a molecule in the arrays that MD17 and rMD17 publish.
std::string trajectory(const std::vector<std::string>& names, const std::string& energy_shape) {
  std::string positions, forces;
  for (int k = 0; k < 12; ++k) {
    positions += bytes_of<double>({0.25 * k});
    forces += bytes_of<double>({-1.0 * k});
  }
  return zip_of({{names[0] + ".npy", npy_of("|u1", "(2,)", bytes_of<uint8_t>({8, 1}))},
                 {names[1] + ".npy", npy_of("<f8", "(2, 2, 3)", positions)},
                 {names[2] + ".npy", npy_of("<f8", energy_shape, bytes_of<double>({-97000.5, -97001.25}))},
                 {names[3] + ".npy", npy_of("<f8", "(2, 2, 3)", forces)},
                 {"name.npy", npy_of("|S7", "()", "aspirin")}});
}

TEST(ConvertCommand, TrajectoriesOfMD17BecomeFrames) {
  const TemporaryFolder folder;
  const std::vector<std::string> md17 = {"z", "R", "E", "F"},
                                 rmd17 = {"nuclear_charges", "coords", "energies", "forces"};
  for (const bool revised : {false, true}) {
    write_file_atomic(folder.file("a.npz"), trajectory(revised ? rmd17 : md17, revised ? "(2,)" : "(2, 1)"));
    const ProcessResult result = run_spinel({"convert", folder.file("a.npz"), "-o", folder.file("a.xyz")});
    ASSERT_EQ(result.exit_status, 0) << result.errors;
    EXPECT_THAT(result.output, HasSubstr("2 frames"));
    const std::vector<Frame> frames = read_xyz(folder.file("a.xyz"));
    ASSERT_EQ(frames.size(), 2u);
    EXPECT_EQ(frames[1].numbers, (std::vector<int64_t>{8, 1}));
    EXPECT_EQ(frames[1].positions[1], (Vector3{2.25, 2.5, 2.75}));
    EXPECT_EQ(reals(frames[1].info.at("energy")), std::vector<double>{-97001.25});
    EXPECT_EQ(reals(frames[1].arrays.at("forces"))[5], -11);
    EXPECT_FALSE(frames[1].periodic());
  }
}

TEST(ConvertCommand, TrajectoriesThatDoNotFitTogetherAreNamed) {
  const TemporaryFolder folder;
  const std::string good = npy_of("<i8", "(2,)", bytes_of<int64_t>({8, 1}));
  const std::string positions = npy_of("<f8", "(1, 2, 3)", bytes_of<double>({0, 0, 0, 1, 0, 0}));
  const std::pair<std::string, const char*> cases[] = {
      {zip_of({{"x.npy", good}}), "no atomic numbers of z or nuclear_charges"},
      {zip_of({{"z.npy", good}}), "no positions of R or coords"},
      {zip_of({{"z.npy", npy_of("<i8", "(1,)", bytes_of<int64_t>({8}))}, {"R.npy", positions}}), "[1, 1, 3]"},
      {zip_of({{"z.npy", npy_of("<i8", "(2,)", bytes_of<int64_t>({8, 119}))}, {"R.npy", positions}}), "z[1] is 119"},
      {zip_of({{"z.npy", npy_of("<f8", "(2,)", bytes_of<double>({8, 1.5}))}, {"R.npy", positions}}), "z[1] is 1.5"},
      {zip_of({{"z.npy", good}, {"R.npy", good}}), "[frames, atoms, 3]"},
      {zip_of({{"z.npy", good}, {"R.npy", positions}, {"E.npy", good}}), "E has shape [2]"},
      {zip_of({{"z.npy", good}, {"R.npy", positions}, {"F.npy", good}}), "F has shape [2]"},
      {zip_of({{"z.npy", good}, {"R.npy", positions}}).substr(0, 300), "zip"},
      {"no zip at all", "zip"},
  };
  for (const auto& [bytes, text] : cases) {
    write_file_atomic(folder.file("a.npz"), bytes);
    expect_failure(run_spinel({"convert", folder.file("a.npz"), "-o", folder.file("a.xyz")}), 2, text);
    EXPECT_FALSE(file_exists(folder.file("a.xyz")));
  }
  write_file_atomic(folder.file("a.npz"), zip_of({{"z.npy", good}, {"R.npy", positions}}));
  expect_failure(run_spinel({"convert", folder.file("a.npz"), "-o", folder.file("a.safetensors")}), 2, "to .xyz only");
  EXPECT_EQ(run_spinel({"convert", folder.file("a.npz"), "-o", folder.file("a.xyz")}).exit_status, 0);
  EXPECT_TRUE(read_xyz(folder.file("a.xyz")).at(0).info.empty());
}

/// The tensors of a file in two shards with an index.
std::string shards_of(const std::string& path, const TemporaryFolder& folder) {
  const auto file = SafetensorsFile::open(path);
  std::vector<NamedTensorView> parts[2];
  Config map = Config::map();
  for (size_t k = 0; k < file.names().size(); ++k) {
    const std::string& name = file.names()[k];
    parts[k % 2].push_back({name, file.tensor(name)});
    map.set(name, k % 2 ? "two.safetensors" : "one.safetensors");
  }
  write_safetensors(folder.file("one.safetensors"), parts[0]);
  write_safetensors(folder.file("two.safetensors"), parts[1]);
  const std::string index = folder.file("model.safetensors.index.json");
  write_file_atomic(index, to_json(Config::map({{"metadata", Config::map()}, {"weight_map", map}})));
  return index;
}

TEST(ConvertCommand, ShardsAreReadAsOneCheckpoint) {
  const TemporaryFolder folder, shards;
  const std::string whole = converted_model(folder, {"--tensors"}), index = shards_of(whole, shards);
  // The folder stands for its index; SchNetPack's model is known in this form too.
  const std::string model = folder.file("from_shards.safetensors");
  ASSERT_EQ(run_spinel({"convert", shards.path(), "-o", model}).exit_status, 0);
  EXPECT_EQ(read_file(model), read_file(converted_model(folder)));
  const Config info = parse_json(run_spinel({"info", index, "--json"}).output, "info");
  EXPECT_EQ(info.at("shards").as_int(), 2);
  EXPECT_EQ(info.at("tensors").as_map().size(),
            SafetensorsFile::open(shards.file("one.safetensors")).names().size() +
                SafetensorsFile::open(shards.file("two.safetensors")).names().size());
  ASSERT_EQ(run_spinel({"convert", index, "-o", folder.file("list.json")}).exit_status, 0);
  EXPECT_TRUE(parse_json(read_file(folder.file("list.json")), "list")
                  .at("tensors")
                  .contains("representation.embedding.weight"));
}

TEST(ConvertCommand, AnIndexThatLeadsOutOfItsFolderIsRefused) {  // ST-12
  const TemporaryFolder folder;
  const std::string model = converted_model(folder);
  make_folders(folder.file("a"));
  const std::string index = folder.file("a/model.safetensors.index.json");
  write_file_atomic(index, R"({"weight_map": {"representation.embedding.weight": "../model.safetensors"}})");
  expect_failure(run_spinel({"info", index}), 2, "in the folder of the index");
  expect_failure(run_spinel({"convert", index, "-o", folder.file("b.safetensors")}), 2, "in the folder of the index");
  write_file_atomic(index, R"({"weight_map": {"w": "model-00001-of-00001.safetensors"}})");
  expect_failure(run_spinel({"info", folder.file("a")}), 2, "is missing");
}

TEST(ConvertCommand, WeightsOfPaddleAreRefusedWithoutExecutingThem) {  // ST-14
  const TemporaryFolder folder;
  // A pickle that calls os.system("touch …").
  const std::string command = "touch " + folder.file("executed");
  const std::string pickle =
      "\x80\x02"
      "cos\nsystem\nU" +
      std::string(1, static_cast<char>(command.size())) + command + "\x85R.";
  write_file_atomic(folder.file("a.pdparams"), pickle);
  expect_failure(run_spinel({"info", folder.file("a.pdparams")}), 2, "spinel convert");
  expect_failure(run_spinel({"convert", folder.file("a.pdparams"), "-o", folder.file("a.safetensors")}), 2,
                 "it is a pickle");
  EXPECT_EQ(list_folder(folder.path()), std::vector<std::string>{"a.pdparams"});
}

TEST(ConvertCommand, TheInputIsNeverTheOutput) {
  const TemporaryFolder folder;
  const std::string model = converted_model(folder), bytes = read_file(model);
  std::filesystem::create_hard_link(model, folder.file("link.safetensors"));
  expect_failure(run_spinel({"convert", model, "-o", folder.file("link.safetensors")}), 2,
                 "the same file as the input");
  EXPECT_EQ(read_file(model), bytes);
}

}  // namespace
}  // namespace spinel::cli
