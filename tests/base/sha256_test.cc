#include "spinel/base/sha256.h"

#include <gtest/gtest.h>

#include <string_view>

#include "spinel/base/platform/file.h"

namespace spinel {
namespace {

std::string sha256(std::string_view text, size_t piece = 1000) {
  Sha256 hash;
  for (size_t at = 0; at < text.size(); at += piece) hash.add(std::as_bytes(std::span(text.substr(at, piece))));
  return hash.finish();
}

// The examples of FIPS 180-4's publication and of RFC 6234.
TEST(Sha256, GivesTheKnownAnswers) {
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256(std::string(1000000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, PiecesMakeNoDifference) {
  for (size_t length = 50; length < 140; ++length) {
    const std::string text(length, 'x');
    for (const size_t piece : {1, 7, 63, 64, 65}) EXPECT_EQ(sha256(text, piece), sha256(text)) << length;
  }
}

TEST(Sha256, OfAFile) {
  const TemporaryFolder folder;
  write_file_atomic(folder.file("a"), "abc");
  EXPECT_EQ(sha256_of_file(folder.file("a")), sha256("abc"));
}

}  // namespace
}  // namespace spinel
