#include "spinel/base/json_items.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "spinel/base/platform/file.h"
#include "tests/support/errors.h"
#include "tests/support/tar_writer.h"

namespace spinel {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const JsonItemsOptions answers{.list_keys = {"data"}};

std::vector<std::string> items(JsonItems reader) {
  std::vector<std::string> found;
  for (std::string_view item; reader.next(item);) found.emplace_back(item);
  EXPECT_EQ(reader.count(), static_cast<int64_t>(found.size()));
  return found;
}
std::vector<std::string> items(const std::string& text, const JsonItemsOptions& options = answers) {
  return items(JsonItems(text, "a.json", options));
}

TEST(JsonItems, AreTheElementsOfAList) {
  EXPECT_THAT(items(R"( [ {"a": [1, 2]} , 3,"x" ,[ ] , null] )"),
              ElementsAre(R"({"a": [1, 2]})", "3", "\"x\"", "[ ]", "null"));
  EXPECT_THAT(items("[]"), IsEmpty());
  EXPECT_THAT(items(" \n"), IsEmpty());
}

TEST(JsonItems, BracketsAndQuotesInTextsAreText) {
  EXPECT_THAT(items(R"([{"a]": "}\"]\\"}, "[\\\"{"])"), ElementsAre(R"({"a]": "}\"]\\"})", R"("[\\\"{")"));
}

TEST(JsonItems, AreOutermostMapsOneAfterAnother) {
  EXPECT_THAT(items("{\"a\": 1}\n{\"b\": {\"data\": [2]}, \"c\": \"x\"}\n"),
              ElementsAre(R"({"a":1})", R"({"b":{"data": [2]},"c":"x"})"));
  EXPECT_THAT(items("{}[1]{}"), ElementsAre("{}", "1", "{}"));
}

TEST(JsonItems, AreTheElementsOfAnAnswersList) {
  EXPECT_THAT(items(R"({"meta": {"n": 2}, "data": [{"a": 1}, {"a": 2}], "errors": []} {"data": []} {"data": [3]})"),
              ElementsAre(R"({"a": 1})", R"({"a": 2})", "3"));
  // Not a list: the map is an item.
  EXPECT_THAT(items(R"({"data": 5})"), ElementsAre(R"({"data":5})"));
  EXPECT_THAT(items(R"({"data": [5]})", {}), ElementsAre(R"({"data":[5]})"));
}

TEST(JsonItems, FilesAreReadInPiecesAlsoPacked) {
  const TemporaryFolder folder;
  const std::string path = folder.file("a.json");
  std::string text = "[";
  for (int k = 0; k < 60000; ++k) text += format("{}{{\"key\": {}}}", k ? "," : "", k);
  text += "]";
  for (const std::string& bytes : {text, gzip_of(text)}) {
    write_file_atomic(path, bytes);
    const auto found = items(JsonItems(path));
    ASSERT_EQ(found.size(), 60000u);
    EXPECT_EQ(found[59999], "{\"key\": 59999}");
  }
  JsonItems reader(path);
  std::string_view item;
  while (reader.next(item)) continue;
  EXPECT_EQ(reader.file_offset(), reader.file_size());
}

TEST(JsonItems, WhatIsNoJsonOrCutIsCorruptWithItsLine) {
  const std::pair<const char*, const char*> cases[] = {
      {"5", "a.json:1: '5' stands where '[' or '{' is needed"},
      {"[1 2]", "a.json:1: '2' stands where ',' or ']'"},
      {"[\n1,\n", "a.json:3: the end of the file stands where a value"},
      {"[1,]", "a value"},
      {"[{\"a\": 1", "the end of the file"},
      {"[\"abc", "the end of a text"},
      {"[\"a\nb\"]", "the byte 10 stands where the end of a text"},
      {"{1: 2}", "'1' stands where a key"},
      {"{\"a\" 2}", "'2' stands where ':'"},
      {"{\"a\": 2 \"b\"}", "where ',' or '}'"},
      {"{\"a\":}", "where a value"},
      {"[] x", "'x' stands where '[' or '{'"},
  };
  for (const auto& [text, message] : cases) {
    const Error error = error_of([&] { items(text); });
    EXPECT_EQ(error.kind(), ErrorKind::corrupt) << text;
    EXPECT_THAT(error.what(), HasSubstr(message)) << text;
  }
  EXPECT_THAT(error_of([] { items("[\"0123456789\"]", {.max_item = 8}); }).what(), HasSubstr("longer than 8 bytes"));
  // Depth costs nothing here; who reads an item limits it.
  EXPECT_EQ(items("[" + std::string(100000, '[') + std::string(100000, ']') + "]").size(), 1u);
}

}  // namespace
}  // namespace spinel
