#include "spinel/train/metrics.h"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "spinel/base/error.h"
#include "tests/train/expect_error.h"

namespace spinel::train {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

at::Tensor numbers(std::initializer_list<double> values, at::IntArrayRef shape = {-1}) {
  return at::tensor(std::vector<double>(values), at::kDouble).reshape(shape);
}

double value_of(const Config& metric, const at::Tensor& prediction, const at::Tensor& target) {
  const auto made = make_metric(metric);
  made->add(prediction, target);
  return made->value();
}

TEST(Metrics, ValuesByHand) {
  const at::Tensor p = numbers({1, 2, 5}), t = numbers({2, 2, 3});  // differences -1, 0, 2; mean of t 7/3
  EXPECT_NEAR(value_of("mae", p, t), 1, 1e-15);
  EXPECT_NEAR(value_of("mse", p, t), 5.0 / 3, 1e-15);
  EXPECT_NEAR(value_of("rmse", p, t), std::sqrt(5.0 / 3), 1e-15);
  EXPECT_NEAR(value_of("max_error", p, t), 2, 1e-15);
  EXPECT_NEAR(value_of("r2", p, t), 1 - 5 / (2.0 / 3), 1e-12);
}

TEST(Metrics, DoNotDependOnHowTheSamplesAreCut) {
  at::manual_seed(1);
  const at::Tensor p = at::randn({37, 3}, at::kDouble), numbers_of = at::randn({37, 3}, at::kDouble);
  for (const std::string& name : metrics().names()) {
    if (name == "IgnoreNan") continue;
    const at::Tensor t = name == "accuracy" || name == "f1" ? numbers_of.argmax(1) : numbers_of;
    const auto whole = make_metric(name), parts = make_metric(name), merged = make_metric(name);
    whole->add(p, t);
    for (int64_t at = 0; at < 37; at += 10) {
      const int64_t n = std::min<int64_t>(10, 37 - at);
      parts->add(p.narrow(0, at, n), t.narrow(0, at, n));
      const auto process = make_metric(name);
      process->add(p.narrow(0, at, n), t.narrow(0, at, n));
      merged->merge(process->sums());
    }
    EXPECT_NEAR(whole->value(), parts->value(), 1e-13) << name;
    EXPECT_NEAR(whole->value(), merged->value(), 1e-13) << name;
    const auto copy = make_metric(name);
    copy->set_sums(whole->sums());
    EXPECT_EQ(copy->value(), whole->value());
    EXPECT_EQ(whole->per_component().size(), 3u);
    whole->reset();
    EXPECT_TRUE(std::isnan(whole->value()));
  }
}

TEST(Metrics, R2KeepsItsDigitsFarFromZero) {
  const at::Tensor t = numbers({0.1, 0.2, 0.4}) - 1e7, p = t + numbers({0.01, 0, -0.01});
  const at::Tensor near = numbers({0.1, 0.2, 0.4});
  EXPECT_NEAR(value_of("r2", p, t), value_of("r2", near + numbers({0.01, 0, -0.01}), near), 1e-6);
}

TEST(Metrics, PerComponentAndColumns) {
  const at::Tensor p = numbers({1, 10, 3, 30}, {2, 2}), t = numbers({2, 12, 2, 36}, {2, 2});
  const auto metric = make_metric("mae");
  metric->add(p, t);
  EXPECT_THAT(metric->per_component(), ElementsAre(DoubleNear(1, 1e-15), DoubleNear(4, 1e-15)));
  EXPECT_NEAR(metric->value(), 2.5, 1e-15);
  EXPECT_NEAR(value_of(parse_json(R"({"mae": {"columns": [1]}})", "test"), p, t), 4, 1e-15);
  EXPECT_ERROR(value_of(parse_json(R"({"mae": {"columns": [2]}})", "test"), p, t), ErrorKind::invalid_argument,
               "column 2");
}

TEST(Metrics, IgnoreNanLeavesOutMissingTargets) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const at::Tensor p = numbers({1, 2, 3}), t = numbers({2, nan, 3});
  EXPECT_NEAR(value_of(parse_json(R"({"IgnoreNan": {"metric": "mae"}})", "test"), p, t), 0.5, 1e-15);
  EXPECT_NEAR(value_of(parse_json(R"({"mae": {"ignore_nan": true}})", "test"), p, t), 0.5, 1e-15);
  EXPECT_TRUE(std::isnan(value_of("mae", p, t)));
  // A prediction that is NaN is a failure and must show.
  EXPECT_TRUE(std::isnan(value_of(parse_json(R"({"mae": {"ignore_nan": true}})", "test"), t, p)));
  EXPECT_TRUE(std::isnan(value_of(parse_json(R"({"mae": {"ignore_nan": true}})", "test"), p, t * nan)));
  EXPECT_ERROR(make_metric(parse_json(R"({"IgnoreNan": {"metric": {"IgnoreNan": {"metric": "mae"}}}})", "test")),
               ErrorKind::invalid_argument, "IgnoreNan");
}

TEST(Metrics, NamesUnitsAndDirection) {
  EXPECT_EQ(make_metric("mae")->unit("eV/Å"), "eV/Å");
  EXPECT_EQ(make_metric("mse")->unit("eV"), "eV²");
  EXPECT_EQ(make_metric("mse")->unit("eV/Å"), "(eV/Å)²");
  EXPECT_EQ(make_metric("r2")->unit("eV"), "");
  EXPECT_TRUE(make_metric("r2")->greater_is_better());
  EXPECT_FALSE(make_metric("rmse")->greater_is_better());
}

TEST(Metrics, RefuseWhatCannotBe) {
  EXPECT_ERROR(make_metric("mea"), ErrorKind::not_found, "mae");
  EXPECT_ERROR(value_of("mae", numbers({1, 2}), numbers({1, 2}, {2, 1})), ErrorKind::invalid_argument, "[2, 1]");
  const auto metric = make_metric("mae");
  metric->add(at::zeros({2, 3}), at::zeros({2, 3}));
  EXPECT_ERROR(metric->add(at::zeros({2, 2}), at::zeros({2, 2})), ErrorKind::invalid_argument, "2 components");
  EXPECT_ERROR(metric->merge({1, 2}), ErrorKind::invalid_argument, "2 sums");
}

TEST(Metrics, Float32InputIsSummedInFloat64) {
  const int64_t n = 1 << 22;
  EXPECT_NEAR(value_of("mae", at::full({n}, 0.1f), at::zeros({n})), 0.1f, 1e-12);
}

}  // namespace
}  // namespace spinel::train
