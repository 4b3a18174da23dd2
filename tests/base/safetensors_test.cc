#include "spinel/base/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>

#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
#include "spinel/base/platform/system_call.h"
#include "tests/support/allocation_fault.h"
#include "tests/support/errors.h"

namespace spinel {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string file_of(std::string_view header, size_t data_size = 0) {
  std::string text(8, '\0');
  for (int i = 0; i < 8; ++i) text[static_cast<size_t>(i)] = static_cast<char>(uint64_t{header.size()} >> (8 * i));
  return text + std::string(header) + std::string(data_size, '\x01');
}

SafetensorsFile parse(const std::string& content) {
  return SafetensorsFile::parse(std::as_bytes(std::span(content)), "t.safetensors");
}

Error parse_error(const std::string& content) {
  return error_of([&] { parse(content); });
}

/// The header of one tensor "a" with these fields.
std::string one(std::string_view dtype, std::string_view shape, std::string_view offsets) {
  return format(R"({{"a":{{"dtype":{},"shape":{},"data_offsets":{}}}}})", dtype, shape, offsets);
}

struct BadHeader {
  const char* row;
  std::string header;
  size_t data_size;
  const char* message;
};

class MalformedHeader : public ::testing::TestWithParam<BadHeader> {};

TEST_P(MalformedHeader, IsCorruptAndSaysWhere) {
  const BadHeader& bad = GetParam();
  const std::string content = file_of(bad.header, bad.data_size);
  const Error error = parse_error(content);
  EXPECT_EQ(error.kind(), ErrorKind::corrupt) << error.what();
  EXPECT_THAT(error.what(), AllOf(HasSubstr("t.safetensors: "), HasSubstr(bad.message))) << bad.row;
}

std::string repeated(std::string_view text, size_t times) {
  std::string result;
  for (size_t i = 0; i < times; ++i) result += text;
  return result;
}

INSTANTIATE_TEST_SUITE_P(
    Rows, MalformedHeader,
    ::testing::Values(
        BadHeader{"ST-03", "{\"\xff\":1}", 0, "no JSON"}, BadHeader{"ST-03", "{nonsense}", 0, "no JSON"},
        BadHeader{"ST-03", "[1]", 0, "does not start with '{'"}, BadHeader{"ST-03", " {}", 0, "does not start with"},
        BadHeader{"ST-03", "{\"a\":", 0, "no JSON"}, BadHeader{"ST-03", "{} x", 0, "behind its JSON"},
        BadHeader{"ST-03", "{\"a\":" + repeated("[", 100'000), 0, "array"},
        BadHeader{"ST-03", repeated("{\"a\":", 100'000), 0, "unknown field"},
        BadHeader{"ST-04",
                  R"({"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},)"
                  R"("a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})",
                  0, "'a' is there twice"},
        BadHeader{"ST-04", R"({"a":{"dtype":"U8","dtype":"U8","shape":[0],"data_offsets":[0,0]}})", 0, "twice"},
        BadHeader{"ST-05",
                  R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)"
                  R"("b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}})",
                  6, "'b' begins at byte 2"},
        BadHeader{"ST-05",
                  R"({"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},)"
                  R"("b":{"dtype":"U8","shape":[2],"data_offsets":[4,6]}})",
                  6, "'b' begins at byte 4"},
        BadHeader{"ST-05", one("\"U8\"", "[2]", "[0,2]"), 9, "end at byte 2 of the data, but there are 9"},
        BadHeader{"ST-05", one("\"U8\"", "[2]", "[1,3]"), 3, "'a' begins at byte 1"},
        BadHeader{"ST-06", one("\"U8\"", "[4]", "[4,0]"), 4, "[4, 0]"},
        BadHeader{"ST-06", one("\"U8\"", "[8]", "[0,8]"), 4, "4 bytes of data"},
        BadHeader{"ST-06", one("\"U8\"", "[4]", "[-1,3]"), 4, "negative number -1"},
        BadHeader{"ST-06", one("\"U8\"", "[4]", "[0,4.0]"), 4, "no integer"},
        BadHeader{"ST-06", one("\"U8\"", "[4]", "[0,18446744073709551616]"), 4, "no integer"},
        BadHeader{"ST-06", one("\"U8\"", "[4]", "[0,18446744073709551615]"), 4, "beyond 2^63"},
        BadHeader{"ST-06", one("\"U8\"", "[4]", "[0]"), 4, "has 1 numbers"},
        BadHeader{"ST-06", one("\"U8\"", "[4]", "[0,2,4]"), 4, "has 3 numbers"},
        BadHeader{"ST-07", one("\"F32\"", "[4294967296,4294967296]", "[0,4]"), 4, "more than 2^63"},
        BadHeader{"ST-07", one("\"F64\"", "[2305843009213693952]", "[0,0]"), 0, "more than 2^63"},
        BadHeader{"ST-07", one("\"F32\"", "[-1]", "[0,4]"), 4, "negative number -1"},
        BadHeader{"ST-07", one("\"U8\"", "[1" + repeated(",1", 999'999) + "]", "[0,1]"), 1, "more than 64"},
        BadHeader{"ST-08", one("\"F31\"", "[1]", "[0,4]"), 4, "'F31' is unknown"},
        BadHeader{"ST-08", one("32", "[1]", "[0,4]"), 4, "number where none is expected"},
        BadHeader{"ST-08", one("\"F32\"", "[2]", "[0,4]"), 4, "needs 8 bytes, but data_offsets give 4"},
        BadHeader{"ST-08", one("null", "[1]", "[0,4]"), 4, "null"},
        BadHeader{"ST-08", one("true", "[1]", "[0,4]"), 4, "boolean"},
        BadHeader{"ST-08", R"({"a":{"dtype":"U8","shape":[0]}})", 0, "'a' has no data_offsets"},
        BadHeader{"ST-08", R"({"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"x":"y"}})", 0, "unknown field"},
        BadHeader{"ST-08", R"({"a":"text"})", 0, "'a' is a text"}, BadHeader{"ST-08", R"({"a":[1]})", 0, "array"},
        BadHeader{"ST-09", R"({"__metadata__":{"a":1}})", 0, "number"},
        BadHeader{"ST-09", R"({"__metadata__":{"a":{"b":"c"}}})", 0, "object"},
        BadHeader{"ST-09", R"({"__metadata__":{"a":["b"]}})", 0, "array"},
        BadHeader{"ST-09", R"({"__metadata__":"x"})", 0, "text"},
        BadHeader{"ST-09", R"({"__metadata__":{"a":"b","a":"c"}})", 0, "twice"}));

