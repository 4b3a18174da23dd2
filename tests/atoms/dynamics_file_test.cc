#include "spinel/atoms/dynamics_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <random>

#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
#include "spinel/base/safetensors.h"
#include "tests/support/errors.h"
#include "tests/support/random_config.h"

namespace spinel {
namespace {

using ::testing::HasSubstr;

DynamicsRestart random_restart(std::mt19937_64& random, size_t atoms) {
  DynamicsRestart restart;
  restart.state.step = static_cast<int64_t>(random() >> 1);
  restart.state.energy = random_number(random);
  restart.state.heat = random_number(random);
  for (size_t i = 0; i < atoms; ++i) {
    restart.numbers.push_back(static_cast<int64_t>(1 + random() % 118));
    for (auto* vectors : {&restart.state.positions, &restart.state.velocities, &restart.state.forces}) {
      vectors->push_back({random_number(random), random_number(random), random_number(random)});
    }
  }
  EnergyDrift drift;
  for (int i = 0; i < 5; ++i) drift.add(i, static_cast<double>(random() % 100));
  restart.drift = drift.save();
  restart.run = Config::map({{"seed", static_cast<int64_t>(random() % 1000)}, {"more", random_config(random, 2)}});
  restart.files = Config::map({{"a/b c.xyz", static_cast<int64_t>(random() % 100'000)}});
  return restart;
}

TEST(DynamicsFile, ARestartComesBackBitForBit) {
  const TemporaryFolder folder;
  std::mt19937_64 random(27);
  for (const size_t atoms : {size_t{0}, size_t{1}, size_t{7}, size_t{100}}) {
    const DynamicsRestart restart = random_restart(random, atoms);
    save_restart(folder.file("r"), restart);
    const DynamicsRestart read = load_restart(folder.file("r"));
    EXPECT_EQ(read.state.step, restart.state.step);
    EXPECT_EQ(std::bit_cast<uint64_t>(read.state.energy), std::bit_cast<uint64_t>(restart.state.energy));
    EXPECT_EQ(std::bit_cast<uint64_t>(read.state.heat), std::bit_cast<uint64_t>(restart.state.heat));
    EXPECT_EQ(read.state.positions, restart.state.positions);
    EXPECT_EQ(read.state.velocities, restart.state.velocities);
    EXPECT_EQ(read.state.forces, restart.state.forces);
    EXPECT_EQ(read.numbers, restart.numbers);
    EXPECT_EQ(read.drift, restart.drift);
    EXPECT_EQ(read.run, restart.run);
    EXPECT_EQ(read.files, restart.files);
  }
}

TEST(DynamicsFile, ALaterOneReplacesTheEarlier) {
  const TemporaryFolder folder;
  std::mt19937_64 random(28);
  for (int i = 0; i < 3; ++i) {
    const DynamicsRestart restart = random_restart(random, 3);
    save_restart(folder.file("r"), restart);
    EXPECT_EQ(load_restart(folder.file("r")).state.positions, restart.state.positions);
  }
  EXPECT_THAT(list_folder(folder.path()), ::testing::ElementsAre("r"));
}

/// A restart file of two atoms of which one tensor or text is another.
struct Changed {
  std::map<std::string, std::vector<double>> reals{{"energies", std::vector<double>(2)},
                                                   {"drift", std::vector<double>(7)},
                                                   {"positions", std::vector<double>(6)},
                                                   {"velocities", std::vector<double>(6)},
                                                   {"forces", std::vector<double>(6)}};
  std::map<std::string, std::vector<int64_t>> integers{{"step", {5}}, {"numbers", {1, 1}}};
  std::map<std::string, std::string> texts{{"spinel_restart", "1"}, {"run", "{}"}, {"files", "{}"}};

  Error error() const {
    const TemporaryFolder folder;
    std::vector<NamedTensorView> tensors;
    for (const auto& [name, values] : reals) {
      tensors.push_back({name, {Dtype::f64, {std::ssize(values)}, std::as_bytes(std::span(values))}});
    }
    for (const auto& [name, values] : integers) {
      tensors.push_back({name, {Dtype::i64, {std::ssize(values)}, std::as_bytes(std::span(values))}});
    }
    write_safetensors(folder.file("r"), tensors, texts);
    return error_of([&] { load_restart(folder.file("r")); });
  }
};

TEST(DynamicsFile, OtherFilesAreCorruptAndSayWhy) {
  EXPECT_EQ(Changed().error().kind(), ErrorKind::internal);  // nothing was thrown
  for (const char* name : {"energies", "drift", "positions", "velocities", "forces"}) {
    Changed missing, shorter, longer, other_type;
    missing.reals.erase(name);
    shorter.reals[name].pop_back();
    longer.reals[name].push_back(1);
    other_type.integers[name] = std::vector<int64_t>(other_type.reals[name].size());
    other_type.reals.erase(name);
    for (const Changed* changed : {&missing, &shorter, &longer, &other_type}) {
      const Error error = changed->error();
      EXPECT_EQ(error.kind(), ErrorKind::corrupt) << error.what();
      EXPECT_THAT(error.what(), HasSubstr(std::string("'") + name + "'"));
    }
  }
  for (const char* name : {"step", "numbers"}) {
    Changed missing, other_type;
    missing.integers.erase(name);
    other_type.reals[name] = std::vector<double>(other_type.integers[name].size());
    other_type.integers.erase(name);
    EXPECT_EQ(missing.error().kind(), ErrorKind::corrupt) << name;
    EXPECT_EQ(other_type.error().kind(), ErrorKind::corrupt) << name;
  }
  for (const char* key : {"spinel_restart", "run", "files"}) {
    Changed missing, other;
    missing.texts.erase(key);
    other.texts[key] = "{2";
    EXPECT_EQ(missing.error().kind(), ErrorKind::corrupt) << key;
    EXPECT_EQ(other.error().kind(), ErrorKind::corrupt) << key << " " << other.error().what();
  }
  const TemporaryFolder folder;
  write_file_atomic(folder.file("text"), "no safetensors file");
  EXPECT_EQ(error_of([&] { load_restart(folder.file("text")); }).kind(), ErrorKind::corrupt);
  EXPECT_EQ(error_of([&] { load_restart(folder.file("absent")); }).kind(), ErrorKind::not_found);
}

}  // namespace
}  // namespace spinel
