#include "spinel/train/predictor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "spinel/base/log.h"
#include "spinel/train/distributed.h"
#include "tests/support/errors.h"
#include "tests/train/trainer_testing.h"

namespace spinel::train {
namespace {

using testing::HasSubstr;

/// A run with offsets and a scaled energy, so that transforms must be undone.
class PredictorTest : public testing::Test {
 protected:
  void SetUp() override {
    set_log_level(LogLevel::error);
    RunConfig config = small_config(folder_.file("run"));
    config.dataset.transforms = parse_yaml("energy: [{RemoveOffsets: {}}, {Normalize: {}}]", "transforms");
    Trainer trainer(config, fake_models(), small_data());
    result_ = trainer.run();
  }
  void TearDown() override { set_log_level(LogLevel::info); }
  TemporaryFolder folder_;
  TrainingResult result_;
};

double mean_error(const std::vector<Prediction>& predictions, const std::vector<Frame>& frames) {
  double sum = 0;
  for (size_t k = 0; k < frames.size(); ++k) {
    const double truth = std::get<std::vector<double>>(frames[k].info.at("energy").values)[0];
    sum += std::abs(predictions[k].at("energy").item<double>() - truth);
  }
  return sum / static_cast<double>(frames.size());
}

TEST_F(PredictorTest, PredictsInTheUnitsOfTheTargets) {
  Predictor predictor(folder_.file("run"), fake_models(), {.batch_size = 4});
  const std::vector<Frame> frames = fake_frames(9, 3);  // the test part of the run
  const std::vector<Prediction> predictions = predictor.predict(frames);
  ASSERT_EQ(predictions.size(), 9u);
  EXPECT_NEAR(mean_error(predictions, frames), score(result_.test, "energy/mae"), 1e-12);
  for (size_t k = 0; k < frames.size(); ++k) {
    EXPECT_EQ(predictions[k].at("energy").sizes(), std::vector<int64_t>{1});
    EXPECT_EQ(predictions[k].at("forces").sizes(), (std::vector<int64_t>{frames[k].size(), 3}));
    EXPECT_EQ(predictions[k].at("forces").scalar_type(), at::kDouble);
  }
}

TEST_F(PredictorTest, AStreamGivesTheSameInOrder) {
  const std::vector<Frame> frames = fake_frames(11, 5);
  Predictor predictor(folder_.file("run"), fake_models(), {.batch_size = 4});
  const std::vector<Prediction> expected = predictor.predict(frames);
  size_t read = 0, written = 0;
  const int64_t count = predictor.predict_stream(
      [&](Frame& frame) {
        if (read == frames.size()) return false;
        frame = frames[read++];
        return true;
      },
      [&](const Frame& frame, const Prediction& prediction) {
        EXPECT_EQ(frame.numbers, frames[written].numbers);
        EXPECT_TRUE(at::equal(prediction.at("energy"), expected[written].at("energy")));
        EXPECT_LE(read - written, 4u) << "at most one batch in memory";
        ++written;
      });
  EXPECT_EQ(count, 11);
  EXPECT_EQ(written, 11u);
}

TEST_F(PredictorTest, APotentialAgreesWithThePredictorAndItsForcesWithItsEnergy) {
  Potential potential(folder_.file("run"), fake_models());
  Predictor predictor(folder_.file("run"), fake_models());
  for (Frame frame : fake_frames(5, 7)) {
    const Evaluation evaluation = potential.evaluate(frame);
    const Prediction prediction = predictor.predict(std::span(&frame, 1)).front();
    EXPECT_NEAR(evaluation.energy, prediction.at("energy").item<double>(), 1e-12);
    EXPECT_NEAR(evaluation.forces[0][1], prediction.at("forces")[0][1].item<double>(), 1e-12);
    const double step = 1e-5;
    frame.positions[0][1] += step;
    const double up = potential.evaluate(frame).energy;
    frame.positions[0][1] -= 2 * step;
    const double down = potential.evaluate(frame).energy;
    EXPECT_NEAR(-(up - down) / (2 * step), evaluation.forces[0][1], 1e-7) << "a scaled energy scales its forces";
  }
}

TEST_F(PredictorTest, OutputsAreChosenByName) {
  Predictor predictor(folder_.file("run"), fake_models(), {.outputs = {"forces"}});
  EXPECT_EQ(predictor.predict(fake_frames(1)).front().names(), std::vector<std::string>{"forces"});
  EXPECT_THAT(error_of([&] { Predictor(folder_.file("run"), fake_models(), {.outputs = {"force"}}); }).what(),
              HasSubstr("'forces'"));
}

TEST_F(PredictorTest, NothingGivesNothingAndWhatCannotBeIsRefused) {
  Predictor predictor(folder_.file("run"), fake_models());
  EXPECT_TRUE(predictor.predict({}).empty());
  EXPECT_EQ(predictor.predict_stream([](Frame&) { return false; }, [](const Frame&, const Prediction&) { FAIL(); }), 0);
  const auto message = [&](const PredictorOptions& options) {
    return std::string(error_of([&] { Predictor(folder_.file("run"), fake_models(), options); }).what());
  };
  EXPECT_THAT(message({.batch_size = 0}), HasSubstr("Predict.batch_size: it is 0"));
  EXPECT_THAT(message({.device = "gpu"}), HasSubstr("device: 'gpu' is unknown"));
  if (visible_gpus() == 0) EXPECT_THAT(message({.device = "cuda"}), HasSubstr("needs a libtorch with CUDA"));
}

TEST_F(PredictorTest, AnotherDtypeChangesOnlyTheDigits) {
  const std::vector<Frame> frames = fake_frames(4, 9);
  const std::vector<Prediction> twice = Predictor(folder_.file("run"), fake_models()).predict(frames);
  Predictor single(folder_.file("run"), fake_models(), {.dtype = "float32"});
  EXPECT_EQ(single.model().parameters().front().scalar_type(), at::kFloat);
  const std::vector<Prediction> once = single.predict(frames);
  for (size_t k = 0; k < frames.size(); ++k) {
    EXPECT_NEAR(once[k].at("energy").item<double>(), twice[k].at("energy").item<double>(), 1e-5);
  }
}

TEST_F(PredictorTest, AFrameThatTheModelCannotTakeIsNamed) {
  std::vector<Frame> frames = fake_frames(6);
  frames[5].numbers[0] = 79;
  Predictor predictor(folder_.file("run"), fake_models(), {.batch_size = 4});
  EXPECT_THAT(error_of([&] { predictor.predict(frames); }).what(),
              testing::AllOf(HasSubstr("frame 6"), HasSubstr("79")));
}

}  // namespace
}  // namespace spinel::train
