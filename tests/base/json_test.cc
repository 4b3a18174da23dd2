#include <gmock/gmock.h>

#include <clocale>
#include <cmath>

#include "spinel/base/config.h"
#include "tests/base/config_testing.h"

namespace spinel {
namespace {

using testing::error_of;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string json_error(std::string_view text) {
  return error_of([&] { parse_json(text, "a.json"); });
}

TEST(ParseJson, GivesEachKindOfValueItsType) {
  const Config value = parse_json(R"({"n": null, "b": true, "i": -3, "d": 2.5, "s": "x\n\u00e9", "l": [1, "2"]})", "a");
  EXPECT_TRUE(value.at("n").is_null());
  EXPECT_TRUE(value.at("b").as_bool());
  EXPECT_EQ(value.at("i").as_int(), -3);
  EXPECT_EQ(value.at("i").type(), Config::Type::integer);
  EXPECT_DOUBLE_EQ(value.at("d").as_double(), 2.5);
  EXPECT_EQ(value.at("s").as_string(), "x\n\u00e9");
  EXPECT_EQ(value.at("l").as_list().size(), 2u);
}

TEST(ParseJson, KeepsTheOrderOfKeys) {
  const Config value = parse_json(R"({"z": 1, "a": 2, "m": 3})", "a");
  std::string keys;
  for (const auto& entry : value.as_map()) keys += entry.first;
  EXPECT_EQ(keys, "zam");
}

TEST(ParseJson, ValuesKnowLineAndKeyPath) {
  const Config value = parse_json("{\n\"Model\": {\n  \"SchNet\": {\n\n\"cutoff\": [1,\n 5]}}}", "a.json");
  const Config* cutoff = value.find_path("Model.SchNet.cutoff.1");
  ASSERT_NE(cutoff, nullptr);
  EXPECT_EQ(cutoff->where(), "a.json:6: Model.SchNet.cutoff.1");
  EXPECT_EQ(value.at("Model").where(), "a.json:2: Model");
  EXPECT_EQ(value.where(), "a.json:1");
}

TEST(ParseJson, ReadsNumbersToTheLastBit) {
  // Values that a division-based parser rounds wrongly.
  for (const char* text : {"5e-324", "2.2250738585072014e-308", "1.7976931348623157e308", "9007199254740993.0", "0.1",
                           "123456789012345678901234567890", "6.02214076e23", "1e23"}) {
    EXPECT_EQ(parse_json(text, "a").as_double(), std::strtod(text, nullptr)) << text;
  }
  EXPECT_EQ(parse_json("9223372036854775807", "a").as_int(), INT64_MAX);
  EXPECT_EQ(parse_json("-9223372036854775808", "a").as_int(), INT64_MIN);
  // 2^63 fits no integer: a number, and as_int refuses it (CF-03).
  EXPECT_EQ(parse_json("9223372036854775808", "a").type(), Config::Type::number);
  EXPECT_THROW(parse_json("9223372036854775808", "a").as_int(), Error);
  EXPECT_EQ(parse_json("1e-400", "a").as_double(), 0.0);
  EXPECT_TRUE(std::signbit(parse_json("-0.0", "a").as_double()));
}

// CF-03
TEST(ParseJson, RefusesNumbersBeyondDouble) {
  EXPECT_EQ(json_error("[1,\n1e400]"),
            "invalid argument: a.json:2: the number 1e400 is too large; at most 1.797e308 fits");
}

TEST(ParseJson, RefusesWhatIsNotJson) {
  for (const char* text : {"",    " ",       "{",           "[1,]",   "{\"a\":1,}", "{a: 1}",        "'a'",   "nul",
                           "01",  "+1",      ".5",          "1.",     "NaN",        "[1] 2",         "{} {}", "[1]]",
                           "\"a", "\"\\x\"", "\"\\ud800\"", "\"\t\"", "// c\n1",    "\xef\xbb\xbf{}"}) {
    EXPECT_THAT(json_error(text), StartsWith("invalid argument: a.json:")) << text;
  }
}

TEST(ParseJson, TrailingWhiteSpaceIsFine) {
  EXPECT_EQ(parse_json(" \n\n [1]\r\n \n", "a").as_list().size(), 1u);
  EXPECT_EQ(parse_json("12\n\n", "a").as_int(), 12);
}

TEST(ParseJson, NamesTheLineOfAnError) {
  EXPECT_THAT(json_error("{\n\"a\": 1,\n\"b\": x\n}"), HasSubstr("a.json:3: not JSON"));
  EXPECT_THAT(json_error("{}\n\n3"), HasSubstr("a.json:3: not JSON"));
}

// CF-01
TEST(ParseJson, RefusesADuplicateKeyWithItsPath) {
  EXPECT_EQ(json_error("{\"m\": {\"a\": 1,\n\"a\": 2}}"),
            "invalid argument: a.json:2: \"m.a\": the key stands twice in one map");
  EXPECT_NO_THROW(parse_json(R"([{"a": 1}, {"a": 1}])", "a"));
}

TEST(ParseJson, LimitsDepth) {
  EXPECT_NO_THROW(parse_json(std::string(64, '[') + std::string(64, ']'), "a"));
  EXPECT_THAT(json_error(std::string(65, '[') + std::string(65, ']')), HasSubstr("nested deeper than 64"));
  EXPECT_THAT(json_error(std::string(100000, '[')), HasSubstr("nested deeper than 64"));
}

// CF-04
TEST(ParseJson, RefusesInvalidUtf8) {
  EXPECT_EQ(json_error("[1,\n\"\xff\"]"), "invalid argument: a.json:2: byte 0xff is not UTF-8");
  EXPECT_THAT(json_error("\"\xed\xa0\x80\""), HasSubstr("is not UTF-8"));  // a surrogate
  EXPECT_THAT(json_error("\"\xc0\xaf\""), HasSubstr("is not UTF-8"));      // overlong
  EXPECT_THAT(json_error("\"\xe2\x82"), HasSubstr("is not UTF-8"));        // cut
}

TEST(ToJson, RoundTripsEveryValue) {
  const char* text =
      R"({"a": [1, 2.0, 1e+300, -0.0, 0.1], "b": {"c": null, "d": [true, {}], "e": []}, "é\"\\\u0001": "\n\t"})";
  const Config value = parse_json(text, "a");
  for (const int indent : {-1, 0, 2}) {
    const Config again = parse_json(to_json(value, indent), "b");
    EXPECT_EQ(again, value) << indent;
    EXPECT_EQ(again.find_path("a.1")->type(), Config::Type::number);
  }
  EXPECT_EQ(to_json(value.at("a"), -1), "[1, 2.0, 1e+300, -0.0, 0.1]");
  EXPECT_EQ(to_json(value, -1).find('\n'), std::string::npos);
}

