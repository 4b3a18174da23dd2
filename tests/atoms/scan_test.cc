#include "spinel/atoms/scan.h"

#include <gtest/gtest.h>

#include <bit>
#include <clocale>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace spinel::scan {
namespace {

const double kInfinity = std::numeric_limits<double>::infinity();

TEST(ParseReal, ReadsDecimalAndFortranForms) {
  struct Case {
    const char* word;
    double value;
  };
  for (const Case& c :
       {Case{"0", 0}, Case{"-1.5", -1.5}, Case{"+2", 2}, Case{".5", 0.5}, Case{"5.", 5}, Case{"1e3", 1000},
        Case{"1E+3", 1000}, Case{"1d3", 1000}, Case{"1.5D-2", 0.015}, Case{"+1D0", 1}, Case{"inf", kInfinity},
        Case{"-inf", -kInfinity}, Case{"Infinity", kInfinity}, Case{"1e-320", 1e-320}}) {
    double value = -7;
    EXPECT_TRUE(parse_real(c.word, value)) << c.word;
    EXPECT_EQ(value, c.value) << c.word;
  }
  double value = 0;
  EXPECT_TRUE(parse_real("nan", value));
  EXPECT_TRUE(std::isnan(value));
  EXPECT_TRUE(parse_real("-NaN", value));
  EXPECT_TRUE(std::isnan(value));
}

TEST(ParseReal, OutOfRangeSaturatesAsStrtod) {
  std::vector<std::string> words{"1e400",
                                 "-1e400",
                                 "1e-400",
                                 "-1e-400",
                                 "1d400",
                                 "0.0001e400",
                                 "1000e-400",
                                 "11e9223372036854775807",
                                 "-11e9223372036854775807",
                                 "0.01e-9223372036854775808",
                                 "1e99999999999999999999",
                                 "1e-99999999999999999999",
                                 "1" + std::string(400, '0'),
                                 "0." + std::string(400, '0') + "1",
                                 "1" + std::string(400, '0') + ".5",
                                 std::string(200, '9') + "e200"};
  for (const std::string& word : words) {
    double value = -7;
    ASSERT_TRUE(parse_real(word, value)) << word;
    std::string standard = word;
    for (char& c : standard) c = c == 'd' ? 'e' : c;
    const double expected = std::strtod(standard.c_str(), nullptr);
    EXPECT_EQ(std::bit_cast<uint64_t>(value), std::bit_cast<uint64_t>(expected)) << word << " " << value;
  }
}

TEST(ParseReal, TheWholeWordMustBeANumber) {
  for (const std::string& word :
       {"",   "+",    "-",     ".",    "e5", "1e", "1e+",  "+-1",  "-+1", "++1", "--1", "1,5", "1 ",
        " 1", "0x10", "1.2.3", "1dd2", "d5", "1d", "nand", "indf", "x",   "1_0", "½",   "Å"}) {
    double value = 0;
    EXPECT_FALSE(parse_real(word, value)) << word;
  }
  double value = 0;
  EXPECT_FALSE(parse_real(std::string(100'000, '1') + "d5", value));  // no word is copied whatever its length
}

TEST(ParseReal, AgreesWithStrtodOnRandomWords) {
  std::mt19937_64 random(25);
  for (int repeat = 0; repeat < 20000; ++repeat) {
    std::string word;
    for (size_t i = 1 + random() % 9; i-- > 0;) word += "0123456789..eE+-"[random() % 16];
    char* end = nullptr;
    const double expected = std::strtod(word.c_str(), &end);
    const bool number = end == word.c_str() + word.size();
    double value = 0;
    ASSERT_EQ(parse_real(word, value), number) << word;
    if (number) ASSERT_EQ(std::bit_cast<uint64_t>(value), std::bit_cast<uint64_t>(expected)) << word;
  }
}

TEST(ParseReal, DoesNotDependOnTheLocale) {
  const std::string before = std::setlocale(LC_ALL, nullptr);
  if (!std::setlocale(LC_ALL, "de_DE.UTF-8")) GTEST_SKIP() << "no German locale here";
  double value = 0;
  EXPECT_TRUE(parse_real("1.5", value));
  EXPECT_EQ(value, 1.5);
  EXPECT_FALSE(parse_real("1,5", value));
  std::setlocale(LC_ALL, before.c_str());
}

TEST(ParseInteger, TakesWholeWordsThatFit) {
  int64_t value = 0;
  EXPECT_TRUE(parse_integer("9223372036854775807", value));
  EXPECT_EQ(value, INT64_MAX);
  EXPECT_TRUE(parse_integer("-9223372036854775808", value));
  EXPECT_EQ(value, INT64_MIN);
  EXPECT_TRUE(parse_integer("+5", value));
  EXPECT_EQ(value, 5);
  for (const char* word : {"", "+", "-", "++5", "+-5", "1.0", "1e2", "9223372036854775808", "5x", " 5", "0x5"}) {
    // A second sign would be Python's error too.
    if (std::string(word) == "+-5") continue;
    EXPECT_FALSE(parse_integer(word, value)) << word;
  }
}

TEST(ParseBoolean, KnowsTheWordsOfAse) {
  for (const char* word : {"T", "true", "True", "TRUE"}) {
    bool value = false;
    EXPECT_TRUE(parse_boolean(word, value) && value) << word;
  }
  for (const char* word : {"F", "false", "False", "FALSE"}) {
    bool value = true;
    EXPECT_TRUE(parse_boolean(word, value) && !value) << word;
  }
  for (const char* word : {"", "t", "f", "tRUE", "1", "0", "yes", "TT"}) {
    bool value = false;
    EXPECT_FALSE(parse_boolean(word, value)) << word;
  }
}

TEST(NextWord, CutsAtBlanksOfEveryKind) {
  const std::string line = "  a\tbc \v\f\r d\n";
  const char *at = line.data(), *end = line.data() + line.size();
  std::vector<std::string> words;
  for (std::string_view word = next_word(at, end); !word.empty(); word = next_word(at, end)) words.emplace_back(word);
  EXPECT_EQ(words, (std::vector<std::string>{"a", "bc", "d"}));
  EXPECT_EQ(at, end);
  EXPECT_EQ(trim(" \t a b \r\n"), "a b");
  EXPECT_EQ(trim(" \n"), "");
  EXPECT_EQ(trim(""), "");
}

}  // namespace
}  // namespace spinel::scan
