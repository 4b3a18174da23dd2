#include "spinel/base/format.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <list>
#include <string>
#include <vector>

namespace spinel {
namespace {

TEST(Format, TakesEveryKindOfArgument) {
  EXPECT_EQ(format("{}", true), "true");
  EXPECT_EQ(format("{}", 'c'), "c");
  EXPECT_EQ(format("{}", static_cast<signed char>(-5)), "-5");
  EXPECT_EQ(format("{}", static_cast<uint8_t>(200)), "200");
  EXPECT_EQ(format("{}", static_cast<int16_t>(-300)), "-300");
  EXPECT_EQ(format("{}", std::numeric_limits<int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(format("{}", std::numeric_limits<uint64_t>::max()), "18446744073709551615");
  EXPECT_EQ(format("{}", 0.1f), format("{}", static_cast<double>(0.1f)));
  EXPECT_EQ(format("{}", 0.1), "0.1");
  EXPECT_EQ(format("{} {} {}", "literal", std::string("string"), std::string_view("a view", 1)), "literal string a");
}

TEST(Format, UnderstandsFmtsReplacementFields) {
  EXPECT_EQ(format("{:.3f}|{:8.2e}|{:+}", 3.14159, 12345.0, 2), "3.142|1.23e+04|+2");
  EXPECT_EQ(format("{:04x}|{:#x}|{:b}", 255, 255, 5), "00ff|0xff|101");
  EXPECT_EQ(format("[{:>5}|{:<5}|{:^5}|{:*^5}]", "ab", "ab", "ab", "ab"), "[   ab|ab   | ab  |*ab**]");
  EXPECT_EQ(format("{{}} {}", 1), "{} 1");
  EXPECT_EQ(format("no placeholder"), "no placeholder");
  EXPECT_EQ(format("{{{}}}", "x"), "{x}");
}

TEST(Format, TextsMayHoldPlaceholdersAndZeros) {
  // Only the format string is read for placeholders: a user's file name with braces is shown as it is.
  EXPECT_EQ(format("{}: {}", "{}.txt", "{0}"), "{}.txt: {0}");
  const std::string zero("a\0b", 3);
  EXPECT_EQ(format("{}", zero), zero);
}

TEST(JoinText, PutsSeparatorsBetweenItems) {
  EXPECT_EQ(join_text(std::vector<int64_t>{}, ", "), "");
  EXPECT_EQ(join_text(std::vector<int64_t>{7}, ", "), "7");
  EXPECT_EQ(join_text(std::vector<int64_t>{1, -2, 3}, ", "), "1, -2, 3");
  EXPECT_EQ(join_text(std::vector<double>{0.5, 2}, "x"), "0.5x2");
  EXPECT_EQ(join_text(std::list<std::string>{"", "", ""}, "-"), "--");
  EXPECT_EQ(join_text(std::vector<std::string>{"a", "b"}, ""), "ab");
}

}  // namespace
}  // namespace spinel
