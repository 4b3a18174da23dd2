// Radial bases: expansions of a distance in a set of functions.
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "spinel/base/component.h"
#include "spinel/nn/module.h"

namespace spinel::nn {

/// Base of the radial bases. Their constants are made in float32, as in the reference, whatever dtype follows.
class RadialBasis : public Module {
 public:
  /// Distances [E] in Å → [E, n_rbf]; any order of derivative.
  virtual at::Tensor forward(const at::Tensor& d) const = 0;
  /// Values and derivatives by the distance, both [E, n_rbf], without autograd.
  virtual std::pair<at::Tensor, at::Tensor> with_derivative(const at::Tensor& d) const = 0;
  virtual int64_t n_rbf() const = 0;
};

struct RadialBasisOptions {
  int64_t n_rbf = 20;
  double cutoff = 5.0;  ///< Å
  double start = 0.0;   ///< Å; GaussianRBFCentered: 1.0
  bool trainable = false;
};

/// exp(−(d − μ_k)² / (2 w_k²)). State: `widths`, `offsets` [n_rbf], parameters if trainable, else buffers.
class GaussianRBF : public RadialBasis {
 public:
  enum class Layout {
    spread,    ///< μ = linspace(start, cutoff), one width: their distance
    centered,  ///< μ = 0, w = linspace(start, cutoff)
  };
  GaussianRBF(const RadialBasisOptions& options, Layout layout);
  void reset_parameters() override;
  at::Tensor forward(const at::Tensor& d) const override;
  std::pair<at::Tensor, at::Tensor> with_derivative(const at::Tensor& d) const override;
  int64_t n_rbf() const override { return options_.n_rbf; }

 private:
  RadialBasisOptions options_;
  Layout layout_;
  at::Tensor widths_;
  at::Tensor offsets_;
};

/// sin(n π d / cutoff) / d for n = 1 … n_rbf (Gasteiger et al., arXiv:2003.03123, eq. 7, without its constant factor);
/// 0 at d = 0. State: `freqs` [n_rbf].
class BesselRBF : public RadialBasis {
 public:
  explicit BesselRBF(const RadialBasisOptions& options);
  at::Tensor forward(const at::Tensor& d) const override;
  std::pair<at::Tensor, at::Tensor> with_derivative(const at::Tensor& d) const override;
  int64_t n_rbf() const override { return freqs_.size(0); }

 private:
  at::Tensor freqs_;
};

using RadialBasisList = ComponentList<std::unique_ptr<RadialBasis>(const Config& arguments)>;
/// GaussianRBF, GaussianRBFCentered, BesselRBF.
const RadialBasisList& radial_basis_list();

}  // namespace spinel::nn
