// Optimisers with random options against their update rules, written down number by number in double.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>

#include "spinel/train/optimizers.h"
#include "tests/train/expect_error.h"

namespace spinel::train {
namespace {

/// One number with what rules remember of it.
struct Number {
  double p = 0, g = 0;            // parameter and gradient
  double m = 0, v = 0, most = 0;  // first and second moment, largest second moment
  double velocity = 0, mean = 0;  // of SGD and RMSProp
  int64_t t = 0;
};

/// Parameters "w" [2, 3] and "b" [3] and the same as plain numbers.
struct Twin {
  explicit Twin(std::mt19937& random) {
    std::normal_distribution<double> normal;
    for (const auto& [name, shape] : {std::pair<const char*, std::vector<int64_t>>{"w", {2, 3}}, {"b", {3}}}) {
      std::vector<Number> numbers(name[0] == 'w' ? 6 : 3);
      std::vector<double> values;
      for (Number& number : numbers) values.push_back(number.p = normal(random));
      tensors.set(name, at::tensor(values, at::kDouble).reshape(shape).set_requires_grad(true));
      groups.push_back(numbers);
    }
  }
  void draw_gradients(std::mt19937& random, double size) {
    std::normal_distribution<double> normal(0, size);
    size_t i = 0;
    for (const auto& [name, parameter] : tensors) {
      std::vector<double> values;
      for (Number& number : groups[i]) values.push_back(number.g = normal(random));
      parameter.mutable_grad() = at::tensor(values, at::kDouble).reshape(parameter.sizes());
      ++i;
    }
  }
  void expect_same(const std::string& what, double tolerance = 1e-12) const {
    size_t i = 0;
    for (const auto& [name, parameter] : tensors) {
      const at::Tensor flat = parameter.detach().reshape({-1});
      for (size_t k = 0; k < groups[i].size(); ++k) {
        ASSERT_NEAR(flat[static_cast<int64_t>(k)].item<double>(), groups[i][k].p, tolerance)
            << what << " " << name << k;
      }
      ++i;
    }
  }
  NamedTensors tensors;
  std::vector<std::vector<Number>> groups;
};

using Rule = std::function<void(Number&, double lr)>;

/// Runs both for some steps with changing rates.
void compare(const std::string& name, const Config& arguments, uint32_t seed, const Rule& rule) {
  std::mt19937 random(seed);
  Twin twin(random);
  const auto optimizer = make_optimizer(Config::map({{name, arguments}}), twin.tensors);
  for (int step = 0; step < 12; ++step) {
    const double lr = 0.01 * (1 + step % 4);
    optimizer->set_lr(lr);
    twin.draw_gradients(random, 1);
    for (auto& group : twin.groups) {
      for (Number& number : group) {
        ++number.t;
        rule(number, lr);
      }
    }
    optimizer->step();
    twin.expect_same(name + to_json(arguments, -1) + " step " + std::to_string(step));
  }
}

TEST(OptimizersByHand, SgdAndMomentum) {
  uint32_t seed = 60;
  for (const char* name : {"SGD", "Momentum"}) {
    for (const double momentum : {0.0, 0.9}) {
      for (const double dampening : {0.0, 0.3}) {
        for (const bool nesterov : {false, true}) {
          for (const double decay : {0.0, 0.1}) {
            if (nesterov && (momentum == 0 || dampening != 0)) continue;
            const Config arguments = Config::map(
                {{"momentum", momentum}, {"dampening", dampening}, {"nesterov", nesterov}, {"weight_decay", decay}});
            compare(name, arguments, seed++, [&](Number& n, double lr) {
              const double g = n.g + decay * n.p;
              n.velocity = n.t == 1 ? g : momentum * n.velocity + (1 - dampening) * g;
              n.p -= lr * (momentum == 0 ? g : nesterov ? g + momentum * n.velocity : n.velocity);
            });
          }
        }
      }
    }
  }
}

TEST(OptimizersByHand, AdamAndAdamW) {
  uint32_t seed = 80;
  for (const bool decoupled : {false, true}) {
    for (const bool amsgrad : {false, true}) {
      for (const double decay : {0.0, 0.2}) {
        for (const auto& [beta1, beta2] : {std::pair{0.9, 0.999}, {0.0, 0.5}, {0.7, 0.0}}) {
          const double eps = 1e-3;
          Config arguments = Config::map({{"amsgrad", amsgrad}, {"weight_decay", decay}, {"eps", eps}});
          arguments.set("betas", Config::List{beta1, beta2});
          const auto rule = [&](Number& n, double lr) {
            const auto t = static_cast<double>(n.t);
            if (decoupled) n.p *= 1 - lr * decay;
            const double g = decoupled ? n.g : n.g + decay * n.p;
            n.m = beta1 * n.m + (1 - beta1) * g;
            n.v = beta2 * n.v + (1 - beta2) * g * g;
            n.most = std::max(n.most, n.v);
            const double second = (amsgrad ? n.most : n.v) / (1 - std::pow(beta2, t));
            n.p -= lr * (n.m / (1 - std::pow(beta1, t))) / (std::sqrt(second) + eps);
          };
          if (decoupled) compare("AdamW", arguments, seed++, rule);
          arguments.set("decoupled_weight_decay", decoupled);
          compare("Adam", arguments, seed++, rule);
        }
      }
    }
  }
}

TEST(OptimizersByHand, RAdam) {
  uint32_t seed = 120;
  for (const bool decoupled : {false, true}) {
    for (const double decay : {0.0, 0.2}) {
      // With 0.5 the variance is never tractable, with 0.9 from some step on.
      for (const double beta2 : {0.999, 0.9, 0.5}) {
        const double beta1 = 0.8, eps = 1e-4;
        Config arguments = Config::map({{"decoupled_weight_decay", decoupled}, {"weight_decay", decay}, {"eps", eps}});
        arguments.set("betas", Config::List{beta1, beta2});
        compare("RAdam", arguments, seed++, [&](Number& n, double lr) {
          const auto t = static_cast<double>(n.t);
          if (decoupled) n.p *= 1 - lr * decay;
          const double g = decoupled ? n.g : n.g + decay * n.p;
          n.m = beta1 * n.m + (1 - beta1) * g;
          n.v = beta2 * n.v + (1 - beta2) * g * g;
          const double mean = n.m / (1 - std::pow(beta1, t)), longest = 2 / (1 - beta2) - 1;
          const double length = longest - 2 * t * std::pow(beta2, t) / (1 - std::pow(beta2, t));
          if (length <= 5) {
            n.p -= lr * mean;
            return;
          }
          const double r = std::sqrt((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length));
          n.p -= lr * mean * r * std::sqrt(1 - std::pow(beta2, t)) / (std::sqrt(n.v) + eps);
        });
      }
    }
  }
}

TEST(OptimizersByHand, RmsPropOfBothDialects) {
  uint32_t seed = 140;
  for (const char* dialect : {"torch", "paddle"}) {
    for (const bool centered : {false, true}) {
      for (const double momentum : {0.0, 0.8}) {
        for (const double decay : {0.0, 0.1}) {
          const double alpha = 0.9, eps = 1e-2;
          const bool paddle = std::string(dialect) == "paddle";
          const Config arguments = Config::map({{"dialect", dialect},
                                                {"centered", centered},
                                                {"momentum", momentum},
                                                {"weight_decay", decay},
                                                {"alpha", alpha},
                                                {"eps", eps}});
          compare("RMSProp", arguments, seed++, [&](Number& n, double lr) {
            const double g = n.g + decay * n.p;
            n.v = alpha * n.v + (1 - alpha) * g * g;
            n.mean = alpha * n.mean + (1 - alpha) * g;
            const double variance = n.v - (centered ? n.mean * n.mean : 0);
            const double root = paddle ? std::sqrt(variance + eps) : std::sqrt(variance) + eps;
            n.velocity = momentum * n.velocity + (paddle ? lr : 1) * g / root;
            n.p -= (paddle ? 1 : lr) * n.velocity;
          });
        }
      }
    }
  }
}

TEST(OptimizersByHand, FusedLambClipsAndTrusts) {
  std::mt19937 random(160);
  for (int repeat = 0; repeat < 24; ++repeat) {
    const bool correction = random() % 2, averaging = random() % 2, adam_w = random() % 2, everywhere = random() % 2;
    const double decay = random() % 2 ? 0.1 : 0, limit = random() % 3 ? 1.5 : 0, eps = 1e-4, beta1 = 0.8, beta2 = 0.95;
    Config arguments = Config::map({{"bias_correction", correction},
                                    {"grad_averaging", averaging},
                                    {"adam_w_mode", adam_w},
                                    {"use_nvlamb", everywhere},
                                    {"weight_decay", decay},
                                    {"max_grad_norm", limit},
                                    {"eps", eps}});
    arguments.set("betas", Config::List{beta1, beta2});
    Twin twin(random);
    const auto optimizer = make_optimizer(Config::map({{"FusedLAMB", arguments}}), twin.tensors);
    for (int step = 1; step <= 8; ++step) {
      const double lr = 0.01 * step;
      optimizer->set_lr(lr);
      twin.draw_gradients(random, step % 3 ? 0.2 : 2);  // below and above the limit of the norm
      double squares = 0;
      for (const auto& group : twin.groups) {
        for (const Number& n : group) squares += n.g * n.g;
      }
      const double clip = limit > 0 && std::sqrt(squares) > limit ? std::sqrt(squares) / limit : 1;
      for (auto& group : twin.groups) {
        std::vector<double> updates;
        double size = 0, change = 0;
        for (Number& n : group) {
          const double g = n.g / clip + (adam_w ? 0 : decay * n.p);
          n.m = beta1 * n.m + (averaging ? 1 - beta1 : 1) * g;
          n.v = beta2 * n.v + (1 - beta2) * g * g;
          const double m = correction ? n.m / (1 - std::pow(beta1, step)) : n.m;
          const double v = correction ? n.v / (1 - std::pow(beta2, step)) : n.v;
          updates.push_back(m / (std::sqrt(v) + eps) + (adam_w ? decay * n.p : 0));
          size += n.p * n.p;
          change += updates.back() * updates.back();
        }
        const double trust = everywhere || decay != 0 ? std::sqrt(size) / std::sqrt(change) : 1;
        for (size_t k = 0; k < group.size(); ++k) group[k].p -= lr * trust * updates[k];
      }
      optimizer->step();
      twin.expect_same("FusedLAMB" + to_json(arguments, -1) + " step " + std::to_string(step), 1e-11);
    }
  }
}

TEST(OptimizersByHand, GroupsScaleTheRateAndHaveTheirOwnDecay) {
  std::mt19937 random(170);
  Twin twin(random);
  Config arguments = Config::map({{"weight_decay", 0.5}});
  arguments.set(
      "groups",
      Config::List{Config::map({{"parameters", Config::List{"b*"}}, {"lr_scale", 3.0}, {"weight_decay", 0.25}})});
  const auto optimizer = make_optimizer(Config::map({{"SGD", arguments}}), twin.tensors);
  for (int step = 0; step < 5; ++step) {
    optimizer->set_lr(0.1);
    twin.draw_gradients(random, 1);
    for (Number& n : twin.groups[0]) n.p -= 0.1 * (n.g + 0.5 * n.p);
    for (Number& n : twin.groups[1]) n.p -= 0.3 * (n.g + 0.25 * n.p);
    optimizer->step();
    twin.expect_same("groups");
  }
}

TEST(ClipByHand, ScalesToTheNormOrLeavesAlone) {
  std::mt19937 random(180);
  for (int repeat = 0; repeat < 50; ++repeat) {
    Twin twin(random);
    twin.draw_gradients(random, 1);
    const double limit = repeat % 2 ? 0.5 : 100;
    for (const ClipRule rule : {ClipRule::torch, ClipRule::paddle}) {
      double squares = 0;
      for (const auto& group : twin.groups) {
        for (const Number& n : group) squares += n.g * n.g;
      }
      const double norm = std::sqrt(squares);
      size_t i = 0;
      std::vector<at::Tensor> parameters;
      for (const auto& [name, parameter] : twin.tensors) {
        std::vector<double> values;
        for (const Number& n : twin.groups[i]) values.push_back(n.g);
        parameter.mutable_grad() = at::tensor(values, at::kDouble).reshape(parameter.sizes());
        parameters.push_back(parameter);
        ++i;
      }
      EXPECT_NEAR(clip_grad_norm(parameters, limit, rule), norm, 1e-12);
      const double factor =
          rule == ClipRule::torch ? std::min(1.0, limit / (norm + 1e-6)) : limit / std::max(norm, limit);
      for (size_t k = 0; k < parameters.size(); ++k) {
        const at::Tensor flat = parameters[k].grad().reshape({-1});
        for (int64_t j = 0; j < flat.numel(); ++j) {
          EXPECT_NEAR(flat[j].item<double>(), twin.groups[k][static_cast<size_t>(j)].g * factor, 1e-12);
        }
      }
    }
  }
}

}  // namespace
}  // namespace spinel::train
