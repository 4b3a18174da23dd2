#include "spinel/train/optimizers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <limits>

#include "spinel/base/error.h"
#include "tests/train/expect_error.h"
#include "tests/train/reference.h"

namespace spinel::train {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::unique_ptr<Optimizer> make(const std::string& name, const Config& args, const NamedTensors& parameters) {
  return make_optimizer(Config::map({{name, args}}), parameters);
}

/// Arguments that bring every state tensor of each optimiser into play.
const std::vector<std::pair<std::string, Config>>& all_optimizers() {
  static const std::vector<std::pair<std::string, Config>> list{
      {"SGD", parse_json(R"({"momentum": 0.9, "dampening": 0.1, "weight_decay": 0.01})", "test")},
      {"Momentum", parse_json(R"({"nesterov": true})", "test")},
      {"Adam", parse_json(R"({"amsgrad": true, "weight_decay": 0.1})", "test")},
      {"AdamW", parse_json(R"({"no_decay": ["b"]})", "test")},
      {"RAdam", parse_json(R"({"betas": [0.8, 0.9]})", "test")},
      {"RMSProp", parse_json(R"({"centered": true, "momentum": 0.9})", "test")},
      {"RMSProp", parse_json(R"({"dialect": "paddle", "momentum": 0.9})", "test")},
      {"FusedLAMB", parse_json(R"({"use_nvlamb": true})", "test")},
  };
  return list;
}

TEST(Optimizers, AgreeWithTorch) {
  const std::vector<double> rates = reference().at("lr").as_doubles();
  for (const Config& entry : reference().at("optimizers").as_list()) {
    const NamedTensors parameters = reference_parameters();
    const auto optimizer = make(entry.at("name").as_string(), entry.at("args"), parameters);
    for (int64_t s = 0; s < num_reference_steps(); ++s) {
      optimizer->set_lr(rates[s]);
      set_reference_gradients(parameters, s);
      optimizer->step();
    }
    size_t i = 0;
    for (const auto& [name, parameter] : parameters) {
      const at::Tensor expected = tensor_of(entry.at("result").as_list()[i++], parameter.sizes());
      EXPECT_TRUE(at::allclose(parameter.detach(), expected, 1e-12, 1e-14))
          << entry.at("name").as_string() << to_json(entry.at("args"), -1) << " " << name << "\n"
          << parameter << expected;
    }
  }
}

TEST(Optimizers, Float32FollowsFloat64) {
  for (const auto& [name, args] : all_optimizers()) {
    const NamedTensors wide = reference_parameters(), narrow = reference_parameters(at::kFloat);
    for (const NamedTensors* parameters : {&wide, &narrow}) {
      const auto optimizer = make(name, args, *parameters);
      for (int64_t s = 0; s < num_reference_steps(); ++s) {
        set_reference_gradients(*parameters, s);
        optimizer->step();
      }
    }
    EXPECT_TRUE(at::allclose(narrow.at("w").detach().to(at::kDouble), wide.at("w").detach(), 1e-5, 1e-6)) << name;
  }
}

TEST(Optimizers, GoOnBitForBitFromSavedState) {
  for (const auto& [name, args] : all_optimizers()) {
    const NamedTensors straight = reference_parameters(at::kFloat), resumed = reference_parameters(at::kFloat);
    const auto first = make(name, args, straight);
    OptimizerState state;
    for (int64_t s = 0; s < num_reference_steps(); ++s) {
      if (s == 3) {
        state = first->state();
        for (auto& [key, tensor] : state.tensors) tensor = tensor.clone();
        for (const auto& [key, parameter] : straight) {
          at::Tensor(resumed.at(key)).set_data(parameter.detach().clone());
        }
      }
      set_reference_gradients(straight, s);
      first->step();
    }
    const auto second = make(name, args, resumed);
    second->load_state({parse_json(to_json(state.values), "state"), state.tensors});
    EXPECT_EQ(second->num_steps(), 3);
    for (int64_t s = 3; s < num_reference_steps(); ++s) {
      set_reference_gradients(resumed, s);
      second->step();
    }
    for (const auto& [key, parameter] : straight) EXPECT_TRUE(at::equal(parameter, resumed.at(key))) << name << key;
  }
}

TEST(Optimizers, StateOfAnotherKindOrShapeChangesNothing) {
  const NamedTensors parameters = reference_parameters();
  const auto optimizer = make("AdamW", Config::map(), parameters);
  set_reference_gradients(parameters, 0);
  optimizer->step();
  const OptimizerState good = optimizer->state();

  const auto other = make("SGD", Config::map(), parameters);
  EXPECT_ERROR(other->load_state(good), ErrorKind::invalid_argument, "saved by AdamW");

  OptimizerState wrong = good;
  wrong.tensors.set("exp_avg/w", at::zeros({7}));
  EXPECT_ERROR(optimizer->load_state(wrong), ErrorKind::invalid_argument, "exp_avg/w is [7]");
  wrong = good;
  wrong.tensors.set("exp_avg/nobody", at::zeros({3}));
  EXPECT_ERROR(optimizer->load_state(wrong), ErrorKind::invalid_argument, "exp_avg/nobody");
  wrong = good;
  wrong.values.set("lr", -1.0);
  EXPECT_ERROR(optimizer->load_state(wrong), ErrorKind::invalid_argument, "learning rate");
  EXPECT_EQ(optimizer->num_steps(), 1);
  EXPECT_EQ(optimizer->state().tensors.size(), good.tensors.size());
}

TEST(Optimizers, AParameterWithoutGradientStaysAndHasNoState) {
  for (const auto& [name, args] : all_optimizers()) {
    const NamedTensors parameters = reference_parameters();
    const at::Tensor before = parameters.at("b").detach().clone();
    const auto optimizer = make(name, args, parameters);
    set_reference_gradients(parameters, 0);
    parameters.at("b").mutable_grad().reset();
    optimizer->step();
    EXPECT_TRUE(at::equal(parameters.at("b"), before)) << name;
    EXPECT_FALSE(optimizer->state().tensors.contains("step/b")) << name;
    EXPECT_TRUE(optimizer->state().tensors.contains("step/w")) << name;
  }
}

TEST(Optimizers, AGradientWithOtherStridesCountsByItsValues) {
  for (const auto& [name, args] : all_optimizers()) {
    const NamedTensors one = reference_parameters(), two = reference_parameters();
    const auto first = make(name, args, one), second = make(name, args, two);
    set_reference_gradients(one, 0);
    set_reference_gradients(two, 0);
    two.at("w").mutable_grad() = two.at("w").grad().t().contiguous().t();
    first->step();
    second->step();
    EXPECT_TRUE(at::equal(one.at("w"), two.at("w"))) << name;
  }
}

TEST(Optimizers, ZeroGradDropsTheGradients) {
  const NamedTensors parameters = reference_parameters();
  const auto optimizer = make("SGD", Config::map(), parameters);
  set_reference_gradients(parameters, 0);
  optimizer->zero_grad();
  EXPECT_FALSE(parameters.at("w").grad().defined());
}

TEST(Optimizers, ClosureGivesTheLossBeforeTheStep) {
  const NamedTensors parameters = reference_parameters();
  const auto optimizer = make("SGD", parse_json(R"({"lr": 0.5})", "test"), parameters);
  const double loss = optimizer->step([&] {
    optimizer->zero_grad();
    const at::Tensor value = (parameters.at("w") * parameters.at("w")).sum() / 2;
    value.backward();
    return value.item<double>();
  });
  EXPECT_GT(loss, 0);
  EXPECT_NEAR((parameters.at("w") * parameters.at("w")).sum().item<double>() / 2, loss / 4, 1e-12);
}

TEST(ParameterGroups, NoDecayAndScalesByPattern) {
  NamedTensors parameters;
  for (const char* key : {"embedding.weight", "out.weight", "out.bias", "norm.scale"}) {
    parameters.set(
        key,
        at::ones(key[0] == 'e' || key[4] == 'w' ? at::IntArrayRef{2, 2} : at::IntArrayRef{2}).set_requires_grad(true));
  }
  CommonOptions options;
  options.weight_decay = 0.1;
  options.no_decay = {"*.bias"};
  options.no_decay_weight_decay = 0.01;
  options.groups = parse_json(R"([{"parameters": ["embedding.*"], "lr_scale": 0.5}])", "test");
  std::vector<ParameterGroup> groups = make_groups(parameters, options, "AdamW");
  ASSERT_EQ(groups.size(), 3u);
  EXPECT_THAT(groups[0].names, ElementsAre("embedding.weight"));
  EXPECT_EQ(groups[0].lr_scale, 0.5);
  EXPECT_EQ(groups[0].weight_decay, 0.1);
  EXPECT_THAT(groups[1].names, ElementsAre("out.bias"));
  EXPECT_EQ(groups[1].weight_decay, 0.01);
  EXPECT_THAT(groups[2].names, ElementsAre("out.weight", "norm.scale"));

  options.one_dim_param_no_decay = true;
  groups = make_groups(parameters, options, "AdamW");
  EXPECT_THAT(groups[1].names, ElementsAre("out.bias", "norm.scale"));

  options.no_decay = {"out.bia"};
  EXPECT_ERROR(make_groups(parameters, options, "AdamW"), ErrorKind::invalid_argument, "did you mean 'out.bias'");
  EXPECT_ERROR(make_groups({}, {}, "AdamW"), ErrorKind::invalid_argument, "no parameters");
}

TEST(ParameterGroups, APatternOfManyStarsTakesNoExponentialTime) {
  NamedTensors parameters;
  parameters.set(std::string(1000, 'a'), at::ones({1}).set_requires_grad(true));
  std::string hostile;
  for (int i = 0; i < 100; ++i) hostile += "*a";
  CommonOptions options;
  options.no_decay = {hostile + "*b"};
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_ERROR(make_groups(parameters, options, "AdamW"), ErrorKind::invalid_argument, "matches no parameter");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1));
  options.no_decay = {hostile + "*"};
  EXPECT_EQ(make_groups(parameters, options, "AdamW").size(), 1u);
}

