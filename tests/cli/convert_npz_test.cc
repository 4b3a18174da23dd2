// NumPy archives of random trajectories through `convert_npz` and back from the extended XYZ that it writes.
#include "spinel/cli/convert_npz.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "spinel/atoms/xyz.h"
#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
#include "tests/support/errors.h"
#include "tests/support/npy_writer.h"
#include "tests/support/random_config.h"

namespace spinel::cli {
namespace {

using testing::HasSubstr;

template <typename T>
std::string bytes(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

struct Trajectory {
  explicit Trajectory(std::mt19937_64& random, size_t frames) : frames(frames) {
    for (size_t i = 1 + random() % 5; i-- > 0;) numbers.push_back(static_cast<uint8_t>(1 + random() % 118));
    for (size_t k = frames * numbers.size() * 3; k-- > 0;) {
      positions.push_back(random_number(random));
      forces.push_back(random_number(random));
    }
    for (size_t k = frames; k-- > 0;) energies.push_back(random_number(random));
  }
  std::string shape() const { return std::to_string(frames) + ", " + std::to_string(numbers.size()) + ", 3"; }
  size_t frames;
  std::vector<uint8_t> numbers;
  std::vector<double> positions, forces, energies;
};

TEST(ConvertNpz, EveryFrameComesBackUnderBothSetsOfNames) {
  const TemporaryFolder folder;
  std::mt19937_64 random(111);
  for (int repeat = 0; repeat < 40; ++repeat) {
    const size_t frames = repeat == 7 ? 600 : random() % 6;  // more than are held at once, and none
    const Trajectory t(random, frames);
    const bool md17 = repeat % 2, with_forces = repeat % 3, column = repeat % 4 == 1;
    std::vector<std::pair<std::string, std::string>> arrays{
        {md17 ? "z.npy" : "nuclear_charges.npy",
         npy_of("|u1", "(" + std::to_string(t.numbers.size()) + ",)", bytes(t.numbers))},
        {md17 ? "R.npy" : "coords.npy", npy_of("<f8", "(" + t.shape() + ")", bytes(t.positions))},
        {md17 ? "E.npy" : "energies.npy",
         npy_of("<f8", "(" + std::to_string(frames) + (column ? ", 1)" : ",)"), bytes(t.energies))},
        {"theory.npy", npy_of("<U3", "(1,)", std::string(12, 'x'))}};
    if (with_forces) {
      arrays.push_back({md17 ? "F.npy" : "forces.npy", npy_of("<f8", "(" + t.shape() + ")", bytes(t.forces))});
    }
    write_file_atomic(folder.file("a.npz"), zip_of(arrays));
    std::vector<int64_t> reported;
    const int64_t count =
        convert_npz(folder.file("a.npz"), folder.file("a.xyz"), "a.npz", [&](int64_t done, int64_t all) {
          reported.push_back(done);
          EXPECT_EQ(all, static_cast<int64_t>(frames));
        });
    EXPECT_EQ(count, static_cast<int64_t>(frames));
    EXPECT_TRUE(std::is_sorted(reported.begin(), reported.end()));
    if (frames > 0) EXPECT_EQ(reported.back(), static_cast<int64_t>(frames));
    const std::vector<Frame> read = read_xyz(folder.file("a.xyz"));
    ASSERT_EQ(read.size(), frames);
    for (size_t k = 0; k < frames; ++k) {
      const size_t atoms = t.numbers.size();
      EXPECT_EQ(read[k].numbers, std::vector<int64_t>(t.numbers.begin(), t.numbers.end()));
      for (size_t i = 0; i < atoms; ++i) {
        for (size_t c = 0; c < 3; ++c) ASSERT_EQ(read[k].positions[i][c], t.positions[(k * atoms + i) * 3 + c]);
      }
      EXPECT_EQ(std::get<std::vector<double>>(read[k].info.at("energy").values).at(0), t.energies[k]);
      ASSERT_EQ(read[k].arrays.contains("forces"), with_forces);
      if (!with_forces) continue;
      const auto& forces = std::get<std::vector<double>>(read[k].arrays.at("forces").values);
      EXPECT_TRUE(
          std::equal(forces.begin(), forces.end(), t.forces.begin() + static_cast<std::ptrdiff_t>(k * atoms * 3)));
    }
  }
}

TEST(ConvertNpz, ShapesAndNumbersThatCannotBeAreCorruptAndNamed) {
  const TemporaryFolder folder;
  const std::string z = npy_of("<i4", "(1,)", bytes_of<int32_t>({1})),
                    r = npy_of("<f4", "(2, 1, 3)", std::string(24, 0));
  struct Case {
    std::vector<std::pair<std::string, std::string>> arrays;
    const char* message;
  };
  for (const Case& c :
       {Case{{{"z.npy", z}, {"R.npy", npy_of("<f8", "(2, 3)", std::string(48, 0))}}, "R has shape [2, 3]"},
        Case{{{"z.npy", z}, {"R.npy", npy_of("<f8", "(1, 2, 3)", std::string(48, 0))}},
             "[1, 1, 3] of numbers is needed"},
        Case{{{"z.npy", z}, {"R.npy", npy_of("<f8", "(1, 1, 2)", std::string(16, 0))}}, "R has shape [1, 1, 2]"},
        Case{{{"z.npy", npy_of("<i4", "(1, 1)", std::string(4, 1))}, {"R.npy", r}}, "z has shape [1, 1]"},
        Case{{{"z.npy", npy_of("<i4", "(0,)", "")}, {"R.npy", r}}, "z has shape [0]"},
        Case{{{"z.npy", npy_of("<i4", "(1,)", bytes_of<int32_t>({0}))}, {"R.npy", r}}, "z[0] is 0"},
        Case{{{"z.npy", npy_of("<i4", "(1,)", bytes_of<int32_t>({119}))}, {"R.npy", r}}, "z[0] is 119"},
        Case{{{"z.npy", npy_of("<f8", "(1,)", bytes_of<double>({1.5}))}, {"R.npy", r}}, "z[0] is 1.5"},
        Case{{{"z.npy", npy_of("<f8", "(1,)", bytes_of<double>({std::nan("")}))}, {"R.npy", r}}, "z[0] is nan"},
        Case{{{"z.npy", z}, {"R.npy", r}, {"E.npy", npy_of("<f8", "(3,)", std::string(24, 0))}}, "E has shape [3]"},
        Case{{{"z.npy", z}, {"R.npy", r}, {"E.npy", npy_of("<f8", "(2, 2)", std::string(32, 0))}},
             "E has shape [2, 2]"},
        Case{{{"z.npy", z}, {"R.npy", r}, {"E.npy", npy_of("<U1", "(2,)", std::string(8, 'x'))}}, "of type U4"},
        Case{{{"z.npy", z}, {"R.npy", r}, {"F.npy", npy_of("<f8", "(1, 1, 3)", std::string(24, 0))}},
             "F has shape [1, 1, 3]"}}) {
    write_file_atomic(folder.file("a.npz"), zip_of(c.arrays));
    const Error error = error_of([&] { convert_npz(folder.file("a.npz"), folder.file("a.xyz"), "shown.npz"); });
    EXPECT_EQ(error.kind(), ErrorKind::corrupt) << error.what();
    EXPECT_THAT(error.what(), testing::AllOf(testing::StartsWith("shown.npz: "), HasSubstr(c.message)));
    EXPECT_FALSE(file_exists(folder.file("a.xyz")));
  }
}

TEST(ConvertNpz, ArraysUnderOtherNamesAreListed) {
  const TemporaryFolder folder;
  write_file_atomic(folder.file("a.npz"), zip_of({{"z.npy", npy_of("<i4", "(1,)", bytes_of<int32_t>({1}))},
                                                  {"xyz.npy", npy_of("<f8", "(1,)", std::string(8, 0))}}));
  const Error error = error_of([&] { convert_npz(folder.file("a.npz"), folder.file("a.xyz"), "a.npz"); });
  EXPECT_EQ(error.kind(), ErrorKind::not_found);
  EXPECT_THAT(error.what(), HasSubstr("it holds the arrays z, xyz, but no positions of R or coords"));
}

}  // namespace
}  // namespace spinel::cli
