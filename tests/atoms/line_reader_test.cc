#include "spinel/atoms/line_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
#include "tests/support/errors.h"
#include "tests/support/tar_writer.h"

namespace spinel {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr int64_t kNoLimit = int64_t{1} << 30;

std::vector<std::string> lines_of(LineReader reader) {
  std::vector<std::string> lines;
  std::string_view line, peeked;
  while (reader.peek(peeked)) {
    EXPECT_TRUE(reader.next(line));
    EXPECT_EQ(line, peeked);
    lines.emplace_back(line);
    EXPECT_EQ(reader.line_number(), static_cast<int64_t>(lines.size()));
  }
  EXPECT_FALSE(reader.next(line));
  EXPECT_FALSE(reader.next(line));  // the end stays the end
  return lines;
}

TEST(LineReader, LinesComeWithoutTheirEnds) {
  const auto over = [](const char* text) { return lines_of(LineReader::over(text, "t")); };
  EXPECT_THAT(over(""), ElementsAre());
  EXPECT_THAT(over("a"), ElementsAre("a"));
  EXPECT_THAT(over("a\n"), ElementsAre("a"));
  EXPECT_THAT(over("\n"), ElementsAre(""));
  EXPECT_THAT(over("a\r\nb\n\nc"), ElementsAre("a", "b", "", "c"));
  EXPECT_THAT(over("a\rb\n"), ElementsAre("a\rb"));
  EXPECT_THAT(over("\r\n\r"), ElementsAre("", ""));
}

TEST(LineReader, FilesOfAnySizeAreTheSameAsTheirText) {
  const TemporaryFolder folder;
  std::mt19937_64 random(26);
  for (int repeat = 0; repeat < 12; ++repeat) {
    std::string text;
    std::vector<std::string> expected;
    // Lines shorter and longer than the reader's pieces of 256 KiB.
    while (text.size() < (size_t{1} << 19) * static_cast<size_t>(repeat % 3)) {
      const size_t size = random() % 4 ? random() % 200 : random() % 600'000;
      expected.emplace_back(size, static_cast<char>('a' + random() % 26));
      text += expected.back() + (random() % 2 ? "\n" : "\r\n");
    }
    if (repeat % 2) {
      expected.emplace_back("no end");
      text += "no end";
    }
    write_file_atomic(folder.file("a.txt"), text);
    write_file_atomic(folder.file("a.gz"), gzip_of(text));
    EXPECT_EQ(lines_of(LineReader::open(folder.file("a.txt"), kNoLimit)), expected);
    EXPECT_EQ(lines_of(LineReader::open(folder.file("a.gz"), kNoLimit)), expected);
    EXPECT_EQ(lines_of(LineReader::over(text, "t")), expected);
  }
}

TEST(LineReader, TinyFilesAreRead) {
  const TemporaryFolder folder;
  for (const char* text : {"", "x", "\n", "\x1f", "xy"}) {
    write_file_atomic(folder.file("a"), text);
    std::vector<std::string> expected;
    if (*text) expected.push_back(*text == '\n' ? "" : text);
    EXPECT_EQ(lines_of(LineReader::open(folder.file("a"), kNoLimit)), expected);
  }
}

TEST(LineReader, LongerLinesThanAllowedAreCorrupt) {
  const TemporaryFolder folder;
  for (const int64_t limit : {10, 1000, 300'000}) {
    for (const bool packed : {false, true}) {
      const auto reader = [&](size_t size) {
        const std::string text = "first\n" + std::string(size, 'x') + "\nlast\n";
        write_file_atomic(folder.file("a"), packed ? gzip_of(text) : text);
        return LineReader::open(folder.file("a"), limit);
      };
      EXPECT_EQ(lines_of(reader(static_cast<size_t>(limit))).size(), 3u) << limit;
      LineReader longer = reader(static_cast<size_t>(limit) + 1);
      std::string_view line;
      EXPECT_TRUE(longer.next(line));
      const Error error = error_of([&] { longer.next(line); });
      EXPECT_EQ(error.kind(), ErrorKind::corrupt) << limit;
      EXPECT_EQ(error.what(), folder.file("a") + ": line 2 is longer than " + std::to_string(limit) + " bytes");
    }
  }
}

TEST(LineReader, CutGzipIsCorruptAndAMissingFileNotFound) {
  const TemporaryFolder folder;
  const std::string packed = gzip_of(std::string(5000, 'x') + "\nend\n");
  write_file_atomic(folder.file("a"), packed.substr(0, packed.size() - 5));
  EXPECT_EQ(error_of([&] { lines_of(LineReader::open(folder.file("a"), kNoLimit)); }).kind(), ErrorKind::corrupt);
  EXPECT_EQ(error_of([&] { LineReader::open(folder.file("absent"), kNoLimit); }).kind(), ErrorKind::not_found);
}

}  // namespace
}  // namespace spinel
