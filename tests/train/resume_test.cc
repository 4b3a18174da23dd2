// Runs that are killed, stopped or resumed end bit for bit like the undisturbed one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "spinel/base/platform/system_call.h"
#include "tests/support/errors.h"
#include "tests/support/unsynced_disk.h"
#include "tests/train/child_process.h"
#include "tests/train/trainer_testing.h"

namespace spinel::train {
namespace {

/// Kills the process before or after its k-th system call on files.
class KillAt : public SystemCallHook {
 public:
  KillAt(int64_t k, bool after) : k_(k), after_(after) {}
  Decision before(SystemCall, const std::string&) override {
    if (++count_ == k_ && !after_) raise(SIGKILL);
    return {};
  }
  void after(SystemCall, const std::string&) override {
    if (count_ == k_) raise(SIGKILL);
  }

 private:
  int64_t k_, count_ = 0;
  bool after_;
};

/// What a run leaves behind: checkpoints byte for byte, the log without times, the result.
struct Traces {
  std::string latest, best, result;
  std::vector<std::string> log;
  friend bool operator==(const Traces&, const Traces&) = default;
};

Traces traces_of(const std::string& output_dir) {
  return {checkpoint_bytes(output_dir), checkpoint_bytes(output_dir, "best"),
          read_file(join_path(output_dir, "result.json")), log_lines(output_dir)};
}

class ResumeTest : public testing::Test {
 protected:
  void SetUp() override { set_log_level(LogLevel::error); }
  void TearDown() override { set_log_level(LogLevel::info); }

