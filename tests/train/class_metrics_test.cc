#include "spinel/train/class_metrics.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/train/expect_error.h"

namespace spinel::train {
namespace {

at::Tensor longs(std::vector<int64_t> values) { return at::tensor(values, at::kLong); }
/// Scores whose largest is at these classes.
at::Tensor scores(std::vector<int64_t> classes, int64_t count) {
  return at::one_hot(longs(std::move(classes)), count).to(at::kDouble) * 3 - 1;
}

std::unique_ptr<Metric> f1(const char* average) {
  return make_metric(Config::map({{"f1", Config::map({{"average", average}})}}));
}

// Three classes, one of which is never there: counts by hand. Class 0: 2 right, 1 wrong, 1 missed; class 1: 1 right,
// 1 wrong, 1 missed; class 2: neither.
const std::vector<int64_t> predicted{0, 0, 1, 1, 0}, wanted{0, 0, 1, 0, 1};

TEST(ClassMetrics, AreThoseOfTheCounts) {
  const auto value = [](std::unique_ptr<Metric> metric) {
    metric->add(scores(predicted, 3), longs(wanted));
    return metric->value();
  };
  EXPECT_DOUBLE_EQ(value(make_metric("accuracy")), 3.0 / 5);
  const double first = 4.0 / 6, second = 2.0 / 4;
  EXPECT_DOUBLE_EQ(value(make_metric("f1")), (first + second) / 2);
  EXPECT_DOUBLE_EQ(value(f1("weighted")), (3 * first + 2 * second) / 5);
  EXPECT_DOUBLE_EQ(value(f1("micro")), 3.0 / 5);
  EXPECT_ERROR(value(f1("binary")), ErrorKind::invalid_argument, "there are 3 classes");
}

TEST(ClassMetrics, AClassPerComponent) {
  const auto accuracy = make_metric("accuracy"), score = make_metric("f1");
  accuracy->add(scores(predicted, 3), longs(wanted));
  score->add(scores(predicted, 3), longs(wanted));
  EXPECT_DOUBLE_EQ(accuracy->per_component()[0], 2.0 / 3);
  EXPECT_DOUBLE_EQ(accuracy->per_component()[1], 1.0 / 2);
  EXPECT_TRUE(std::isnan(accuracy->per_component()[2]));
  EXPECT_DOUBLE_EQ(score->per_component()[0], 4.0 / 6);
  EXPECT_TRUE(score->greater_is_better());
  EXPECT_EQ(score->unit("eV"), "");
}

TEST(ClassMetrics, TakeLogitsOfTwoClasses) {
  const auto binary = f1("binary");
  binary->add(at::tensor({0.5, -0.5, 2.0, -1.0}).view({4, 1}), longs({1, 1, 1, 0}));
  EXPECT_DOUBLE_EQ(binary->value(), 2.0 * 2 / (2 * 2 + 0 + 1));
  const auto accuracy = make_metric("accuracy");
  accuracy->add(at::tensor({0.5, -0.5}), at::tensor({1.0, 1.0}).view({2, 1}));
  EXPECT_DOUBLE_EQ(accuracy->value(), 0.5);
}

TEST(ClassMetrics, RowsOfTheIgnoredClassDoNotCount) {
  const auto metric = make_metric("accuracy");
  metric->add(scores({0, 1, 1}, 2), longs({0, -100, 0}));
  EXPECT_DOUBLE_EQ(metric->value(), 0.5);
  const auto other = make_metric(Config::map({{"accuracy", Config::map({{"ignore_index", 1}})}}));
  other->add(scores({0, 1, 1}, 2), longs({0, 1, 0}));
  EXPECT_DOUBLE_EQ(other->value(), 0.5);
}

TEST(ClassMetrics, DoNotDependOnHowRowsAreCutAndMerged) {
  for (const char* name : {"accuracy", "f1"}) {
    const auto whole = make_metric(name), first = make_metric(name), second = make_metric(name),
               none = make_metric(name);
    whole->add(scores(predicted, 3), longs(wanted));
    first->add(scores({0, 0}, 3), longs({0, 0}));
    second->add(scores({1, 1, 0}, 3), longs({1, 0, 1}));
    const auto joined = make_metric(name);
    joined->set_sums(first->sums());
    joined->merge(second->sums());
    joined->merge(none->sums());
    EXPECT_DOUBLE_EQ(joined->value(), whole->value()) << name;
    EXPECT_TRUE(std::isnan(none->value()));
    joined->reset();
    EXPECT_TRUE(std::isnan(joined->value()));
  }
}

TEST(ClassMetrics, RefuseWhatIsNoClassification) {
  const auto metric = make_metric("accuracy");
  EXPECT_ERROR(metric->add(scores({0, 1}, 2), longs({0})), ErrorKind::invalid_argument,
               "[n, classes] and [n] are needed");
  EXPECT_ERROR(metric->add(scores({0, 1}, 2), longs({0, 2})), ErrorKind::invalid_argument, "row 1 is class 2");
  EXPECT_ERROR(metric->add(scores({0, 1}, 3), longs({0, 1})), ErrorKind::invalid_argument, "3 classes after 2");
  EXPECT_ERROR(metric->merge({1, 2}), ErrorKind::invalid_argument, "there are 3 for each class");
  EXPECT_ERROR(make_metric(Config::map({{"f1", Config::map({{"average", "maco"}})}})), ErrorKind::invalid_argument,
               "macro");
}

}  // namespace
}  // namespace spinel::train
