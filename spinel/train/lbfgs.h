// The limited-memory BFGS optimiser with an optional strong-Wolfe line search.
#pragma once

#include <deque>
#include <optional>
#include <string>

#include "spinel/train/optimizers.h"

namespace spinel::train {

/// Names and defaults of torch.optim.LBFGS.
struct LbfgsOptions : CommonOptions {
  LbfgsOptions() { lr = 1; }
  int64_t max_iter = 20;                      ///< iterations of one step
  std::optional<int64_t> max_eval;            ///< evaluations of one step; null: 1.25 · max_iter
  double tolerance_grad = 1e-7;               ///< stop where the largest gradient entry is not above
  double tolerance_change = 1e-9;             ///< stop where loss or parameters change less
  int64_t history_size = 100;                 ///< remembered pairs of step and gradient change
  std::optional<std::string> line_search_fn;  ///< strong_wolfe, or null for steps of length lr
};

/// Nocedal and Wright, Numerical Optimization (2006), algorithms 7.4 and 7.5 (two-loop recursion) and 3.5, 3.6 (line
/// search), with the stopping rules of torch.optim.LBFGS. One set of parameters: groups and weight decay are refused.
class Lbfgs : public Optimizer {
 public:
  Lbfgs(const LbfgsOptions& options, std::vector<ParameterGroup> groups);
  std::string name() const override { return "LBFGS"; }
  using Optimizer::step;
  double step(const std::function<double()>& closure) override;
  bool needs_closure() const override { return true; }

 protected:
  void update(const Update&) override {}
  OptimizerState extra_state() const override;
  void load_extra_state(const OptimizerState& state) override;

 private:
  struct Point {
    double t = 0;  // distance along the direction
    double loss = 0;
    at::Tensor gradient;  // flat
    double slope = 0;     // gradient · direction
  };
  at::Tensor flat_gradient() const;
  void move(double length);
  Point evaluate(const std::function<double()>& closure, const std::vector<at::Tensor>& start, double t);
  Point strong_wolfe(const std::function<double()>& closure, const Point& origin, double t, int64_t& evaluations);
  void remember(const at::Tensor& gradient);
  at::Tensor two_loop(const at::Tensor& gradient) const;

  LbfgsOptions options_;
  int64_t iterations_ = 0;
  at::Tensor direction_, previous_gradient_;
  double length_ = 0, scale_ = 1, previous_loss_ = 0;
  std::deque<at::Tensor> gradient_changes_, moves_;
};

}  // namespace spinel::train