TEST(ParameterGroups, LrScaleScalesTheStep) {
  const NamedTensors parameters = reference_parameters();
  const at::Tensor w = parameters.at("w").detach().clone(), b = parameters.at("b").detach().clone();
  const auto optimizer =
      make("SGD", parse_json(R"({"lr": 1, "groups": [{"parameters": ["b"], "lr_scale": 0.25}]})", "test"), parameters);
  set_reference_gradients(parameters, 0);
  optimizer->step();
  EXPECT_TRUE(at::allclose(w - parameters.at("w"), parameters.at("w").grad()));
  EXPECT_TRUE(at::allclose(b - parameters.at("b"), parameters.at("b").grad() * 0.25));
}

TEST(Optimizers, RefuseWhatCannotBe) {
  const NamedTensors parameters = reference_parameters();
  EXPECT_ERROR(make("AdmaW", Config::map(), parameters), ErrorKind::not_found, "did you mean");
  EXPECT_ERROR(make("AdamW", parse_json(R"({"learning_rate": 1})", "test"), parameters), ErrorKind::invalid_argument,
               "learning_rate");
  EXPECT_ERROR(make("Adam", parse_json(R"({"betas": [0.9, 1]})", "test"), parameters), ErrorKind::invalid_argument,
               "betas");
  EXPECT_ERROR(make("Adam", parse_json(R"({"betas": [0.9]})", "test"), parameters), ErrorKind::invalid_argument,
               "betas");
  EXPECT_ERROR(make("SGD", parse_json(R"({"nesterov": true})", "test"), parameters), ErrorKind::invalid_argument,
               "nesterov");
  EXPECT_ERROR(make("RMSProp", parse_json(R"({"dialect": "jax"})", "test"), parameters), ErrorKind::invalid_argument,
               "dialect");
  EXPECT_ERROR(make("SGD", Config::map(), {{"i", at::ones({2}, at::kLong)}}), ErrorKind::invalid_argument, "'i'");
  EXPECT_ERROR(make("SGD", Config::map(), {{"e", at::ones({1}).expand({3})}}), ErrorKind::invalid_argument, "'e'");
  const auto optimizer = make("SGD", Config::map(), parameters);
  EXPECT_ERROR(optimizer->set_lr(std::nan("")), ErrorKind::invalid_argument, "learning rate");
}

