#include "spinel/train/frame_dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "spinel/atoms/xyz.h"
#include "spinel/base/log.h"
#include "spinel/base/platform/file.h"
#include "spinel/train/data.h"
#include "spinel/train/sample_store.h"
#include "tests/support/errors.h"
#include "tests/train/fake_model.h"

namespace spinel::train {
namespace {

using testing::HasSubstr;

const std::vector<std::string> kTargets = {"energy", "forces"};

FrameDataset dataset_of(const std::vector<Frame>& frames, const FrameDatasetOptions& options = {}) {
  return FrameDataset(frames, FakeModel(Config::map()), kTargets, at::kFloat, options);
}

TEST(SampleStore, BatchesEqualTheJoinOfTheSamples) {
  const std::vector<JoinRule> rules = {{"number", JoinRule::Kind::number, ""},
                                       {"edge", JoinRule::Kind::shift, "n"},
                                       {"cell", JoinRule::Kind::stack, ""}};
  std::vector<NamedTensors> samples;
  SampleStore store(rules);
  for (const int64_t n : {3, 1, 0, 2}) {
    samples.push_back({{"x", at::rand({n, 2}, at::kDouble)},
                       {"number", at::zeros({n}, at::kLong)},
                       {"edge", at::arange(n)},
                       {"n", at::tensor({n}, at::kLong)},
                       {"cell", at::rand({3, 3})}});
    store.add(samples.back());
  }
  const std::vector<int64_t> order = {3, 0, 2, 0, 1};
  std::vector<NamedTensors> chosen;
  for (const int64_t k : order) chosen.push_back(samples[static_cast<size_t>(k)]);
  const NamedTensors expected = join(chosen, rules);
  const NamedTensors found = store.batch(order);
  ASSERT_EQ(found.names(), expected.names());
  for (const auto& [name, tensor] : expected) EXPECT_TRUE(at::equal(tensor, found.at(name))) << name;
  EXPECT_THAT(error_of([&] { store.batch(std::vector<int64_t>{4}); }).what(), HasSubstr("sample 4 does not exist"));
  EXPECT_THAT(error_of([&] { store.batch({}); }).what(), HasSubstr("no samples"));
  NamedTensors wrong = samples[0];
  wrong.set("x", at::rand({3, 4}, at::kDouble));
  EXPECT_THAT(error_of([&] { store.add(wrong); }).what(), HasSubstr("'x'"));
}

TEST(FrameDataset, TargetsAndAtomsOfABatch) {
  const std::vector<Frame> frames = fake_frames(6);
  const FrameDataset dataset = dataset_of(frames);
  ASSERT_EQ(dataset.size(), 6);
  const Batch batch = dataset.batch(std::vector<int64_t>{4, 1});
  EXPECT_EQ(batch.size, 2);
  EXPECT_TRUE(at::equal(batch.n_atoms, at::tensor({1, 2}, at::kLong)));
  EXPECT_TRUE(at::equal(batch.numbers, batch.inputs.at("z")));
  EXPECT_EQ(batch.inputs.at("pos").scalar_type(), at::kFloat);
  EXPECT_TRUE(at::equal(batch.inputs.at("idx_m"), at::tensor({0, 1, 1}, at::kLong)));
  const at::Tensor& energy = batch.targets.at("energy");
  EXPECT_EQ(energy.scalar_type(), at::kDouble) << "targets keep their digits until offsets are taken off";
  EXPECT_EQ(energy[0].item<double>(), std::get<std::vector<double>>(frames[4].info.at("energy").values)[0]);
  EXPECT_EQ(batch.targets.at("forces").sizes(), (std::vector<int64_t>{3, 3}));
  EXPECT_EQ(dataset.target("energy").sizes(), std::vector<int64_t>{6});
}

TEST(FrameDataset, KeysAndUnits) {
  std::vector<Frame> frames = fake_frames(1);
  frames[0].info["E0"] = {{}, std::vector<double>{2.0}};
  FrameDatasetOptions options;
  options.targets = parse_yaml("energy: {key: E0, unit: Ha}\nforces: {unit: Ha/Bohr}", "targets");
  const Batch batch = dataset_of(frames, options).batch(std::vector<int64_t>{0});
  EXPECT_NEAR(batch.targets.at("energy").item<double>(), 2 * 27.211386245988, 1e-9);
  const double fx = std::get<std::vector<double>>(frames[0].arrays.at("forces").values)[0];
  EXPECT_NEAR(batch.targets.at("forces")[0][0].item<double>(), fx * 51.422067, 1e-5);
  options.targets = parse_yaml("energy: E0", "targets");
  EXPECT_EQ(dataset_of(frames, options).target("energy").item<double>(), 2);
  options.targets = parse_yaml("energy: {unit: GPa}", "targets");
  EXPECT_THAT(error_of([&] { dataset_of(frames, options); }).what(), HasSubstr("dimensions differ"));
  options.targets = parse_yaml("energy: {kee: E0}", "targets");
  EXPECT_THAT(error_of([&] { dataset_of(frames, options); }).what(), HasSubstr("'key'"));
}

TEST(FrameDataset, FramesWithoutAValidTargetAreLeftOutAndCounted) {
  set_log_level(LogLevel::error);
  std::vector<Frame> frames = fake_frames(6);
  frames[1].info.erase("energy");
  frames[2].info["energy"] = {{}, std::vector<double>{NAN}};
  std::get<std::vector<double>>(frames[4].arrays["forces"].values)[0] = INFINITY;
  frames[5].info["energy"] = {{}, std::vector<std::string>{"n/a"}};
  const FrameDataset dataset = dataset_of(frames);
  EXPECT_EQ(dataset.size(), 2);
  EXPECT_EQ(dataset.dropped(), 4);
  EXPECT_EQ(dataset.source_index(), (std::vector<int64_t>{0, 3}));
  FrameDatasetOptions strict;
  strict.filter_unvalid = false;
  EXPECT_THAT(error_of([&] { dataset_of(frames, strict); }).what(),
              testing::AllOf(HasSubstr("frame 2"), HasSubstr("'energy'"), HasSubstr("filter_unvalid")));
  for (Frame& frame : frames) frame.info.clear();
  EXPECT_THAT(error_of([&] { dataset_of(frames); }).what(), HasSubstr("all 6 frames lack a target"));
  set_log_level(LogLevel::info);
}

TEST(FrameDataset, ElementsAreChecked) {  // CI-10
  std::vector<Frame> frames = fake_frames(2);
  FrameDatasetOptions options;
  options.elements = {1};
  EXPECT_THAT(error_of([&] { dataset_of(frames, options); }).what(), HasSubstr("element 6"));
  frames[1].numbers[0] = 92;
  const Error error = error_of([&] { dataset_of(frames); });
  EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
  EXPECT_THAT(error.what(), testing::AllOf(HasSubstr("frame 2"), HasSubstr("92")));
}

TEST(FrameDataset, AnUnknownTargetIsAnsweredWithTheNearest) {
  EXPECT_THAT(error_of([&] { FrameDataset(fake_frames(1), FakeModel(Config::map()), {"enrgy"}, at::kFloat); }).what(),
              HasSubstr("'energy'"));
}

TEST(FrameDataset, BatchesAreCutByManyThreadsAtOnce) {
  const FrameDataset dataset = dataset_of(fake_frames(40));
  const std::vector<int64_t> order = {3, 17, 39, 0};
  const at::Tensor expected = dataset.batch(order).inputs.at("pos");
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int k = 0; k < 50; ++k) wrong += !at::equal(dataset.batch(order).inputs.at("pos"), expected);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST(LoadData, FilesAreJoinedAndSplit) {
  const TemporaryFolder folder;
  write_xyz(folder.file("a.xyz"), fake_frames(6));
  write_xyz(folder.file("b.xyz"), fake_frames(4, 2));
  DatasetOptions options;
  options.dataset = {"XYZDataset",
                     Config::map({{"files", Config(Config::List{folder.file("a.xyz"), folder.file("b.xyz")})}}), ""};
  options.split = parse_yaml("{train: 7, val: 2, test: 1}", "split");
  const FakeModel model(Config::map());
  const DatasetContext context{model, kTargets, at::kFloat};
  const TrainingData data = load_data(options, context, 5, Config::map());
  EXPECT_EQ(data.train->size(), 7);
  EXPECT_EQ(data.val->size(), 2);
  EXPECT_EQ(data.test->size(), 1);
  const TrainingData again = load_data(options, context, 6, data.split);
  EXPECT_TRUE(again.split == data.split) << "the split of a checkpoint is kept, whatever the seed";
  EXPECT_FALSE(load_data(options, context, 6, Config::map()).split == data.split);
  EXPECT_THAT(error_of([&] { data.train->batch(std::vector<int64_t>{7}); }).what(), HasSubstr("sample 7"));
  options.split = Config();
  EXPECT_THAT(error_of([&] { load_data(options, context, 5, Config::map()); }).what(), HasSubstr("Dataset.split"));
  options.dataset->name = "XYZDatset";
  EXPECT_THAT(error_of([&] { load_data(options, context, 5, Config::map()); }).what(), HasSubstr("XYZDataset"));
}

TEST(LoadData, PartsMayHaveTheirOwnFiles) {
  const TemporaryFolder folder;
  write_xyz(folder.file("a.xyz"), fake_frames(6));
  DatasetOptions options;
  const FakeModel model(Config::map());
  const DatasetContext context{model, kTargets, at::kFloat};
  EXPECT_THAT(error_of([&] { load_data(options, context, 5, Config::map()); }).what(), HasSubstr("no training data"));
  options.train.dataset = {"XYZDataset",
                           Config::map({{"files", Config(Config::List{folder.file("a.xyz")})}, {"limit", 4}}), ""};
  const TrainingData data = load_data(options, context, 5, Config::map());
  EXPECT_EQ(data.train->size(), 4);
  EXPECT_EQ(data.val, nullptr);
}

}  // namespace
}  // namespace spinel::train
