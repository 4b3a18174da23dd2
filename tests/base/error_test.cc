#include "spinel/base/error.h"

#include <gtest/gtest.h>

namespace spinel {
namespace {

TEST(Error, CarriesKindAndFormattedMessage) {
  try {
    fail(ErrorKind::corrupt, "a.xyz:{}: {} is {:.2f}; {} {{}}", 3, "x", 1.5, std::string("text"));
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::corrupt);
    EXPECT_STREQ(error.what(), "a.xyz:3: x is 1.50; text {}");
  }
}

TEST(Error, RequireThrowsOnlyWhenFalse) {
  require(true, "unused");
  EXPECT_THROW(require(false, "cutoff: it is {}; it must be positive", -1), Error);
}

}  // namespace
}  // namespace spinel