TEST(Optimizers, EveryOneIsMadeFromItsNameAlone) {
  for (const std::string& name : optimizers().names()) {
    const auto optimizer = make_optimizer(name, reference_parameters());
    EXPECT_EQ(optimizer->name(), name);
    EXPECT_FALSE(optimizers().at(name).summary.empty());
  }
}

TEST(ClipGradNorm, AgreesWithTorch) {
  for (const Config& entry : reference().at("clip_grad_norm").as_list()) {
    const NamedTensors parameters = reference_parameters();
    set_reference_gradients(parameters, 0);
    const double norm = clip_grad_norm({parameters.at("w"), parameters.at("b")}, entry.at("max_norm").as_double());
    EXPECT_NEAR(norm, entry.at("norm").as_double(), 1e-12);
    const Config::List& expected = entry.at("grads").as_list();
    EXPECT_TRUE(at::allclose(parameters.at("w").grad(), tensor_of(expected[0], {2, 3}), 1e-12));
    EXPECT_TRUE(at::allclose(parameters.at("b").grad(), tensor_of(expected[1]), 1e-12));
  }
}

TEST(ClipGradNorm, PaddleRuleReachesTheNormExactly) {
  const at::Tensor p = at::zeros({2}, at::kDouble).set_requires_grad(true);
  p.mutable_grad() = at::tensor({3.0, 4.0}, at::kDouble);
  EXPECT_EQ(clip_grad_norm({p}, 1, ClipRule::paddle), 5);
  EXPECT_TRUE(at::allclose(p.grad(), at::tensor({0.6, 0.8}, at::kDouble), 0, 1e-15));
  EXPECT_EQ(clip_grad_norm({p}, 2, ClipRule::paddle), 1);
  EXPECT_TRUE(at::allclose(p.grad(), at::tensor({0.6, 0.8}, at::kDouble), 0, 1e-15));
}

TEST(ClipGradNorm, LeavesGradientsThatAreNotFinite) {
  const at::Tensor p = at::zeros({2}).set_requires_grad(true), none = at::zeros({1}).set_requires_grad(true);
  p.mutable_grad() = at::tensor({1.0f, std::numeric_limits<float>::infinity()});
  EXPECT_TRUE(std::isinf(clip_grad_norm({p, none}, 1)));
  EXPECT_EQ(p.grad()[0].item<float>(), 1);
  EXPECT_EQ(clip_grad_norm({none}, 1), 0);
  EXPECT_ERROR(clip_grad_norm({p}, 0), ErrorKind::invalid_argument, "0");
}

TEST(ClipGradValue, ClampsEachEntry) {
  const at::Tensor p = at::zeros({3}).set_requires_grad(true);
  p.mutable_grad() = at::tensor({-2.0f, 0.25f, 2.0f});
  clip_grad_value({p}, 0.5);
  EXPECT_TRUE(at::equal(p.grad(), at::tensor({-0.5f, 0.25f, 0.5f})));
  EXPECT_ERROR(clip_grad_value({p}, -1), ErrorKind::invalid_argument, "-1");
}

}  // namespace
}  // namespace spinel::train
