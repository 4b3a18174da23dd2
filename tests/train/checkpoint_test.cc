#include "spinel/train/checkpoint.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <cmath>

#include "spinel/base/platform/file.h"
#include "spinel/base/platform/system_call.h"
#include "spinel/base/safetensors.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"
#include "tests/train/fake_model.h"

namespace spinel::train {
namespace {

using testing::HasSubstr;

Checkpoint example(double value = 0.5) {
  Checkpoint checkpoint;
  checkpoint.model_name = "Fake";
  checkpoint.model_arguments = Config::map({{"features", 4}, {"noise", 0.0}});
  checkpoint.targets = Config::map({{"energy", Config::map({{"unit", "eV"}})}});
  checkpoint.progress = Config::map({{"epoch", 3}});
  FakeModel model(checkpoint.model_arguments);
  for (const auto& [name, tensor] : model.state_dict()) checkpoint.parameters.set(name, tensor.detach().clone());
  checkpoint.parameters.set("out", at::full({4}, value));
  checkpoint.training.set("optimizer/exp_avg/out", at::arange(4, at::kDouble));
  return checkpoint;
}

TEST(Checkpoint, ReadsBackWhatWasWritten) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.safetensors");
  save_checkpoint(path, example());
  const Checkpoint read = load_checkpoint(path, true);
  EXPECT_EQ(read.model_name, "Fake");
  EXPECT_TRUE(read.model_arguments == example().model_arguments);
  EXPECT_EQ(read.progress.at("epoch").as_int(), 3);
  EXPECT_EQ(read.targets.find_path("energy.unit")->as_string(), "eV");
  EXPECT_TRUE(at::equal(read.parameters.at("out"), at::full({4}, 0.5)));
  EXPECT_TRUE(at::equal(read.training.at("optimizer/exp_avg/out"), at::arange(4, at::kDouble)));
  EXPECT_TRUE(load_checkpoint(path).training.empty()) << "the state of training is read on request only";
  const auto model = make_model(read, fake_models(), {.dtype = "float64"});
  EXPECT_FALSE(model->is_training());
  EXPECT_EQ(model->parameters().front().scalar_type(), at::kDouble);
}

TEST(Checkpoint, AFolderStandsForItsBest) {
  const TemporaryFolder folder;
  make_folders(folder.file("checkpoints"));
  save_checkpoint(folder.file("checkpoints/latest.safetensors"), example());
  EXPECT_EQ(file_name_of(resolve_checkpoint(folder.path())), "latest.safetensors");
  save_checkpoint(folder.file("checkpoints/best.safetensors"), example());
  EXPECT_EQ(file_name_of(resolve_checkpoint(folder.path())), "best.safetensors");
  EXPECT_EQ(file_name_of(resolve_checkpoint(folder.file("checkpoints/latest"))), "latest.safetensors");
  const Error error = error_of([&] { resolve_checkpoint(folder.file("nothing")); });
  EXPECT_EQ(error.kind(), ErrorKind::not_found);
}

/// A safetensors file whose description is `text`.
void write_described(const std::string& path, const std::string& text) {
  const std::vector<float> data{1};
  write_safetensors(path, {{"out", {Dtype::f32, {1}, std::as_bytes(std::span(data))}}}, {{"spinel_checkpoint", text}});
}

TEST(Checkpoint, BrokenOrForeignFilesAreRefused) {  // ST-14, ST-17
  const TemporaryFolder folder;
  const std::string path = folder.file("a.safetensors");
  const auto refusal = [&](const std::string& text) {
    write_described(path, text);
    return error_of([&] { load_checkpoint(path); });
  };
  EXPECT_EQ(refusal("{\"format_version\": 99}").kind(), ErrorKind::corrupt);
  EXPECT_THAT(refusal("{\"format_version\": 99}").what(), HasSubstr("this build reads versions 1 to 2"));
  EXPECT_EQ(refusal("{\"format_version\": 2}").kind(), ErrorKind::corrupt) << "nothing else is there";
  EXPECT_EQ(refusal("{").kind(), ErrorKind::corrupt);
  EXPECT_EQ(refusal("[1]").kind(), ErrorKind::corrupt);
  EXPECT_EQ(refusal("{\"format_version\": \"two\"}").kind(), ErrorKind::corrupt);
  const std::vector<float> data{1};
  write_safetensors(path, {{"out", {Dtype::f32, {1}, std::as_bytes(std::span(data))}}});
  EXPECT_EQ(error_of([&] { load_checkpoint(path); }).kind(), ErrorKind::invalid_argument);
  EXPECT_FALSE(is_checkpoint(path));
  write_file_atomic(folder.file("model.pt"), "PK");
  EXPECT_THAT(error_of([&] { load_checkpoint(folder.file("model.pt")); }).what(), HasSubstr("spinel convert"));
}

TEST(Checkpoint, CutAtAnyPlaceIsCorrupt) {  // ST-01, ST-17
  const TemporaryFolder folder;
  save_checkpoint(folder.file("whole.safetensors"), example());
  const std::string whole = read_file(folder.file("whole.safetensors"));
  for (size_t size = 0; size < whole.size(); size += 61) {
    write_file_atomic(folder.file("cut.safetensors"), whole.substr(0, size));
    EXPECT_EQ(error_of([&] { load_checkpoint(folder.file("cut.safetensors"), true); }).kind(), ErrorKind::corrupt)
        << size << " of " << whole.size() << " bytes";
  }
}

TEST(Checkpoint, WeightsThatAreNotFiniteAreReadAsTheyAre) {  // ST-10
  const TemporaryFolder folder;
  Checkpoint checkpoint = example();
  const at::Tensor strange = at::tensor({NAN, INFINITY, -INFINITY, 1e-40}, at::kFloat);
  checkpoint.parameters.set("out", strange);
  save_checkpoint(folder.file("a.safetensors"), checkpoint);
  const at::Tensor read = load_checkpoint(folder.file("a.safetensors")).parameters.at("out");
  EXPECT_TRUE(at::equal(read.view(at::kInt), strange.view(at::kInt))) << "bit for bit";
}

TEST(Checkpoint, MissingAndMisspeltKeysAreNamed) {  // ST-11
  Checkpoint checkpoint = example();
  NamedTensors misspelt;
  for (const auto& [name, tensor] : checkpoint.parameters) misspelt.set(name == "out" ? "outt" : name, tensor);
  checkpoint.parameters = misspelt;
  const Error error = error_of([&] { make_model(checkpoint, fake_models()); });
  EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
  EXPECT_THAT(error.what(), testing::AllOf(HasSubstr("out"), HasSubstr("outt")));
}

TEST(Checkpoint, TensorsWithoutAPlaceAreAWarningAndAnErrorIfStrict) {  // ST-11
  Checkpoint checkpoint = example();
  for (int k = 0; k < 6; ++k) checkpoint.parameters.set("more" + std::to_string(k), at::zeros({1}));
  testing::internal::CaptureStderr();
  make_model(checkpoint, fake_models(), {.name = "a.safetensors"});
  EXPECT_THAT(
      testing::internal::GetCapturedStderr(),
      HasSubstr("a.safetensors: Fake has no place for 6 of its tensors: more0, more1, more2, more3, more4 and 1 more"));
  const Error error =
      error_of([&] { make_model(checkpoint, fake_models(), {.strict = true, .name = "a.safetensors"}); });
  EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
  EXPECT_THAT(error.what(), testing::AllOf(HasSubstr("a.safetensors: "), HasSubstr("6 keys are unknown: more0")));
}

TEST(Checkpoint, WrongParametersNameTheKeys) {  // ST-11
  Checkpoint checkpoint = example();
  checkpoint.parameters.set("out", at::zeros({5}));
  EXPECT_THAT(error_of([&] { make_model(checkpoint, fake_models()); }).what(), HasSubstr("out"));
  checkpoint.model_name = "Fack";
  EXPECT_THAT(error_of([&] { make_model(checkpoint, fake_models()); }).what(), HasSubstr("Fake"));
}

TEST(Checkpoint, AFailingSystemCallLeavesTheOldFile) {  // FI-03, ST-19
  const TemporaryFolder folder;
  const std::string path = folder.file("a.safetensors");
  save_checkpoint(path, example(1));
  std::string old = read_file(path);
  int failures = 0;
  for (const SystemCall kind :
       {SystemCall::open, SystemCall::write, SystemCall::sync, SystemCall::close, SystemCall::rename}) {
    for (int64_t k = 1;; ++k) {
      FaultAt fault(kind, k, ENOSPC);
      Error error(ErrorKind::internal, "");
      {
        const ScopedSystemCallHook hook(fault);
        error = error_of([&] { save_checkpoint(path, example(2)); });
      }
      if (!fault.fired()) break;
      ++failures;
      const std::string now = read_file(path);
      if (now != old) {
        // Only what comes after the rename may fail with the new file in place, and then it is whole.
        EXPECT_TRUE(at::equal(load_checkpoint(path).parameters.at("out"), at::full({4}, 2.0)));
        save_checkpoint(path, example(1));
        old = read_file(path);
      } else {
        EXPECT_EQ(error.kind(), ErrorKind::unavailable) << to_string(kind) << " " << k;
        EXPECT_THAT(error.what(), HasSubstr("a.safetensors"));
      }
      EXPECT_EQ(list_folder(folder.path()).size(), 1u) << "no temporary file stays";
      ASSERT_LT(k, 1000);
    }
  }
  EXPECT_GT(failures, 4);
}

TEST(Checkpoint, OldVersionsAreUpgraded) {
  const Checkpoint old = load_checkpoint(source_dir() + "/tests/golden/train/checkpoint_v1.safetensors", true);
  EXPECT_EQ(old.model_name, "Fake");
  EXPECT_EQ(old.model_arguments.at("features").as_int(), 2);
  EXPECT_EQ(old.progress.at("epoch").as_int(), 7);
  EXPECT_TRUE(at::equal(old.parameters.at("out"), at::tensor({1.0f, 2.0f})));
  make_model(old, fake_models());
}

}  // namespace
}  // namespace spinel::train
