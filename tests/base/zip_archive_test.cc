#include "spinel/base/zip_archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <string>
#include <vector>

#include "spinel/base/error.h"
#include "tests/support/errors.h"
#include "tests/support/zip_writer.h"

namespace spinel {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// What a zip archive says of an entry; each field can be made to lie.
struct Entry {
  std::string name, content;
  int method = 0;      // 8: deflated
  int flags = 0;       // bit 0: encrypted
  bool zip64 = false;  // sizes and offset in the extra field
  std::string packed = {};
  uint64_t size = 0;
  uint32_t checksum = 0;

  static Entry stored(std::string name, const std::string& content) {
    return {std::move(name), content, 0, 0, false, content, content.size(), crc_of(content)};
  }
  static Entry deflated(std::string name, const std::string& content) {
    Entry entry = stored(std::move(name), content);
    entry.method = 8;
    std::string packed(compressBound(content.size()) + 16, '\0');
    z_stream stream{};
    deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
    stream.avail_in = static_cast<uInt>(content.size());
    stream.next_out = reinterpret_cast<Bytef*>(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    deflate(&stream, Z_FINISH);
    packed.resize(stream.total_out);
    deflateEnd(&stream);
    entry.packed = packed;
    return entry;
  }
};

/// The archive, with a comment, and the end record's number of entries changed by `more`.
std::string archive_of(const std::vector<Entry>& entries, const std::string& comment = "", int more = 0) {
  std::string bytes, directory;
  for (const Entry& entry : entries) {
    const uint64_t offset = bytes.size();
    const auto sizes = [&](bool far) {
      return far ? std::string(8, '\xff') : little(entry.packed.size(), 4) + little(entry.size, 4);
    };
    const std::string extra = entry.zip64
                                  ? little(0x7777, 2) + little(2, 2) + "??" + little(1, 2) + little(24, 2) +
                                        little(entry.size, 8) + little(entry.packed.size(), 8) + little(offset, 8)
                                  : "";
    const std::string start = little(static_cast<uint64_t>(entry.flags), 2) +
                              little(static_cast<uint64_t>(entry.method), 2) + little(0, 4) + little(entry.checksum, 4);
    bytes += "PK\x03\x04" + little(45, 2) + start + sizes(false) + little(entry.name.size(), 2) + little(3, 2) +
             entry.name + "xyz" + entry.packed;
    directory += "PK\x01\x02" + little(45, 2) + little(45, 2) + start + sizes(entry.zip64) +
                 little(entry.name.size(), 2) + little(extra.size(), 2) + little(2, 2) + little(0, 2 + 2 + 4) +
                 (entry.zip64 ? std::string(4, '\xff') : little(offset, 4)) + entry.name + extra + "co";
  }
  const auto count = static_cast<uint64_t>(static_cast<int64_t>(entries.size()) + more);
  return bytes + directory + "PK\x05\x06" + little(0, 4) + little(count, 2) + little(count, 2) +
         little(directory.size(), 4) + little(bytes.size(), 4) + little(comment.size(), 2) + comment;
}

std::string read(ZipArchive& archive, const std::string& name) {
  const auto bytes = archive.read(name);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The error of opening the archive and reading all of it.
Error zip_error(const std::string& bytes) {
  return error_of([&] {
    ZipArchive archive(std::as_bytes(std::span(bytes)), "a.zip");
    for (const std::string& name : archive.names()) archive.read(name);
  });
}

TEST(ZipArchive, GivesStoredAndDeflatedEntriesInTheirOrder) {
  const std::string text(5000, 'x');
  for (const bool zip64 : {false, true}) {
    std::vector<Entry> entries{Entry::stored("b/one", "first"), Entry::deflated("a", text), Entry::stored("empty", ""),
                               Entry::deflated("nothing", ""), Entry::stored("ä", std::string("\0\1", 2))};
    for (Entry& entry : entries) entry.zip64 = zip64;
    const std::string bytes = archive_of(entries, "a comment");
    ZipArchive archive(std::as_bytes(std::span(bytes)), "a.zip");
    EXPECT_THAT(archive.names(), ElementsAre("b/one", "a", "empty", "nothing", "ä"));
    for (const Entry& entry : entries) {
      EXPECT_TRUE(archive.contains(entry.name));
      EXPECT_EQ(archive.size(entry.name), entry.content.size());
      EXPECT_EQ(read(archive, entry.name), entry.content) << entry.name;
    }
    EXPECT_FALSE(archive.contains("b"));
    EXPECT_EQ(error_of([&] { archive.read("b"); }).kind(), ErrorKind::corrupt);
  }
}

TEST(ZipArchive, StoredEntriesAreViewsAndInflatedOnesAreKept) {
  const std::string bytes = archive_of({Entry::stored("s", "stored"), Entry::deflated("d", "deflated")});
  ZipArchive archive(std::as_bytes(std::span(bytes)), "a.zip");
  const auto stored = archive.read("s"), inflated = archive.read("d");
  EXPECT_GE(reinterpret_cast<const char*>(stored.data()), bytes.data());
  EXPECT_LT(reinterpret_cast<const char*>(stored.data()), bytes.data() + bytes.size());
  EXPECT_EQ(archive.read("d").data(), inflated.data());
  EXPECT_EQ(archive.read("s").data(), stored.data());
}

TEST(ZipArchive, AnEmptyArchiveHasNoEntries) {
  const std::string bytes = archive_of({});
  EXPECT_TRUE(ZipArchive(std::as_bytes(std::span(bytes)), "a.zip").names().empty());
}

TEST(ZipArchive, TheEndRecordMayLieBehindAnyComment) {
  for (const std::string& comment : {std::string(1, 'c'), std::string(65535, 'c'), std::string("PK\x05\x06"),
                                     "PK\x05\x06" + std::string(18, '\0') + "x"}) {
    const std::string bytes = archive_of({Entry::stored("a", "content")}, comment);
    ZipArchive archive(std::as_bytes(std::span(bytes)), "a.zip");
    EXPECT_EQ(read(archive, "a"), "content") << comment.size();
  }
}

TEST(ZipArchive, EveryCutIsCorrupt) {
  const std::string bytes = archive_of({Entry::stored("a", "content"), Entry::deflated("b", std::string(300, 'b'))});
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(zip_error(bytes.substr(0, size)).kind(), ErrorKind::corrupt) << size;
  }
}

TEST(ZipArchive, EntriesThatLieAreCorruptAndNamed) {
  const std::string text(400, 't');
  struct Case {
    const char* message;
    std::function<void(Entry&)> change;
  };
  for (const Case& c :
       {Case{"'e' is encrypted", [](Entry& e) { e.flags = 1; }},
        Case{"'e' is compressed by method 12", [](Entry& e) { e.method = 12; }},
        Case{"'e' is stored with", [](Entry& e) { e.method = 0; }},
        Case{"the checksum of 'e' is", [](Entry& e) { e.checksum ^= 1; }},
        Case{"'e' inflates to", [](Entry& e) { e.size += 1; }}, Case{"'e' inflates to", [](Entry& e) { e.size -= 1; }},
        Case{"'e' inflates to", [](Entry& e) { e.packed[0] = '\xff'; }},
        Case{"'e' inflates to", [](Entry& e) { e.packed.pop_back(); }},
        Case{"'e' expands from", [](Entry& e) { e.size = 0xfffffff0; }}}) {
    Entry entry = Entry::deflated("e", text);
    c.change(entry);
    const Error error = zip_error(archive_of({Entry::stored("first", "1"), entry}));
    EXPECT_EQ(error.kind(), ErrorKind::corrupt) << c.message;
    EXPECT_THAT(error.what(), HasSubstr(std::string("a.zip: ") + c.message));
  }
}

TEST(ZipArchive, DirectoriesThatLieAreCorrupt) {
  const std::vector<Entry> entries{Entry::stored("a", "1"), Entry::stored("b", "2")};
  EXPECT_EQ(zip_error(archive_of(entries)).kind(), ErrorKind::internal);  // nothing was thrown
  EXPECT_THAT(zip_error(archive_of({entries[0], entries[0]})).what(), HasSubstr("'a' is there twice"));
  EXPECT_EQ(zip_error(archive_of(entries, "", 1)).kind(), ErrorKind::corrupt);
  EXPECT_EQ(zip_error(archive_of(entries, "", 1000)).kind(), ErrorKind::corrupt);
  std::string moved = archive_of(entries);
  moved[moved.size() - 6] = static_cast<char>(moved[moved.size() - 6] + 1);  // the offset of the directory
  EXPECT_EQ(zip_error(moved).kind(), ErrorKind::corrupt);
  std::string elsewhere = archive_of(entries);
  elsewhere[0] = 'Q';  // the first entry's own signature
  EXPECT_THAT(zip_error(elsewhere).what(), HasSubstr("'a' is not at byte 0"));
}

TEST(ZipArchive, SixtyFourBitSizesMustBeThere) {
  std::string bytes = archive_of({Entry::stored("a", "1")});
  const size_t central = bytes.find("PK\x01\x02");
  bytes.replace(central + 24, 4, "\xff\xff\xff\xff");
  EXPECT_THAT(zip_error(bytes).what(), HasSubstr("'a' lacks its 64-bit sizes"));
}

TEST(ZipArchive, InflatedEntriesTogetherAreLimited) {
  // Zeros shrink a thousandfold: 30 entries of 4 MiB lie in 130 KiB, and beyond 64 MiB the next is refused.
  const Entry large = Entry::deflated("", std::string(size_t{4} << 20, '\0'));
  std::vector<Entry> entries(30, large);
  for (size_t i = 0; i < entries.size(); ++i) entries[i].name = "e" + std::to_string(i);
  const std::string bytes = archive_of(entries);
  ZipArchive archive(std::as_bytes(std::span(bytes)), "a.zip");
  for (int i = 0; i < 16; ++i) EXPECT_EQ(archive.read("e" + std::to_string(i)).size(), size_t{4} << 20);
  EXPECT_EQ(archive.read("e0").size(), size_t{4} << 20);  // read before: counts once
  const Error error = error_of([&] { archive.read("e16"); });
  EXPECT_EQ(error.kind(), ErrorKind::corrupt);
  EXPECT_THAT(error.what(), HasSubstr("beyond the limit"));
}

}  // namespace
}  // namespace spinel
