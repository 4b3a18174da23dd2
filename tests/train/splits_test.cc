#include "spinel/train/splits.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "spinel/base/error.h"
#include "spinel/base/platform/file.h"
#include "spinel/train/random.h"
#include "tests/train/expect_error.h"

namespace spinel::train {
namespace {

using testing::ElementsAre;

SplitOptions options(const char* json) { return split_table().parse(parse_json(json, "test")); }

TEST(Splits, SizesByShareTruncateAndTestTakesTheRest) {
  EXPECT_THAT(split_sizes(17, options(R"({"train": 0.8, "val": 0.1, "test": 0.1})")), ElementsAre(13, 1, 3));
  EXPECT_THAT(split_sizes(17, options(R"({"train": 0.8, "val": 0.2, "test": 0.0})")), ElementsAre(13, 4, 0));
  EXPECT_THAT(split_sizes(10, options(R"({"train": 0.5, "val": 0.2, "test": 0.1})")), ElementsAre(5, 2, 1));
  // 1000·0.29 is 290 − 6e-14 in doubles: int() makes 289 of it, and so must we.
  EXPECT_EQ(split_sizes(1000, options(R"({"train": 0.29})")).front(), static_cast<int64_t>(1000 * 0.29));
}

TEST(Splits, SizesByCountAndRest) {
  EXPECT_THAT(split_sizes(600, options(R"({"train": 400, "val": 100, "test": 100})")), ElementsAre(400, 100, 100));
  EXPECT_THAT(split_sizes(600, options(R"({"train": 400, "val": 100})")), ElementsAre(400, 100, 100));
  EXPECT_THAT(split_sizes(600, options(R"({"val": 50, "test": 0.1})")), ElementsAre(490, 50, 60));
  EXPECT_THAT(split_sizes(600, options(R"({"train": 400})")), ElementsAre(400, 0, 200));
  EXPECT_THAT(split_sizes(600, options("{}")), ElementsAre(600, 0, 0));
}

TEST(Splits, SizesThatCannotBe) {
  EXPECT_ERROR(split_sizes(10, options(R"({"train": 8, "val": 3})")), ErrorKind::invalid_argument, "11 samples");
  EXPECT_ERROR(split_sizes(10, options(R"({"train": 0.8, "val": 0.2, "test": 0.1})")), ErrorKind::invalid_argument,
               "add up to");
  EXPECT_ERROR(split_sizes(10, options(R"({"train": -1})")), ErrorKind::invalid_argument, "negative");
  EXPECT_ERROR(split_sizes(10, options(R"({"train": 1.5})")), ErrorKind::invalid_argument, "1.5");
  EXPECT_ERROR(split_sizes(1, options(R"({"train": 0.8, "val": 0.1, "test": 0.1})")), ErrorKind::invalid_argument,
               "no training sample");
  EXPECT_ERROR(split_sizes(10, options(R"({"val": 3})")), ErrorKind::invalid_argument, "left open");
  EXPECT_ERROR(options(R"({"order": "random"})"), ErrorKind::invalid_argument, "order");
}

TEST(Splits, CountsWhoseSumDoesNotFitAreRefused) {
  for (const char* json : {R"({"train": 9223372036854775807, "val": 9223372036854775807, "test": 2})",
                           R"({"train": 4, "val": 9223372036854775807, "test": 9223372036854775807})",
                           R"({"train": 9223372036854775807, "val": 1})", R"({"train": 11})"}) {
    EXPECT_ERROR(split_sizes(10, options(json)), ErrorKind::invalid_argument, "are wanted of a dataset of 10");
  }
}

// Whatever the shares and counts: sizes that are accepted fill the dataset in order, none negative, none left over
// but by a share, and every index lies in one part.
TEST(Splits, AcceptedSizesFillTheDataset) {
  const std::vector<Config> values{Config(), 0, 1, 3, 7, 0.0, 0.2, 0.5, 1.0};
  int accepted = 0;
  for (const int64_t n : {1, 2, 7, 10}) {
    for (const Config& train : values) {
      for (const Config& val : values) {
        for (const Config& test : values) {
          SplitOptions o;
          o.train = train, o.val = val, o.test = test;
          std::vector<int64_t> sizes;
          try {
            sizes = split_sizes(n, o);
          } catch (const Error& error) {
            EXPECT_EQ(error.kind(), ErrorKind::invalid_argument);
            continue;
          }
          ++accepted;
          ASSERT_EQ(sizes.size(), 3u);
          const Config* given[] = {&train, &val, &test};
          int64_t sum = 0;
          for (size_t k = 0; k < 3; ++k) {
            ASSERT_GE(sizes[k], 0);
            sum += sizes[k];
            if (given[k]->type() == Config::Type::integer) EXPECT_EQ(sizes[k], given[k]->as_int());
          }
          EXPECT_GT(sizes[0], 0);
          const bool open = train.is_null() || val.is_null() || test.is_null();
          if (open) EXPECT_EQ(sum, n);
          else EXPECT_LE(sum, n);
          for (const char* order : {"numpy", "python", "none"}) {
            o.order = order;
            const Split split = make_split(n, o);
            std::vector<int64_t> all = split.train;
            all.insert(all.end(), split.val.begin(), split.val.end());
            all.insert(all.end(), split.test.begin(), split.test.end());
            std::sort(all.begin(), all.end());
            EXPECT_EQ(std::ssize(all), sum);
            EXPECT_EQ(std::adjacent_find(all.begin(), all.end()), all.end());
            EXPECT_EQ(split_from_config(to_config(split), n), split);
          }
        }
      }
    }
  }
  EXPECT_GT(accepted, 200);
}

TEST(Splits, PartsFollowThePermutationOfTheSeed) {
  SplitOptions o = options(R"({"train": 6, "val": 2, "test": 2, "seed": 5})");
  const Split split = make_split(10, o);
  std::vector<int64_t> joined = split.train;
  joined.insert(joined.end(), split.val.begin(), split.val.end());
  joined.insert(joined.end(), split.test.begin(), split.test.end());
  EXPECT_EQ(joined, numpy_permutation(10, 5));
  EXPECT_EQ(split, make_split(10, o));
  o.seed = 6;
  EXPECT_NE(split, make_split(10, o));
  o.order = "python";
  EXPECT_EQ(make_split(10, o).train.front(), python_shuffle(10, 6).front());
  o.order = "none";
  EXPECT_THAT(make_split(10, o).val, ElementsAre(6, 7));
}

TEST(Splits, AreReadBackFromTheirFile) {
  TemporaryFolder folder;
  const std::string path = join_path(folder.path(), "split.json");
  SplitOptions o = options(R"({"train": 6, "val": 2, "test": 2})");
  const Split split = make_split(10, o);
  save_split(path, split);
  EXPECT_EQ(load_split(path, 10), split);
  o.file = path;
  EXPECT_EQ(make_split(10, o), split);
  EXPECT_ERROR(load_split(path, 9), ErrorKind::invalid_argument, "9");
}

TEST(Splits, BrokenIndicesAreRefused) {
  const auto read = [](const char* json) { return split_from_config(parse_json(json, "split.json"), 5); };
  EXPECT_ERROR(read(R"({"train": [0, 1], "val": [1]})"), ErrorKind::invalid_argument, "index 1 is there twice");
  EXPECT_ERROR(read(R"({"train": [-1]})"), ErrorKind::invalid_argument, "-1");
  EXPECT_ERROR(read(R"({"train": [5]})"), ErrorKind::invalid_argument, "index 5");
  EXPECT_ERROR(read(R"({"train": [], "val": [1]})"), ErrorKind::invalid_argument, "empty");
  EXPECT_ERROR(read(R"({"train": [0], "validation": [1]})"), ErrorKind::invalid_argument, "validation");
  EXPECT_ERROR(read(R"({"train": ["a"]})"), ErrorKind::invalid_argument, "integer");
}

}  // namespace
}  // namespace spinel::train
