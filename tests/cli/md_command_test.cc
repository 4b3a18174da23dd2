// `spinel md` as a user runs it; tests/cli/md_run_test.cc tries the run itself.
#include <gtest/gtest.h>

#include "spinel/atoms/xyz.h"
#include "tests/cli/run_spinel.h"

namespace spinel::cli {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

struct MdCommand : testing::Test {
  static void SetUpTestSuite() {
    folder = new TemporaryFolder;
    model = converted_model(*folder);
  }
  static void TearDownTestSuite() { delete folder; }
  static ProcessResult md(const std::string& output, const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"md", model, schnetpack_frames(), "-o", output, "--dtype", "float64"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_spinel(arguments);
  }
  static TemporaryFolder* folder;
  static std::string model;
  TemporaryFolder own;
};
TemporaryFolder* MdCommand::folder = nullptr;
std::string MdCommand::model;

double real(const Frame& frame, const std::string& key) {
  return std::get<std::vector<double>>(frame.info.at(key).values)[0];
}

TEST_F(MdCommand, KeepsTheEnergyAndSaysHowWell) {
  const ProcessResult result = md(own.file("a.xyz"), {"--frame", "1", "--steps", "40", "--every", "10", "--temperature",
                                                      "200", "--time-step", "0.25", "--table", own.file("a.csv")});
  ASSERT_EQ(result.exit_status, 0) << result.errors;
  EXPECT_THAT(result.output, HasSubstr("3 atoms, 40 steps of 0.25 fs (0.01 ps), trajectory in "));
  EXPECT_THAT(result.output, HasSubstr("energy drift "));
  EXPECT_THAT(result.output, HasSubstr(" eV/atom/ps, spread "));
  EXPECT_THAT(result.output, HasSubstr(" ms a step\n"));
  const std::vector<Frame> frames = read_xyz(own.file("a.xyz"));
  ASSERT_EQ(frames.size(), 5u);
  EXPECT_EQ(frames[0].numbers, (std::vector<int64_t>{8, 1, 1}));
  EXPECT_NEAR(real(frames[0], "temperature"), 200, 1e-9);
  EXPECT_EQ(real(frames[4], "time"), 10);
  EXPECT_EQ(std::get<std::vector<int64_t>>(frames[4].info.at("step").values)[0], 40);
  // In eV, eV/Å, Å and fs, the velocities are those of the positions.
  const auto& velocity = std::get<std::vector<double>>(frames[0].arrays.at("velocities").values);
  EXPECT_EQ(velocity.size(), 9u);
  // The columns of the table: potential and kinetic energy add up to what is conserved.
  std::string table = read_file(own.file("a.csv"));
  EXPECT_THAT(table, testing::StartsWith("step,time_fs,potential_eV,kinetic_eV,conserved_eV,temperature_K\n0,0,"));
  double first = 0;
  size_t rows = 0;
  for (size_t begin = table.find('\n') + 1; begin < table.size(); begin = table.find('\n', begin) + 1, ++rows) {
    int step = 0;
    double time = 0, potential = 0, kinetic = 0, conserved = 0;
    ASSERT_EQ(std::sscanf(table.c_str() + begin, "%d,%lf,%lf,%lf,%lf", &step, &time, &potential, &kinetic, &conserved),
              5);
    EXPECT_NEAR(potential + kinetic, conserved, 1e-9);
    if (rows == 0) first = conserved;
    EXPECT_NEAR(conserved, first, 1e-3);
  }
  EXPECT_EQ(rows, 5u);
}

TEST_F(MdCommand, ARunThatGoesOnGivesTheFilesOfOneThatWasNotStopped) {
  const std::vector<std::string> same = {"--frame", "1", "--every", "5", "--ensemble", "nvt", "--restart-every", "10"};
  const auto run = [&](const std::string& name, const char* steps, bool resume) {
    std::vector<std::string> more = same;
    more.insert(more.end(), {"--steps", steps, "--restart", own.file(name + ".safetensors")});
    if (resume) more.push_back("--resume");
    return md(own.file(name + ".xyz"), more);
  };
  ASSERT_EQ(run("whole", "30", false).exit_status, 0);
  ASSERT_EQ(run("parts", "20", false).exit_status, 0);
  const ProcessResult second = run("parts", "30", true);
  ASSERT_EQ(second.exit_status, 0) << second.errors;
  EXPECT_EQ(read_file(own.file("parts.xyz")), read_file(own.file("whole.xyz")));
  expect_failure(run("absent", "30", true), 2, "absent.safetensors");
}

TEST_F(MdCommand, ImpossibleOptionsAreRefusedBeforeAnythingIsWritten) {  // CF-03
  const std::string output = own.file("a.xyz");
  const std::pair<std::vector<std::string>, const char*> cases[] = {
      {{"--temperature", "-5"}, "temperature"},
      {{"--temperature", "nan"}, "temperature"},
      {{"--temperature", "inf"}, "temperature"},
      {{"--temperature", "warm"}, "--temperature"},
      {{"--time-step", "0"}, "time_step"},
      {{"--steps", "0"}, "--steps"},
      {{"--every", "0"}, "--every"},
      {{"--ensemble", "npt"}, "choose nve or nvt"},
      {{"--frame", "3"}, "it has 3 frames"},
      {{"--frame", "-1"}, "--frame"},
      {{"--resume"}, "--restart"},
      {{"--friction", "-1", "--ensemble", "nvt"}, "friction"},
      {{"--dtype", "float64"}, "--dtype: it is given more than once"},
      {{"--seed", "-1"}, "seed"},
  };
  for (const auto& [more, text] : cases) {
    SCOPED_TRACE(more[0] + (more.size() > 1 ? " " + more[1] : ""));
    expect_failure(md(output, more), 2, text);
    EXPECT_FALSE(file_exists(output));
  }
  expect_failure(run_spinel({"md", model, schnetpack_frames(), "-o", output, "--dtype", "int8"}), 2, "choose float32");
}

TEST_F(MdCommand, FilesThatAreInputsAreNotWritten) {
  const std::string start = own.file("start.xyz"), text = read_file(schnetpack_frames());
  write_file_atomic(start, text);
  expect_failure(run_spinel({"md", model, start, "-o", start}), 2, "the same file as the input");
  expect_failure(run_spinel({"md", model, start, "-o", own.file("a.xyz"), "--table", start}), 2, "the same file");
  EXPECT_EQ(read_file(start), text);
}

TEST_F(MdCommand, EachOutputHasAFileOfItsOwn) {
  const std::string a = own.file("a.xyz"), spelled = own.path() + "/./a.xyz";
  for (const std::vector<std::string>& more : {std::vector<std::string>{"--table", a},
                                               {"--restart", spelled},
                                               {"--table", own.file("b"), "--restart", own.file("b")}}) {
    expect_failure(md(a, more), 2, "two outputs would be written to it");
    EXPECT_FALSE(file_exists(a));
  }
}

TEST_F(MdCommand, AModelWithoutForcesCannotMoveAtoms) {
  const TemporaryFolder other;
  const std::string energies = converted_model(other, {"--no-forces"});
  const ProcessResult result = run_spinel({"md", energies, schnetpack_frames(), "-o", own.file("a.xyz")});
  expect_failure(result, 2, "forces");
}

}  // namespace
}  // namespace spinel::cli
