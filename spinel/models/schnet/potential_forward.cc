#include <ATen/ATen.h>

#include "spinel/hosts/torch/cfconv.h"
#include "spinel/models/schnet/potential_tape.h"

namespace spinel::models {

void first_filter_layer(PotentialTape& tape, size_t t) {
  const BlockWeights& w = tape.weights.blocks[t];
  const at::Tensor weight = at::cat({w.filter1, w.filter1_bias.unsqueeze(1)}, 1);
  at::mm_out(tape.blocks[t].a, tape.rbf, weight.t());
  tape.block_of_a = t;
}

namespace {

void filter(PotentialTape& tape, size_t t) {
  const BlockWeights& w = tape.weights.blocks[t];
  BlockTape& block = tape.blocks[t];
  const int64_t pairs = tape.pairs.pairs();
  first_filter_layer(tape, t);
  at::Tensor h = tape.scratch1.view({tape.filter_rows(), block.a.size(1)}, tape.dtype);
  at::Tensor slope;
  if (tape.forces) {
    hosts::activate_dual(tape.activation, block.a.narrow(0, 0, pairs), block.a.narrow(0, pairs, pairs),
                         h.narrow(0, 0, pairs), h.narrow(0, pairs, pairs));
    slope = block.w.narrow(0, pairs, pairs);
  } else {
    hosts::activate(tape.activation, block.a, h);
  }
  at::mm_out(block.w, h, w.filter2.t());
  hosts::apply_cutoff(w.filter2_bias, tape.cut, tape.forces ? tape.cut_slope : at::Tensor(),
                      block.w.narrow(0, 0, pairs), slope);
}

void interact(PotentialTape& tape, size_t t) {
  const BlockWeights& w = tape.weights.blocks[t];
  BlockTape& block = tape.blocks[t];
  const at::Tensor x = tape.value(tape.x[t]);
  at::Tensor next = tape.value(tape.x[t + 1]);
  at::Tensor xp = tape.value(block.xp), y = tape.value(block.y), v = tape.value(block.v), u = tape.value(block.u);
  at::mm_out(xp, x, w.in2f.t());
  hosts::cfconv(tape.pairs.by_center(), xp, block.w, y);
  at::addmm_out(v, w.out1_bias, y, w.out1.t());
  hosts::activate(tape.activation, v, u);
  at::add_out(next, x, w.out2_bias);
  at::addmm_out(next, next, u, w.out2.t());
}

/// Atom energies [N,1].
at::Tensor head(PotentialTape& tape) {
  const size_t layers = tape.head.size();
  for (size_t k = 0; k < layers; ++k) {
    const auto& [weight, bias] = tape.weights.head[k];
    at::Tensor a = tape.value(tape.head[k].a);
    at::addmm_out(a, bias, tape.value(tape.head[k].z), weight.t());
    if (k + 1 < layers) hosts::activate(tape.head_activation, a, tape.value(tape.head[k + 1].z));
  }
  return tape.value(tape.head.back().a).clone();
}

void head_slopes(PotentialTape& tape) {
  tape.slope(tape.head.back().adj_a).copy_(tape.seed);
  for (size_t k = tape.head.size(); k-- > 0;) {
    at::Tensor gz = tape.slope(tape.head[k].adj_z);
    at::mm_out(gz, tape.slope(tape.head[k].adj_a), tape.weights.head[k].first);
    if (k > 0) {
      hosts::activation_slope(tape.head_activation, tape.value(tape.head[k - 1].a), gz,
                              tape.slope(tape.head[k - 1].adj_a));
    }
  }
}

/// ∂E/∂d of all pairs [P]; leaves ∂E/∂· of all atom tensors on the tape.
at::Tensor radial_slopes(PotentialTape& tape) {
  head_slopes(tape);
  const int64_t pairs = tape.pairs.pairs();
  at::Tensor g = at::zeros({pairs}, tape.dtype);
  for (int64_t t = static_cast<int64_t>(tape.blocks.size()) - 1; t >= 0; --t) {
    const BlockWeights& w = tape.weights.blocks[t];
    BlockTape& block = tape.blocks[t];
    const at::Tensor gx = tape.slope(tape.adj_x[t + 1]);
    at::Tensor gu = tape.slope(block.adj_u), gv = tape.slope(block.adj_v), gy = tape.slope(block.adj_y);
    at::mm_out(gu, gx, w.out2);
    hosts::activation_slope(tape.activation, tape.value(block.v), gu, gv);
    at::mm_out(gy, gv, w.out1);
    hosts::cfconv_pair_dot(tape.pairs.view(), block.w.narrow(0, pairs, pairs), tape.value(block.xp), gy, g);
    // The first features depend on the elements only: their slope is not needed.
    if (t == 0) continue;
    at::Tensor gxp = tape.slope(block.adj_xp), below = tape.slope(tape.adj_x[t]);
    hosts::cfconv(tape.pairs.by_neighbor(), gy, block.w, gxp);
    at::addmm_out(below, gx, gxp, w.in2f);
  }
  return g;
}

template <typename T>
void collect(const PotentialTape& tape, const at::Tensor& radial, PotentialResult& result) {
  const T *g = radial.const_data_ptr<T>(), *r = tape.vector.const_data_ptr<T>();
  const T* d = tape.distance.const_data_ptr<T>();
  const int64_t* graph = tape.idx_m.const_data_ptr<int64_t>();
  std::vector<double> force(3 * tape.atoms, 0.0), virial(tape.stress ? 9 * tape.graphs : 0, 0.0);
  for (int64_t p = 0; p < tape.pairs.pairs(); ++p) {
    const int32_t i = tape.pairs.i[p], j = tape.pairs.j[p];
    for (int a = 0; a < 3; ++a) {
      const double pull = double{g[p]} * r[3 * p + a] / d[p];
      force[3 * i + a] += pull;
      force[3 * j + a] -= pull;
      for (int b = 0; tape.stress && b < 3; ++b) virial[9 * graph[i] + 3 * a + b] += pull * r[3 * p + b];
    }
  }
  std::copy(force.begin(), force.end(), result.forces.mutable_data_ptr<T>());
  if (!tape.stress) return;
  T* stress = result.stress.mutable_data_ptr<T>();
  const T* volume = tape.volume.const_data_ptr<T>();
  for (size_t k = 0; k < virial.size(); ++k) stress[k] = static_cast<T>(virial[k] / double{volume[k / 9]});
}

}  // namespace

PotentialResult run_forward(PotentialTape& tape) {
  at::Tensor first = tape.value(tape.x[0]);
  at::index_select_out(first, tape.weights.embedding, 0, tape.z);
  for (size_t t = 0; t < tape.blocks.size(); ++t) {
    filter(tape, t);
    interact(tape, t);
  }
  PotentialResult result;
  result.per_atom = head(tape);
  result.energy = at::zeros({tape.graphs}, at::kDouble)
                      .index_add_(0, tape.idx_m, (result.per_atom * tape.seed).view({-1}).to(at::kDouble))
                      .to(tape.dtype);
  if (!tape.forces) return result;
  const at::Tensor radial = radial_slopes(tape);
  result.forces = at::empty({tape.atoms, 3}, tape.dtype);
  if (tape.stress) result.stress = at::empty({tape.graphs, 3, 3}, tape.dtype);
  if (tape.dtype == at::kFloat) {
    collect<float>(tape, radial, result);
  } else {
    collect<double>(tape, radial, result);
  }
  return result;
}

}  // namespace spinel::models
