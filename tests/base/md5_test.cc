#include "spinel/base/md5.h"

#include <gtest/gtest.h>

#include <string_view>

namespace spinel {
namespace {

std::string md5(std::string_view text, size_t piece = 1000) {
  Md5 hash;
  for (size_t at = 0; at < text.size(); at += piece) hash.add(std::as_bytes(std::span(text.substr(at, piece))));
  return hash.finish();
}

TEST(Md5, GivesTheAnswersOfTheStandard) {  // RFC 1321, appendix A.5
  EXPECT_EQ(md5(""), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(md5("a"), "0cc175b9c0f1b6a831c399e269772661");
  EXPECT_EQ(md5("abc"), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(md5("message digest"), "f96b697d7cb7938d525a2f31aaf161d0");
  EXPECT_EQ(md5("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"), "d174ab98d277d9f5a5611c2c9f419d9f");
  EXPECT_EQ(md5("12345678901234567890123456789012345678901234567890123456789012345678901234567890"),
            "57edf4a22be3c955ac49da2e2107b67a");
}

TEST(Md5, PiecesMakeNoDifference) {
  for (size_t length = 50; length < 140; ++length) {
    const std::string text(length, 'x');
    for (const size_t piece : {1, 7, 63, 64, 65}) EXPECT_EQ(md5(text, piece), md5(text)) << length;
  }
}

}  // namespace
}  // namespace spinel
