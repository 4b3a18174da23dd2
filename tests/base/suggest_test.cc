#include "spinel/base/suggest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace spinel {
namespace {

/// Levenshtein's distance by its recursive definition.
size_t distance(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) return a.size() + b.size();
  const size_t cost = a.back() == b.back() ? 0 : 1;
  const std::string_view shorter_a = a.substr(0, a.size() - 1), shorter_b = b.substr(0, b.size() - 1);
  return std::min({distance(shorter_a, b) + 1, distance(a, shorter_b) + 1, distance(shorter_a, shorter_b) + cost});
}

TEST(NearestName, IsTheOneWithTheFewestEdits) {
  std::mt19937 random(2);
  const auto word = [&] {
    std::string text(2 + random() % 4, 'a');
    for (char& c : text) c = static_cast<char>('a' + random() % 3);
    return text;
  };
  for (int repeat = 0; repeat < 300; ++repeat) {
    const std::vector<std::string> known{word(), word(), word()};
    const std::string name = word(), found = nearest_name(name, known);
    size_t least = SIZE_MAX;
    for (const std::string& candidate : known) least = std::min(least, distance(name, candidate));
    if (least <= 2) {
      EXPECT_EQ(distance(name, found), least) << name << ": " << known[0] << " " << known[1] << " " << known[2];
    } else {
      EXPECT_EQ(found, "") << name;
    }
  }
}

TEST(NearestName, TheFirstOfEquallyNearOnesWins) {
  EXPECT_EQ(nearest_name("cutoffs", {"cutoffa", "cutoffb"}), "cutoffa");
  EXPECT_EQ(nearest_name("mean", {"median", "mean"}), "mean");
}

TEST(NearestName, LongNamesMayDifferByAThird) {
  EXPECT_EQ(nearest_name("n_interactions", {"num_interactions"}), "num_interactions");
  EXPECT_EQ(nearest_name("abcdefghi", {"abcdefxyz"}), "abcdefxyz");
  EXPECT_EQ(nearest_name("abcdefghi", {"abcdewxyz"}), "");
}

TEST(Suggestion, NamesTheNearestOrTheKnown) {
  EXPECT_EQ(suggestion("adma", {"Adam", "SGD"}), "; did you mean 'Adam'?");
  EXPECT_EQ(suggestion("something else", {"Adam", "SGD"}), "; known: Adam, SGD");
  EXPECT_EQ(suggestion("", {"long name"}), "; known: long name");
}

TEST(Suggestion, ShowsTwelveNamesAtMost) {
  std::vector<std::string> known;
  std::string shown;
  for (int i = 0; i < 12; ++i) {
    known.push_back("component" + std::to_string(i));
    shown += (i ? ", " : "") + known.back();
  }
  EXPECT_EQ(suggestion("zzz", known), "; known: " + shown);
  known.push_back("one more");
  EXPECT_EQ(suggestion("zzz", known), "; known: " + shown + ", …");
}

TEST(FirstFew, ShowsFiveAndCountsTheRest) {
  std::vector<std::string> names;
  const char* const expected[] = {"",
                                  "a",
                                  "a, b",
                                  "a, b, c",
                                  "a, b, c, d",
                                  "a, b, c, d, e",
                                  "a, b, c, d, e and 1 more",
                                  "a, b, c, d, e and 2 more"};
  for (const char* text : expected) {
    EXPECT_EQ(first_few(names), text);
    names.push_back(std::string(1, static_cast<char>('a' + names.size())));
  }
}

}  // namespace
}  // namespace spinel
