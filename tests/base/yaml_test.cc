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

std::string yaml_error(std::string_view text) {
  return error_of([&] { parse_yaml(text, "a.yaml"); });
}

Config scalar(const std::string& text) { return parse_yaml(text, "a"); }

TEST(ParseYaml, TypesPlainScalarsByTheCoreSchema) {
  using Type = Config::Type;
  for (const char* text : {"null", "Null", "NULL", "~", ""}) EXPECT_TRUE(scalar(text).is_null()) << text;
  for (const char* text : {"true", "True", "TRUE"}) EXPECT_EQ(scalar(text), Config(true)) << text;
  for (const char* text : {"false", "False", "FALSE"}) EXPECT_EQ(scalar(text), Config(false)) << text;
  // YAML 1.1's booleans, times and octals are texts or decimals in 1.2.
  for (const char* text : {"yes", "no", "on", "off", "y", "n", "tRue", "nUll"}) {
    EXPECT_EQ(scalar(text).type(), Type::string) << text;
  }
  EXPECT_EQ(scalar("010"), Config(10));
  EXPECT_EQ(scalar("0x10"), Config(16));
  EXPECT_EQ(scalar("0o17"), Config(15));
  EXPECT_EQ(scalar("-3"), Config(-3));
  EXPECT_EQ(scalar("+3"), Config(3));
  EXPECT_EQ(scalar("1e-3"), Config(1e-3));
  EXPECT_EQ(scalar(".5"), Config(0.5));
  EXPECT_EQ(scalar("-.5"), Config(-0.5));
  EXPECT_EQ(scalar("1."), Config(1.0));
  EXPECT_EQ(scalar("1E+2"), Config(100.0));
  EXPECT_EQ(scalar(".inf"), Config(HUGE_VAL));
  EXPECT_EQ(scalar("-.INF"), Config(-HUGE_VAL));
  EXPECT_TRUE(std::isnan(scalar(".nan").as_double()));
  for (const char* text : {"inf", "nan", "infinity", "1_000", "12:30:45", "0x", "0xg", "1e", "1.2.3", "+-5", "--5", ".",
                           "2020-01-01", "1 2", "5 Å", "-", "e5"}) {
    if (std::string(text) == "-") continue;  // a list of one null
    EXPECT_EQ(scalar(text).type(), Type::string) << text;
  }
}

TEST(ParseYaml, QuotedScalarsStayStrings) {
  for (const char* text : {"'1'", "\"1\"", "'true'", "\"null\"", "'~'", "''"}) {
    EXPECT_TRUE(scalar(text).is_string()) << text;
  }
  EXPECT_EQ(scalar("'1'").as_string(), "1");
  EXPECT_TRUE(parse_yaml("a: |\n  12\n", "a").at("a").is_string());
}

TEST(ParseYaml, ReadsNestedMapsAndListsWithLines) {
  const Config value = parse_yaml(
      "Model:\n  SchNet:\n    cutoff: 5.0  # Å\n    sizes: [1, 2]\nlist:\n- a\n- b: 1\n  c: 2\n", "run.yaml");
  EXPECT_EQ(value.find_path("Model.SchNet.cutoff")->where(), "run.yaml:3: Model.SchNet.cutoff");
  EXPECT_EQ(value.find_path("Model.SchNet.sizes")->as_ints(), (std::vector<int64_t>{1, 2}));
  EXPECT_EQ(value.find_path("list.1.c")->where(), "run.yaml:8: list.1.c");
}

TEST(ParseYaml, KeysAreTexts) {
  const Config value = parse_yaml("1: a\ntrue: b\n'x y': c\n", "a");
  EXPECT_EQ(value.at("1").as_string(), "a");
  EXPECT_EQ(value.at("true").as_string(), "b");
  EXPECT_EQ(value.at("x y").as_string(), "c");
}

TEST(ParseYaml, AliasesCopyTheirAnchor) {
  const Config value = parse_yaml("a: &x {r: 1}\nb: *x\nc: [*x, &y 3, *y]\n", "a.yaml");
  EXPECT_EQ(value.at("b").at("r").as_int(), 1);
  EXPECT_EQ(value.at("b").at("r").path(), "b.r");
  EXPECT_EQ(value.find_path("c.2")->as_int(), 3);
}

