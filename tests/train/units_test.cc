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

TEST(Units, BlanksAndSignsMultiplyOrDivideTheNextName) {
  struct Case {
    const char *a, *b;
  };
  for (const Case& c : {Case{"kcal / mol", "kcal/mol"}, Case{" kcal /mol ", "kcal/mol"}, Case{"kcal/ mol", "kcal/mol"},
                        Case{"eV / Å / Å", "eV/Å²"}, Case{"eV  Å", "eV*Å"}, Case{"e · Å", "e·Å"}, Case{"e * Å", "e·Å"},
                        Case{"eV/Å mol", "eV mol/Å"}, Case{"1/ps", "ps^-1"}, Case{"1 / ps ** 2", "1/ps²"},
                        Case{"eV Å^-3", "eV/Å³"}, Case{"Å³ eV", "eV·Å**3"}, Case{"Å²Å", "Å³"}}) {
    EXPECT_DOUBLE_EQ(unit_factor(c.a, c.b), 1) << c.a;
  }
  EXPECT_NEAR(unit_factor("kcal / mol / Å", "eV / Å"), 0.0433641, 1e-7);
}

TEST(Units, ThereAndBackIsOneAndFactorsMultiply) {
  const char* const groups[][6] = {{"eV", "meV", "Ha", "kJ/mol", "kcal/mol", "Ry"},
                                   {"Å", "nm", "Bohr", "pm", "m", "a0"},
                                   {"GPa", "kbar", "bar", "Pa", "eV/Å³", "MPa"},
                                   {"eV/Å", "Ha/Bohr", "kcal/mol/Å", "meV/nm", "Ry/a0", "J/m"},
                                   {"D", "e·Å", "Debye", "e Bohr", "e*nm", "e·pm"}};
  for (const auto& group : groups) {
    for (const char* a : group) {
      for (const char* b : group) {
        EXPECT_NEAR(unit_factor(a, b) * unit_factor(b, a), 1, 1e-14) << a << " " << b;
        for (const char* c : group) {
          const double direct = unit_factor(a, c);
          EXPECT_NEAR(unit_factor(a, b) * unit_factor(b, c), direct, 1e-13 * direct) << a << " " << b << " " << c;
        }
      }
    }
    for (const auto& other : groups) {
      if (&group != &other) EXPECT_THROW(unit_factor(group[0], other[0]), Error) << group[0] << other[0];
    }
  }
}

TEST(Units, ErrorsNameTheUnit) {
  EXPECT_THAT(error_of("kcl/mol", "eV"),
              testing::AllOf(testing::StartsWith("target energy: unit 'kcl'"), testing::HasSubstr("'kcal'")));
  EXPECT_THAT(error_of("eV/Å", "eV"), testing::HasSubstr("dimensions differ"));
  EXPECT_THAT(error_of("", "eV"), testing::HasSubstr("is empty"));
  for (const char* text : {"eV/", "eV *", "/Å", "eV//Å", "eV/*Å", "eV/·Å", "^2", "Å^2^2"}) {
    EXPECT_THAT(error_of(text, "eV"), testing::HasSubstr("a name is missing in unit '" + std::string(text))) << text;
  }
  EXPECT_THAT(error_of("  ", "eV"), testing::HasSubstr("is empty"));
  EXPECT_THAT(error_of("Å^", "Å"), testing::HasSubstr("power"));
  EXPECT_THAT(error_of("Å^99", "Å"), testing::HasSubstr("power"));
}

}  // namespace
}  // namespace spinel::train
