// Losses and metrics of random numbers against their definitions, number by number.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <random>

#include "spinel/train/losses.h"
#include "spinel/train/metrics.h"
#include "tests/train/expect_error.h"

namespace spinel::train {
namespace {

struct Pair {
  std::vector<double> prediction, target;
  at::Tensor tensor(const std::vector<double>& values) const {
    return at::tensor(values, at::kDouble).reshape({-1, columns});
  }
  int64_t columns = 3;
};

/// Some targets are NaN where `holes`.
Pair random_pair(std::mt19937& random, bool holes) {
  std::normal_distribution<double> normal(0, 2);
  Pair pair;
  pair.columns = 1 + static_cast<int64_t>(random() % 3);
  for (size_t i = static_cast<size_t>(pair.columns) * (1 + random() % 9); i-- > 0;) {
    pair.prediction.push_back(normal(random));
    pair.target.push_back(holes && random() % 4 == 0 ? std::nan("") : normal(random));
  }
  return pair;
}

using Entry = std::function<double(double p, double t)>;

struct LossCase {
  std::string name;
  Config arguments;
  Entry entry;
  bool probabilities = false;
};

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double cross_entropy(double p, double t) { return -t * std::log(p) - (1 - t) * std::log(1 - p); }

std::vector<LossCase> loss_cases() {
  const auto huber = [](double beta, bool scaled) {
    return [=](double p, double t) {
      const double d = std::abs(p - t);
      const double value = d < beta ? d * d / 2 : beta * (d - beta / 2);
      return scaled ? value / beta : value;
    };
  };
  return {{"mse", Config::map(), [](double p, double t) { return (p - t) * (p - t); }},
          {"l1", Config::map(), [](double p, double t) { return std::abs(p - t); }},
          {"mae", Config::map(), [](double p, double t) { return std::abs(p - t); }},
          {"huber", Config::map(), huber(1, false)},
          {"huber", Config::map({{"delta", 0.3}}), huber(0.3, false)},
          {"smooth_l1", Config::map(), huber(1, true)},
          {"smooth_l1", Config::map({{"beta", 2.5}}), huber(2.5, true)},
          {"bce", Config::map(), cross_entropy, true},
          {"bce_with_logits", Config::map(), [](double p, double t) { return cross_entropy(sigmoid(p), t); }}};
}

TEST(LossesByHand, EntrywiseLossesAreMeansOrSumsOfTheirEntries) {
  std::mt19937 random(61);
  for (const LossCase& c : loss_cases()) {
    for (int repeat = 0; repeat < 40; ++repeat) {
      const bool holes = repeat % 2, sum = repeat % 4 > 1;
      Pair pair = random_pair(random, holes);
      for (size_t i = 0; i < pair.target.size(); ++i) {
        if (c.name.starts_with("bce")) pair.target[i] = sigmoid(pair.target[i]);
        if (c.probabilities) pair.prediction[i] = sigmoid(pair.prediction[i]);
      }
      Config arguments = c.arguments;
      arguments.set("ignore_nan", holes);
      arguments.set("reduction", sum ? "sum" : "mean");
      double total = 0, count = 0;
      for (size_t i = 0; i < pair.target.size(); ++i) {
        if (std::isnan(pair.target[i])) continue;
        total += c.entry(pair.prediction[i], pair.target[i]);
        ++count;
      }
      const double expected = sum || count == 0 ? total : total / count;
      const double value =
          make_loss(Config::map({{c.name, arguments}}))(pair.tensor(pair.prediction), pair.tensor(pair.target))
              .item<double>();
      EXPECT_NEAR(value, expected, 1e-10 * (1 + std::abs(expected))) << c.name << to_json(arguments, -1);
    }
  }
}

TEST(LossesByHand, RootAndRelativeNorm) {
  std::mt19937 random(62);
  for (int repeat = 0; repeat < 40; ++repeat) {
    const Pair pair = random_pair(random, false);
    const at::Tensor p = pair.tensor(pair.prediction), t = pair.tensor(pair.target);
    double squares = 0, shares = 0;
    const int64_t rows = std::ssize(pair.target) / pair.columns;
    for (int64_t row = 0; row < rows; ++row) {
      double error = 0, size = 0;
      for (int64_t k = row * pair.columns; k < (row + 1) * pair.columns; ++k) {
        const auto i = static_cast<size_t>(k);
        error += std::pow(pair.prediction[i] - pair.target[i], 2);
        size += pair.target[i] * pair.target[i];
      }
      squares += error;
      shares += std::sqrt(error / size);
    }
    EXPECT_NEAR(make_loss("rmse")(p, t).item<double>(), std::sqrt(squares / static_cast<double>(pair.target.size())),
                1e-12);
    EXPECT_NEAR(make_loss("relative_l2")(p, t).item<double>(), shares / static_cast<double>(rows), 1e-10);
    EXPECT_NEAR(make_loss(Config::map({{"relative_l2", Config::map({{"reduction", "sum"}})}}))(p, t).item<double>(),
                shares, 1e-9);
  }
}

TEST(LossesByHand, CrossEntropyOfClassesAndProbabilities) {
  std::mt19937 random(63);
  std::normal_distribution<double> normal;
  for (int repeat = 0; repeat < 40; ++repeat) {
    const int64_t rows = 1 + static_cast<int64_t>(random() % 5), classes = 2 + static_cast<int64_t>(random() % 4);
    const double smoothing = repeat % 2 ? 0.2 : 0;
    std::vector<double> logits;
    std::vector<int64_t> labels;
    double total = 0, count = 0;
    for (int64_t row = 0; row < rows; ++row) {
      std::vector<double> line;
      double sum = 0;
      for (int64_t k = 0; k < classes; ++k) {
        line.push_back(normal(random));
        logits.push_back(line.back());
        sum += std::exp(line.back());
      }
      labels.push_back(random() % 5 == 0 && row > 0 ? -100 : static_cast<int64_t>(random()) % classes);
      if (labels.back() < 0) continue;
      ++count;
      for (int64_t k = 0; k < classes; ++k) {
        const double share = (k == labels.back() ? 1 - smoothing : 0) + smoothing / static_cast<double>(classes);
        total -= share * (line[static_cast<size_t>(k)] - std::log(sum));
      }
    }
    const at::Tensor p = at::tensor(logits, at::kDouble).reshape({rows, classes}), t = at::tensor(labels, at::kLong);
    const Config arguments = Config::map({{"label_smoothing", smoothing}});
    EXPECT_NEAR(make_loss(Config::map({{"cross_entropy", arguments}}))(p, t).item<double>(), total / count, 1e-10);
  }
}

TEST(MetricsByHand, AreTheirDefinitionsHoweverTheSamplesAreCut) {
  std::mt19937 random(64);
  for (int repeat = 0; repeat < 60; ++repeat) {
    const bool holes = repeat % 2;
    const Pair pair = random_pair(random, holes);
    double count = 0, absolute = 0, squared = 0, largest = 0, sum = 0;
    for (size_t i = 0; i < pair.target.size(); ++i) {
      if (std::isnan(pair.target[i])) continue;
      const double d = std::abs(pair.prediction[i] - pair.target[i]);
      ++count;
      absolute += d;
      squared += d * d;
      largest = std::max(largest, d);
      sum += pair.target[i];
    }
    double spread = 0;
    for (const double t : pair.target) {
      if (!std::isnan(t)) spread += std::pow(t - sum / count, 2);
    }
    if (count < 2) continue;
    const std::vector<std::pair<const char*, double>> expected{{"mae", absolute / count},
                                                               {"mse", squared / count},
                                                               {"rmse", std::sqrt(squared / count)},
                                                               {"r2", 1 - squared / spread},
                                                               {"max_error", largest}};
    const at::Tensor p = pair.tensor(pair.prediction), t = pair.tensor(pair.target);
    for (const auto& [name, value] : expected) {
      const Config config = Config::map({{name, Config::map({{"ignore_nan", holes}})}});
      const auto whole = make_metric(config), cut = make_metric(config), merged = make_metric(config);
      whole->add(p, t);
      for (int64_t row = 0; row < p.size(0);) {
        const int64_t rows = std::min<int64_t>(1 + static_cast<int64_t>(random() % 3), p.size(0) - row);
        cut->add(p.narrow(0, row, rows), t.narrow(0, row, rows));
        const auto part = make_metric(config);
        part->add(p.narrow(0, row, rows), t.narrow(0, row, rows));
        merged->merge(part->sums());
        row += rows;
      }
      for (const auto* metric : {&whole, &cut, &merged}) {
        EXPECT_NEAR((*metric)->value(), value, 1e-9 * (1 + std::abs(value))) << name;
      }
      const auto copied = make_metric(config);
      copied->set_sums(whole->sums());
      EXPECT_EQ(copied->value(), whole->value()) << name;
      EXPECT_EQ(whole->per_component().size(), static_cast<size_t>(pair.columns));
      whole->reset();
      EXPECT_TRUE(std::isnan(whole->value())) << name;
    }
  }
}

TEST(MetricsByHand, ColumnsAndComponentsAreThoseOfTheLastAxis) {
  std::mt19937 random(65);
  for (int repeat = 0; repeat < 20; ++repeat) {
    const at::Tensor p = at::randn({4, 2, 3}, at::kDouble), t = at::randn({4, 2, 3}, at::kDouble);
    const auto all = make_metric("mae");
    all->add(p, t);
    const at::Tensor expected = (p - t).abs().mean(at::IntArrayRef{0, 1});
    for (int64_t k = 0; k < 3; ++k) {
      EXPECT_NEAR(all->per_component()[static_cast<size_t>(k)], expected[k].item<double>(), 1e-12);
    }
    const auto two = make_metric(Config::map({{"mae", Config::map({{"columns", Config::List{2, 0}}})}}));
    two->add(p, t);
    EXPECT_NEAR(two->value(), (expected[0].item<double>() + expected[2].item<double>()) / 2, 1e-12);
    EXPECT_NEAR(two->per_component()[0], expected[2].item<double>(), 1e-12);
  }
}

}  // namespace
}  // namespace spinel::train
