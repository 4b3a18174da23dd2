#include "spinel/base/archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "spinel/base/platform/file.h"
#include "tests/support/errors.h"
#include "tests/support/paths.h"
#include "tests/support/tar_writer.h"

namespace spinel {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Files = std::vector<std::pair<std::string, std::string>>;

struct Read {
  Files files;
  int64_t skipped = 0;
};

Read read_all(const std::string& bytes, const ArchiveLimits& limits = {}) {
  ArchiveReader archive(std::as_bytes(std::span(bytes)), "a.tar", limits);
  Read read;
  while (archive.next()) {
    const std::string name = archive.entry();
    read.files.emplace_back(name, archive.read_text(1 << 24));
  }
  read.skipped = archive.skipped();
  EXPECT_EQ(archive.archive_offset(), bytes.size());
  return read;
}

Error refusal(const std::string& bytes, const ArchiveLimits& limits = {}) {
  return error_of([&] { read_all(bytes, limits); });
}

std::string corpus(const std::string& name) { return read_file(source_dir() + "/fuzz/corpus/archive/" + name); }

const std::string plain = tar_of({{"a.xyz", "hello"}, {"dir/", "", '5'}, {"dir/b.txt", std::string(70000, 'x')}});
const Files plain_files = {{"a.xyz", "hello"}, {"dir/b.txt", std::string(70000, 'x')}};

TEST(Archive, ReadsTarAsItIsAndCompressed) {
  EXPECT_EQ(read_all(plain).files, plain_files);
  EXPECT_EQ(read_all(plain).skipped, 0);  // folders are nothing to tell of
  EXPECT_EQ(read_all(gzip_of(plain)).files, plain_files);
  EXPECT_EQ(read_all(gzip_of(plain.substr(0, 700)) + gzip_of(plain.substr(700))).files, plain_files);  // two members
  const Files packed = {{"a.xyz", "hello"}, {"b/c.txt", std::string(600, 'x')}};
  for (const char* name : {"plain.tar", "gz", "bz2"}) EXPECT_EQ(read_all(corpus(name)).files, packed) << name;
  EXPECT_EQ(read_all(tar_of({})).files, Files());
}

TEST(Archive, ReadsZip) {
  EXPECT_EQ(read_all(zip_of({{"a", "1"}, {"b/c", "22"}})).files, (Files{{"a", "1"}, {"b/c", "22"}}));
  const Read deflated = read_all(corpus("deflated.zip"));
  ASSERT_EQ(deflated.files.size(), 1u);
  EXPECT_EQ(deflated.files[0].second.size(), 400u);
  EXPECT_EQ(deflated.skipped, 1);
}

TEST(Archive, ReadsLongNamesAndNamesInUtf8) {
  EXPECT_EQ(read_all(corpus("long.tar")).files.at(0).first, std::string(300, 'n'));
  EXPECT_THAT(read_all(corpus("pax.tar")).files.at(0).first, testing::StartsWith("éé"));
  EXPECT_THAT(read_all(tar_of({{"a\xff", "1"}})).files.at(0).first, testing::StartsWith("a"));
}

TEST(Archive, AFileIsReadInPieces) {
  ArchiveReader archive(std::as_bytes(std::span(plain)), "a.tar");
  ASSERT_TRUE(archive.next());
  std::byte buffer[3];
  EXPECT_EQ(archive.read(buffer), 3u);
  EXPECT_EQ(archive.read(buffer), 2u);
  EXPECT_EQ(archive.read(buffer), 0u);
  ASSERT_TRUE(archive.next());  // the rest of a file need not be read
  EXPECT_EQ(archive.entry(), "dir/b.txt");
  EXPECT_EQ(archive.read(buffer), 3u);
  EXPECT_FALSE(archive.next());
  EXPECT_EQ(archive.read(buffer), 0u);
  EXPECT_EQ(archive.archive_size(), plain.size());
}

TEST(Archive, WhatLeadsOutOrIsNoFileIsSkipped) {  // AR-01
  const Read read = read_all(tar_of({{"/etc/passwd", "1"},
                                     {"../up", "2"},
                                     {"a/../../up", "3"},
                                     {"a/..", "4"},
                                     {"C:/x", "5"},
                                     {"\\\\host\\x", "6"},
                                     {"a\\..\\..\\x", "7"},
                                     {"link", "", '2', "/etc"},
                                     {"link/passwd", "through it"},
                                     {"hard", "", '1', "/etc/passwd"},
                                     {"device", "", '3'},
                                     {"pipe", "", '6'},
                                     {"..fine", "8"},
                                     {"./Case", "9"},
                                     {"./case", "10"}}));
  EXPECT_EQ(read.files, (Files{{"link/passwd", "through it"}, {"..fine", "8"}, {"./Case", "9"}, {"./case", "10"}}));
  EXPECT_EQ(read.skipped, 11);
  const Read zip = read_all(zip_of({{"../up", "1"}, {"/abs", "2"}, {"in", "3"}}));
  EXPECT_EQ(zip.files, (Files{{"in", "3"}}));
}

TEST(Archive, DuplicatesAreRefused) {  // AR-01
  for (const std::string& bytes : {tar_of({{"a", "1"}, {"a", "2"}}), zip_of({{"a", "1"}, {"a", "2"}})}) {
    const Error error = refusal(bytes);
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
    EXPECT_STREQ(error.what(), "a.tar: a: it is there twice");
  }
}

TEST(Archive, EveryCutIsNoticed) {  // AR-02
  const std::string tar = tar_of({{"first", "hello"}, {"second", std::string(1024, 'x')}}),
                    zip = zip_of({{"a", "123"}});
  const std::map<std::string, std::string> archives = {
      {"tar", tar}, {"gzip", gzip_of(tar)}, {"gzip of Python", corpus("gz")}, {"bzip2", corpus("bz2")}, {"zip", zip}};
  for (const auto& [kind, bytes] : archives) {
    for (size_t size = 0; size < bytes.size(); size += size + 40 < bytes.size() ? 13 : 1) {
      EXPECT_EQ(refusal(bytes.substr(0, size)).kind(), ErrorKind::corrupt) << kind << " cut at " << size;
    }
  }
  EXPECT_THAT(refusal(tar.substr(0, 1600)).what(), HasSubstr("a.tar: second: the archive is damaged or cut in this"));
  EXPECT_THAT(refusal(tar.substr(0, 1024)).what(), HasSubstr("no end mark"));
}

TEST(Archive, EveryWrongChecksumIsNoticed) {  // AR-02
  std::string zip = zip_of({{"a", "123"}});
  zip[zip.find("123")] = '4';
  EXPECT_EQ(refusal(zip).kind(), ErrorKind::corrupt);
  EXPECT_THAT(refusal(zip).what(), HasSubstr("a.tar: a: "));
  std::string tar = plain;
  tar[3] ^= 1;
  EXPECT_EQ(refusal(tar).kind(), ErrorKind::corrupt);
  // gzip's and bzip2's sums stand behind the last entry; a change in the content is found nevertheless.
  std::string gzip = gzip_of(plain);
  gzip[gzip.find("hello")] ^= 1;
  EXPECT_EQ(refusal(gzip).kind(), ErrorKind::corrupt);
  gzip = gzip_of(plain);
  gzip[gzip.size() - 1] ^= 1;  // the length
  EXPECT_EQ(refusal(gzip).kind(), ErrorKind::corrupt);
  for (size_t at = 0; at < corpus("bz2").size(); at += 3) {
    std::string bzip2 = corpus("bz2");
    bzip2[at] ^= 4;
    EXPECT_EQ(refusal(bzip2).kind(), ErrorKind::corrupt) << at;
  }
}

TEST(Archive, SizesThatLieAreNoticed) {  // AR-02
  EXPECT_EQ(refusal(tar_of({{"a", "hello", '0', "", 5000}})).kind(), ErrorKind::corrupt);
  EXPECT_EQ(refusal(tar_of({{"a", "hello", '0', "", int64_t{1} << 32}})).kind(), ErrorKind::corrupt);
  std::string zip = zip_of({{"a", "123"}});
  const size_t directory = zip.find("PK\x01\x02");
  for (const size_t field : {size_t{20}, size_t{24}}) {  // packed and unpacked size
    std::string lying = zip;
    lying[directory + field] = 100;
    EXPECT_EQ(refusal(lying).kind(), ErrorKind::corrupt) << field;
  }
}

TEST(Archive, BombsEndAtTheLimit) {  // AR-02
  const ArchiveLimits small{.max_entries = 3, .expansion_floor = 1 << 20, .expansion_ratio = 10};
  const Error gzip = refusal(corpus("bomb_gz"), small);
  EXPECT_EQ(gzip.kind(), ErrorKind::invalid_argument);
  EXPECT_THAT(gzip.what(), HasSubstr("expand to more than 1048576"));
  // A file that is not even read counts as well.
  const std::string bomb = corpus("bomb_gz");
  EXPECT_EQ(error_of([&] {
              ArchiveReader archive(std::as_bytes(std::span(bomb)), "a", small);
              while (archive.next()) continue;
            }).kind(),
            ErrorKind::invalid_argument);
  EXPECT_EQ(read_all(bomb, {.expansion_floor = 1 << 20, .expansion_ratio = 2000}).files.size(), 1u);
  const Error many = refusal(tar_of({{"a", ""}, {"b", ""}, {"c", "", '5'}, {"d", ""}}), small);
  EXPECT_STREQ(many.what(), "a.tar: it has more than 3 entries, the limit");
  EXPECT_THAT(refusal(corpus("long.tar"), {.max_name = 299}).what(), HasSubstr("name of 300 bytes"));
}

TEST(Archive, HolesOfSparseFilesCount) {  // AR-02
  // GNU's header of a sparse file: at 386 offset and size of the one piece, at 483 the size with holes.
  TarEntry entry{"sparse", "hello", 'S'};
  std::string block = tar_block(entry);
  const auto put = [&](size_t at, const std::string& text) { block.replace(at, text.size(), text); };
  put(257, std::string("ustar  \0", 8));
  put(386, "00000000000");
  put(398, "00000000005");
  put(483, "77777777777");  // 8 GiB
  put(148, "        ");
  uint64_t sum = 0;
  for (size_t i = 0; i < 512; ++i) sum += static_cast<uint8_t>(block[i]);
  char text[8];
  std::snprintf(text, sizeof text, "%06o", static_cast<unsigned>(sum));
  put(148, std::string(text) + std::string("\0 ", 2));
  const std::string bytes = block + std::string(1024, '\0');
  ArchiveReader archive(std::as_bytes(std::span(bytes)), "a.tar", {.expansion_floor = 1 << 20});
  ASSERT_TRUE(archive.next());
  const Error error = error_of([&] { archive.read_text(uint64_t{1} << 40); });
  EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
  EXPECT_THAT(error.what(), HasSubstr("sparse: the archive's 2048 bytes expand to more than 1048576"));
}

TEST(Archive, OnlyArchivesAreRead) {
  for (const std::string& bytes : {std::string(), std::string("no archive"), std::string(2000, 'x'), gzip_of("text")}) {
    const Error error = refusal(bytes);
    EXPECT_EQ(error.kind(), ErrorKind::corrupt) << error.what();
    EXPECT_THAT(error.what(), testing::StartsWith("a.tar: it is no archive"));
  }
  EXPECT_EQ(error_of([] { ArchiveReader("/nowhere/a.tar"); }).kind(), ErrorKind::not_found);
  std::string encrypted = zip_of({{"a", "123"}});
  encrypted[6] = 1;
  encrypted[encrypted.find("PK\x01\x02") + 8] = 1;
  EXPECT_THAT(refusal(encrypted).what(), HasSubstr("a.tar: a: it is encrypted"));
  EXPECT_TRUE(ArchiveReader::has_ending("x/a.tar.bz2"));
  EXPECT_FALSE(ArchiveReader::has_ending("a.xyz.gz"));
}

TEST(Archive, AFileLargerThanExpectedIsRefused) {
  ArchiveReader archive(std::as_bytes(std::span(plain)), "a.tar");
  archive.next();
  EXPECT_EQ(archive.read_text(5), "hello");
  archive.next();
  EXPECT_THAT(error_of([&] { archive.read_text(60000); }).what(),
              HasSubstr("a.tar: dir/b.txt: it is larger than 60000"));
}

}  // namespace
}  // namespace spinel
