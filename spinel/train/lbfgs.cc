#include "spinel/train/lbfgs.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace spinel::train {
namespace {

double product(const at::Tensor& a, const at::Tensor& b) { return a.dot(b).item<double>(); }
double largest(const at::Tensor& a) { return a.abs().max().item<double>(); }

/// The minimum of the cubic through two points with their slopes, kept within [lowest, highest].
double cubic_minimum(double x1, double f1, double g1, double x2, double f2, double g2, double lowest, double highest) {
  const double d1 = g1 + g2 - 3 * (f1 - f2) / (x1 - x2);
  const double square = d1 * d1 - g1 * g2;
  if (!(square >= 0)) return (lowest + highest) / 2;
  const double d2 = std::sqrt(square);
  const double x = x1 <= x2 ? x2 - (x2 - x1) * ((g2 + d2 - d1) / (g2 - g1 + 2 * d2))
                            : x1 - (x1 - x2) * ((g1 + d2 - d1) / (g1 - g2 + 2 * d2));
  return std::min(std::max(x, lowest), highest);
}

constexpr double kSufficientDecrease = 1e-4;  // c1 of the Wolfe conditions
constexpr double kCurvature = 0.9;            // c2
constexpr int kMaxLineSearch = 25;

}  // namespace

Lbfgs::Lbfgs(const LbfgsOptions& options, std::vector<ParameterGroup> groups)
    : Optimizer(options.lr, std::move(groups), {}), options_(options) {
  require(this->groups().size() == 1 && options.weight_decay == 0 && options.no_decay_weight_decay == 0,
          "LBFGS: it takes one set of parameters without weight decay; leave out groups, no_decay and weight_decay");
  const auto& parameters = this->groups().front().parameters;
  for (size_t i = 1; i < parameters.size(); ++i) {
    require(
        parameters[i].scalar_type() == parameters[0].scalar_type() && parameters[i].device() == parameters[0].device(),
        "LBFGS: '{}' differs from the first parameter in dtype or device; all must agree",
        this->groups().front().names[i]);
  }
}

at::Tensor Lbfgs::flat_gradient() const {
  std::vector<at::Tensor> flat;
  for (const at::Tensor& parameter : groups().front().parameters) {
    const at::Tensor& gradient = parameter.grad();
    flat.push_back(gradient.defined() ? gradient.reshape(-1) : at::zeros({parameter.numel()}, parameter.options()));
  }
  return at::cat(flat).detach();
}

void Lbfgs::move(double length) {
  int64_t at = 0;
  for (const at::Tensor& parameter : groups().front().parameters) {
    const at::Tensor part = direction_.narrow(0, at, parameter.numel()).view_as(parameter);
    at::Tensor(parameter).add_(part, length);
    at += parameter.numel();
  }
}

Lbfgs::Point Lbfgs::evaluate(const std::function<double()>& closure, const std::vector<at::Tensor>& start, double t) {
  move(t);
  Point point;
  point.t = t;
  {
    at::AutoGradMode grad_mode(true);
    point.loss = closure();
  }
  point.gradient = flat_gradient();
  point.slope = product(point.gradient, direction_);
  const auto& parameters = groups().front().parameters;
  for (size_t i = 0; i < parameters.size(); ++i) at::Tensor(parameters[i]).copy_(start[i]);
  return point;
}

