#include "spinel/kernels/cpu/simd_level.h"

#include <gmock/gmock.h>

#include <cstdlib>

#include "spinel/base/error.h"

namespace spinel::kernels {
namespace {

// FI-14: CMake runs this program once more for each level that a variable can force.
class Environment : public testing::Environment {
  void SetUp() override { apply_simd_environment(); }
};
const testing::Environment* const environment = testing::AddGlobalTestEnvironment(new Environment);

struct SimdLevel : testing::Test {
  ~SimdLevel() override { force_simd_level(before); }
  std::string before = simd_level();
};

TEST_F(SimdLevel, BestIsTheFirst) {
  force_simd_level("best");
  EXPECT_EQ(simd_level(), simd_levels().front());
}

TEST_F(SimdLevel, EachCanBeForcedAndTheListStays) {
  const std::vector<std::string> all = simd_levels();
  for (const std::string& level : all) {
    force_simd_level(level);
    EXPECT_EQ(simd_level(), level);
    EXPECT_EQ(simd_levels(), all);
  }
}

TEST_F(SimdLevel, CaseDoesNotMatter) {
  std::string level = simd_levels().back();
  for (char& c : level) c = static_cast<char>(std::tolower(c));
  force_simd_level(level);
  EXPECT_EQ(simd_level(), simd_levels().back());
}

TEST_F(SimdLevel, AnUnknownOneChangesNothingAndNamesTheKnown) {
  try {
    force_simd_level("AVX9000");
    FAIL() << "was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
    EXPECT_THAT(error.what(), testing::HasSubstr("AVX9000"));
    EXPECT_THAT(error.what(), testing::HasSubstr(simd_levels().front()));
  }
  EXPECT_EQ(simd_level(), before);
}

TEST_F(SimdLevel, ComesFromTheEnvironment) {
  const char* const set = std::getenv("SPINEL_SIMD");
  const std::string kept = set == nullptr ? "" : set;
  setenv("SPINEL_SIMD", simd_levels().back().c_str(), 1);
  apply_simd_environment();
  EXPECT_EQ(simd_level(), simd_levels().back());
  setenv("SPINEL_SIMD", "", 1);
  force_simd_level("best");
  apply_simd_environment();
  EXPECT_EQ(simd_level(), simd_levels().front());
  setenv("SPINEL_SIMD", kept.c_str(), 1);
}

}  // namespace
}  // namespace spinel::kernels