// CF-01
TEST(ParseYaml, RefusesDuplicateKeys) {
  EXPECT_EQ(yaml_error("m:\n  a: 1\n  b: 2\n  a: 3\n"),
            "invalid argument: a.yaml:4: \"m.a\": the key stands twice in one map");
}

// CF-01
TEST(ParseYaml, RefusesTags) {
  for (const char* text : {"a: 1\nb: !!python/object:os.system x\n", "a: 1\nb: !local [1]\n", "a: 1\nb: !!str 1\n",
                           "a: 1\nb: !!map {}\n", "a: 1\n!!str b: 2\n"}) {
    EXPECT_THAT(yaml_error(text), StartsWith("invalid argument: a.yaml:2: the tag")) << text;
  }
}

// CF-01
TEST(ParseYaml, RefusesAliasBombs) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    const std::string name = "a" + std::to_string(i);
    const std::string alias = "*a" + std::to_string(i - 1);
    bomb += name + ": &" + name + " [" + alias;
    for (int k = 1; k < 10; ++k) bomb += ", " + alias;
    bomb += "]\n";
  }
  EXPECT_THAT(yaml_error(bomb), HasSubstr("more than 100000 values"));
  // The same without aliases, and by nested anchors.
  std::string flat = "[";
  for (int i = 0; i < 100001; ++i) flat += "1, ";
  EXPECT_THAT(yaml_error(flat + "1]"), HasSubstr("more than 100000 values"));
  std::string nested;
  for (int i = 0; i < 30; ++i) nested += "&a" + std::to_string(i) + " [";
  for (int i = 0; i < 5000; ++i) nested += "1, ";
  EXPECT_THAT(yaml_error(nested + std::string(30, ']')), HasSubstr("more than 100000 values"));
}

// CF-01
TEST(ParseYaml, RefusesAnchorsToThemselvesAndUnknownOnes) {
  EXPECT_THAT(yaml_error("a: 1\nb: &b [1, *b]\n"), StartsWith("invalid argument: a.yaml:2: "));
  EXPECT_THAT(yaml_error("a: 1\nb: &b {c: *b}\n"), StartsWith("invalid argument: a.yaml:2: "));
  EXPECT_THAT(yaml_error("a: 1\nb: *nothing\n"), StartsWith("invalid argument: a.yaml:2: "));
}

// CF-01
TEST(ParseYaml, RefusesTabsAsIndentation) {
  EXPECT_EQ(yaml_error("a:\n\tb: 1\n"), "invalid argument: a.yaml:2: a tab indents the line; indent with spaces");
  EXPECT_THAT(yaml_error("a:\n  \tb: 1\n"), HasSubstr("a.yaml:2: a tab"));
  EXPECT_NO_THROW(parse_yaml("a: 1\t# remark\n\t\n\t# remark\nb: 2\n", "a"));
  EXPECT_EQ(parse_yaml("a: b\tc\n  \nd: e\tf\n", "a").at("d").as_string(), "e\tf");  // inside a text
}

TEST(ParseYaml, RefusesWhatIsNoConfig) {
  for (const char* text : {"a: [1, 2", "a: 'x", "a: b: c", "{a: 1]", "- a\nb: 1", "a: 1\n---\nb: 2\n", "? [1]\n: 2\n",
                           "[1]: 2", "*a", "a: @x", "a: `x`", "%YAML 1.2", "&a", "{? }: 1"}) {
    if (std::string(text) == "&a" || std::string(text) == "%YAML 1.2") {
      EXPECT_THAT(yaml_error(text), ::testing::AnyOf(StartsWith("invalid argument: a.yaml"), "no error")) << text;
    } else {
      EXPECT_THAT(yaml_error(text), StartsWith("invalid argument: a.yaml:")) << text;
    }
  }
}

TEST(ParseYaml, RefusesControlCharactersAndInvalidUtf8) {
  EXPECT_EQ(yaml_error(std::string_view("a: 1\nb: \0", 9)),
            "invalid argument: a.yaml:2: the control character 0x00 stands in the text");
  EXPECT_THAT(yaml_error("a: \x04\nb: 1"), HasSubstr("control character 0x04"));
  EXPECT_EQ(yaml_error("a: 1\nb: \xfe"), "invalid argument: a.yaml:2: byte 0xfe is not UTF-8");
  EXPECT_THAT(yaml_error("\xff\xfe"
                         "a\0"),
              HasSubstr("is not UTF-8"));  // UTF-16
}

