#include "spinel/train/run_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>

#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
#include "spinel/train/tensorboard.h"

namespace spinel::train {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

uint32_t crc_of(std::string_view text) { return crc32c(std::as_bytes(std::span(text.data(), text.size()))); }

/// The data of all TFRecords of a file, after their checksums have been checked.
std::vector<std::string> records(const std::string& path) {
  const std::string bytes = read_file(path);
  std::vector<std::string> result;
  const auto masked = [](std::string_view data) {
    const uint32_t crc = crc_of(data);
    return ((crc >> 15) | (crc << 17)) + 0xa282ead8u;
  };
  for (size_t at = 0; at < bytes.size();) {
    uint64_t length = 0;
    uint32_t crc_of_length = 0, crc_of_data = 0;
    std::memcpy(&length, &bytes.at(at), 8);
    std::memcpy(&crc_of_length, &bytes.at(at + 8), 4);
    EXPECT_EQ(crc_of_length, masked(std::string_view(bytes).substr(at, 8)));
    result.push_back(bytes.substr(at + 12, length));
    std::memcpy(&crc_of_data, &bytes.at(at + 12 + length), 4);
    EXPECT_EQ(crc_of_data, masked(result.back()));
    at += 16 + length;
  }
  return result;
}

std::vector<std::string> event_files(const std::string& folder) {
  std::vector<std::string> files;
  for (const std::string& name : list_folder(folder)) {
    if (name.starts_with("events.out.tfevents.")) files.push_back(join_path(folder, name));
  }
  return files;
}

TEST(Crc32c, KnownValues) {
  EXPECT_EQ(crc_of(""), 0u);
  EXPECT_EQ(crc_of("123456789"), 0xe3069283u);            // the check value of the CRC catalogue
  EXPECT_EQ(crc_of(std::string(32, '\0')), 0x8a9136aau);  // RFC 3720 appendix B.4
  EXPECT_EQ(crc_of(std::string(32, '\xff')), 0x62a8ab43u);
}

TEST(EventWriter, WritesVersionThenScalars) {
  TemporaryFolder folder;
  EventWriter writer(folder.path());
  writer.scalar("loss/train", 300, 0.25);
  writer.flush();
  const std::vector<std::string> found = records(writer.path());
  ASSERT_EQ(found.size(), 2u);
  EXPECT_THAT(found[0], HasSubstr("brain.Event:2"));
  // Key 1 as a double (9), key 2 as a varint (16) with 300 = 0xac 0x02, key 5 with the summary (42).
  EXPECT_EQ(found[1][0], '\x09');
  EXPECT_EQ(found[1].substr(9, 3), "\x10\xac\x02");
  EXPECT_EQ(found[1][12], '\x2a');
  const float value = 0.25f;
  EXPECT_THAT(found[1], HasSubstr("loss/train"));
  EXPECT_THAT(found[1], EndsWith(std::string(reinterpret_cast<const char*>(&value), 4)));
}

TEST(EventWriter, EachGetsAFileThatSortsBehind) {
  TemporaryFolder folder;
  EventWriter first(folder.path());
  EventWriter second(folder.path(), 11);
  EXPECT_LT(first.path(), second.path());
  EXPECT_EQ(records(second.path()).size(), 2u);  // version, and the mark from which older steps are forgotten
}

TEST(RunLog, WritesOneObjectALine) {
  TemporaryFolder folder;
  RunLog log(folder.path());
  log.event(Config::map({{"event", "start"}}));
  log.scalars(10, {{"train/loss", 0.5}, {"lr", 1e-3}});
  log.scalar("val/loss", 10, std::nan(""));
  log.flush();
  const std::vector<Config> lines = read_run_log(log.path());
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0].at("event").as_string(), "start");
  EXPECT_EQ(lines[0].at("step").as_int(), 0);
  EXPECT_EQ(lines[1].at("step").as_int(), 10);
  EXPECT_EQ(lines[1].at("train/loss").as_double(), 0.5);
  EXPECT_EQ(lines[1].at("lr").as_double(), 1e-3);
  EXPECT_TRUE(std::isnan(lines[2].at("val/loss").as_double()));
  ASSERT_EQ(event_files(folder.path()).size(), 1u);
  EXPECT_EQ(records(event_files(folder.path()).front()).size(), 4u);  // version and three scalars
}

TEST(RunLog, WithoutTensorBoardThereIsOnlyTheJsonFile) {
  TemporaryFolder folder;
  RunLog log(folder.path(), {.tensorboard = false, .resume_step = {}});
  log.scalar("loss", 1, 1);
  log.flush();
  EXPECT_EQ(list_folder(folder.path()), std::vector<std::string>{"log.jsonl"});
}

TEST(RunLog, NothingIsWrittenBeforeFlushAndAllAtTheEnd) {
  TemporaryFolder folder;
  const std::string path = join_path(folder.path(), "log.jsonl");
  {
    RunLog log(folder.path());
    log.scalar("loss", 1, 1);
    EXPECT_EQ(read_file(path), "");
  }
  EXPECT_EQ(read_run_log(path).size(), 1u);
}

TEST(RunLog, ResumeDropsWhatCameAfterTheStep) {
  TemporaryFolder folder;
  {
    RunLog log(folder.path());
    for (int64_t step = 1; step <= 5; ++step) log.scalar("loss", step, static_cast<double>(step));
  }
  const std::string path = join_path(folder.path(), "log.jsonl");
  write_file_atomic(path, read_file(path) + R"({"step": 6, "lo)");  // as a kill leaves it
  {
    RunLog log(folder.path(), {.tensorboard = true, .resume_step = 3});
    log.scalar("loss", 4, 40);
  }
  const std::vector<Config> lines = read_run_log(path);
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(lines[2].at("loss").as_double(), 3);
  EXPECT_EQ(lines[3].at("loss").as_double(), 40);
  const std::vector<std::string> files = event_files(folder.path());
  ASSERT_EQ(files.size(), 2u);
  const std::string mark = records(files.back()).at(1);
  EXPECT_EQ(mark.substr(9), std::string("\x10\x04\x3a\x02\x08\x01", 6));  // step 4, session_log {status: START}
}

TEST(RunLog, ANewRunReplacesTheLog) {
  TemporaryFolder folder;
  { RunLog(folder.path()).scalar("loss", 7, 1); }
  RunLog log(folder.path());
  log.flush();
  EXPECT_TRUE(read_run_log(log.path()).empty());
}

TEST(RunLog, AFolderThatCannotBeMadeIsAnError) {
  TemporaryFolder folder;
  write_file_atomic(join_path(folder.path(), "file"), std::string_view("x"));
  EXPECT_THROW(RunLog(join_path(folder.path(), "file/below")), Error);
}

}  // namespace
}  // namespace spinel::train
