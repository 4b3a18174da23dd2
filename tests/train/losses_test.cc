#include "spinel/train/losses.h"

#include <cmath>
#include <limits>

#include "spinel/base/error.h"
#include "tests/train/expect_error.h"
#include "tests/train/reference.h"

namespace spinel::train {
namespace {

TEST(Losses, AgreeWithTorch) {
  const Config& cases = reference().at("losses");
  const at::Tensor prediction = tensor_of(cases.at("pred"), {4, 3}), target = tensor_of(cases.at("target"), {4, 3});
  for (const Config& entry : cases.at("cases").as_list()) {
    const std::string name = named_arguments(entry.at("loss")).name;
    const Loss loss = make_loss(entry.at("loss"));
    at::Tensor value;
    if (name == "bce") {
      value = loss(tensor_of(cases.at("prob"), {4, 3}), tensor_of(cases.at("labels"), {4, 3}));
    } else if (name == "bce_with_logits") {
      value = loss(prediction, tensor_of(cases.at("labels"), {4, 3}));
    } else if (name == "cross_entropy") {
      value = loss(prediction, at::tensor(cases.at("classes").as_ints(), at::kLong));
    } else {
      value = loss(prediction, target);
    }
    EXPECT_EQ(value.dim(), 0);
    EXPECT_NEAR(value.item<double>(), entry.at("value").as_double(), 1e-12) << to_json(entry.at("loss"), -1);
  }
}

TEST(Losses, GradientsFlow) {
  for (const std::string& name : losses().names()) {
    const at::Tensor prediction = at::full({2, 3}, 0.3, at::kDouble).set_requires_grad(true);
    const at::Tensor target =
        name == "cross_entropy" ? at::tensor({0, 2}, at::kLong) : at::full({2, 3}, 0.7, at::kDouble);
    make_loss(name)(prediction, target).backward();
    EXPECT_GT(prediction.grad().abs().sum().item<double>(), 0) << name;
  }
}

TEST(Losses, IgnoreNanLeavesOutMissingTargets) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const at::Tensor p = at::tensor({1.0, 2.0, 5.0}, at::kDouble).set_requires_grad(true);
  const at::Tensor t = at::tensor({2.0, nan, 3.0}, at::kDouble);
  const Loss loss = make_loss(parse_json(R"({"mse": {"ignore_nan": true}})", "test"));
  const at::Tensor value = loss(p, t);
  EXPECT_NEAR(value.item<double>(), 2.5, 1e-15);
  value.backward();
  EXPECT_TRUE(at::equal(p.grad(), at::tensor({-1.0, 0.0, 2.0}, at::kDouble)));
  p.mutable_grad().reset();
  loss(p, t * nan).backward();
  EXPECT_TRUE(at::equal(p.grad(), at::zeros({3}, at::kDouble)));
  EXPECT_TRUE(std::isnan(make_loss("mse")(p, t).item<double>()));
}

TEST(Losses, RefuseWhatCannotBe) {
  EXPECT_ERROR(make_loss("msee"), ErrorKind::not_found, "mse");
  EXPECT_ERROR(make_loss(parse_json(R"({"huber": {"delta": 0}})", "test")), ErrorKind::invalid_argument, "delta");
  // Broadcasting [4] against [4, 1] is the classic silent mistake.
  EXPECT_ERROR(make_loss("mse")(at::zeros({4}), at::zeros({4, 1})), ErrorKind::invalid_argument, "[4, 1]");
  EXPECT_ERROR(make_loss("relative_l2")(at::zeros({}), at::zeros({})), ErrorKind::invalid_argument, "scalar");
  EXPECT_ERROR(make_loss("cross_entropy")(at::zeros({4}), at::zeros({4}, at::kLong)), ErrorKind::invalid_argument,
               "[n, classes]");
}

TEST(WeightedLoss, SumsItsTerms) {
  const WeightedLoss loss = WeightedLoss::from_config(
      parse_json(R"({"energy": {"weight": 0.01}, "forces": {"loss": "l1", "weight": 0.5, "target": "f"}})", "test"));
  const NamedTensors predictions{{"energy", at::tensor({1.0, 3.0})}, {"forces", at::full({4, 3}, 2.0)}};
  const NamedTensors targets{{"energy", at::tensor({0.0, 0.0})}, {"f", at::full({4, 3}, -1.0)}};
  const WeightedLoss::Result result = loss(predictions, targets);
  EXPECT_NEAR(result.total.item<double>(), 0.01 * 5 + 0.5 * 3, 1e-6);
  ASSERT_EQ(result.terms.size(), 2u);
  EXPECT_EQ(result.terms[0].first, "energy");
  EXPECT_NEAR(result.terms[0].second.item<double>(), 5, 1e-6);
  EXPECT_NEAR(result.terms[1].second.item<double>(), 3, 1e-6);
}

TEST(WeightedLoss, PerAtomDividesBothSides) {
  const WeightedLoss loss = WeightedLoss::from_config(parse_json(R"({"energy": {"per_atom": true}})", "test"));
  const NamedTensors predictions{{"energy", at::tensor({4.0, 9.0})}}, targets{{"energy", at::tensor({2.0, 0.0})}};
  const at::Tensor atoms = at::tensor({2, 3}, at::kLong);
  EXPECT_NEAR(loss(predictions, targets, atoms).total.item<double>(), (1 + 9) / 2.0, 1e-6);
  EXPECT_ERROR(loss(predictions, targets), ErrorKind::invalid_argument, "per atom");
}

TEST(WeightedLoss, RefusesWhatCannotBe) {
  const auto read = [](const char* json) { return WeightedLoss::from_config(parse_json(json, "test")); };
  EXPECT_ERROR(read("{}"), ErrorKind::invalid_argument, "no term");
  EXPECT_ERROR(read(R"({"energy": {"wieght": 1}})"), ErrorKind::invalid_argument, "weight");
  EXPECT_ERROR(read(R"({"energy": {"loss": "mso"}})"), ErrorKind::not_found, "mse");
  const WeightedLoss loss = read(R"({"energy": {}})");
  EXPECT_ERROR(loss({{"enrgy", at::zeros({1})}}, {{"energy", at::zeros({1})}}), ErrorKind::invalid_argument, "energy");
}

}  // namespace
}  // namespace spinel::train
