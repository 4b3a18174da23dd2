// Cutoff functions: smooth factors that take a radial function to 0 at the cutoff distance.
#pragma once

#include <memory>
#include <utility>

#include "spinel/base/component.h"
#include "spinel/nn/module.h"

namespace spinel::nn {

/// Base of the cutoff functions. State: `cutoff` [1], made in float32 as in the reference.
class CutoffFunction : public Module {
 public:
  /// Distances [E] in Å → factors [E]; any order of derivative.
  virtual at::Tensor forward(const at::Tensor& d) const = 0;
  /// Values and derivatives by the distance, both [E], without autograd.
  virtual std::pair<at::Tensor, at::Tensor> with_derivative(const at::Tensor& d) const = 0;

 protected:
  explicit CutoffFunction(double cutoff);
  at::Tensor cutoff_;
};

/// ½ (cos(π d / c) + 1) for d < c, else 0 (Behler, J. Chem. Phys. 134, 074106 (2011)).
class CosineCutoff : public CutoffFunction {
 public:
  explicit CosineCutoff(double cutoff) : CutoffFunction(cutoff) {}
  at::Tensor forward(const at::Tensor& d) const override;
  std::pair<at::Tensor, at::Tensor> with_derivative(const at::Tensor& d) const override;
};

/// exp(1 − 1/(1 − (d/c)²)) for d + eps < c, else 0: all derivatives vanish at c. State also: `eps` [1].
class MollifierCutoff : public CutoffFunction {
 public:
  explicit MollifierCutoff(double cutoff, double eps = 1e-7);
  at::Tensor forward(const at::Tensor& d) const override;
  std::pair<at::Tensor, at::Tensor> with_derivative(const at::Tensor& d) const override;

 private:
  at::Tensor eps_;
};

using CutoffList = ComponentList<std::unique_ptr<CutoffFunction>(const Config& arguments)>;
/// CosineCutoff, MollifierCutoff; the argument of both is `cutoff`.
const CutoffList& cutoff_list();

}  // namespace spinel::nn