  /// Everything whose state must survive: schedule, average, noise from the generator, accumulation, mid-epoch saves.
  static RunConfig config(const std::string& output_dir) {
    RunConfig c = small_config(output_dir);
    c.model.arguments.set("noise", 0.01);
    c.trainer.max_epochs = 2;
    c.trainer.save_freq_steps = 2;
    c.trainer.gradient_accumulation_steps = 2;
    c.trainer.log_freq = 1;
    c.trainer.weight_average = parse_yaml("EMA: {decay: 0.9, warmup: true}", "average");
    c.optimizer = named_arguments(parse_yaml("AdamW: {lr: {Cosine: {learning_rate: 0.02}}}", "optimizer"));
    c.lr_schedule = named_arguments(c.optimizer.arguments.at("lr"));
    c.trainer.compute_metric_during_train = true;
    c.trainer.clip_norm = 1;
    return c;
  }
  static void train(RunConfig config) {
    Trainer trainer(std::move(config), fake_models(), small_data());
    trainer.run();
  }
  /// Goes on where there is something to go on from.
  static void resume(RunConfig config) {
    if (file_exists(config.trainer.output_dir + "/checkpoints/latest.safetensors")) {
      config.trainer.resume_from_checkpoint = "latest";
    }
    train(std::move(config));
  }
  TemporaryFolder folder_;
};

TEST_F(ResumeTest, AfterAKillAtAnySystemCallTheRunEndsBitForBitTheSame) {  // FI-04, ST-17
  // The folder of a run is part of its checkpoints, so all runs here take the same one.
  const std::string output = folder_.file("run");
  train(config(output));
  const Traces whole = traces_of(output);
  // Moment 2k is before system call k + 1, moment 2k + 1 after it; SPINEL_ALL_KILLS=1 takes each of them.
  const int64_t stride = std::getenv("SPINEL_ALL_KILLS") ? 1 : 27;
  int64_t kills = 0;
  for (int64_t moment = 0;; moment += stride) {
    remove_tree(output);
    const int64_t k = moment / 2 + 1;
    const bool after = moment % 2 == 1;
    const int status = finish_process(start_process([&] {
      KillAt hook(k, after);
      const ScopedSystemCallHook scope(hook);
      train(config(output));
      return 0;
    }));
    if (WIFEXITED(status)) {
      EXPECT_EQ(WEXITSTATUS(status), 0);
      break;
    }
    ASSERT_EQ(WTERMSIG(status), SIGKILL);
    ++kills;
    resume(config(output));
    ASSERT_TRUE(traces_of(output) == whole) << "killed " << (after ? "after" : "before") << " system call " << k;
    for (const std::string& name : list_folder(join_path(output, "checkpoints"))) {
      EXPECT_TRUE(name == "latest.safetensors" || name == "best.safetensors") << name;
    }
    ASSERT_LT(k, 10000);
  }
  EXPECT_GT(kills, 5);
}

TEST_F(ResumeTest, AfterALossOfPowerAtAnyMomentTheRunEndsBitForBitTheSame) {  // FI-05
  const std::string output = folder_.file("run");
  UnsyncedDisk disk(output);
  {
    const ScopedSystemCallHook scope(disk);
    train(config(output));
  }
  const Traces whole = traces_of(output);
  // SPINEL_ALL_KILLS=1 takes each outcome.
  const size_t stride = std::getenv("SPINEL_ALL_KILLS") ? 1 : 1 + disk.outcomes().size() / 15;
  size_t number = 0;
  for (const UnsyncedDisk::Files& files : disk.outcomes()) {
    if (number++ % stride != 0) continue;
    UnsyncedDisk::restore(output, files);
    resume(config(output));
    ASSERT_TRUE(traces_of(output) == whole) << "outcome " << number - 1;
    for (const std::string& name : list_folder(join_path(output, "checkpoints"))) {
      EXPECT_TRUE(name == "latest.safetensors" || name == "best.safetensors") << name;
    }
  }
  EXPECT_GT(disk.outcomes().size(), 50u);
}

TEST_F(ResumeTest, NoLossOfPowerTakesWhatAnEndedRunHasSaved) {  // FI-05
  const std::string output = folder_.file("run");
  UnsyncedDisk disk(output);
  {
    const ScopedSystemCallHook scope(disk);
    train(config(output));
  }
  const Traces whole = traces_of(output);
  for (const UnsyncedDisk::Files& files : disk.now()) {
    UnsyncedDisk::restore(output, files);
    EXPECT_EQ(load_checkpoint(output + "/checkpoints/latest").progress.at("epoch").as_int(), 2);
    EXPECT_TRUE(traces_of(output) == whole);
  }
}

TEST_F(ResumeTest, AnEndedRunThatIsResumedChangesNothing) {
  train(config(folder_.file("run")));
  const Traces before = traces_of(folder_.file("run"));
  resume(config(folder_.file("run")));
  EXPECT_TRUE(traces_of(folder_.file("run")) == before);
}

TEST_F(ResumeTest, PlateauAndEarlyStoppingGoOn) {
  const auto plateau = [&](const std::string& output) {
    RunConfig c = config(output);
    c.trainer.max_epochs = 6;
    c.trainer.early_stopping_patience = 4;
    c.trainer.early_stopping_min_delta = 10;
    c.optimizer = named_arguments(parse_yaml(
        "Adam: {lr: {ReduceOnPlateau: {learning_rate: 0.02, patience: 1, factor: 0.5, threshold: 10}}}", "o"));
    c.lr_schedule = named_arguments(c.optimizer.arguments.at("lr"));
    return c;
  };
  train(plateau(folder_.file("whole")));
  RunConfig first = plateau(folder_.file("parts"));
  first.trainer.max_iter = 15;  // the end of epoch 3
  train(first);
  resume(plateau(folder_.file("parts")));
  const Checkpoint a = load_checkpoint(folder_.file("whole/checkpoints/latest"), true);
  const Checkpoint b = load_checkpoint(folder_.file("parts/checkpoints/latest"), true);
  EXPECT_TRUE(a.progress == b.progress);
  EXPECT_EQ(a.progress.at("epoch").as_int(), 5) << "stopped early";
  for (const auto& [name, tensor] : a.training) EXPECT_TRUE(at::equal(tensor, b.training.at(name))) << name;
}

TEST_F(ResumeTest, ACheckpointOfAnotherRunIsRefused) {  // ST-17
  train(config(folder_.file("run")));
  RunConfig other = config(folder_.file("run"));
  other.trainer.resume_from_checkpoint = "latest";
  other.optimizer = named_arguments(parse_yaml("SGD: {lr: 0.1, momentum: 0.9}", "optimizer"));
  other.lr_schedule.reset();
  EXPECT_EQ(error_of([&] { train(other); }).kind(), ErrorKind::invalid_argument);
  other = config(folder_.file("run"));
  other.trainer.resume_from_checkpoint = folder_.file("run/checkpoints/best");
  EXPECT_THAT(error_of([&] { train(other); }).what(), testing::HasSubstr("pretrained_model_path"));
  other.trainer.resume_from_checkpoint = folder_.file("nowhere");
  EXPECT_EQ(error_of([&] { train(other); }).kind(), ErrorKind::not_found);
}

TEST_F(ResumeTest, ABrokenLatestGivesWayToTheNewestEpoch) {  // ST-17
  RunConfig c = config(folder_.file("run"));
  c.trainer.save_freq = 1;
  train(c);
  const std::string latest = folder_.file("run/checkpoints/latest.safetensors");
  const std::string whole = read_file(latest);
  write_file_atomic(latest, whole.substr(0, whole.size() / 2));
  resume(c);
  EXPECT_EQ(read_file(latest), whole);
}

TEST_F(ResumeTest, ASignalSavesAndEndsAndTheRunGoesOnExactly) {  // FI-06
  const std::string output = folder_.file("run");
  RunConfig c = config(output);
  c.trainer.max_epochs = 12;
  train(c);
  const Traces whole = traces_of(output);
  for (const int number : {SIGTERM, SIGINT}) {
    remove_tree(output);
    const pid_t child = start_process([&] {
      Trainer trainer(c, fake_models(), small_data());
      return trainer.run().exit_status();
    });
    const std::string latest = output + "/checkpoints/latest.safetensors";
    ASSERT_TRUE(wait_for_file(latest));
    kill(child, number);
    const int status = finish_process(child);
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 128 + number);
    EXPECT_LT(load_checkpoint(latest).progress.at("epoch").as_int(), 12);
    resume(c);
    EXPECT_TRUE(traces_of(output) == whole);
  }
}

TEST_F(ResumeTest, ASecondSignalEndsAtOnce) {  // FI-06
  class SlowDataset : public Dataset {
   public:
    int64_t size() const override { return 37; }
    Batch batch(std::span<const int64_t> indices) const override {
      if (calls_++ > 0) std::this_thread::sleep_for(std::chrono::seconds(30));
      return small_data().train->batch(indices);
    }

   private:
    mutable int calls_ = 0;
  };
  const std::string output = folder_.file("slow");
  const pid_t child = start_process([&] {
    TrainingData data;
    data.train = std::make_shared<SlowDataset>();
    Trainer trainer(config(output), fake_models(), data);
    return trainer.run().exit_status();
  });
  // The log is there once the first batch is done; the second one then sleeps.
  ASSERT_TRUE(wait_for_file(join_path(output, "log.jsonl")));
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  const auto begin = std::chrono::steady_clock::now();
  kill(child, SIGTERM);
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  kill(child, SIGTERM);
  const int status = finish_process(child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 143);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

}  // namespace
}  // namespace spinel::train
