// Training on a disk that is really full: a small tmpfs in a mount namespace of its own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>

#include <cerrno>
#include <fstream>

#include "spinel/base/platform/system_call.h"
#include "spinel/train/append.h"
#include "tests/support/errors.h"
#include "tests/train/child_process.h"
#include "tests/train/trainer_testing.h"

namespace spinel::train {
namespace {

using testing::HasSubstr;

constexpr int kCannotMount = 77;

/// Runs `action` in a process for which `folder` is a tmpfs of `size`; its status, or kCannotMount.
int on_small_disk(const std::string& folder, const std::string& size, const std::function<void()>& action) {
  make_folders(folder);
  return finish_process(start_process([&] {
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("tmpfs", folder.c_str(), "tmpfs", 0, ("size=" + size).c_str()) != 0) {
      return kCannotMount;
    }
    action();
    return 0;
  }));
}

#define SKIP_WITHOUT_MOUNTS(status)                                                    \
  if (WIFEXITED(status) && WEXITSTATUS(status) == kCannotMount) {                      \
    GTEST_SKIP() << "a tmpfs cannot be mounted here: that takes root (CAP_SYS_ADMIN)"; \
  }

/// Takes all that is free below `folder`.
void fill_disk(const std::string& folder) {
  std::ofstream filler(folder + "/filler", std::ios::binary);
  const std::string page(4096, 'x');
  while (filler.write(page.data(), static_cast<std::streamsize>(page.size())).flush()) {
  }
}

/// The small data; the disk is full from batch `first` until batch `last` of training.
class FillingDataset : public Dataset {
 public:
  FillingDataset(std::string folder, int first, int last) : folder_(std::move(folder)), first_(first), last_(last) {}
  int64_t size() const override { return small_data().train->size(); }
  Batch batch(std::span<const int64_t> indices) const override {
    ++calls_;
    if (calls_ == first_) fill_disk(folder_);
    if (calls_ == last_) remove_file(folder_ + "/filler");
    return small_data().train->batch(indices);
  }

