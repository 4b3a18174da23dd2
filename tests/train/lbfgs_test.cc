#include "spinel/train/lbfgs.h"

#include <gtest/gtest.h>

#include "spinel/base/error.h"
#include "tests/train/expect_error.h"
#include "tests/train/reference.h"

namespace spinel::train {
namespace {

/// Rosenbrock's function of four variables, as two parameters of two.
struct Rosenbrock {
  at::Tensor a = at::tensor({-1.2, 1.0}, at::kDouble).set_requires_grad(true);
  at::Tensor b = at::tensor({0.7, 1.3}, at::kDouble).set_requires_grad(true);
  NamedTensors parameters() const { return {{"a", a}, {"b", b}}; }
  at::Tensor point() const { return at::cat({a, b}).detach(); }
  std::function<double()> closure(Optimizer& optimizer) const {
    return [this, &optimizer] {
      optimizer.zero_grad();
      const at::Tensor x = at::cat({a, b}), now = x.narrow(0, 0, 3), next = x.narrow(0, 1, 3);
      const at::Tensor loss = (100 * (next - now.square()).square() + (1 - now).square()).sum();
      loss.backward();
      return loss.item<double>();
    };
  }
};

TEST(Lbfgs, AgreesWithTorch) {
  for (const Config& entry : reference().at("lbfgs").as_list()) {
    const Rosenbrock problem;
    const auto optimizer = make_optimizer(Config::map({{"LBFGS", entry.at("args")}}), problem.parameters());
    const std::vector<double> losses = entry.at("losses").as_doubles();
    for (size_t k = 0; k < losses.size(); ++k) {
      EXPECT_NEAR(optimizer->step(problem.closure(*optimizer)), losses[k], 1e-7 * (1 + losses[k]));
      EXPECT_TRUE(at::allclose(problem.point(), tensor_of(entry.at("points").as_list()[k]), 1e-6, 1e-7))
          << to_json(entry.at("args"), -1) << " step " << k << "\n"
          << problem.point();
    }
  }
}

TEST(Lbfgs, FindsAMinimum) {
  const Rosenbrock problem;
  const auto optimizer = make_optimizer(
      parse_json(R"({"LBFGS": {"line_search_fn": "strong_wolfe", "max_iter": 100}})", "test"), problem.parameters());
  optimizer->step(problem.closure(*optimizer));
  // In four dimensions there is a second minimum beside (1, 1, 1, 1), and this start lies in its basin.
  const at::Tensor minimum = at::tensor({-0.775659, 0.613093, 0.382063, 0.145972}, at::kDouble);
  EXPECT_TRUE(at::allclose(problem.point(), minimum, 0, 1e-4)) << problem.point();
}

TEST(Lbfgs, GoesOnBitForBitFromSavedState) {
  const Config config = parse_json(R"({"LBFGS": {"line_search_fn": "strong_wolfe", "max_iter": 3}})", "test");
  const Rosenbrock straight, resumed;
  const auto first = make_optimizer(config, straight.parameters());
  for (int k = 0; k < 3; ++k) first->step(straight.closure(*first));
  OptimizerState state = first->state();
  for (auto& [key, tensor] : state.tensors) tensor = tensor.clone();
  at::Tensor(resumed.a).set_data(straight.a.detach().clone());
  at::Tensor(resumed.b).set_data(straight.b.detach().clone());
  const auto second = make_optimizer(config, resumed.parameters());
  second->load_state(state);
  for (int k = 0; k < 2; ++k) {
    first->step(straight.closure(*first));
    second->step(resumed.closure(*second));
  }
  EXPECT_TRUE(at::equal(straight.point(), resumed.point()));

  state.tensors.set("extra/direction", at::zeros({3}));
  EXPECT_ERROR(second->load_state(state), ErrorKind::invalid_argument, "extra/direction");
}

TEST(Lbfgs, NeedsAClosureAndOneSetOfParameters) {
  const Rosenbrock problem;
  const auto optimizer = make_optimizer("LBFGS", problem.parameters());
  EXPECT_TRUE(optimizer->needs_closure());
  EXPECT_ERROR(optimizer->step(), ErrorKind::invalid_argument, "closure");
  EXPECT_ERROR(make_optimizer(parse_json(R"({"LBFGS": {"weight_decay": 0.1}})", "test"), problem.parameters()),
               ErrorKind::invalid_argument, "weight decay");
  EXPECT_ERROR(make_optimizer(parse_json(R"({"LBFGS": {"no_decay": ["a"]}})", "test"), problem.parameters()),
               ErrorKind::invalid_argument, "one set of parameters");
}

}  // namespace
}  // namespace spinel::train