Lbfgs::Point Lbfgs::strong_wolfe(const std::function<double()>& closure, const Point& origin, double t,
                                 int64_t& evaluations) {
  std::vector<at::Tensor> start;
  for (const at::Tensor& parameter : groups().front().parameters) start.push_back(parameter.detach().clone());
  const auto decreases = [&](const Point& p) {
    return !(p.loss > origin.loss + kSufficientDecrease * p.t * origin.slope);
  };
  const auto flat_enough = [&](const Point& p) { return std::abs(p.slope) <= -kCurvature * origin.slope; };

  // Bracketing (algorithm 3.5).
  Point previous = origin;
  Point current = evaluate(closure, start, t);
  evaluations = 1;
  int searched = 0;
  std::array<Point, 2> bracket{origin, current};
  bool done = false;
  for (; searched < kMaxLineSearch; ++searched) {
    if (!decreases(current) || (searched > 1 && current.loss >= previous.loss)) {
      bracket = {previous, current};
      break;
    }
    if (flat_enough(current)) {
      bracket = {current, current};
      done = true;
      break;
    }
    if (current.slope >= 0) {
      bracket = {previous, current};
      break;
    }
    const double next = cubic_minimum(previous.t, previous.loss, previous.slope, current.t, current.loss, current.slope,
                                      current.t + 0.01 * (current.t - previous.t), current.t * 10);
    previous = current;
    current = evaluate(closure, start, next);
    ++evaluations;
  }
  if (searched == kMaxLineSearch) bracket = {origin, current};

  // Zoom (algorithm 3.6).
  const double direction_size = largest(direction_);
  bool insufficient_progress = false;
  int low = bracket[0].loss <= bracket[1].loss ? 0 : 1;
  while (!done && searched < kMaxLineSearch) {
    const double left = std::min(bracket[0].t, bracket[1].t), right = std::max(bracket[0].t, bracket[1].t);
    if ((right - left) * direction_size < options_.tolerance_change) break;
    double next = cubic_minimum(bracket[0].t, bracket[0].loss, bracket[0].slope, bracket[1].t, bracket[1].loss,
                                bracket[1].slope, left, right);
    // A trial at the border twice in a row is pushed a tenth of the bracket inwards, else the bracket may never shrink.
    const double margin = 0.1 * (right - left);
    if (std::min(right - next, next - left) < margin) {
      if (insufficient_progress || next >= right || next <= left) {
        next = std::abs(next - right) < std::abs(next - left) ? right - margin : left + margin;
        insufficient_progress = false;
      } else {
        insufficient_progress = true;
      }
    } else {
      insufficient_progress = false;
    }
    const Point trial = evaluate(closure, start, next);
    ++evaluations;
    ++searched;
    const int high = 1 - low;
    if (!decreases(trial) || trial.loss >= bracket[low].loss) {
      bracket[high] = trial;
      low = bracket[0].loss <= bracket[1].loss ? 0 : 1;
      continue;
    }
    if (flat_enough(trial)) {
      done = true;
    } else if (trial.slope * (bracket[high].t - bracket[low].t) >= 0) {
      bracket[high] = bracket[low];
    }
    bracket[low] = trial;
  }
  return bracket[low];
}

void Lbfgs::remember(const at::Tensor& gradient) {
  const at::Tensor change = gradient - previous_gradient_;
  const at::Tensor moved = direction_ * length_;
  const double curvature = product(change, moved);
  if (curvature <= 1e-10) return;
  if (static_cast<int64_t>(moves_.size()) == options_.history_size) {
    moves_.pop_front();
    gradient_changes_.pop_front();
  }
  moves_.push_back(moved);
  gradient_changes_.push_back(change);
  scale_ = curvature / product(change, change);
}

at::Tensor Lbfgs::two_loop(const at::Tensor& gradient) const {
  at::Tensor q = gradient.neg();
  const size_t n = moves_.size();
  std::vector<double> alpha(n), rho(n);
  for (size_t i = n; i-- > 0;) {
    rho[i] = 1 / product(gradient_changes_[i], moves_[i]);
    alpha[i] = product(moves_[i], q) * rho[i];
    q.add_(gradient_changes_[i], -alpha[i]);
  }
  q.mul_(scale_);
  for (size_t i = 0; i < n; ++i) q.add_(moves_[i], alpha[i] - product(gradient_changes_[i], q) * rho[i]);
  return q;
}

