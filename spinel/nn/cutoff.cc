#include "spinel/nn/cutoff.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <numbers>

namespace spinel::nn {

CutoffFunction::CutoffFunction(double cutoff) { add_buffer("cutoff", cutoff_ = at::full({1}, cutoff, at::kFloat)); }

at::Tensor CosineCutoff::forward(const at::Tensor& d) const {
  return 0.5 * (at::cos(d * std::numbers::pi / cutoff_) + 1.0) * (d < cutoff_);
}

std::pair<at::Tensor, at::Tensor> CosineCutoff::with_derivative(const at::Tensor& d) const {
  at::NoGradGuard no_grad;
  const at::Tensor inside = d < cutoff_;
  const at::Tensor phase = d * std::numbers::pi / cutoff_;
  return {0.5 * (at::cos(phase) + 1.0) * inside, -0.5 * std::numbers::pi / cutoff_ * at::sin(phase) * inside};
}

MollifierCutoff::MollifierCutoff(double cutoff, double eps) : CutoffFunction(cutoff) {
  add_buffer("eps", eps_ = at::full({1}, eps, at::kFloat));
}

at::Tensor MollifierCutoff::forward(const at::Tensor& d) const {
  // The mask also enters the argument: outside, exp would overflow and its derivative times 0 be NaN.
  const at::Tensor inside = (d + eps_ < cutoff_).to(d.scalar_type());
  return at::exp(1.0 - 1.0 / (1.0 - (d * inside / cutoff_).square())) * inside;
}

std::pair<at::Tensor, at::Tensor> MollifierCutoff::with_derivative(const at::Tensor& d) const {
  at::NoGradGuard no_grad;
  const at::Tensor inside = (d + eps_ < cutoff_).to(d.scalar_type());
  const at::Tensor ratio = d * inside / cutoff_;
  const at::Tensor gap = 1.0 - ratio.square();
  at::Tensor value = at::exp(1.0 - 1.0 / gap) * inside;
  at::Tensor derivative = value * ratio * -2.0 / (cutoff_ * gap.square());
  return {std::move(value), std::move(derivative)};
}

namespace {

struct CutoffOptions {
  double cutoff = 5.0;
};

OptionTable<CutoffOptions> cutoff_table(const std::string& name) {
  OptionTable<CutoffOptions> table(name);
  table.add("cutoff", &CutoffOptions::cutoff, "distance from which on the factor is 0", "Å").positive();
  return table;
}

template <typename Function>
Component<std::unique_ptr<CutoffFunction>(const Config&)> cutoff_component(const std::string& name,
                                                                           std::string summary) {
  return {name, std::move(summary), cutoff_table(name).docs(),
          [name](const Config& arguments) -> std::unique_ptr<CutoffFunction> {
            return std::make_unique<Function>(cutoff_table(name).parse(arguments).cutoff);
          }};
}

}  // namespace

const CutoffList& cutoff_list() {
  static const CutoffList list(
      "cutoff function", {cutoff_component<CosineCutoff>("CosineCutoff", "half a cosine wave from 1 to 0"),
                          cutoff_component<MollifierCutoff>("MollifierCutoff", "infinitely often differentiable")});
  return list;
}

}  // namespace spinel::nn
