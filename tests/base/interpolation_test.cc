#include "spinel/base/interpolation.h"

#include <gmock/gmock.h>

#include "tests/base/config_testing.h"

namespace spinel {
namespace {

using testing::error_of;
using ::testing::HasSubstr;

Config interpolated(const char* yaml) {
  Config root = parse_yaml(yaml, "a.yaml");
  interpolate(root);
  return root;
}
std::string interpolation_error(const std::string& yaml) {
  return error_of([&] { interpolated(yaml.c_str()); });
}

TEST(Interpolate, AWholeReferenceKeepsTheType) {
  const Config root = interpolated(
      "i: 3\nd: 2.5\nb: true\nn: null\ns: text\nl: [1, {x: 2}]\n"
      "ri: ${i}\nrd: ${d}\nrb: ${b}\nrn: ${n}\nrs: ${s}\nrl: ${l}\nrx: ${l.1.x}\n");
  for (const char* key : {"i", "d", "b", "n", "s", "l"}) {
    const Config& copy = root.at(std::string("r") + key);
    EXPECT_EQ(copy, root.at(key)) << key;
    EXPECT_EQ(copy.type(), root.at(key).type()) << key;
  }
  EXPECT_EQ(root.at("rx").as_int(), 2);
}

TEST(Interpolate, InsideATextScalarsAreInsertedAsText) {
  const Config root = interpolated("i: 3\nd: 2.0\nb: false\ns: x\nt: '${i}-${d}-${b}-${s}/${s}${s}.txt'\n");
  EXPECT_EQ(root.at("t").as_string(), "3-2.0-false-x/xx.txt");
}

TEST(Interpolate, ReferencesAreResolvedInWhatTheyReferTo) {
  const Config root = interpolated("a: ${b}\nb: {c: '${d}!', e: '${b2}'}\nb2: [1, '${d}']\nd: deep\n");
  EXPECT_EQ(to_json(root.at("a"), -1), R"({"c": "deep!", "e": [1, "deep"]})");
  EXPECT_EQ(root.at("a"), root.at("b"));
}

TEST(Interpolate, CopiesStandAtThePlaceOfTheReference) {
  const Config root = interpolated("a: {b: [1, 2]}\n\nc: ${a}\n");
  EXPECT_EQ(root.at("c").where(), "a.yaml:3: c");
  EXPECT_EQ(root.find_path("c.b.1")->path(), "c.b.1");
  EXPECT_EQ(root.find_path("a.b.1")->path(), "a.b.1");
}

TEST(Interpolate, ABackslashMakesItLiteral) {
  EXPECT_EQ(interpolated("t: '\\${a}'\n").at("t").as_string(), "${a}");
  EXPECT_EQ(interpolated("a: 1\nt: '${a}\\${a}${a}'\n").at("t").as_string(), "1${a}1");
  EXPECT_EQ(interpolated("a: 1\nt: '\\${${a}}'\n").at("t").as_string(), "${1}");
}

TEST(Interpolate, TextWithoutReferencesStaysAsItIs) {
  for (const char* text : {"$", "$a", "{a}", "a}", "$ {a}", "100 $", "\\", "$$"}) {
    const std::string yaml = "t: '" + std::string(text) + "'\n";
    EXPECT_EQ(interpolated(yaml.c_str()).at("t").as_string(), text);
  }
}

TEST(Interpolate, KeysAreNotResolved) {
  const Config root = interpolated("a: 1\n'${a}': 2\n");
  EXPECT_EQ(root.at("${a}").as_int(), 2);
}

struct BadReference {
  const char* yaml;
  const char* message;
};
class RefusedReference : public ::testing::TestWithParam<BadReference> {};

TEST_P(RefusedReference, NamesThePlace) {
  EXPECT_THAT(interpolation_error(GetParam().yaml), HasSubstr(GetParam().message)) << GetParam().yaml;
}

INSTANTIATE_TEST_SUITE_P(
    Rows, RefusedReference,
    ::testing::Values(BadReference{"model: {cutoff: 5}\nr: ${model.cutof}\n",
                                   "a.yaml:2: r: ${model.cutof} refers to nothing; did you mean 'model.cutoff'?"},
                      BadReference{"r: ${}\n", "a.yaml:1: r: ${} refers to nothing"},
                      BadReference{"a: 1\nr: '${a'\n", "a.yaml:2: r: '${a' has no closing brace"},
                      BadReference{"r: ${r}\n", "${r} refers to itself"},
                      BadReference{"a: ${b}\nb: ${c}\nc: ${a}\n", "refers to itself"},
                      BadReference{"a: {b: '${a}'}\n", "${a} refers to itself"},
                      BadReference{"l: [1]\nr: 'x${l}'\n", "a.yaml:2: r: a list cannot stand inside a text"},
                      BadReference{"m: {}\nr: 'x${m}'\n", "a map cannot stand inside a text"},
                      BadReference{"n: null\nr: 'x${n}'\n", "r: null cannot stand inside a text"}));

TEST(Interpolate, ChainsMayBe64LinksLong) {
  const auto chain = [](int links) {
    std::string yaml = "a0: end\n";
    for (int i = 1; i <= links; ++i) yaml += "a" + std::to_string(i) + ": ${a" + std::to_string(i - 1) + "}\n";
    return yaml;
  };
  EXPECT_EQ(interpolated(chain(64).c_str()).at("a64").as_string(), "end");
  EXPECT_THAT(interpolation_error(chain(66)), HasSubstr("nested deeper than 64"));
}

// CF-01: references multiply like the aliases of an alias bomb.
TEST(Interpolate, BombsEndAtTheLimit) {
  std::string values = "a0: [x, x, x, x, x, x, x, x, x, x]\n", texts = "a0: xxxxxxxxxx\n";
  for (int i = 1; i < 12; ++i) {
    const std::string reference = "${a" + std::to_string(i - 1) + "}", name = "a" + std::to_string(i);
    values += name + ": [";
    texts += name + ": '";
    for (int k = 0; k < 10; ++k) {
      values += (k ? ", '" : "'") + reference + "'";
      texts += reference;
    }
    values += "]\n";
    texts += "'\n";
  }
  EXPECT_THAT(interpolation_error(values), HasSubstr("copy more than 100000 values"));
  EXPECT_THAT(interpolation_error(texts), ::testing::AnyOf(HasSubstr("more than 16 MiB"), HasSubstr("100000 values")));
}

}  // namespace
}  // namespace spinel
