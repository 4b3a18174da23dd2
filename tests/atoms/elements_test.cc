#include "spinel/atoms/elements.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spinel/base/error.h"

namespace spinel {
namespace {

TEST(Elements, SymbolsAndNumbersAgree) {
  ASSERT_EQ(element_symbols().size(), 119u);
  for (int64_t z = 0; z <= kLargestAtomicNumber; ++z) {
    EXPECT_EQ(find_atomic_number(element(z).symbol), z);
    EXPECT_GT(element(z).mass, 0);
  }
  EXPECT_EQ(element(79).name, "Gold");
  EXPECT_EQ(find_atomic_number("D"), 1);
}

TEST(Elements, MassesAndRadii) {
  EXPECT_DOUBLE_EQ(element(1).mass, 1.008);
  EXPECT_DOUBLE_EQ(element(6).mass, 12.011);
  EXPECT_DOUBLE_EQ(element(17).mass, 35.45);
  EXPECT_DOUBLE_EQ(element(6).covalent_radius, 0.76);
  EXPECT_EQ(element(118).covalent_radius, 0);
}

TEST(Elements, UnknownSymbolsAreAnsweredWithTheNearest) {
  for (const char* bad : {"", "h", "CL", "Xx", "1", "Carbon", "C\xc3\xa9"})
    EXPECT_EQ(find_atomic_number(bad), std::nullopt);
  try {
    atomic_number("CL", "water.xyz: ");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
    EXPECT_THAT(error.what(), testing::StartsWith("water.xyz: 'CL': no element has this symbol; did you mean 'Cl'?"));
  }
  EXPECT_THROW(element(-1), Error);
  EXPECT_THROW(element(119), Error);
}

}  // namespace
}  // namespace spinel