TEST(Safetensors, LengthsAreCheckedBeforeTheyAreUsed) {  // ST-01, ST-02
  EXPECT_EQ(parse_error("").kind(), ErrorKind::corrupt);
  EXPECT_EQ(parse_error(std::string(8, '\0')).kind(), ErrorKind::corrupt);
  EXPECT_THAT(parse_error(std::string(8, '\xff') + "{}").what(), HasSubstr("18446744073709551615"));
  std::string longer = file_of("{}");
  longer[0] = 3;
  EXPECT_THAT(parse_error(longer).what(), HasSubstr("header length is 3, but only 2 bytes"));
  longer[4] = 1;
  EXPECT_EQ(parse_error(longer).kind(), ErrorKind::corrupt);
}

TEST(Safetensors, EveryCutIsCorrupt) {  // ST-01
  const std::string whole = file_of(one("\"F32\"", "[2,2]", "[0,16]"), 16);
  EXPECT_EQ(parse(whole).tensor("a").num_elements(), 4);
  for (size_t size = 0; size < whole.size(); ++size) {
    const std::string cut = whole.substr(0, size);
    EXPECT_EQ(parse_error(cut).kind(), ErrorKind::corrupt) << size;
  }
}

TEST(Safetensors, PicklesAreRefusedWithAdvice) {  // ST-14
  for (const std::string& content : {std::string("PK\x03\x04zipzipzip"), std::string("\x80\x02}q\x00.", 7)}) {
    const Error error = parse_error(content);
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
    EXPECT_THAT(error.what(), HasSubstr("spinel convert"));
  }
}

