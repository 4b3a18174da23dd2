#include "spinel/train/target_transforms.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "spinel/base/error.h"
#include "tests/train/expect_error.h"
#include "tests/train/trainer_testing.h"

namespace spinel::train {
namespace {

Config section(const char* yaml) { return parse_yaml(yaml, "transforms"); }

Batch whole(const Dataset& dataset) {
  std::vector<int64_t> all(static_cast<size_t>(dataset.size()));
  for (size_t k = 0; k < all.size(); ++k) all[k] = static_cast<int64_t>(k);
  return dataset.batch(all);
}

void expect_equal(const NamedTensors& a, const NamedTensors& b, double tolerance = 1e-12) {
  ASSERT_EQ(a.names(), b.names());
  for (const auto& [name, tensor] : a) {
    EXPECT_TRUE(at::allclose(tensor.to(at::kDouble), b.at(name).to(at::kDouble), tolerance, tolerance)) << name;
  }
}

TEST(TargetTransforms, WithoutASectionTargetsStayAsTheyAre) {
  const auto data = small_dataset(7);
  const Batch batch = whole(*data);
  for (const Config& none : {Config(), Config::map()}) {
    const TargetTransforms transforms = TargetTransforms::fit(none, *data);
    expect_equal(transforms.apply(batch), batch.targets);
    expect_equal(transforms.undo(batch.targets, batch), batch.targets);
    EXPECT_EQ(transforms.energy_scale(), 1);
    EXPECT_EQ(transforms.to_config(), Config::map());
  }
}

TEST(TargetTransforms, UndoGivesBackWhatApplyMadeOfTheTargets) {
  const auto data = small_dataset(13);
  const Batch batch = whole(*data);
  for (const char* yaml : {"energy: RemoveOffsets", "energy: [RemoveOffsets, Normalize]",
                           "energy: {Scale: {scale: -2.5}}", "energy: [ReferenceEnergies, {Scale: {scale: 0.5}}]",
                           "forces: {Scale: {scale: 10}}", "energy: Normalize\nforces: {Scale: {scale: 3}}"}) {
    const TargetTransforms transforms = TargetTransforms::fit(section(yaml), *data);
    expect_equal(transforms.undo(transforms.apply(batch), batch), batch.targets, 1e-10);
  }
}

TEST(TargetTransforms, ForcesFollowAScaledEnergyUnlessTheyHaveTheirOwn) {
  const auto data = small_dataset(9);
  const Batch batch = whole(*data);
  const TargetTransforms scaled = TargetTransforms::fit(section("energy: {Scale: {scale: 4}}"), *data);
  EXPECT_NEAR(scaled.energy_scale(), 0.25, 1e-15);
  expect_equal(scaled.apply(batch),
               {{"energy", batch.targets.at("energy") * 4}, {"forces", batch.targets.at("forces") * 4}});
  const TargetTransforms own =
      TargetTransforms::fit(section("energy: {Scale: {scale: 4}}\nforces: {Scale: {scale: 2}}"), *data);
  expect_equal(own.apply(batch),
               {{"energy", batch.targets.at("energy") * 4}, {"forces", batch.targets.at("forces") * 2}});
  const TargetTransforms offsets = TargetTransforms::fit(section("energy: RemoveOffsets"), *data);
  EXPECT_EQ(offsets.energy_scale(), 1);  // what is taken off moves no atom
  EXPECT_TRUE(at::equal(offsets.apply(batch).at("forces"), batch.targets.at("forces")));
}

TEST(TargetTransforms, ConfigKeepsWhatWasFitted) {
  const auto data = small_dataset(13), other = small_dataset(5);
  const TargetTransforms fitted = TargetTransforms::fit(section("energy: [RemoveOffsets, Normalize]"), *data);
  const TargetTransforms read = TargetTransforms::from_config(parse_json(to_json(fitted.to_config()), "saved"));
  for (const auto* dataset : {&*data, &*other}) {
    const Batch batch = whole(*dataset);
    expect_equal(read.apply(batch), fitted.apply(batch), 0);
  }
  EXPECT_EQ(read.to_config(), fitted.to_config());
  EXPECT_EQ(read.energy_scale(), fitted.energy_scale());
}

TEST(TargetTransforms, OutputsOfTheModelComeBackInDoubleOnTheCpu) {
  const auto data = small_dataset(4);
  const Batch batch = whole(*data);
  const TargetTransforms transforms = TargetTransforms::fit(section("energy: {Scale: {scale: 2}}"), *data);
  const at::Tensor energy = at::rand({4}).requires_grad_(), kinds = at::tensor({1, 2}, at::kLong);
  const NamedTensors undone = transforms.undo({{"energy", energy}, {"kinds", kinds}}, batch);
  EXPECT_EQ(undone.at("energy").scalar_type(), at::kDouble);
  EXPECT_FALSE(undone.at("energy").requires_grad());
  EXPECT_TRUE(at::equal(undone.at("kinds"), kinds));
  EXPECT_TRUE(at::allclose(undone.at("energy"), energy.detach().to(at::kDouble) / 2));
}

TEST(TargetTransforms, WhatCannotBeIsRefused) {
  const auto data = small_dataset(5);
  EXPECT_ERROR(TargetTransforms::fit(section("dipole: Normalize"), *data), ErrorKind::invalid_argument, "dipole");
  EXPECT_ERROR(TargetTransforms::fit(section("energy: Normalise"), *data), ErrorKind::not_found, "Normalize");
  EXPECT_ERROR(TargetTransforms::fit(section("energy: Log10"), *data), ErrorKind::invalid_argument, "not linear");
  EXPECT_ERROR(TargetTransforms::from_config(section("energy: Normalize")), ErrorKind::invalid_argument,
               "that of 'energy' lacks what was fitted");
}

}  // namespace
}  // namespace spinel::train
