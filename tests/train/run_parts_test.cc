// Small parts of a run: lines appended whole, stop signals, scores as text, what is not finite, losses over processes.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <limits>

#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
#include "spinel/base/platform/system_call.h"
#include "spinel/train/append.h"
#include "spinel/train/gradient_step.h"
#include "spinel/train/report.h"
#include "spinel/train/stop_signal.h"
#include "tests/train/expect_error.h"
#include "tests/train/fake_model.h"

namespace spinel::train {
namespace {

TEST(AppendWhole, EveryFaultLeavesTheOldFileAndTheTextForTheNextCall) {
  for (const SystemCall kind : {SystemCall::write, SystemCall::status}) {
    const TemporaryFolder folder;
    const std::string path = folder.file("log");
    write_file_atomic(path, "first\n");
    File file = File::open(path, File::Mode::append);
    std::string text = "second\n";
    {
      FaultAt fault(kind, 1, ENOSPC);
      const ScopedSystemCallHook hook(fault);
      EXPECT_ERROR(append_whole(file, text), ErrorKind::unavailable, path);
    }
    EXPECT_EQ(read_file(path), "first\n");
    EXPECT_EQ(text, "second\n");
    append_whole(file, text);
    EXPECT_EQ(read_file(path), "first\nsecond\n");
    EXPECT_EQ(text, "");
    append_whole(file, text);  // nothing is nothing
    EXPECT_EQ(read_file(path), "first\nsecond\n");
  }
}

TEST(AppendWhole, ADiskThatFillsInTheMiddleIsCutBack) {
  /// Takes three bytes and then no more.
  struct FullDisk : SystemCallHook {
    Decision before(SystemCall call, const std::string&) override {
      if (call != SystemCall::write) return {};
      return ++writes == 1 ? Decision{.at_most = 3} : Decision{.error = ENOSPC};
    }
    int writes = 0;
  } disk;
  const TemporaryFolder folder;
  write_file_atomic(folder.file("log"), "first\n");
  File file = File::open(folder.file("log"), File::Mode::append);
  std::string text = "second\n";
  {
    const ScopedSystemCallHook hook(disk);
    EXPECT_THROW(append_whole(file, text), Error);
  }
  EXPECT_EQ(disk.writes, 2);
  EXPECT_EQ(read_file(folder.file("log")), "first\n");
  append_whole(file, text);
  EXPECT_EQ(read_file(folder.file("log")), "first\nsecond\n");
}

/// The status of a forked copy of this process.
template <typename Action>
int status_of(const Action& action) {
  const pid_t child = fork();
  if (child == 0) _exit(action());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

TEST(StopSignal, TheFirstIsNotedTheSecondEndsTheProcess) {
  for (const int number : {SIGTERM, SIGINT}) {
    EXPECT_EQ(status_of([number] {
                const StopSignal stop;
                if (stop.received() != 0) return 1;
                raise(number);
                return stop.received() == number ? 0 : 2;
              }),
              0);
    for (const int second : {SIGTERM, SIGINT}) {
      EXPECT_EQ(status_of([&] {
                  const StopSignal stop;
                  raise(number);
                  raise(second);
                  return 3;  // not reached
                }),
                128 + second);
    }
  }
}

TEST(StopSignal, FormerHandlersReturnAtTheEnd) {
  EXPECT_EQ(status_of([] {
              signal(SIGTERM, SIG_IGN);
              { const StopSignal stop; }
              raise(SIGTERM);  // ignored, as before
              return 7;
            }),
            7);
  EXPECT_EQ(status_of([] {
              {
                const StopSignal stop;
                raise(SIGINT);
              }
              const StopSignal again;  // what came before does not count
              return again.received();
            }),
            0);
  EXPECT_EQ(status_of([] {
              { const StopSignal stop; }
              raise(SIGTERM);
              return 7;
            }),
            1000 + SIGTERM);
}

TEST(ScoreText, SaysWhichAreLosses) {
  EXPECT_EQ(score_text({}), "");
  EXPECT_EQ(score_text({{"loss", 0.123456789}}), "loss(loss): 0.123457");
  EXPECT_EQ(score_text({{"loss", 1}, {"loss/energy", 2}, {"energy/mae", 0.5}, {"lossy", 3}}),
            "loss(loss): 1.000000 | loss/energy(loss): 2.000000 | energy/mae(metric): 0.500000 | "
            "lossy(metric): 3.000000");
  EXPECT_EQ(score_text({{"loss", std::nan("")}}), "loss(loss): nan");
}

TEST(Report, TheOtherProcessesAreSilent) {
  const TemporaryFolder folder;
  TrainerOptions options;
  options.output_dir = folder.file("run");
  ::testing::internal::CaptureStderr();
  {
    Report report(options, true, 0, 10);
    report.advance({1, 2, 1, 5, 1}, 0.5);
    report.train({1, 2, 1, 5, 1}, 0.1, {{"loss", 0.5}});
    report.evaluation("Eval", {1, 2, 1, 5, 1}, {{"loss", 0.5}}, true);
    report.finish();
    report.flush();
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
  EXPECT_FALSE(folder_exists(options.output_dir));
}

/// The tiny model with one batch of two atoms.
struct Setting {
  Setting() {
    at::manual_seed(5);
    model.reset_parameters();
    const std::vector<Frame> frames = fake_frames(2);
    std::vector<NamedTensors> samples;
    for (const Frame& frame : frames) samples.push_back(model.featurize(frame, at::kFloat));
    batch.inputs = join(samples, model.join_rules());
    batch.targets = {{"energy", at::rand({2})}, {"forces", at::rand({3, 3})}};
  }
  BatchResult accumulate() {
    GradientStep step(model, loss, single_process());
    return step.accumulate(&batch, batch.inputs.at("n_atoms"));
  }
  FakeModel model{Config::map()};
  WeightedLoss loss = WeightedLoss::from_config(
      parse_yaml("{energy: {loss: mse, weight: 0.5}, forces: {loss: l1, weight: 2}}", "loss"));
  PreparedBatch batch;
};

TEST(GradientStep, GivesTheLossItsTermsAndDetachedOutputs) {
  Setting setting;
  const BatchResult result = setting.accumulate();
  const NamedTensors outputs = setting.model.call(setting.batch.inputs);
  const auto energy = at::mse_loss(outputs.at("energy"), setting.batch.targets.at("energy")).item<double>();
  const auto forces = at::l1_loss(outputs.at("forces"), setting.batch.targets.at("forces")).item<double>();
  ASSERT_EQ(result.terms.size(), 2u);
  EXPECT_EQ(result.terms[0].first, "energy");
  EXPECT_NEAR(result.terms[0].second, energy, 1e-6);
  EXPECT_NEAR(result.terms[1].second, forces, 1e-6);
  EXPECT_NEAR(result.loss, 0.5 * energy + 2 * forces, 1e-6);
  EXPECT_FALSE(result.outputs.at("energy").requires_grad());
}

TEST(GradientStep, GradientsOfSeveralBatchesAddUp) {
  Setting setting;
  setting.accumulate();
  std::vector<at::Tensor> once;
  for (const at::Tensor& parameter : setting.model.parameters()) once.push_back(parameter.grad().clone());
  setting.accumulate();
  size_t k = 0;
  for (const at::Tensor& parameter : setting.model.parameters()) {
    EXPECT_TRUE(at::allclose(parameter.grad(), 2 * once[k++]));
  }
}

TEST(NotFinite, IsLookedForInTheOrderInWhichItSpreads) {
  const double infinity = std::numeric_limits<double>::infinity();
  const auto found = [](const std::function<void(Setting&, NamedTensors&)>& breaks) {
    Setting setting;
    NamedTensors outputs = setting.accumulate().outputs;
    breaks(setting, outputs);
    return first_not_finite(setting.model, &setting.batch, outputs);
  };
  const auto parameter = [](Setting& s, size_t k) { return s.model.parameters()[k].detach(); };
  EXPECT_EQ(found([](Setting&, NamedTensors&) {}), "");
  EXPECT_EQ(found([&](Setting& s, NamedTensors&) { s.batch.inputs.at("pos").view({-1})[2].fill_(infinity); }),
            "input 'pos'");
  EXPECT_EQ(found([&](Setting& s, NamedTensors&) { s.batch.targets.at("forces")[1][1].fill_(std::nan("")); }),
            "target 'forces'");
  EXPECT_EQ(found([&](Setting& s, NamedTensors&) { parameter(s, 1)[0].fill_(-infinity); }), "parameter 'weight'");
  EXPECT_EQ(found([&](Setting& s, NamedTensors&) { s.model.named_buffers().at("scale").fill_(infinity); }),
            "buffer 'scale'");
  EXPECT_EQ(found([&](Setting&, NamedTensors& outputs) { outputs.at("energy")[0].fill_(infinity); }),
            "output 'energy'");
  EXPECT_EQ(found([&](Setting& s, NamedTensors&) { s.model.parameters()[2].grad()[0].fill_(infinity); }),
            "gradient of 'out'");
  // The earliest one is named where several are broken.
  EXPECT_EQ(found([&](Setting& s, NamedTensors& outputs) {
              outputs.at("energy")[0].fill_(infinity);
              s.batch.targets.at("energy")[0].fill_(infinity);
            }),
            "target 'energy'");
}

/// The second of two processes whose other one adds fixed numbers: what `sum` sees of it.
class Pair : public Communicator {
 public:
  int rank() const override { return 0; }
  int size() const override { return 2; }
  int local_rank() const override { return 0; }
  int local_size() const override { return 2; }
  void sum(at::Tensor& tensor) override { tensor.mul_(2); }  // the other one does the same
  void broadcast(at::Tensor&) override {}
  void barrier() override {}
};

TEST(GradientStep, TwoProcessesWithTheSameBatchGiveTheGradientOfOne) {
  Setting one, two;
  one.accumulate();
  Pair pair;
  GradientStep step(two.model, two.loss, pair);
  const BatchResult result = step.accumulate(&two.batch, two.batch.inputs.at("n_atoms"));
  step.reduce();
  EXPECT_NEAR(result.loss, one.accumulate().loss, 1e-6);
  const std::vector<at::Tensor> expected = one.model.parameters(), found = two.model.parameters();
  for (size_t k = 0; k < found.size(); ++k) {
    EXPECT_TRUE(at::allclose(found[k].grad() * 2, expected[k].grad(), 1e-5, 1e-6)) << k;  // one accumulated twice
  }
}

TEST(GradientStep, LossesThatAreNoMeansNeedOneProcess) {
  FakeModel model{Config::map()};
  Pair pair;
  for (const char* name : {"rmse", "relative_l2"}) {
    const WeightedLoss loss = WeightedLoss::from_config(Config::map({{"energy", Config::map({{"loss", name}})}}));
    EXPECT_NO_THROW(GradientStep(model, loss, single_process()));
    EXPECT_ERROR(GradientStep(model, loss, pair), ErrorKind::invalid_argument, "Loss.energy");
  }
}

}  // namespace
}  // namespace spinel::train