TEST(ToJson, IndentsMapsAndKeepsListsOfScalarsOnOneLine) {
  const Config value = parse_json(R"({"a": [1, 2], "b": [{"c": 1}]})", "a");
  EXPECT_EQ(to_json(value), "{\n  \"a\": [1, 2],\n  \"b\": [\n    {\n      \"c\": 1\n    }\n  ]\n}");
}

TEST(ToJson, WritesNonFiniteNumbersAsTextThatReadsBack) {
  const Config value(Config::List{Config(HUGE_VAL), Config(-HUGE_VAL), Config(std::nan(""))});
  EXPECT_EQ(to_json(value, -1), R"(["inf", "-inf", "nan"])");
  const std::vector<double> back = parse_json(to_json(value), "a").as_doubles();
  EXPECT_EQ(back[0], HUGE_VAL);
  EXPECT_EQ(back[1], -HUGE_VAL);
  EXPECT_TRUE(std::isnan(back[2]));
}

TEST(ToJson, ReplacesBytesThatAreNotUtf8) {
  EXPECT_EQ(to_json(Config("a\xff"
                           "b")),
            "\"a\xef\xbf\xbd"
            "b\"");
}

// CF-05
TEST(Json, DoesNotDependOnTheLocale) {
  const std::string before = std::setlocale(LC_ALL, nullptr);
  for (const char* locale : {"de_DE.UTF-8", "tr_TR.UTF-8", "de_DE", "C"}) {
    if (!std::setlocale(LC_ALL, locale)) continue;
    EXPECT_EQ(parse_json("1.5", "a").as_double(), 1.5);
    EXPECT_EQ(to_json(Config(1.5)), "1.5");
  }
  std::setlocale(LC_ALL, before.c_str());
}

}  // namespace
}  // namespace spinel
