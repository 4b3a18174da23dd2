#include "spinel/train/trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <cmath>

#include "spinel/base/platform/system_call.h"
#include "spinel/base/safetensors.h"
#include "tests/support/errors.h"
#include "tests/train/trainer_testing.h"

namespace spinel::train {
namespace {

using testing::HasSubstr;

class TrainerTest : public testing::Test {
 protected:
  std::string output() const { return folder_.file("run"); }
  RunConfig config() const { return small_config(output()); }
  TrainingResult run(RunConfig config, TrainingData data = small_data()) {
    Trainer trainer(std::move(config), fake_models(), std::move(data));
    return trainer.run();
  }
  TemporaryFolder folder_;
};

TEST_F(TrainerTest, LossFallsAndEverythingIsWritten) {
  RunConfig c = config();
  c.trainer.max_epochs = 30;
  Trainer trainer(c, fake_models(), small_data());
  const Scores before = trainer.evaluate(*small_data().val);
  const TrainingResult result = trainer.run();
  EXPECT_EQ(result.end, TrainingResult::End::finished);
  EXPECT_EQ(result.exit_status(), 0);
  EXPECT_EQ(result.epochs, 30);
  EXPECT_EQ(result.steps, 30 * 5);
  EXPECT_LT(score(result.val, "loss"), 0.2 * score(before, "loss"));
  EXPECT_DOUBLE_EQ(score(result.val, "loss"), *result.best_metric) << "val is that of the best epoch";
  EXPECT_TRUE(std::isfinite(score(result.test, "forces/mae")));
  for (const char* file :
       {"config.yaml", "log.jsonl", "result.json", "checkpoints/latest.safetensors", "checkpoints/best.safetensors"}) {
    EXPECT_TRUE(file_exists(join_path(output(), file))) << file;
  }
  const Config written = load_config(join_path(output(), "config.yaml"));
  EXPECT_EQ(written.find_path("Optimizer.AdamW.eps")->as_double(), 1e-8) << "defaults are complete";
}

TEST_F(TrainerTest, ASeedMakesARunReproducible) {
  run(config());
  RunConfig again = config();
  again.trainer.output_dir = folder_.file("again");
  run(again);
  RunConfig other = config();
  other.trainer.output_dir = folder_.file("other");
  other.trainer.seed = 43;
  run(other);
  const auto parameters = [&](const char* name) { return load_checkpoint(folder_.file(name)).parameters.at("out"); };
  EXPECT_TRUE(at::equal(parameters("run"), parameters("again")));
  EXPECT_FALSE(at::equal(parameters("run"), parameters("other")));
}

TEST_F(TrainerTest, AccumulatedBatchesEqualTheSumOfTheirGradients) {
  // The loss is not divided: two batches of one sum give the gradient of both, here compared through plain SGD.
  RunConfig accumulated = config();
  accumulated.trainer.max_epochs = 1;
  accumulated.trainer.gradient_accumulation_steps = 5;
  accumulated.dataset.train.loader.shuffle = false;
  accumulated.loss = parse_yaml("energy: {loss: {mse: {reduction: sum}}}", "loss");
  accumulated.optimizer = named_arguments(parse_yaml("SGD: {lr: 0.001}", "optimizer"));
  RunConfig joint = accumulated;
  joint.trainer.output_dir = folder_.file("joint");
  joint.trainer.gradient_accumulation_steps = 1;
  joint.dataset.train.loader.batch_size = 37;
  run(accumulated);
  run(joint);
  const at::Tensor a = load_checkpoint(output()).parameters.at("weight");
  const at::Tensor b = load_checkpoint(folder_.file("joint")).parameters.at("weight");
  EXPECT_LT((a - b).abs().max().item<double>(), 1e-12);
}

TEST_F(TrainerTest, SavesAsAsked) {
  RunConfig c = config();
  c.trainer.max_epochs = 5;
  c.trainer.save_freq = 2;
  run(c);
  const std::vector<std::string> expected = {"best.safetensors",    "epoch_1.safetensors", "epoch_2.safetensors",
                                             "epoch_4.safetensors", "epoch_5.safetensors", "latest.safetensors"};
  EXPECT_EQ(list_folder(join_path(output(), "checkpoints")), expected);
}

TEST_F(TrainerTest, EvaluatesAsAsked) {
  RunConfig c = config();
  c.trainer.max_epochs = 7;
  c.trainer.eval_freq = 3;
  c.trainer.start_eval_epoch = 2;
  run(c);
  std::vector<int64_t> steps;
  for (const Config& line : read_run_log(join_path(output(), "log.jsonl"))) {
    if (line.contains("val/loss")) steps.push_back(line.at("step").as_int());
  }
  EXPECT_EQ(steps, (std::vector<int64_t>{15, 30, 35})) << "epochs 3 and 6, and the last; epoch 1 is before the start";
}

TEST_F(TrainerTest, EarlyStoppingEndsARunThatNoLongerImproves) {
  RunConfig c = config();
  c.trainer.max_epochs = 50;
  c.trainer.early_stopping_patience = 3;
  c.trainer.early_stopping_min_delta = 1e9;  // nothing after the first evaluation is that much better
  const TrainingResult result = run(c);
  EXPECT_EQ(result.end, TrainingResult::End::early_stopped);
  EXPECT_EQ(result.epochs, 4);
  EXPECT_EQ(result.exit_status(), 0);
}

TEST_F(TrainerTest, BestFollowsTheIndicator) {
  RunConfig c = config();
  c.trainer.best_metric_indicator = "eval_metric";
  c.trainer.name_for_best_metric = "forces/mae";
  const TrainingResult result = run(c);
  EXPECT_DOUBLE_EQ(*result.best_metric, score(result.val, "forces/mae"));
  c.trainer.overwrite = true;
  c.trainer.name_for_best_metric = "forces/mea";
  EXPECT_THAT(error_of([&] { run(c); }).what(), HasSubstr("'forces/mae'"));
}

TEST_F(TrainerTest, AveragedParametersAreValidatedAndSavedWhileTrainingKeepsItsOwn) {
  RunConfig c = config();
  c.trainer.weight_average = parse_yaml("EMA: {decay: 0.9}", "average");
  run(c);
  const Checkpoint latest = load_checkpoint(join_path(output(), "checkpoints/latest"), true);
  EXPECT_FALSE(at::equal(latest.parameters.at("out"), latest.training.at("raw/out")));
  RunConfig plain = config();
  plain.trainer.output_dir = folder_.file("plain");
  run(plain);
  EXPECT_TRUE(at::equal(load_checkpoint(folder_.file("plain/checkpoints/latest")).parameters.at("out"),
                        latest.training.at("raw/out")))
      << "averaging must not change the training";
}

TEST_F(TrainerTest, FineTuningStartsFromACheckpointAndFreezes) {
  run(config());
  const at::Tensor bias = load_checkpoint(output()).parameters.at("bias");
  RunConfig c = config();
  c.trainer.output_dir = folder_.file("tuned");
  c.trainer.pretrained_model_path = output();
  c.trainer.freeze = {"b*"};
  run(c);
  const Checkpoint tuned = load_checkpoint(folder_.file("tuned"));
  EXPECT_TRUE(at::equal(tuned.parameters.at("bias"), bias)) << "frozen";
  EXPECT_FALSE(at::equal(tuned.parameters.at("out"), load_checkpoint(output()).parameters.at("out")));
  c.trainer.overwrite = true;
  c.trainer.freeze = {"heads.*"};
  EXPECT_THAT(error_of([&] { run(c); }).what(), HasSubstr("'heads.*' matches no parameter"));
  c.trainer.freeze = {"*"};
  EXPECT_THAT(error_of([&] { run(c); }).what(), HasSubstr("all parameters of Fake are frozen"));
}

TEST_F(TrainerTest, PretrainedWeightsOfAnotherShapeAreAnErrorMissingOnesAreNot) {  // ST-11
  const std::string path = folder_.file("weights.safetensors");
  const std::vector<double> values(3, 0.25);
  const auto bytes = std::as_bytes(std::span(values));
  write_safetensors(path, {{"out", {Dtype::f64, {3}, bytes}}});
  RunConfig c = config();
  c.trainer.pretrained_model_path = path;
  Trainer trainer(c, fake_models(), small_data());
  EXPECT_TRUE(at::equal(trainer.model().named_parameters().at("out"), at::full({3}, 0.25, at::kDouble)));
  write_safetensors(path, {{"out", {Dtype::f64, {1, 3}, bytes}}});
  c.trainer.output_dir = folder_.file("other");
  EXPECT_THAT(error_of([&] { run(c); }).what(), HasSubstr("out"));
}

TEST_F(TrainerTest, NotFiniteWeightsAreRefusedWithCheckFinite) {  // ST-10
  const std::string path = folder_.file("weights.safetensors");
  const std::vector<double> values{1, NAN, 1};
  write_safetensors(path, {{"out", {Dtype::f64, {3}, std::as_bytes(std::span(values))}}});
  RunConfig c = config();
  c.trainer.pretrained_model_path = path;
  c.trainer.check_finite = true;
  EXPECT_THAT(error_of([&] { run(c); }).what(), HasSubstr("parameter 'out'"));
}

/// Targets turn NaN from a call on.
class PoisonedDataset : public Dataset {
 public:
  explicit PoisonedDataset(int64_t good_batches) : left_(good_batches) {}
  int64_t size() const override { return small_data().train->size(); }
  Batch batch(std::span<const int64_t> indices) const override {
    Batch batch = small_data().train->batch(indices);
    if (left_-- <= 0) batch.targets.set("forces", batch.targets.at("forces") * NAN);
    return batch;
  }

