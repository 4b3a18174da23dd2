#include "spinel/nn/radial_basis.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>
#include <numbers>

namespace spinel::nn {

GaussianRBF::GaussianRBF(const RadialBasisOptions& options, Layout layout) : options_(options), layout_(layout) {
  require(layout == Layout::centered || options.n_rbf >= 2,
          "GaussianRBF: n_rbf is {}; at least 2 are needed, as their distance is the width", options.n_rbf);
  require(
      std::isfinite(options.start) && (layout == Layout::spread ? options.start != options.cutoff : options.start > 0),
      "{}: start is {} with the cutoff {}; {}", layout == Layout::spread ? "GaussianRBF" : "GaussianRBFCentered",
      options.start, options.cutoff,
      layout == Layout::spread ? "it must be another distance" : "the first width must be greater than 0");
  widths_ = at::empty({options.n_rbf}, at::kFloat);
  offsets_ = at::empty({options.n_rbf}, at::kFloat);
  if (options.trainable) {
    add_parameter("widths", widths_);
    add_parameter("offsets", offsets_);
  } else {
    add_buffer("widths", widths_);
    add_buffer("offsets", offsets_);
  }
  GaussianRBF::reset_parameters();
}

void GaussianRBF::reset_parameters() {
  at::NoGradGuard no_grad;
  const at::Tensor grid = at::linspace(options_.start, options_.cutoff, options_.n_rbf, at::kFloat);
  if (layout_ == Layout::centered) {
    widths_.copy_(grid);
    offsets_.zero_();
  } else {
    widths_.copy_(at::abs(grid[1] - grid[0]).expand_as(grid));
    offsets_.copy_(grid);
  }
}

at::Tensor GaussianRBF::forward(const at::Tensor& d) const {
  const at::Tensor difference = d.unsqueeze(-1) - offsets_;
  return at::exp(-0.5 / widths_.square() * difference.square());
}

std::pair<at::Tensor, at::Tensor> GaussianRBF::with_derivative(const at::Tensor& d) const {
  at::NoGradGuard no_grad;
  const at::Tensor difference = d.unsqueeze(-1) - offsets_;
  const at::Tensor scaled = difference / widths_.square();
  at::Tensor value = at::exp(scaled * difference * -0.5);
  at::Tensor derivative = -(scaled * value);
  return {std::move(value), std::move(derivative)};
}

BesselRBF::BesselRBF(const RadialBasisOptions& options) {
  add_buffer("freqs", freqs_ = at::arange(1, options.n_rbf + 1, at::kFloat) * std::numbers::pi / options.cutoff);
}

at::Tensor BesselRBF::forward(const at::Tensor& d) const {
  const at::Tensor divisor = at::where(d == 0, at::ones_like(d), d).unsqueeze(-1);
  return at::sin(d.unsqueeze(-1) * freqs_) / divisor;
}

std::pair<at::Tensor, at::Tensor> BesselRBF::with_derivative(const at::Tensor& d) const {
  at::NoGradGuard no_grad;
  const at::Tensor divisor = at::where(d == 0, at::ones_like(d), d).unsqueeze(-1);
  const at::Tensor phase = d.unsqueeze(-1) * freqs_;
  at::Tensor value = at::sin(phase) / divisor;
  at::Tensor derivative = (freqs_ * at::cos(phase) - value) / divisor;
  return {std::move(value), std::move(derivative)};
}

namespace {

OptionTable<RadialBasisOptions> radial_basis_table(const std::string& name) {
  OptionTable<RadialBasisOptions> table(name);
  table.add("n_rbf", &RadialBasisOptions::n_rbf, "number of functions").range(1, 1e6);
  table.add("cutoff", &RadialBasisOptions::cutoff, "end of the covered range", "Å").positive();
  return table;
}

OptionTable<RadialBasisOptions> gaussian_table(const std::string& name) {
  OptionTable<RadialBasisOptions> table = radial_basis_table(name);
  table.add("start", &RadialBasisOptions::start, "first offset (GaussianRBFCentered: first width, by default 1)", "Å");
  table.add("trainable", &RadialBasisOptions::trainable, "train offsets and widths");
  return table;
}

}  // namespace

const RadialBasisList& radial_basis_list() {
  using Layout = GaussianRBF::Layout;
  static const RadialBasisList list(
      "radial basis",
      {
          {"GaussianRBF", "Gaussians of one width at evenly spaced offsets", gaussian_table("GaussianRBF").docs(),
           [](const Config& arguments) -> std::unique_ptr<RadialBasis> {
             return std::make_unique<GaussianRBF>(gaussian_table("GaussianRBF").parse(arguments), Layout::spread);
           }},
          {"GaussianRBFCentered", "Gaussians at 0 of evenly spaced widths",
           gaussian_table("GaussianRBFCentered").docs(),
           [](const Config& arguments) -> std::unique_ptr<RadialBasis> {
             RadialBasisOptions options = gaussian_table("GaussianRBFCentered").parse(arguments);
             if (!arguments.is_map() || !arguments.contains("start")) options.start = 1.0;
             return std::make_unique<GaussianRBF>(options, Layout::centered);
           }},
          {"BesselRBF", "spherical Bessel functions of order 0", radial_basis_table("BesselRBF").docs(),
           [](const Config& arguments) -> std::unique_ptr<RadialBasis> {
             return std::make_unique<BesselRBF>(radial_basis_table("BesselRBF").parse(arguments));
           }},
      });
  return list;
}

}  // namespace spinel::nn
