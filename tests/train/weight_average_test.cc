#include "spinel/train/weight_average.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "tests/train/expect_error.h"

namespace spinel::train {
namespace {

std::unique_ptr<WeightAverage> make(const std::string& json, const NamedTensors& tensors) {
  return make_weight_average(parse_json(json, "test"), tensors);
}

TEST(WeightAverage, EmaFollowsItsRule) {
  const at::Tensor p = at::tensor({1.0, 2.0}, at::kDouble);
  const auto ema = make(R"({"EMA": {"decay": 0.75}})", {{"p", p}});
  EXPECT_FALSE(ema->ready());
  p.fill_(5);
  ema->update();
  EXPECT_TRUE(ema->ready());
  EXPECT_TRUE(at::allclose(ema->average().at("p"), at::tensor({2.0, 2.75}, at::kDouble)));
}

TEST(WeightAverage, WarmUpStartsWithASmallDecay) {
  const at::Tensor p = at::zeros({1}, at::kDouble);
  const auto ema = make(R"({"EMA": {"decay": 0.995, "warmup": true}})", {{"p", p}});
  p.fill_(11);
  ema->update();
  EXPECT_NEAR(ema->average().at("p").item<double>(), 11 * (1 - 2.0 / 11), 1e-12);
}

TEST(WeightAverage, SwaIsTheMeanFromItsFirstStepOn) {
  const at::Tensor p = at::zeros({1}, at::kDouble);
  const auto all = make(R"("SWA")", {{"p", p}});
  const auto without = make(R"({"SWA": {"include_initial": false}})", {{"p", p}});
  const auto late = make(R"({"SWA": {"start_step": 2}})", {{"p", p}});
  for (const double value : {3.0, 6.0, 9.0, 12.0}) {
    p.fill_(value);
    for (const auto* average : {&all, &without, &late}) (*average)->update();
  }
  EXPECT_NEAR(all->average().at("p").item<double>(), 6, 1e-12);
  EXPECT_NEAR(without->average().at("p").item<double>(), 7.5, 1e-12);
  EXPECT_NEAR(late->average().at("p").item<double>(), 10.5, 1e-12);
  EXPECT_EQ(late->num_updates(), 2);
}

TEST(WeightAverage, SwapExchangesModelAndAverage) {
  const at::Tensor p = at::zeros({2}).set_requires_grad(true), count = at::tensor({7}, at::kLong);
  const auto ema = make(R"({"EMA": {"decay": 0.5}})", {{"p", p}, {"count", count}});
  EXPECT_FALSE(ema->average().contains("count"));
  p.detach().fill_(4);
  ema->update();
  ema->swap();
  EXPECT_TRUE(at::equal(p.detach(), at::full({2}, 2.0f)));
  EXPECT_TRUE(at::equal(ema->average().at("p"), at::full({2}, 4.0f)));
  ema->swap();
  EXPECT_TRUE(at::equal(p.detach(), at::full({2}, 4.0f)));
  EXPECT_FALSE(ema->average().at("p").requires_grad());
}

TEST(WeightAverage, GoesOnFromItsState) {
  for (const char* json : {R"({"EMA": {"decay": 0.99, "warmup": true}})", R"({"SWA": {"start_step": 3}})"}) {
    const at::Tensor p = at::zeros({1}), q = at::zeros({1});
    const auto straight = make(json, {{"p", p}}), resumed = make(json, {{"p", q}});
    for (int k = 0; k < 8; ++k) {
      if (k == 4) {
        resumed->load_state(parse_json(to_json(straight->state()), "state"),
                            {{"p", straight->average().at("p").clone()}});
      }
      p.fill_(k);
      q.fill_(k);
      straight->update();
      if (k >= 4) resumed->update();
    }
    EXPECT_TRUE(at::equal(straight->average().at("p"), resumed->average().at("p"))) << json;
  }
}

TEST(WeightAverage, RefusesWhatCannotBe) {
  const at::Tensor p = at::zeros({2});
  const auto ema = make(R"("EMA")", {{"p", p}}), swa = make(R"("SWA")", {{"p", p}});
  EXPECT_ERROR(ema->load_state(swa->state(), swa->average()), ErrorKind::invalid_argument, "SWA");
  EXPECT_ERROR(ema->load_state(ema->state(), {{"p", at::zeros({3})}}), ErrorKind::invalid_argument, "p is [3]");
  EXPECT_ERROR(ema->load_state(ema->state(), {}), ErrorKind::invalid_argument, "'p'");
  EXPECT_ERROR(make(R"({"EMA": {"decay": 1.5}})", {{"p", p}}), ErrorKind::invalid_argument, "decay");
  EXPECT_ERROR(make(R"("EWA")", {{"p", p}}), ErrorKind::not_found, "EMA");
  EXPECT_ERROR(make(R"("EMA")", {{"n", at::zeros({1}, at::kLong)}}), ErrorKind::invalid_argument, "floating");
}

}  // namespace
}  // namespace spinel::train
