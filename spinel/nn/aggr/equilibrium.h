// The aggregation that minimises a learnt energy.
#pragma once

#include <memory>
#include <vector>

#include "spinel/nn/aggr/aggregation.h"
#include "spinel/nn/dense/linear.h"
#include "spinel/nn/norm/layer_norm.h"

namespace spinel::nn {

/// A network with residual connections from the input to every layer, the potential of elements x and results y. State:
/// `layers.<i>.0.*` linear, `layers.<i>.1.*` layer norm, the last one linear alone; `res_trans.<i>.*`.
class ResNetPotential : public Module {
 public:
  ResNetPotential(int64_t in_channels, int64_t out_channels, const std::vector<int64_t>& num_layers);
  /// x [E, F], y [G, C] → [], the sum over groups of the mean over their elements.
  at::Tensor forward(const at::Tensor& x, const at::Tensor& y, const graph::Groups& groups);

 private:
  std::vector<std::unique_ptr<Linear>> lins_, res_trans_;
  std::vector<std::unique_ptr<LayerNorm>> norms_;
};

struct EquilibriumOptions {
  int64_t in_channels = 0;
  int64_t out_channels = 0;
  std::vector<int64_t> num_layers;  ///< hidden widths of the potential
  int64_t grad_iter = 5;            ///< steps
  double lamb = 0.1;                ///< initial weight of the regularisation
};

/// y from `grad_iter` steps of gradient descent with momentum on potential(x, y) + softplus(λ) · mean ‖y‖² from y = 0
/// (Bartunov et al., arXiv:2202.12795), through which gradients flow. [E, in] → [G, out]. State: `potential.*`,
/// `optimizer._lr`, `optimizer._mom`, `lamb` [1].
class EquilibriumAggregation : public Aggregation {
 public:
  explicit EquilibriumAggregation(EquilibriumOptions options);
  std::string name() const override { return "EquilibriumAggregation"; }
  void reset_parameters() override;
  int64_t out_channels(int64_t) const override { return options_.out_channels; }

 protected:
  Needs needs() const override { return {.index = true}; }
  at::Tensor aggregate(const at::Tensor& x, const graph::Groups& groups, int64_t dim,
                       std::optional<int64_t> max_num_elements) override;

 private:
  EquilibriumOptions options_;
  ResNetPotential potential_;
  at::Tensor lr_, mom_, lamb_;
};

}  // namespace spinel::nn
