#include "spinel/nn/conv/linear_of_nodes.h"

#include <ATen/ATen.h>

#include "spinel/nn/dense/linear.h"

namespace spinel::nn {

const Linear* linear_of_nodes(Layer& layer, const MessagePassingBase& conv, const Adjacency& edges, int64_t nodes) {
  if (!conv.may_bypass_messages() || edges.num_edges() < nodes) return nullptr;
  return layer.steps().front().linear;
}

// What was gathered is for these sums alone, so they are made in place.

at::Tensor forward_behind_linear(Layer& layer, const Lifted& of_i, const Lifted& of_j) {
  at::Tensor sum = of_j.tensor();
  return apply_steps(layer.steps(), sum.add_(of_i.tensor()), 1);
}

at::Tensor forward_behind_linear(Layer& layer, const Lifted& of_j, const at::Tensor& edges, int64_t first) {
  const std::vector<LayerStep> steps = layer.steps();
  at::Tensor sum = of_j.tensor();
  return apply_steps(steps, sum.addmm_(edges, steps[0].linear->weight().narrow(1, first, edges.size(1)).t()), 1);
}

}  // namespace spinel::nn