 private:
  std::string folder_;
  int first_, last_;
  mutable int calls_ = 0;
};

class DiskFull : public testing::Test {
 protected:
  void SetUp() override { set_log_level(LogLevel::error); }
  void TearDown() override { set_log_level(LogLevel::info); }
  static RunConfig config(const std::string& output) {
    RunConfig c = small_config(output);
    c.trainer.save_freq_steps = 1;
    c.trainer.use_tensorboard = true;
    return c;
  }
  TemporaryFolder folder_;
};

TEST_F(DiskFull, TrainingGoesOnAndSavesOnceThereIsRoom) {  // ST-19, FI-03
  const std::string disk = folder_.file("disk");
  const int status = on_small_disk(disk, "1m", [&] {
    const RunConfig undisturbed = config(disk + "/run");
    Trainer(undisturbed, fake_models(), small_data()).run();
    const std::string latest = checkpoint_bytes(undisturbed.trainer.output_dir);
    const std::string best = checkpoint_bytes(undisturbed.trainer.output_dir, "best");
    const std::vector<std::string> log = log_lines(undisturbed.trainer.output_dir);
    remove_tree(undisturbed.trainer.output_dir);
    // Full from the third batch on, over the end of the first epoch, where a best is due, into the third epoch.
    TrainingData data = small_data();
    data.train = std::make_shared<FillingDataset>(disk, 3, 12);
    Trainer(undisturbed, fake_models(), data).run();
    require(checkpoint_bytes(undisturbed.trainer.output_dir) == latest, "test: latest differs");
    require(checkpoint_bytes(undisturbed.trainer.output_dir, "best") == best, "test: best differs");
    require(log_lines(undisturbed.trainer.output_dir) == log, "test: the log differs");
  });
  SKIP_WITHOUT_MOUNTS(status);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(DiskFull, AtTheEndItIsAnErrorThatNamesTheFile) {  // ST-19
  const std::string disk = folder_.file("disk");
  const int status = on_small_disk(disk, "1m", [&] {
    TrainingData data = small_data();
    data.train = std::make_shared<FillingDataset>(disk, 3, 1000000);
    const Error error = error_of([&] { Trainer(config(disk + "/run"), fake_models(), data).run(); });
    require(error.kind() == ErrorKind::unavailable, "test: the kind is {}", to_string(error.kind()));
    const std::string text = error.what();
    require(text.find(disk) != std::string::npos && text.find("No space left on device") != std::string::npos,
            "test: the message is '{}'", text);
    load_checkpoint(disk + "/run/checkpoints/latest", true);  // what was saved before is whole
  });
  SKIP_WITHOUT_MOUNTS(status);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(DiskFull, AReadOnlyFolderIsAnErrorThatNamesIt) {  // ST-19
  const std::string disk = folder_.file("disk");
  const int status = on_small_disk(disk, "1m", [&] {
    require(mount(nullptr, disk.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0, "test: remount failed");
    const Error error = error_of([&] { Trainer(config(disk + "/run"), fake_models(), small_data()).run(); });
    const std::string text = error.what();
    require(error.kind() == ErrorKind::unavailable && text.find(disk + "/run") == 0 &&
                text.find("Read-only file system") != std::string::npos,
            "test: the error is '{}'", text);
  });
  SKIP_WITHOUT_MOUNTS(status);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(DiskFull, ABestThatCannotBeWrittenIsKeptUntilItCan) {  // ST-19
  // Only writes of `best` fail, for the first two epochs; the parameters change in the meantime.
  class NoBest : public SystemCallHook {
   public:
    Decision before(SystemCall call, const std::string& path) override {
      const bool hit = call == SystemCall::rename && path.find("best") != std::string::npos && count_++ < 2;
      return {.error = hit ? ENOSPC : 0};
    }
    int count_ = 0;
  } hook;
  RunConfig c = small_config(folder_.file("run"));
  c.trainer.best_metric_indicator = "eval_loss";
  c.trainer.greater_is_better = true;  // the first epoch is the best, and no later one takes its place
  c.optimizer = named_arguments(parse_yaml("SGD: {lr: 0.001}", "optimizer"));
  Trainer(c, fake_models(), small_data()).run();
  const std::string expected = checkpoint_bytes(c.trainer.output_dir, "best");
  EXPECT_EQ(load_checkpoint(folder_.file("run/checkpoints/best")).progress.at("epoch").as_int(), 1);
  remove_tree(c.trainer.output_dir);
  {
    const ScopedSystemCallHook scope(hook);
    Trainer(c, fake_models(), small_data()).run();
  }
  EXPECT_EQ(hook.count_, 3);
  EXPECT_TRUE(checkpoint_bytes(c.trainer.output_dir, "best") == expected);
}

TEST_F(DiskFull, AppendedTextIsThereOnceOrNotAtAll) {  // FI-03
  const std::string path = folder_.file("log");
  File file = File::open(path, File::Mode::append);
  std::string buffer = "first\n";
  append_whole(file, buffer);
  EXPECT_EQ(buffer, "");
  // Three bytes are written before the disk is full.
  class ShortThenFull : public SystemCallHook {
   public:
    Decision before(SystemCall call, const std::string&) override {
      if (call != SystemCall::write) return {};
      return count_++ == 0 ? Decision{.at_most = 3} : Decision{.error = ENOSPC};
    }
    int count_ = 0;
  } hook;
  buffer = "second\n";
  {
    const ScopedSystemCallHook scope(hook);
    EXPECT_THAT(error_of([&] { append_whole(file, buffer); }).what(), HasSubstr("log"));
  }
  EXPECT_EQ(read_file(path), "first\n");
  EXPECT_EQ(buffer, "second\n");
  append_whole(file, buffer);
  EXPECT_EQ(read_file(path), "first\nsecond\n");
}

}  // namespace
}  // namespace spinel::train
