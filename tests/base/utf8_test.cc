#include "spinel/base/utf8.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace spinel {
namespace {

constexpr size_t well_formed = std::string_view::npos;

/// The sequence that UTF-8 gives a code point by its definition, without regard to whether it may have one.
std::string encoded(uint32_t code_point) {
  std::string text;
  if (code_point < 0x80) return {static_cast<char>(code_point)};
  const int following = code_point < 0x800 ? 1 : code_point < 0x10000 ? 2 : 3;
  const uint32_t leads[] = {0, 0xc0, 0xe0, 0xf0};
  text += static_cast<char>(leads[following] | code_point >> (6 * following));
  for (int i = following; i-- > 0;) text += static_cast<char>(0x80 | (code_point >> (6 * i) & 0x3f));
  return text;
}

TEST(Utf8, EveryCodePointButSurrogatesIsWellFormed) {
  for (uint32_t code_point = 0; code_point <= 0x10ffff; ++code_point) {
    const bool surrogate = code_point >= 0xd800 && code_point <= 0xdfff;
    ASSERT_EQ(find_invalid_utf8(encoded(code_point)), surrogate ? 0 : well_formed) << std::hex << code_point;
  }
  for (uint32_t code_point : {0x110000u, 0x13ffffu, 0x1fffffu}) {
    EXPECT_EQ(find_invalid_utf8(encoded(code_point)), 0u) << std::hex << code_point;
  }
}

TEST(Utf8, IllFormedSequencesAreFoundWhereTheyBegin) {
  struct Case {
    const char* what;
    std::string text;
    size_t at;
  };
  for (const Case& c :
       {Case{"continuation without lead", "ab\x80", 2}, Case{"overlong slash", "\xc0\xaf", 0},
        Case{"overlong two bytes", "x\xc1\xbf", 1}, Case{"overlong three bytes", "\xe0\x9f\xbf", 0},
        Case{"overlong four bytes", "\xf0\x8f\xbf\xbf", 0}, Case{"cut two", "ä\xc3", 2},
        Case{"cut three", "\xe2\x82", 0}, Case{"cut four", "a\xf0\x9f\x98", 1}, Case{"lead then letter", "\xc3x", 0},
        Case{"byte 0xfe", "ok\xfe", 2}, Case{"five bytes", "\xf8\x88\x80\x80\x80", 0},
        Case{"high surrogate", "\xed\xa0\x80", 0}, Case{"beyond the last", "\xf4\x90\x80\x80", 0}}) {
    EXPECT_EQ(find_invalid_utf8(c.text), c.at) << c.what;
  }
  EXPECT_EQ(find_invalid_utf8(""), well_formed);
  EXPECT_EQ(find_invalid_utf8(std::string("a\0b", 3)), well_formed);
}

TEST(ToValidUtf8, ReplacesEachIllFormedByte) {
  EXPECT_EQ(to_valid_utf8("Å and é"), "Å and é");
  EXPECT_EQ(to_valid_utf8("a\xff"
                          "b"),
            "a\xef\xbf\xbd"
            "b");
  EXPECT_EQ(to_valid_utf8("\xed\xa0\x80"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
  EXPECT_EQ(to_valid_utf8("\xc3"), "\xef\xbf\xbd");
  EXPECT_EQ(to_valid_utf8(""), "");
}

TEST(ToValidUtf8, AnyBytesBecomeWellFormedAndWellFormedOnesStay) {
  std::mt19937 random(1);
  for (int repeat = 0; repeat < 2000; ++repeat) {
    std::string bytes(random() % 12, ' ');
    // Leads and continuations often, so that sequences nearly come about.
    for (char& byte : bytes) byte = static_cast<char>(random() % 2 ? 0x80 + random() % 0x80 : random() % 0x100);
    const std::string valid = to_valid_utf8(bytes);
    ASSERT_EQ(find_invalid_utf8(valid), well_formed);
    ASSERT_EQ(to_valid_utf8(valid), valid);
    if (find_invalid_utf8(bytes) == well_formed) ASSERT_EQ(valid, bytes);
    else ASSERT_NE(valid, bytes);
  }
}

}  // namespace
}  // namespace spinel