TEST(ParseYaml, LimitsDepth) {
  EXPECT_THAT(yaml_error(std::string(65, '[') + std::string(65, ']')), HasSubstr("nested deeper than 64"));
  EXPECT_THAT(yaml_error(std::string(200000, '[')), StartsWith("invalid argument: a.yaml:1: "));
  EXPECT_THAT(yaml_error(std::string(200000, '{')), StartsWith("invalid argument: a.yaml:1: "));
  EXPECT_NO_THROW(parse_yaml(std::string(64, '[') + std::string(64, ']'), "a"));
}

// CF-03
TEST(ParseYaml, RefusesNumbersThatDoNotFit) {
  EXPECT_THAT(yaml_error("a: 1e400"), HasSubstr("a.yaml:1: the number 1e400 is too large"));
  EXPECT_THAT(yaml_error("a: 0x10000000000000000"), HasSubstr("is too large"));
}

// CF-05
TEST(ParseYaml, DoesNotDependOnTheLocale) {
  const std::string before = std::setlocale(LC_ALL, nullptr);
  for (const char* locale : {"de_DE.UTF-8", "tr_TR.UTF-8", "C"}) {
    if (!std::setlocale(LC_ALL, locale)) continue;
    EXPECT_EQ(scalar("1.5"), Config(1.5));
    EXPECT_EQ(to_yaml(Config(1.5)), "1.5\n");
  }
  std::setlocale(LC_ALL, before.c_str());
}

TEST(ToYaml, RoundTripsEveryValue) {
  const Config value = parse_json(R"({
    "Model": {"SchNet": {"cutoff": 5.0, "n": 20, "name": null, "cell": [[1.5, 0, 0], [0, 1, 0]],
                         "empty": {}, "none": []}},
    "texts": ["", "true", "1", "1e5", "~", "a: b", "- x", "#c", "it's", "a\"b\\", "line\nbreak", "\t", "é", "x y", " x",
              "&a", "*a", "!t", "null", "0x1F", ".5", "-", "a", "${b.c}", "@", "%", "C:\\x", "12:30", "?",
              "\u0001\u007f"],
    "maps": [{"a": 1, "b": {"c": 2}}, {"d": [{"e": 1}, []]}, [[{"f": 1}], [2]]],
    "key: odd": 1, "": 2, "3": 4, "null": 5, "numbers": [1, 1.0, -0.0, 1e-300, 123456789012]})",
                                  "a");
  EXPECT_EQ(parse_yaml(to_yaml(value), "b"), value) << to_yaml(value);
  for (const auto& entry : value.as_map()) EXPECT_EQ(parse_yaml(to_yaml(entry.second), "b"), entry.second);
  for (const Config& text : value.at("texts").as_list()) EXPECT_EQ(parse_yaml(to_yaml(text), "b"), text);
}

TEST(ToYaml, LongKeysReadBack) {
  Config value = Config::map({{std::string(5000, 'k'), Config::map({{std::string(2000, ' '), 1}})}});
  EXPECT_EQ(parse_yaml(to_yaml(value), "a"), value);
  const Config list(Config::List{value, value});
  EXPECT_EQ(parse_yaml(to_yaml(list), "a"), list);
}

TEST(ToYaml, KeepsTypesAndNonFiniteNumbers) {
  const Config value(Config::List{Config(2.0), Config(2), Config(HUGE_VAL), Config(-HUGE_VAL)});
  EXPECT_EQ(to_yaml(value), "[2.0, 2, .inf, -.inf]\n");
  EXPECT_EQ(parse_yaml(to_yaml(value), "a"), value);
}

TEST(ToYaml, LooksLikeAConfig) {
  const Config value = parse_yaml("Model: {SchNet: {cutoff: 5.0, list: [1, 2]}}\nDataset: [{a: 1, b: 2}]\n", "a");
  EXPECT_EQ(to_yaml(value), "Model:\n  SchNet:\n    cutoff: 5.0\n    list: [1, 2]\nDataset:\n  - a: 1\n    b: 2\n");
}

}  // namespace
}  // namespace spinel
