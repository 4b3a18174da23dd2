#include "spinel/cli/md_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spinel/atoms/dynamics_file.h"
#include "spinel/atoms/xyz.h"
#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
#include "tests/support/errors.h"

namespace spinel::cli {
namespace {

using testing::HasSubstr;

/// Springs to the start positions; fails in the evaluation after `limit` others, as a killed process does.
class Springs : public train::Evaluator {
 public:
  Springs(const Frame& start, int64_t& left) : start_(start), left_(left) {}
  train::Evaluation evaluate(const Frame& frame) override {
    if (left_-- == 0) throw std::runtime_error("killed");
    train::Evaluation result;
    for (int64_t i = 0; i < frame.size(); ++i) {
      Vector3 force{};
      for (int k = 0; k < 3; ++k) {
        const double d = frame.positions[i][k] - start_.positions[i][k];
        result.energy += 2.5 * d * d;
        force[k] = -5 * d;
      }
      result.forces.push_back(force);
    }
    return result;
  }

 private:
  Frame start_;
  int64_t& left_;
};

Frame water() {
  Frame frame;
  frame.numbers = {8, 1, 1};
  frame.positions = {{0, 0, 0}, {0.96, 0, 0}, {-0.24, 0.93, 0}};
  return frame;
}

struct Springy {
  TemporaryFolder folder;
  MdFiles files{folder.file("a.xyz"), folder.file("a.csv"), folder.file("a.safetensors")};
  MdOptions options;
  int64_t left = -1;

  Springy() {
    options.steps = 100;
    options.write_every = 5;
    options.restart_every = 20;
    options.potential = "springs";
  }
  MdSummary go() {
    const Frame start = water();
    return run_md(
        start, [&] { return std::make_unique<Springs>(start, left); }, options, files);
  }
};

TEST(MdRun, WritesTrajectoryAndTable) {
  Springy run;
  const MdSummary summary = run.go();
  EXPECT_EQ(summary.steps, 100);
  EXPECT_DOUBLE_EQ(summary.time, 50);
  EXPECT_LT(std::abs(summary.spread), 1e-3);
  const std::vector<Frame> frames = read_xyz(run.files.trajectory);
  ASSERT_EQ(frames.size(), 21u);
  EXPECT_EQ(std::get<std::vector<int64_t>>(frames[3].info.at("step").values)[0], 15);
  EXPECT_EQ(frames[0].positions, water().positions);
  EXPECT_TRUE(frames[3].arrays.contains("velocities"));
  const std::string table = read_file(run.files.table);
  EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 22);
  EXPECT_THAT(table, HasSubstr("step,time_fs,potential_eV"));
}

TEST(MdRun, GoesOnBitForBitAfterAKill) {
  for (const bool bath : {false, true}) {
    Springy whole;
    if (bath) whole.options.dynamics.temperature = 300;
    whole.go();
    for (const int64_t killed_at : {21, 37, 45, 99}) {
      Springy run;
      run.options = whole.options;
      run.left = killed_at;
      EXPECT_THROW(run.go(), std::runtime_error);
      run.left = -1;
      run.options.resume = true;
      EXPECT_EQ(run.go().first_step, killed_at / 20 * 20);
      EXPECT_EQ(read_file(run.files.trajectory), read_file(whole.files.trajectory)) << killed_at;
      EXPECT_EQ(read_file(run.files.table), read_file(whole.files.table)) << killed_at;
    }
  }
}

TEST(MdRun, ALongerRunGoesOnFromTheEndOfAShorterOne) {
  Springy whole, parts;
  whole.go();
  parts.options.steps = 60;
  parts.go();
  parts.options.steps = 100;
  parts.options.resume = true;
  parts.go();
  EXPECT_EQ(read_file(parts.files.trajectory), read_file(whole.files.trajectory));
}

TEST(MdRun, RefusesToGoOnAsAnotherRun) {
  Springy run;
  run.go();
  run.options.resume = true;
  run.options.dynamics.time_step = 1;
  try {
    run.go();
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("time_step 0.5, not 1"));
  }
  run.options.dynamics.time_step = 0.5;
  run.options.potential = "other";
  EXPECT_THROW(run.go(), Error);
  run.options.potential = "springs";
  File::open(run.files.trajectory, File::Mode::update).truncate(10);
  EXPECT_THROW(run.go(), Error);
}

TEST(MdRun, ABrokenRestartFileIsCorrupt) {
  Springy run;
  run.go();
  const std::string bytes = read_file(run.files.restart);
  for (const size_t size : {size_t{0}, size_t{4}, bytes.size() / 2, bytes.size() - 1}) {
    write_file_atomic(run.files.restart, bytes.substr(0, size));
    try {
      load_restart(run.files.restart);
      FAIL() << size;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::corrupt) << size;
    }
  }
}

TEST(MdRun, RefusesImpossibleNumbers) {  // CF-03
  Springy run;
  run.options.write_every = 0;
  EXPECT_THROW(run.go(), Error);
  run.options.write_every = 1;
  run.options.steps = 0;
  EXPECT_THROW(run.go(), Error);
}

TEST(MdRun, FilesOfOneNameCannotBeToldApartByTheRestart) {
  Springy run;
  make_folders(run.folder.file("b"));
  run.files.table = run.folder.file("b/a.xyz");
  EXPECT_THAT(error_of([&] { run.go(); }).what(), HasSubstr("the trajectory"));
  EXPECT_FALSE(file_exists(run.files.trajectory));
  run.files.restart.clear();  // without a restart file there is nothing to mix up
  EXPECT_EQ(run.go().steps, 100);
}

}  // namespace
}  // namespace spinel::cli
