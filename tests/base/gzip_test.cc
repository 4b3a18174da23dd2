#include "spinel/base/gzip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/errors.h"
#include "tests/support/tar_writer.h"

namespace spinel {
namespace {

/// Hands the bytes over in pieces of `step`, and reads in pieces of 7.
std::string unpacked(const std::string& bytes, size_t step) {
  size_t at = 0;
  GzipReader reader("a.gz", [&] {
    const auto piece = std::as_bytes(std::span(bytes)).subspan(at, std::min(step, bytes.size() - at));
    at += piece.size();
    return piece;
  });
  std::string text;
  char buffer[7];
  while (const size_t got = reader.read(std::as_writable_bytes(std::span(buffer)))) text.append(buffer, got);
  return text;
}

TEST(Gzip, ReadsOneMemberAfterAnotherInPiecesOfAnySize) {
  const std::string text(70000, 'x'), bytes = gzip_of(text) + gzip_of("") + gzip_of("end");
  for (const size_t step : {size_t{1}, size_t{100}, bytes.size()}) EXPECT_EQ(unpacked(bytes, step), text + "end");
  EXPECT_EQ(unpacked("", 1), "");
  EXPECT_TRUE(GzipReader::has_signature(std::as_bytes(std::span(bytes))));
  EXPECT_FALSE(GzipReader::has_signature(std::as_bytes(std::span(text))));
  EXPECT_FALSE(GzipReader::has_signature({}));
}

TEST(Gzip, CutsAndWrongSumsAreCorrupt) {  // AR-02
  const std::string bytes = gzip_of("some text");
  for (size_t size = 1; size < bytes.size(); ++size) {
    EXPECT_EQ(error_of([&] { unpacked(bytes.substr(0, size), 4); }).kind(), ErrorKind::corrupt) << size;
  }
  for (size_t at = bytes.size() - 17; at < bytes.size(); ++at) {
    std::string changed = bytes;
    changed[at] ^= 1;
    const Error error = error_of([&] { unpacked(changed, 4); });
    EXPECT_EQ(error.kind(), ErrorKind::corrupt) << at;
    EXPECT_THAT(error.what(), testing::StartsWith("a.gz: the gzip data is broken"));
  }
}

}  // namespace
}  // namespace spinel
