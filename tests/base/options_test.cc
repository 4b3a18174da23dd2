#include "spinel/base/options.h"

#include <gmock/gmock.h>

#include "tests/base/config_testing.h"

namespace spinel {
namespace {

using testing::error_of;
using ::testing::HasSubstr;

struct InnerOptions {
  double width = 0.5;
  int64_t count = 3;
};

struct OuterOptions {
  bool flag = false;
  int small = 1;
  int64_t size = 4;
  float ratio = 0.5f;
  double cutoff = 5.0;
  std::string mode = "sum";
  std::vector<int64_t> layers = {8, 8};
  std::optional<double> limit;
  std::vector<std::optional<int64_t>> holes;
  std::vector<std::vector<double>> cell;
  Config extra;
  InnerOptions inner;
};

const OptionTable<InnerOptions>& inner_table() {
  static const auto table = OptionTable<InnerOptions>("Inner")
                                .add("width", &InnerOptions::width, "width of a Gaussian", "Å")
                                .positive()
                                .add("count", &InnerOptions::count, "how many")
                                .range(1, 10);
  return table;
}

OptionTable<OuterOptions> outer_table() {
  return OptionTable<OuterOptions>("Outer")
      .add("flag", &OuterOptions::flag, "a flag")
      .add("small", &OuterOptions::small, "a small integer")
      .add("size", &OuterOptions::size, "a size")
      .range(1)
      .add("ratio", &OuterOptions::ratio, "a ratio")
      .range(0, 1)
      .add("cutoff", &OuterOptions::cutoff, "largest distance", "Å")
      .positive()
      .add("mode", &OuterOptions::mode, "how to pool")
      .choices({"sum", "mean", "max"})
      .add("layers", &OuterOptions::layers, "sizes")
      .range(1, 100)
      .add("limit", &OuterOptions::limit, "a limit")
      .positive()
      .add("holes", &OuterOptions::holes, "numbers or nulls")
      .add("cell", &OuterOptions::cell, "lattice vectors", "Å")
      .add("extra", &OuterOptions::extra, "anything")
      .add("inner", &OuterOptions::inner, inner_table(), "options of the inner part");
}

OuterOptions parse(const char* yaml) { return outer_table().parse(parse_yaml(yaml, "a.yaml")); }
std::string parse_error(const char* yaml) {
  return error_of([&] { parse(yaml); });
}

TEST(OptionTable, DefaultsAreThoseOfTheStruct) {
  const OuterOptions options = parse("{}");
  EXPECT_FALSE(options.flag);
  EXPECT_EQ(options.size, 4);
  EXPECT_EQ(options.layers, (std::vector<int64_t>{8, 8}));
  EXPECT_FALSE(options.limit.has_value());
  EXPECT_EQ(options.inner.width, 0.5);
}

TEST(OptionTable, ReadsEveryKindOfMember) {
  const OuterOptions options = parse(
      "flag: true\nsmall: -7\nsize: 9\nratio: 0.25\ncutoff: 6\nmode: max\nlayers: [1, 2]\nlimit: 2.5\n"
      "holes: [1, null, 3]\ncell: [[1, 0], [0, 2.5]]\nextra: {x: [1]}\ninner: {count: 7}\n");
  EXPECT_TRUE(options.flag);
  EXPECT_EQ(options.small, -7);
  EXPECT_EQ(options.ratio, 0.25f);
  EXPECT_EQ(options.cutoff, 6.0);
  EXPECT_EQ(options.mode, "max");
  EXPECT_EQ(options.limit, 2.5);
  EXPECT_FALSE(options.holes.at(1).has_value());
  EXPECT_EQ(options.holes.at(2), 3);
  EXPECT_EQ(options.cell.at(1).at(1), 2.5);
  EXPECT_EQ(options.extra.find_path("x.0")->as_int(), 1);
  EXPECT_EQ(options.inner.count, 7);
  EXPECT_EQ(options.inner.width, 0.5);
}

TEST(OptionTable, CompleteConfigReadsBackAsTheSameOptions) {
  const OuterOptions options = parse("limit: 2.5\nholes: [null]\ninner: {width: 0.25}\n");
  const Config complete = outer_table().complete(options);
  EXPECT_EQ(complete.as_map().size(), 12u);
  EXPECT_EQ(complete.find_path("inner.width")->as_double(), 0.25);
  EXPECT_EQ(outer_table().complete(outer_table().parse(complete)), complete);
  EXPECT_EQ(outer_table().complete(parse(to_yaml(complete).c_str())), complete);
}

// CF-02
TEST(OptionTable, UnknownKeysAreAnsweredWithTheNearest) {
  EXPECT_EQ(parse_error("size: 1\ncutof: 5\n"),
            "invalid argument: a.yaml:2: cutof: Outer has no option 'cutof'; did you mean 'cutoff'?");
  EXPECT_EQ(parse_error("inner: {widht: 1}\n"),
            "invalid argument: a.yaml:1: inner.widht: Inner has no option 'widht'; did you mean 'width'?");
}

// CF-02
TEST(OptionTable, WrongTypesNameThePlace) {
  EXPECT_EQ(parse_error("size: x\n"), "invalid argument: a.yaml:1: size: the value is a string; an integer is needed");
  EXPECT_THAT(parse_error("layers: [1, x]\n"), HasSubstr("a.yaml:1: layers.1: the value is a string"));
  EXPECT_THAT(parse_error("flag: 1\n"), HasSubstr("true or false is needed"));
  EXPECT_THAT(parse_error("inner: 3\n"), HasSubstr("a.yaml:1: inner: the arguments are an integer"));
  EXPECT_THAT(parse_error("[1]\n"), HasSubstr("the arguments are a list; a map of options is needed"));
  EXPECT_THAT(parse_error("size: 2.5\n"), HasSubstr("an integer is needed"));
  EXPECT_EQ(parse("size: 2.0\n").size, 2);
}

// CF-02
TEST(OptionTable, MissingKeysAreNamed) {
  struct Options {
    std::string path;
  };
  const auto table = OptionTable<Options>("Set").add("path", &Options::path, "the file").required();
  EXPECT_EQ(error_of([&] { table.parse(Config::map()); }),
            "invalid argument: Set: Set needs the option 'path' (the file)");
  EXPECT_EQ(table.docs().front().default_value, "");
}

// CF-03
TEST(OptionTable, NumbersOutsideTheirRangeAreRefusedWithIt) {
  EXPECT_THAT(parse_error("size: 0\n"), HasSubstr("a.yaml:1: size: size is 0; it must be at least 1"));
  EXPECT_THAT(parse_error("size: -1\n"), HasSubstr("it must be at least 1"));
  EXPECT_THAT(parse_error("cutoff: 0\n"), HasSubstr("it must be greater than 0"));
  EXPECT_THAT(parse_error("cutoff: .nan\n"), HasSubstr("cutoff is nan"));
  EXPECT_THAT(parse_error("cutoff: .inf\n"), HasSubstr("cutoff is inf"));
  EXPECT_THAT(parse_error("ratio: 1.5\n"), HasSubstr("it must lie between 0 and 1"));
  EXPECT_THAT(parse_error("ratio: 1e39\n"), HasSubstr("does not fit"));
  EXPECT_THAT(parse_error("layers: [5, 101]\n"), HasSubstr("it must lie between 1 and 100"));
  EXPECT_THAT(parse_error("inner: {count: 11}\n"), HasSubstr("a.yaml:1: inner.count"));
  EXPECT_THAT(parse_error("small: 2147483648\n"), HasSubstr("does not fit"));
  EXPECT_THAT(parse_error("size: 9223372036854775808\n"), HasSubstr("an integer is needed"));
  EXPECT_THAT(parse_error("limit: 0\n"), HasSubstr("greater than 0"));
  EXPECT_FALSE(parse("limit: null\n").limit.has_value());
}

TEST(OptionTable, ChoicesAreAnsweredWithTheNearest) {
  EXPECT_EQ(parse_error("mode: maen\n"),
            "invalid argument: a.yaml:1: mode: mode is 'maen', which is unknown; did you mean 'mean'?");
}

TEST(OptionTable, DocsSayTypeDefaultAndUnit) {
  const std::vector<OptionDoc> docs = outer_table().docs();
  const auto doc = [&](const std::string& name) {
    for (const OptionDoc& one : docs) {
      if (one.name == name) return one;
    }
    return OptionDoc{};
  };
  EXPECT_EQ(doc("cutoff").type, "float");
  EXPECT_EQ(doc("cutoff").unit, "Å");
  EXPECT_EQ(doc("cutoff").default_value, "5.0");
  EXPECT_EQ(doc("layers").type, "list of int");
  EXPECT_EQ(doc("limit").type, "float or null");
  EXPECT_EQ(doc("mode").text, "how to pool (sum | mean | max)");
  EXPECT_EQ(doc("inner").type, "object");
  EXPECT_EQ(doc("inner.width").unit, "Å");
}

}  // namespace
}  // namespace spinel