 private:
  mutable int64_t left_;
};

TEST_F(TrainerTest, ALossThatIsNotFiniteStopsWithStepAndTensor) {  // FI-15
  TrainingData data = small_data();
  data.train = std::make_shared<PoisonedDataset>(7);
  const Error error = error_of([&] { run(config(), data); });
  EXPECT_EQ(error.kind(), ErrorKind::internal);
  EXPECT_THAT(error.what(), testing::AllOf(HasSubstr("step 8 (epoch 2)"), HasSubstr("target 'forces'")));
  EXPECT_EQ(load_checkpoint(join_path(output(), "checkpoints/latest")).progress.at("global_step").as_int(), 5)
      << "the last good checkpoint is untouched";
}

TEST_F(TrainerTest, AGradientThatIsNotFiniteStopsWithStepAndTensor) {  // FI-15
  // Adds √(Σ (0·out)²) = 0 to the energy: the loss stays finite, the gradient of `out` is 0/0.
  class Cusp : public FakeModel {
   public:
    using FakeModel::FakeModel;
    NamedTensors call(const NamedTensors& inputs) override {
      NamedTensors outputs = FakeModel::call(inputs);
      const at::Tensor cusp = (named_parameters().at("out") * 0).square().sum().sqrt();
      outputs.set("energy", outputs.at("energy") + cusp);
      return outputs;
    }
  };
  const ModelList models("model", {{"Fake", "for tests", fake_table().docs(), [](const Config& arguments) {
                                      return std::unique_ptr<Model>(new Cusp(arguments));
                                    }}});
  RunConfig c = config();
  c.trainer.check_finite = true;
  const Error error = error_of([&] { Trainer(c, models, small_data()).run(); });
  EXPECT_EQ(error.kind(), ErrorKind::internal);
  EXPECT_THAT(error.what(), testing::AllOf(HasSubstr("gradient of 'out'"), HasSubstr("step 1 (epoch 1)")));
  EXPECT_FALSE(file_exists(join_path(output(), "checkpoints/latest.safetensors")));
}

TEST_F(TrainerTest, AnEmptyTrainingPartIsRefused) {  // FI-15
  class Empty : public Dataset {
   public:
    int64_t size() const override { return 0; }
    Batch batch(std::span<const int64_t>) const override { return {}; }
  };
  TrainingData data = small_data();
  data.train = std::make_shared<Empty>();
  const Error error = error_of([&] { run(config(), data); });
  EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
  EXPECT_THAT(error.what(), HasSubstr("the training part is empty"));
}

TEST_F(TrainerTest, APlateauWatchesWhatItsIndicatorNames) {
  // The errors fall in each epoch: no reason to reduce where smaller is better, one each time where larger is.
  const auto rates = [&](const std::string& options) {
    RunConfig c = config();
    c.trainer.overwrite = true;
    c.trainer.max_epochs = 4;
    c.trainer.compute_metric_during_train = true;
    c.optimizer = named_arguments(parse_yaml(
        "Adam: {lr: {ReduceOnPlateau: {learning_rate: 0.02, patience: 0, factor: 0.5, " + options + "}}}", "o"));
    c.lr_schedule = named_arguments(c.optimizer.arguments.at("lr"));
    run(c);
    std::vector<double> result;
    for (const Config& line : read_run_log(join_path(output(), "log.jsonl"))) {
      if (line.contains("train/lr") && line.at("step").as_int() % 5 == 0)
        result.push_back(line.at("train/lr").as_double());
    }
    return result;
  };
  for (const char* watched : {"indicator: eval_loss", "indicator: train_loss", "indicator: eval_metric",
                              "indicator: eval_metric, indicator_name: forces/mae"}) {
    const std::string text = watched;
    EXPECT_THAT(rates(text), testing::Each(0.02)) << text;
    EXPECT_THAT(rates(text + ", mode: max"), testing::ElementsAre(0.02, 0.02, 0.01, 0.005)) << text;
  }
}

TEST_F(TrainerTest, AnEvaluationThatFailsLeavesTheOwnParametersInTheModel) {
  class FailsLater : public Dataset {
   public:
    int64_t size() const override { return 11; }
    Batch batch(std::span<const int64_t> indices) const override {
      if (++calls_ > 1) fail(ErrorKind::unavailable, "disk: it is gone");
      return small_data().val->batch(indices);
    }

   private:
    mutable int calls_ = 0;
  };
  RunConfig c = config();
  c.trainer.max_epochs = 2;
  run(c);
  const at::Tensor expected = load_checkpoint(join_path(output(), "checkpoints/latest")).parameters.at("out");
  c.trainer.output_dir = folder_.file("averaged");
  c.trainer.weight_average = parse_yaml("EMA: {decay: 0.9}", "average");
  TrainingData data = small_data();
  data.val = std::make_shared<FailsLater>();
  Trainer trainer(c, fake_models(), data);
  EXPECT_THAT(error_of([&] { trainer.run(); }).what(), HasSubstr("it is gone"));
  EXPECT_TRUE(at::equal(trainer.model().named_parameters().at("out"), expected));
}

TEST_F(TrainerTest, AFailedSaveIsTriedAgain) {  // ST-19, FI-03
  // The first save of `latest` meets a full disk; the run goes on and the next save succeeds.
  class FullDiskOnce : public SystemCallHook {
   public:
    Decision before(SystemCall call, const std::string& path) override {
      const bool hit = call == SystemCall::write && path.find("latest") != std::string::npos && !done_;
      done_ = done_ || hit;
      return {.error = hit ? ENOSPC : 0};
    }
    bool done_ = false;
  } hook;
  {
    const ScopedSystemCallHook scope(hook);
    run(config());
  }
  EXPECT_TRUE(hook.done_);
  EXPECT_EQ(load_checkpoint(join_path(output(), "checkpoints/latest")).progress.at("epoch").as_int(), 3);
}

TEST_F(TrainerTest, ASaveThatFailsToTheEndIsAnError) {  // ST-19
  class FullDisk : public SystemCallHook {
   public:
    Decision before(SystemCall call, const std::string& path) override {
      return {.error = call == SystemCall::write && path.find("latest") != std::string::npos ? ENOSPC : 0};
    }
  } hook;
  const ScopedSystemCallHook scope(hook);
  const Error error = error_of([&] { run(config()); });
  EXPECT_EQ(error.kind(), ErrorKind::unavailable);
  EXPECT_THAT(error.what(), HasSubstr("latest"));
}

TEST_F(TrainerTest, ASecondWriterIsKeptOut) {  // ST-18
  Trainer first(config(), fake_models(), small_data());
  const Error error = error_of([&] { Trainer second(config(), fake_models(), small_data()); });
  EXPECT_EQ(error.kind(), ErrorKind::unavailable);
  EXPECT_THAT(error.what(), HasSubstr("process"));
}

TEST_F(TrainerTest, AnEarlierRunIsNotOverwrittenUnasked) {
  run(config());
  EXPECT_THAT(error_of([&] { run(config()); }).what(), HasSubstr("overwrite: true"));
  RunConfig c = config();
  c.trainer.overwrite = true;
  run(c);
}

TEST_F(TrainerTest, ImpossibleRunsSayWhy) {
  RunConfig c = config();
  c.optimizer = {};
  EXPECT_THAT(error_of([&] { run(c); }).what(), HasSubstr("training needs one"));
  c = config();
  c.dataset.train.loader.batch_size = 100;
  c.dataset.train.loader.drop_last = true;
  EXPECT_THAT(error_of([&] { run(c); }).what(), HasSubstr("drop_last leaves no batch"));
  c = config();
  c.global.device = "gpu";
  EXPECT_THAT(error_of([&] { run(c); }).what(), HasSubstr("cpu, cuda"));
  c = config();
  c.trainer.best_metric_indicator = "train_metric";
  EXPECT_THAT(error_of([&] { run(c); }).what(), HasSubstr("compute_metric_during_train"));
}

}  // namespace
}  // namespace spinel::train
