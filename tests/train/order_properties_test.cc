// Batch orders, splits and averages of random sizes: what must hold of any of them.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>
#include <set>

#include "spinel/base/platform/file.h"
#include "spinel/train/batch_order.h"
#include "spinel/train/random.h"
#include "spinel/train/splits.h"
#include "spinel/train/weight_average.h"
#include "tests/train/expect_error.h"

namespace spinel::train {
namespace {

TEST(BatchOrderProperties, EverySampleOnceAndSharesAsEvenAsPossible) {
  std::mt19937_64 random(71);
  for (int repeat = 0; repeat < 300; ++repeat) {
    const BatchOrderOptions options{.samples = static_cast<int64_t>(random() % 60),
                                    .batch_size = 1 + static_cast<int64_t>(random() % 7),
                                    .shuffle = random() % 2 == 0,
                                    .drop_last = random() % 2 == 0,
                                    .seed = random() % 100,
                                    .size = 1 + static_cast<int>(random() % 4)};
    const BatchOrder order(options, static_cast<int64_t>(random() % 5));
    const int64_t joint = options.batch_size * options.size;
    const int64_t expected = options.drop_last ? options.samples / joint : (options.samples + joint - 1) / joint;
    ASSERT_EQ(order.batches(), expected);
    std::vector<int64_t> seen;
    for (int64_t batch = 0; batch < order.batches(); ++batch) {
      int64_t total = 0, least = INT64_MAX, most = 0;
      for (int rank = 0; rank < options.size; ++rank) {
        const std::vector<int64_t> samples = order.samples(batch, rank);
        seen.insert(seen.end(), samples.begin(), samples.end());
        total += std::ssize(samples);
        least = std::min<int64_t>(least, std::ssize(samples));
        most = std::max<int64_t>(most, std::ssize(samples));
      }
      ASSERT_EQ(total, order.joint_size(batch));
      ASSERT_LE(most - least, 1);
      ASSERT_LE(most, options.batch_size);
      ASSERT_EQ(total, std::min(joint, options.samples - batch * joint));
    }
    const std::set<int64_t> distinct(seen.begin(), seen.end());
    ASSERT_EQ(distinct.size(), seen.size());
    ASSERT_EQ(std::ssize(seen), options.drop_last ? expected * joint : options.samples);
    if (!seen.empty()) {
      ASSERT_GE(*distinct.begin(), 0);
      ASSERT_LT(*distinct.rbegin(), options.samples);
    }
    if (!options.shuffle) ASSERT_TRUE(std::is_sorted(seen.begin(), seen.end()));
  }
}

TEST(BatchOrderProperties, EveryOrderOfAFewSamplesComesUp) {
  std::map<std::vector<int64_t>, int> counts;
  for (int64_t epoch = 0; epoch < 6000; ++epoch) {
    ++counts[BatchOrder({.samples = 3, .batch_size = 3, .shuffle = true, .seed = 5}, epoch).samples(0)];
  }
  ASSERT_EQ(counts.size(), 6u);
  for (const auto& [order, count] : counts) EXPECT_NEAR(count, 1000, 150);  // five standard deviations
}

TEST(SplitProperties, PartsAreDisjointAndHaveTheirSizes) {
  std::mt19937_64 random(72);
  for (int repeat = 0; repeat < 300; ++repeat) {
    SplitOptions options;
    const auto n = static_cast<int64_t>(1 + random() % 200);
    options.seed = static_cast<int64_t>(random() % 1000);
    options.order = std::array{"numpy", "python", "none"}[random() % 3];
    const auto train = static_cast<int64_t>(1 + random() % static_cast<uint64_t>(n));
    const auto val = static_cast<int64_t>(random() % static_cast<uint64_t>(n - train + 1));
    options.train = Config(train);
    options.val = Config(val);
    if (random() % 2) options.test = Config(n - train - val);
    const std::vector<int64_t> sizes = split_sizes(n, options);
    EXPECT_EQ(sizes, (std::vector<int64_t>{train, val, n - train - val}));
    const Split split = make_split(n, options);
    std::vector<int64_t> all = split.train;
    all.insert(all.end(), split.val.begin(), split.val.end());
    all.insert(all.end(), split.test.begin(), split.test.end());
    EXPECT_EQ(std::ssize(split.train), train);
    EXPECT_EQ(std::ssize(split.val), val);
    std::sort(all.begin(), all.end());
    std::vector<int64_t> expected(static_cast<size_t>(n));
    std::iota(expected.begin(), expected.end(), int64_t{0});
    ASSERT_EQ(all, expected);
    ASSERT_EQ(split_from_config(parse_json(to_json(to_config(split)), "split"), n), split);
  }
}

TEST(SplitProperties, SharesAreTruncatedAndNeverBeyondTheSamples) {
  std::mt19937_64 random(73);
  std::uniform_real_distribution<double> share(0, 0.5);
  for (int repeat = 0; repeat < 500; ++repeat) {
    const auto n = static_cast<int64_t>(4 + random() % 5000);
    SplitOptions options;
    const double train = 0.3 + share(random), val = share(random) * (1 - train);
    options.train = Config(train);
    options.val = Config(val);
    const std::vector<int64_t> sizes = split_sizes(n, options);
    EXPECT_EQ(sizes[0], static_cast<int64_t>(static_cast<double>(n) * train));
    EXPECT_EQ(sizes[1], static_cast<int64_t>(static_cast<double>(n) * val));
    EXPECT_EQ(sizes[0] + sizes[1] + sizes[2], n);
  }
}

TEST(RandomProperties, BoundedNumbersStayInTheirRangesAndReachTheirEnds) {
  MersenneTwister python = MersenneTwister::python(7), numpy = MersenneTwister::numpy(7);
  for (const uint32_t n : {1u, 2u, 3u, 7u, 8u, 1000u}) {
    std::set<uint32_t> from_python, from_numpy;
    for (int i = 0; i < 12000; ++i) {
      from_python.insert(python.python_below(n));
      from_numpy.insert(numpy.numpy_interval(n - 1));
    }
    EXPECT_EQ(from_python.size(), n);
    EXPECT_EQ(*from_python.rbegin(), n - 1);
    EXPECT_EQ(from_numpy, from_python);
  }
  for (int i = 0; i < 100; ++i) EXPECT_LE(numpy.numpy_interval(UINT32_MAX), UINT32_MAX);
  // Python's seeds: the sign does not count, and large ones are no smaller ones.
  EXPECT_EQ(MersenneTwister::python(-5).next(), MersenneTwister::python(5).next());
  EXPECT_NE(MersenneTwister::python((int64_t{1} << 32) + 5).next(), MersenneTwister::python(5).next());
  EXPECT_NO_THROW(MersenneTwister::python(INT64_MIN).next());
}

TEST(WeightAverageProperties, FollowTheirRulesOverManySteps) {
  std::mt19937 random(74);
  std::normal_distribution<double> normal;
  for (int repeat = 0; repeat < 30; ++repeat) {
    const double decay = repeat % 3 ? 0.9 : 0.3;
    const bool warmup = repeat % 2, initial = repeat % 4 > 1;
    const int64_t start = repeat % 5;
    const at::Tensor p = at::full({2}, normal(random), at::kDouble);
    const auto ema =
        make_weight_average(Config::map({{"EMA", Config::map({{"decay", decay}, {"warmup", warmup}})}}), {{"p", p}});
    const auto swa = make_weight_average(
        Config::map({{"SWA", Config::map({{"start_step", start}, {"include_initial", initial}})}}), {{"p", p}});
    double shadow = p[0].item<double>(), sum = initial && start == 0 ? shadow : 0;
    int64_t members = initial && start == 0 ? 1 : 0;
    for (int64_t step = 0; step < 15; ++step) {
      const double value = normal(random);
      p.fill_(value);
      ema->update();
      swa->update();
      const auto t = static_cast<double>(step + 1);
      const double d = warmup ? std::min(decay, (1 + t) / (10 + t)) : decay;
      shadow += (value - shadow) * (1 - d);
      ASSERT_NEAR(ema->average().at("p")[1].item<double>(), shadow, 1e-12);
      ASSERT_EQ(ema->num_updates(), step + 1);
      if (step >= start) {
        sum += value;
        ++members;
      }
      ASSERT_EQ(swa->ready(), step >= start);
      if (step >= start) {
        ASSERT_NEAR(swa->average().at("p")[0].item<double>(), sum / static_cast<double>(members), 1e-12);
      }
    }
  }
}

}  // namespace
}  // namespace spinel::train
