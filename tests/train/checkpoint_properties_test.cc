// Random checkpoints there and back.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
#include "spinel/base/safetensors.h"
#include "spinel/train/checkpoint.h"
#include "tests/support/random_config.h"
#include "tests/train/expect_error.h"

namespace spinel::train {
namespace {

NamedTensors random_tensors(std::mt19937_64& random, const char* prefix) {
  static constexpr at::ScalarType dtypes[] = {at::kFloat, at::kDouble, at::kLong,     at::kInt,
                                              at::kByte,  at::kHalf,   at::kBFloat16, at::kBool};
  NamedTensors tensors;
  for (size_t i = random() % 6; i-- > 0;) {
    std::vector<int64_t> sizes(random() % 4);
    for (int64_t& size : sizes) size = static_cast<int64_t>(random() % 4);
    at::Tensor tensor = at::randint(2, sizes, at::kLong).to(dtypes[random() % std::size(dtypes)]);
    if (random() % 3 == 0 && tensor.dim() > 1) tensor = tensor.transpose(0, 1);
    tensors.set(prefix + std::to_string(i) + (random() % 2 ? ".weight" : ""), tensor);
  }
  return tensors;
}

Config random_map(std::mt19937_64& random) {
  Config map = Config::map();
  for (size_t i = random() % 4; i-- > 0;) map.set("k" + std::to_string(i), random_config(random, 3));
  return map;
}

Checkpoint random_checkpoint(std::mt19937_64& random) {
  Checkpoint checkpoint;
  checkpoint.model_name = "Any" + random_text(random);
  checkpoint.model_arguments = random_map(random);
  checkpoint.dtype = random() % 2 ? "float32" : "float64";
  for (Config* part :
       {&checkpoint.targets, &checkpoint.transforms, &checkpoint.split, &checkpoint.run, &checkpoint.progress}) {
    *part = random_map(random);
  }
  checkpoint.parameters = random_tensors(random, "p");
  checkpoint.parameters.set("always", at::ones({1}));
  checkpoint.training = random_tensors(random, "optimizer/x");
  return checkpoint;
}

/// The same tensors by name; a file orders them by size.
void expect_same(const NamedTensors& a, const NamedTensors& b) {
  ASSERT_EQ(a.size(), b.size());
  for (const auto& [name, tensor] : a) {
    ASSERT_TRUE(b.contains(name)) << name;
    EXPECT_EQ(tensor.scalar_type(), b.at(name).scalar_type()) << name;
    EXPECT_TRUE(at::equal(tensor, b.at(name))) << name;
  }
}

TEST(CheckpointProperties, EverythingComesBack) {
  const TemporaryFolder folder;
  std::mt19937_64 random(211);
  for (int repeat = 0; repeat < 60; ++repeat) {
    const Checkpoint written = random_checkpoint(random);
    const std::string path = folder.file("c.safetensors");
    save_checkpoint(path, written);
    EXPECT_TRUE(is_checkpoint(path));
    const Checkpoint read = load_checkpoint(path, true);
    EXPECT_EQ(read.model_name, written.model_name);
    EXPECT_EQ(read.dtype, written.dtype);
    EXPECT_EQ(read.model_arguments, written.model_arguments);
    EXPECT_EQ(read.targets, written.targets);
    EXPECT_EQ(read.transforms, written.transforms);
    EXPECT_EQ(read.split, written.split);
    EXPECT_EQ(read.run, written.run);
    EXPECT_EQ(read.progress, written.progress);
    expect_same(read.parameters, written.parameters);
    expect_same(read.training, written.training);
    const Checkpoint lean = load_checkpoint(path);
    EXPECT_TRUE(lean.training.empty());
    expect_same(lean.parameters, written.parameters);
    // The same content gives the same file.
    const std::string bytes = read_file(path);
    save_checkpoint(path, read);
    EXPECT_EQ(load_checkpoint(path, true).training.size(), written.training.size());
    EXPECT_EQ(read_file(path).size(), bytes.size());
  }
}

TEST(CheckpointProperties, FilesThatAreNoneAreTold) {
  const TemporaryFolder folder;
  const std::vector<float> data{1};
  const std::string plain = folder.file("plain.safetensors"), text = folder.file("text.safetensors"),
                    absent = folder.file("absent.safetensors");
  write_safetensors(plain, {{"w", {Dtype::f32, {1}, std::as_bytes(std::span(data))}}});
  write_file_atomic(text, "no tensors at all, whatever the name");
  EXPECT_FALSE(is_checkpoint(plain));
  EXPECT_ERROR(is_checkpoint(text), ErrorKind::corrupt, text);
  EXPECT_ERROR(is_checkpoint(absent), ErrorKind::not_found, absent);
  EXPECT_ERROR(load_checkpoint(plain), ErrorKind::invalid_argument, plain);
  EXPECT_ERROR(load_checkpoint(text), ErrorKind::corrupt, text);
  EXPECT_ERROR(load_checkpoint(absent), ErrorKind::not_found, absent);
}

TEST(CheckpointProperties, DtypesHaveTheirNames) {
  EXPECT_EQ(to_scalar_type("float32"), at::kFloat);
  EXPECT_EQ(to_scalar_type("float64"), at::kDouble);
  for (const char* name : {"", "float", "float16", "Float32", "int64"}) {
    EXPECT_ERROR(to_scalar_type(name), ErrorKind::invalid_argument, name);
  }
}

}  // namespace
}  // namespace spinel::train
