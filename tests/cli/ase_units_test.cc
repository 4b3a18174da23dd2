#include "spinel/cli/ase_units.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spinel/base/error.h"
#include "tests/support/errors.h"

namespace spinel::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

AseUnits units(const std::string& json) { return ase_units(parse_json(json, "metadata"), "a.db"); }

TEST(AseUnits, WithoutMetadataNothingIsConverted) {
  for (const char* json : {"{}", R"({"_distance_unit": ""})", R"({"_property_unit_dict": {}})",
                           R"({"_property_unit_dict": {"energy": ""}})", R"({"_property_unit_dict": {"energy": null}})",
                           R"({"_property_unit_dict": 3, "_distance_unit": 4})"}) {
    EXPECT_EQ(units(json).factors.distance, 1) << json;
    EXPECT_THAT(units(json).factors.values, IsEmpty()) << json;
    EXPECT_THAT(units(json).notes, IsEmpty()) << json;
  }
}

TEST(AseUnits, OurOwnUnitsNeedNoNote) {
  const AseUnits own =
      units(R"({"_distance_unit": "Ang", "_property_unit_dict": {"energy": "eV", "forces": "eV/Ang"}})");
  EXPECT_EQ(own.factors.distance, 1);
  EXPECT_THAT(own.factors.values, IsEmpty());
  EXPECT_THAT(own.notes, IsEmpty());
}

TEST(AseUnits, EnergiesAndTheirDerivativesComeOutInElectronVoltAndAngstrom) {
  struct Case {
    const char* unit;
    double factor;
    const char* target;
  };
  for (const Case& c :
       {Case{"Ha", 27.211386245988, "eV"}, Case{"kcal/mol", 0.0433641, "eV"}, Case{"kcal / mol", 0.0433641, "eV"},
        Case{"kcal/mol/Ang", 0.0433641, "eV/Å"}, Case{"Ha / Bohr", 51.4220675, "eV/Å"},
        Case{"Ha/Bohr**2", 97.1736, "eV/Å^2"}, Case{"GPa", 0.00624151, "eV/Å^3"}, Case{"Ha*Bohr", 14.39964, "eV*Å"}}) {
    const AseUnits read = units(std::string(R"({"_property_unit_dict": {"x": ")") + c.unit + "\"}}");
    ASSERT_TRUE(read.factors.values.contains("x")) << c.unit;
    EXPECT_NEAR(read.factors.values.at("x"), c.factor, 1e-5 * c.factor) << c.unit;
    EXPECT_THAT(read.notes, ElementsAre(std::string("x from ") + c.unit + " to " + c.target));
  }
}

TEST(AseUnits, OtherQuantitiesStayAndAreNoted) {
  for (const char* unit : {"Debye", "Bohr^3", "1/cm", "something", "cal/mol/K", "e"}) {
    const AseUnits read = units(std::string(R"({"_property_unit_dict": {"x": ")") + unit + "\"}}");
    EXPECT_THAT(read.factors.values, IsEmpty()) << unit;
    EXPECT_THAT(read.notes, ElementsAre(std::string("x in ") + unit + " as it is"));
  }
}

TEST(AseUnits, DistancesAreLengthsOrAnErrorWithTheFile) {
  EXPECT_NEAR(units(R"({"_distance_unit": "Bohr"})").factors.distance, 0.529177210903, 1e-12);
  EXPECT_THAT(units(R"({"_distance_unit": "nm"})").notes, ElementsAre("positions from nm to Å"));
  for (const char* unit : {"eV", "Angs trom", "1/Ang"}) {
    const Error error = error_of([&] { units(std::string(R"({"_distance_unit": ")") + unit + "\"}"); });
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument) << unit;
    EXPECT_THAT(error.what(), testing::StartsWith("a.db: _distance_unit: "));
  }
}

}  // namespace
}  // namespace spinel::cli
