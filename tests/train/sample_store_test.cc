#include "spinel/train/sample_store.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <thread>

#include "spinel/base/error.h"
#include "tests/support/errors.h"
#include "tests/train/expect_error.h"

namespace spinel::train {
namespace {

const std::vector<JoinRule>& rules() {
  static const std::vector<JoinRule> list{{"graph", JoinRule::Kind::number, ""},
                                          {"edge", JoinRule::Kind::shift, "n"},
                                          {"cell", JoinRule::Kind::stack, ""},
                                          {"charge", JoinRule::Kind::stack, ""}};
  return list;
}

NamedTensors random_sample(std::mt19937& random) {
  const auto n = static_cast<int64_t>(random() % 5), edges = static_cast<int64_t>(random() % 7);
  return {{"x", at::rand({n, 2, 3}, at::kDouble)},
          {"z", at::randint(100, {n}, at::kLong)},
          {"flag", at::randint(2, {n}, at::kLong).to(at::kBool)},
          {"half", at::rand({n}).to(at::kHalf)},
          {"graph", at::zeros({n}, at::kLong)},
          {"edge", at::randint(std::max<int64_t>(n, 1), {edges}, at::kLong)},
          {"n", at::tensor({n}, at::kLong)},
          {"cell", at::rand({3, 3})},
          {"charge", at::scalar_tensor(static_cast<double>(random() % 9), at::kFloat)}};
}

TEST(SampleStoreProperties, AnyBatchIsTheJoinOfItsSamples) {
  std::mt19937 random(151);
  for (int repeat = 0; repeat < 30; ++repeat) {
    SampleStore store(rules());
    std::vector<NamedTensors> samples;
    for (size_t i = 1 + random() % 12; i-- > 0;) {
      samples.push_back(random_sample(random));
      store.add(samples.back());
    }
    EXPECT_EQ(store.size(), std::ssize(samples));
    for (int batch = 0; batch < 5; ++batch) {
      std::vector<int64_t> order(1 + random() % 6);
      std::vector<NamedTensors> chosen;
      for (int64_t& k : order) {
        k = static_cast<int64_t>(random() % samples.size());
        chosen.push_back(samples[static_cast<size_t>(k)]);
      }
      const NamedTensors expected = join(chosen, rules()), found = store.batch(order);
      ASSERT_EQ(found.names(), expected.names());
      for (const auto& [name, tensor] : expected) {
        EXPECT_EQ(found.at(name).scalar_type(), tensor.scalar_type()) << name;
        EXPECT_TRUE(at::equal(found.at(name), tensor)) << name;
      }
    }
  }
}

TEST(SampleStoreProperties, TensorsNeedNotBeContiguous) {
  SampleStore store({});
  const at::Tensor x = at::rand({3, 4}).t();
  ASSERT_FALSE(x.is_contiguous());
  store.add({{"x", x}});
  EXPECT_TRUE(at::equal(store.batch(std::vector<int64_t>{0}).at("x"), x));
}

TEST(SampleStoreProperties, ManyThreadsCutAtOnce) {
  std::mt19937 random(152);
  SampleStore store(rules());
  std::vector<NamedTensors> samples;
  for (int i = 0; i < 40; ++i) {
    samples.push_back(random_sample(random));
    store.add(samples.back());
  }
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int64_t k = 0; k < 200; ++k) {
        const std::vector<int64_t> order{(k + t) % 40, (k * 7 + t) % 40};
        const at::Tensor cells = store.batch(order).at("cell");
        for (int64_t i = 0; i < 2; ++i) {
          wrong += !at::equal(cells[i], samples[static_cast<size_t>(order[static_cast<size_t>(i)])].at("cell"));
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST(SampleStore, SamplesThatDoNotFitTheFirstAreRefusedByName) {
  const auto first = [] { return NamedTensors{{"x", at::zeros({2, 3})}, {"n", at::zeros({1}, at::kLong)}}; };
  struct Case {
    const char* what;
    NamedTensors sample;
    const char* message;
  };
  for (const Case& c :
       {Case{"other width",
             {{"x", at::zeros({2, 4})}, {"n", at::zeros({1}, at::kLong)}},
             "'x' of a sample has sizes [2, 4]"},
        Case{"other dtype", {{"x", at::zeros({2, 3}, at::kDouble)}, {"n", at::zeros({1}, at::kLong)}}, "'x'"},
        Case{"no axis", {{"x", at::zeros({})}, {"n", at::zeros({1}, at::kLong)}}, "'x'"},
        Case{"fewer", {{"x", at::zeros({2, 3})}}, "a sample has 1 tensors where the first one has 2"},
        Case{"other name", {{"y", at::zeros({2, 3})}, {"n", at::zeros({1}, at::kLong)}}, "'x'"}}) {
    SampleStore store({});
    store.add(first());
    SCOPED_TRACE(c.what);
    EXPECT_ERROR(store.add(c.sample), ErrorKind::invalid_argument, c.message);
  }
  SampleStore scalar({});
  EXPECT_ERROR(scalar.add({{"x", at::zeros({})}}), ErrorKind::invalid_argument, "its rule must be 'stack'");
}

TEST(SampleStore, IndicesMustBeCountedByWhatIsThere) {
  const std::vector<JoinRule> shift{{"edge", JoinRule::Kind::shift, "n"}}, number{{"g", JoinRule::Kind::number, ""}};
  const at::Tensor edge = at::zeros({2}, at::kLong), n = at::ones({1}, at::kLong);
  SampleStore good(shift);
  EXPECT_NO_THROW(good.add({{"edge", edge}, {"n", n}}));
  struct Case {
    std::vector<JoinRule> rules;
    NamedTensors sample;
    const char* message;
  };
  for (const Case& c :
       {Case{shift, {{"edge", edge}}, "'n'"}, Case{shift, {{"edge", edge.to(at::kInt)}, {"n", n}}, "'edge' is Int"},
        Case{shift, {{"edge", edge}, {"n", n.to(at::kFloat)}}, "shifted by 'n', which is Float [1]"},
        Case{shift, {{"edge", edge}, {"n", at::ones({2}, at::kLong)}}, "Long [2]"},
        Case{number, {{"g", at::zeros({2})}}, "'g' is Float"}}) {
    SampleStore store(c.rules);
    EXPECT_ERROR(store.add(c.sample), ErrorKind::invalid_argument, c.message);
  }
}

TEST(SampleStore, BatchesOfNothingOrOfWhatIsNotThereAreRefused) {
  SampleStore store({});
  EXPECT_ERROR(store.batch(std::vector<int64_t>{0}), ErrorKind::invalid_argument, "sample 0 does not exist");
  store.add({{"x", at::zeros({2, 3})}});
  for (const int64_t k : {int64_t{-1}, int64_t{1}, INT64_MAX, INT64_MIN}) {
    EXPECT_ERROR(store.batch(std::vector<int64_t>{0, k}), ErrorKind::invalid_argument, "does not exist; there are 1");
  }
  EXPECT_ERROR(store.batch({}), ErrorKind::invalid_argument, "no samples");
}

}  // namespace
}  // namespace spinel::train
