#include "spinel/base/config_text.h"

#include <gmock/gmock.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <random>

#include "tests/support/errors.h"

namespace spinel::config_text {
namespace {

using ::testing::HasSubstr;

TEST(ParseNumber, ReadsDecimalIntegersAndNumbers) {
  struct Case {
    const char* text;
    Config value;
  };
  for (const Case& c :
       {Case{"0", 0}, Case{"-0", 0}, Case{"+7", 7}, Case{"-12", -12}, Case{"9223372036854775807", INT64_MAX},
        Case{"-9223372036854775808", INT64_MIN}, Case{"9223372036854775808", 9223372036854775808.0}, Case{"1.0", 1.0},
        Case{"1e3", 1e3}, Case{"1E-3", 1e-3}, Case{"+.5", 0.5}, Case{"-.5", -0.5}, Case{"4.9e-324", 4.9e-324},
        Case{"1e-400", 0.0}, Case{"-1e-400", -0.0}, Case{"1.7976931348623157e308", 1.7976931348623157e308}}) {
    const Config value = parse_number(c.text, "here");
    EXPECT_EQ(value.type(), c.value.type()) << c.text;
    EXPECT_EQ(value, c.value) << c.text;
  }
  EXPECT_TRUE(std::signbit(parse_number("-1e-400", "here").as_double()));
  EXPECT_FALSE(std::signbit(parse_number("1e-400", "here").as_double()));
}

TEST(ParseNumber, WhatIsNoNumberIsNull) {
  for (const char* text : {"",    "+",   "-",    "+-1",      "-+1", "--1", "++1", "1 ", " 1",  "1x",    "0x10",
                           "inf", "nan", "-inf", "infinity", "1e",  "1e+", ".",   "e5", "1,5", "1_000", "½"}) {
    EXPECT_TRUE(parse_number(text, "here").is_null()) << text;
  }
}

TEST(ParseNumber, NumbersBeyondDoubleAreRefusedAtTheirPlace) {
  for (const char* text : {"1e400", "-1e400", "1.8e308", "1e99999999999"}) {
    const Error error = spinel::error_of([&] { parse_number(text, "a.yaml:3"); });
    EXPECT_EQ(error.kind(), ErrorKind::invalid_argument) << text;
    EXPECT_THAT(error.what(), HasSubstr(std::string("a.yaml:3: the number ") + text)) << text;
  }
}

TEST(NumberText, EveryDoubleReadsBackTheSame) {
  std::mt19937_64 random(3);
  for (int repeat = 0; repeat < 20000; ++repeat) {
    const double value = std::bit_cast<double>(random());
    if (!std::isfinite(value)) continue;
    const std::string text = number_text(value);
    ASSERT_EQ(std::bit_cast<uint64_t>(std::strtod(text.c_str(), nullptr)), std::bit_cast<uint64_t>(value)) << text;
    const Config read = parse_number(text, "");
    ASSERT_EQ(read.type(), Config::Type::number) << text;
    ASSERT_EQ(std::bit_cast<uint64_t>(read.as_double()), std::bit_cast<uint64_t>(value)) << text;
  }
}

TEST(NumberText, IsShortAndSaysThatItIsNoInteger) {
  EXPECT_EQ(number_text(5), "5.0");
  EXPECT_EQ(number_text(-0.0), "-0.0");
  EXPECT_EQ(number_text(0.1), "0.1");
  EXPECT_EQ(number_text(1e22), "1e+22");
  EXPECT_EQ(number_text(HUGE_VAL), "inf");
  EXPECT_EQ(number_text(-HUGE_VAL), "-inf");
  EXPECT_EQ(number_text(std::nan("")), "nan");
}

TEST(Quoted, EscapesWhatJsonAsksFor) {
  EXPECT_EQ(config_text::quoted(""), "\"\"");
  EXPECT_EQ(config_text::quoted("a\"b\\c\n\r\t"), R"("a\"b\\c\n\r\t")");
  EXPECT_EQ(config_text::quoted(std::string("\0\x1f\x7f", 3)), R"("\u0000\u001f\u007f")");
  EXPECT_EQ(config_text::quoted("Å/é"), "\"Å/é\"");
  EXPECT_EQ(config_text::quoted("\xff"), "\"\xef\xbf\xbd\"");
}

TEST(TreeBuilder, GivesValuesTheirLineAndKeyPath) {
  TreeBuilder tree("x.yaml", 100);
  EXPECT_TRUE(tree.empty());
  tree.begin_map();
  EXPECT_TRUE(tree.wants_key());
  tree.key("a");
  EXPECT_FALSE(tree.wants_key());
  tree.set_line(2);
  tree.begin_list();
  EXPECT_EQ(tree.depth(), 2u);
  tree.set_line(3);
  tree.scalar(Config(7));
  tree.set_line(4);
  tree.begin_map();
  tree.key("b");
  tree.scalar(Config("text"));
  EXPECT_EQ(tree.last().path(), "a.1.b");
  tree.end();
  tree.end();
  EXPECT_TRUE(tree.empty());  // the root has not ended
  tree.end();
  EXPECT_FALSE(tree.empty());
  const Config root = tree.take_root();
  EXPECT_EQ(to_json(root, -1), R"({"a": [7, {"b": "text"}]})");
  EXPECT_EQ(root.where(), "x.yaml:1");
  EXPECT_EQ(root.find_path("a")->where(), "x.yaml:2: a");
  EXPECT_EQ(root.find_path("a.0")->where(), "x.yaml:3: a.0");
  EXPECT_EQ(root.find_path("a.1.b")->where(), "x.yaml:4: a.1.b");
}

TEST(TreeBuilder, ACopyCountsWithAllItsNodesAndStandsAtItsOwnPlace) {
  TreeBuilder tree("x", 8);
  tree.begin_map();
  tree.key("first");
  tree.begin_list();
  tree.scalar(Config(1));
  tree.scalar(Config(2));
  tree.end();
  const Config first = tree.last();
  tree.key("second");
  tree.copy_of(first);
  EXPECT_EQ(tree.last().path(), "second");
  EXPECT_EQ(tree.last().as_list()[1].path(), "second.1");
  tree.key("third");
  const Error error = spinel::error_of([&] { tree.copy_of(first); });
  EXPECT_THAT(error.what(), HasSubstr("x:1: more than 8 values"));
}

TEST(TreeBuilder, LimitsNodesAndDepthExactly) {
  TreeBuilder tree("x", 3);
  tree.begin_list();
  tree.scalar(Config(1));
  tree.scalar(Config(2));
  EXPECT_THROW(tree.scalar(Config(3)), Error);
  TreeBuilder deep("x", 1000);
  for (int i = 0; i < max_depth; ++i) deep.begin_list();
  EXPECT_THAT(spinel::error_of([&] { deep.begin_map(); }).what(), HasSubstr("nested deeper than 64"));
}

TEST(Nodes, AreCountedWithTheRoot) {
  EXPECT_EQ(count_nodes(Config(1)), 1u);
  EXPECT_EQ(count_nodes(Config(Config::List{})), 1u);
  EXPECT_EQ(count_nodes(parse_json(R"({"a": [1, 2, {"b": 3}], "c": {}})", "x")), 7u);
}

TEST(JoinPath, LeavesOutAnEmptyParent) {
  EXPECT_EQ(config_text::join_path("", "a"), "a");
  EXPECT_EQ(config_text::join_path("a.b", "c"), "a.b.c");
}

}  // namespace
}  // namespace spinel::config_text
