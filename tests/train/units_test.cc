#include "spinel/train/units.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spinel/base/error.h"

namespace spinel::train {
namespace {

TEST(Units, FactorsOfEnergiesForcesAndPressures) {
  EXPECT_DOUBLE_EQ(unit_factor("eV", "eV"), 1);
  EXPECT_NEAR(unit_factor("kcal/mol", "meV"), 43.3641, 1e-4);  // as the potential literature quotes it
  EXPECT_NEAR(unit_factor("kcal/mol/Å", "eV/Å"), 0.0433641, 1e-7);
  EXPECT_NEAR(unit_factor("Ha", "eV"), 27.211386, 1e-6);
  EXPECT_NEAR(unit_factor("Ha/Bohr", "eV/Ang"), 51.42206747, 1e-7);
  EXPECT_NEAR(unit_factor("eV/Å^3", "GPa"), 160.21766, 1e-5);
  EXPECT_NEAR(unit_factor("kbar", "eV/Å³"), 1 / 1602.1766, 1e-9);
  EXPECT_NEAR(unit_factor("D", "e·Å"), 0.20819434, 1e-8);
  EXPECT_NEAR(unit_factor("a0**3", "Å^3"), 0.14818471, 1e-8);
}

std::string error_of(const char* from, const char* to) {
  try {
    unit_factor(from, to, "target energy");
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Units, ErrorsNameTheUnit) {
  EXPECT_THAT(error_of("kcl/mol", "eV"),
              testing::AllOf(testing::StartsWith("target energy: unit 'kcl'"), testing::HasSubstr("'kcal'")));
  EXPECT_THAT(error_of("eV/Å", "eV"), testing::HasSubstr("dimensions differ"));
  EXPECT_THAT(error_of("", "eV"), testing::HasSubstr("is empty"));
  EXPECT_THAT(error_of("Å^", "Å"), testing::HasSubstr("power"));
  EXPECT_THAT(error_of("Å^99", "Å"), testing::HasSubstr("power"));
}

}  // namespace
}  // namespace spinel::train