TEST(Safetensors, AcceptsWhatTheFormatAllows) {
  EXPECT_TRUE(parse(file_of("{}")).names().empty());
  EXPECT_TRUE(parse(file_of("{}   ")).names().empty());
  const std::string scalar = file_of(one("\"F64\"", "[]", "[0,8]"), 8);
  EXPECT_EQ(parse(scalar).tensor("a").num_elements(), 1);
  const std::string none = file_of(one("\"F64\"", "[4294967296,4294967296,0]", "[0,0]"));
  EXPECT_EQ(parse(none).tensor("a").num_elements(), 0);
}

template <typename T>
NamedTensorView named(std::string name, Dtype dtype, std::vector<int64_t> shape, const std::vector<T>& values) {
  return {std::move(name), {dtype, std::move(shape), std::as_bytes(std::span(values))}};
}

TEST(Safetensors, WhatIsWrittenIsReadBack) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.safetensors");
  const std::vector<float> floats{1, 2, 3, 4, 5, 6};
  const std::vector<int64_t> longs{-1, 1};
  const std::vector<uint8_t> bytes{7};
  write_safetensors(path,
                    {named("flags", Dtype::u8, {1}, bytes), named("wei\"ght\n", Dtype::f32, {2, 3}, floats),
                     named("ä", Dtype::i64, {2}, longs), named("empty", Dtype::f32, {0, 3}, std::vector<float>{})},
                    {{"kéy", "va\\lue"}});
  for (const bool copy : {false, true}) {
    const SafetensorsFile file = SafetensorsFile::open(path, copy);
    EXPECT_THAT(file.names(), ElementsAre("ä", "empty", "wei\"ght\n", "flags"));
    EXPECT_EQ(file.metadata().at("kéy"), "va\\lue");
    const TensorView& weight = file.tensor("wei\"ght\n");
    EXPECT_EQ(weight.dtype, Dtype::f32);
    EXPECT_THAT(weight.shape, ElementsAre(2, 3));
    EXPECT_EQ(std::memcmp(weight.bytes.data(), floats.data(), 24), 0);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(file.tensor("ä").bytes.data()) % 8, 0u);
    EXPECT_NO_THROW(file.check_intact());
    const Error error = error_of([&] { file.tensor("flag"); });
    EXPECT_EQ(error.kind(), ErrorKind::not_found);
    EXPECT_THAT(error.what(), HasSubstr("did you mean 'flags'?"));
  }
}

TEST(Safetensors, ViewsLiveAsLongAsACopyOfTheFile) {
  const TemporaryFolder folder;
  write_safetensors(folder.file("a"), {named("x", Dtype::i64, {1}, std::vector<int64_t>{42})});
  std::shared_ptr<const void> owner;
  std::span<const std::byte> bytes;
  {
    const SafetensorsFile file = SafetensorsFile::open(folder.file("a"));
    owner = file.owner();
    bytes = file.tensor("x").bytes;
  }
  EXPECT_EQ(static_cast<int>(bytes[0]), 42);
}

TEST(Safetensors, TheWriterRefusesWhatItCouldNotReadBack) {
  const TemporaryFolder folder;
  const std::vector<float> value{1};
  const auto write = [&](std::vector<NamedTensorView> tensors, std::map<std::string, std::string> metadata = {}) {
    return error_of([&] { write_safetensors(folder.file("a"), tensors, metadata); });
  };
  const NamedTensorView x = named("x", Dtype::f32, {1}, value);
  EXPECT_THAT(write({x, x}).what(), HasSubstr("two tensors have this name"));
  EXPECT_EQ(write({named("\xff", Dtype::f32, {1}, value)}).kind(), ErrorKind::invalid_argument);
  EXPECT_EQ(write({named("__metadata__", Dtype::f32, {1}, value)}).kind(), ErrorKind::invalid_argument);
  EXPECT_THAT(write({named("y", Dtype::f32, {2}, value)}).what(), HasSubstr("needs 8 bytes, but there are 4"));
  EXPECT_EQ(write({x}, {{"k", "\xc3"}}).kind(), ErrorKind::invalid_argument);
  EXPECT_TRUE(list_folder(folder.path()).empty());
}