double Lbfgs::step(const std::function<double()>& closure) {
  at::NoGradGuard no_grad;
  const auto with_gradient = [&] {
    at::AutoGradMode grad_mode(true);
    return closure();
  };
  const double first_loss = with_gradient();
  count_step();
  double loss = first_loss;
  int64_t evaluations = 1;
  const int64_t max_evaluations = options_.max_eval.value_or(options_.max_iter * 5 / 4);
  at::Tensor gradient = flat_gradient();
  if (largest(gradient) <= options_.tolerance_grad) return first_loss;

  for (int64_t k = 1; k <= options_.max_iter; ++k) {
    const bool first = iterations_++ == 0;
    if (first) {
      direction_ = gradient.neg();
    } else {
      remember(gradient);
      direction_ = two_loop(gradient);
    }
    previous_gradient_ = gradient.clone();
    previous_loss_ = loss;
    length_ = first ? std::min(1.0, 1 / gradient.abs().sum().item<double>()) * lr() : lr();
    const double slope = product(gradient, direction_);
    if (slope > -options_.tolerance_change) break;

    if (options_.line_search_fn) {
      int64_t searched = 0;
      const Point found = strong_wolfe(closure, {0, loss, gradient, slope}, length_, searched);
      evaluations += searched;
      length_ = found.t;
      loss = found.loss;
      gradient = found.gradient;
      move(length_);
    } else {
      move(length_);
      // The last iteration's end is evaluated by the next step's first call.
      if (k == options_.max_iter) break;
      loss = with_gradient();
      gradient = flat_gradient();
      ++evaluations;
    }
    if (evaluations >= max_evaluations || largest(gradient) <= options_.tolerance_grad) break;
    if (largest(direction_) * std::abs(length_) <= options_.tolerance_change) break;
    if (std::abs(loss - previous_loss_) < options_.tolerance_change) break;
  }
  return first_loss;
}

OptimizerState Lbfgs::extra_state() const {
  OptimizerState state;
  state.values.set("iterations", iterations_);
  state.values.set("length", length_);
  state.values.set("scale", scale_);
  state.values.set("previous_loss", previous_loss_);
  if (direction_.defined()) state.tensors.set("direction", direction_);
  if (previous_gradient_.defined()) state.tensors.set("previous_gradient", previous_gradient_);
  if (!moves_.empty()) {
    state.tensors.set("moves", at::stack(std::vector<at::Tensor>(moves_.begin(), moves_.end())));
    state.tensors.set("gradient_changes",
                      at::stack(std::vector<at::Tensor>(gradient_changes_.begin(), gradient_changes_.end())));
  }
  return state;
}

void Lbfgs::load_extra_state(const OptimizerState& state) {
  int64_t numel = 0;
  for (const at::Tensor& parameter : groups().front().parameters) numel += parameter.numel();
  const auto options = groups().front().parameters.front().options().requires_grad(false);
  const auto read = [&](std::string_view name, int64_t dim) {
    const at::Tensor value = state.tensors.get(name);
    require(!value.defined() || (value.dim() == dim && value.size(-1) == numel),
            "optimizer state: extra/{} is [{}]; the last axis must be {}", name,
            value.defined() ? join_text(value.sizes(), ", ") : "", numel);
    return value.defined() ? value.to(options).clone() : value;
  };
  const at::Tensor direction = read("direction", 1), gradient = read("previous_gradient", 1);
  const at::Tensor moves = read("moves", 2), changes = read("gradient_changes", 2);
  require(moves.defined() == changes.defined() && (!moves.defined() || moves.sizes() == changes.sizes()),
          "optimizer state: extra/moves and extra/gradient_changes differ in shape; they must agree");
  const int64_t iterations = state.values.at("iterations").as_int();
  const double length = state.values.at("length").as_double(), scale = state.values.at("scale").as_double();
  const double loss = state.values.at("previous_loss").as_double();

  direction_ = direction;
  previous_gradient_ = gradient;
  moves_.clear();
  gradient_changes_.clear();
  for (int64_t i = 0; moves.defined() && i < moves.size(0); ++i) {
    moves_.push_back(moves[i]);
    gradient_changes_.push_back(changes[i]);
  }
  iterations_ = iterations;
  length_ = length;
  scale_ = scale;
  previous_loss_ = loss;
}

}  // namespace spinel::train