TEST(Safetensors, AFileCutWhileMappedIsReported) {  // ST-13
  const TemporaryFolder folder;
  const std::string path = folder.file("a");
  write_safetensors(path, {named("x", Dtype::f32, {50'000}, std::vector<float>(50'000, 1.f))});
  const SafetensorsFile mapped = SafetensorsFile::open(path), copied = SafetensorsFile::open(path, true);
  File::open(path, File::Mode::update).truncate(100);
  EXPECT_EQ(mapped.tensor("x").bytes.back(), std::byte{0});
  EXPECT_EQ(error_of([&] { mapped.check_intact(); }).kind(), ErrorKind::corrupt);
  EXPECT_NE(copied.tensor("x").bytes[199'999], std::byte{0});
  EXPECT_NO_THROW(copied.check_intact());
}

TEST(Safetensors, EveryFaultWhileSavingLeavesAWholeFile) {  // FI-03
  const std::vector<float> old_values(100, 1.f), new_values(200, 2.f);
  for (const SystemCall kind : {SystemCall::open, SystemCall::write, SystemCall::sync, SystemCall::close,
                                SystemCall::rename, SystemCall::status}) {
    for (int64_t k = 1;; ++k) {
      ASSERT_LT(k, 100);
      const TemporaryFolder folder;
      const std::string path = folder.file("a");
      write_safetensors(path, {named("x", Dtype::f32, {100}, old_values)});
      FaultAt fault(kind, k, ENOSPC);
      {
        const ScopedSystemCallHook hook(fault);
        const Error error = error_of([&] { write_safetensors(path, {named("x", Dtype::f32, {200}, new_values)}); });
        if (fault.fired()) EXPECT_EQ(error.kind(), ErrorKind::unavailable) << error.what();
      }
      const int64_t size = SafetensorsFile::open(path).tensor("x").num_elements();
      EXPECT_TRUE(size == 100 || size == 200);
      EXPECT_THAT(list_folder(folder.path()), ElementsAre("a"));
      if (!fault.fired()) break;
    }
  }
}

TEST(Safetensors, EveryFaultWhileLoadingIsUnavailable) {  // FI-02
  const TemporaryFolder folder;
  const std::string path = folder.file("a");
  write_safetensors(path, {named("x", Dtype::f32, {100}, std::vector<float>(100, 1.f))});
  for (const bool copy : {false, true}) {
    for (const SystemCall kind : {SystemCall::open, SystemCall::read, SystemCall::status, SystemCall::map}) {
      for (const int error_number : {EIO, ENOMEM}) {
        for (int64_t k = 1;; ++k) {
          ASSERT_LT(k, 100);
          FaultAt fault(kind, k, error_number);
          const ScopedSystemCallHook hook(fault);
          const Error error = error_of([&] { SafetensorsFile::open(path, copy); });
          if (!fault.fired()) break;
          EXPECT_EQ(error.kind(), ErrorKind::unavailable) << error.what();
          EXPECT_THAT(error.what(), HasSubstr(path));
        }
      }
    }
  }
}

TEST(Safetensors, EveryFailedAllocationIsUnavailableAndLeaksNothing) {  // FI-01
  const TemporaryFolder folder;
  const std::string path = folder.file("a");
  const std::vector<float> values(100, 1.f);
  const std::vector<NamedTensorView> tensors{named("some tensor with a long name", Dtype::f32, {100}, values)};
  const std::map<std::string, std::string> metadata{{"a key that is long", "a value that is longer"}};
  write_safetensors(path, tensors);
  for_each_failing_allocation([&] { SafetensorsFile::open(path); });
  for_each_failing_allocation([&] { SafetensorsFile::open(path, true); });
  for_each_failing_allocation([&] {
    try {
      write_safetensors(path, tensors, metadata);
    } catch (...) {
      const AllocationsSucceed pause;
      EXPECT_EQ(list_folder(folder.path()).size(), 1u);
      EXPECT_EQ(SafetensorsFile::open(path).names().size(), 1u);
      throw;
    }
  });
}

}  // namespace
}  // namespace spinel
