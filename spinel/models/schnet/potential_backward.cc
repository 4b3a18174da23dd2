#include <ATen/ATen.h>

#include "spinel/hosts/torch/cfconv.h"
#include "spinel/models/schnet/potential_tape.h"

namespace spinel::models {
namespace {

/// ḋ of all pairs [P] for the direction −c_F in positions and c_S / V in strain, so that Ė = Σ c_F·F + Σ c_S·σ.
template <typename T>
void fill_dots(const PotentialTape& tape, const PotentialCotangents& c, at::Tensor& dots) {
  const at::Tensor force = c.forces.defined() ? c.forces.contiguous() : at::zeros({tape.atoms, 3}, tape.dtype);
  const at::Tensor strain = c.stress.defined() ? (c.stress / tape.volume.view({-1, 1, 1})).contiguous() : at::Tensor();
  const T *f = force.const_data_ptr<T>(), *r = tape.vector.const_data_ptr<T>();
  const T *d = tape.distance.const_data_ptr<T>(), *s = strain.defined() ? strain.const_data_ptr<T>() : nullptr;
  const int64_t* graph = tape.idx_m.const_data_ptr<int64_t>();
  T* out = dots.mutable_data_ptr<T>();
  for (int64_t p = 0; p < tape.pairs.pairs(); ++p) {
    const int32_t i = tape.pairs.i[p], j = tape.pairs.j[p];
    T sum = 0;
    for (int b = 0; b < 3; ++b) {
      T move = f[3 * i + b] - f[3 * j + b];
      for (int a = 0; s && a < 3; ++a) move += r[3 * p + a] * s[9 * graph[i] + 3 * a + b];
      sum += r[3 * p + b] * move;
    }
    out[p] = sum / d[p];
  }
}

/// The tangent pass.
void run_dots(PotentialTape& tape, const at::Tensor& dots) {
  const int64_t pairs = tape.pairs.pairs();
  for (size_t t = 0; t < tape.blocks.size(); ++t) {
    const BlockWeights& w = tape.weights.blocks[t];
    BlockTape& block = tape.blocks[t];
    at::Tensor xp, y = tape.dot(block.y), v = tape.dot(block.v), u = tape.dot(block.u), next = tape.dot(tape.x[t + 1]);
    if (t > 0) at::mm_out(xp = tape.dot(block.xp), tape.dot(tape.x[t]), w.in2f.t());
    hosts::cfconv_pairwise(tape.pairs.by_center(), xp, block.w, dots, tape.value(block.xp),
                           block.w.narrow(0, pairs, pairs), y);
    at::mm_out(v, y, w.out1.t());
    hosts::activation_slope(tape.activation, tape.value(block.v), v, u);
    if (t == 0) {
      at::mm_out(next, u, w.out2.t());
    } else {
      at::addmm_out(next, tape.dot(tape.x[t]), u, w.out2.t());
    }
  }
  if (tape.blocks.empty()) tape.dot(tape.x[0]).zero_();
  for (size_t k = 0; k + 1 < tape.head.size(); ++k) {
    at::Tensor a = tape.dot(tape.head[k].a);
    at::mm_out(a, tape.dot(tape.head[k].z), tape.weights.head[k].first.t());
    hosts::activation_slope(tape.head_activation, tape.value(tape.head[k].a), a, tape.dot(tape.head[k + 1].z));
  }
}

/// The reverse pass. `tangent`: forces or stress have cotangents; else all dots are zero and only values count.
class Reverse {
 public:
  Reverse(PotentialTape& tape, at::Tensor dots)
      : tape_(tape), dots_(std::move(dots)), tangent_(dots_.defined()), rows_(tape.atoms * (tangent_ ? 2 : 1)) {}

  PotentialWeights run(const at::Tensor& atom_cotangents) {
    gradient_.blocks.resize(tape_.blocks.size());
    gradient_.head.resize(tape_.head.size());
    head(atom_cotangents);
    for (size_t t = tape_.blocks.size(); t-- > 0;) block(t);
    gradient_.embedding = at::zeros_like(tape_.weights.embedding);
    gradient_.embedding.index_add_(0, tape_.z, tape_.bar(tape_.adj_x[0]));
    return std::move(gradient_);
  }

 private:
  /// adjointᵀ · input over the rows in use: the gradient of a weight.
  at::Tensor weight_gradient(const at::Tensor& adjoint, const at::Tensor& input) const {
    return at::mm(adjoint.narrow(0, 0, rows_).t(), input.narrow(0, 0, rows_));
  }

  void activation_adjoint(kernels::ActivationKind kind, const at::Tensor& x, const at::Tensor& y_adjoint,
                          const at::Tensor& x_adjoint) const {
    if (tangent_) {
      hosts::activate_dual_adjoint(kind, tape_.value(x), tape_.dot(x), tape_.bar(y_adjoint), tape_.slope(y_adjoint),
                                   tape_.bar(x_adjoint), {});
    } else {
      hosts::activation_slope(kind, tape_.value(x), tape_.bar(y_adjoint), tape_.bar(x_adjoint));
    }
  }

  void head(const at::Tensor& atom_cotangents) {
    tape_.bar(tape_.head.back().adj_a).copy_(atom_cotangents);
    for (size_t k = tape_.head.size(); k-- > 0;) {
      HeadTape& layer = tape_.head[k];
      gradient_.head[k] = {weight_gradient(layer.adj_a, layer.z), tape_.bar(layer.adj_a).sum(0)};
      at::Tensor bar = tape_.bar(layer.adj_z);
      at::mm_out(bar, tape_.bar(layer.adj_a), tape_.weights.head[k].first);
      if (k > 0) {
        activation_adjoint(tape_.head_activation, tape_.head[k - 1].a, layer.adj_z, tape_.head[k - 1].adj_a);
      }
    }
  }

  void block(size_t t) {
    const BlockWeights& w = tape_.weights.blocks[t];
    BlockTape& b = tape_.blocks[t];
    BlockWeights& g = gradient_.blocks[t];
    const at::Tensor x_bar = tape_.bar(tape_.adj_x[t + 1]);
    at::Tensor u_bar = tape_.bar(b.adj_u), y_bar = tape_.bar(b.adj_y), xp_bar = tape_.bar(b.adj_xp);
    g.out2 = weight_gradient(tape_.adj_x[t + 1], b.u);
    g.out2_bias = x_bar.sum(0);
    at::mm_out(u_bar, x_bar, w.out2);
    activation_adjoint(tape_.activation, b.v, b.adj_u, b.adj_v);
    g.out1 = weight_gradient(b.adj_v, b.y);
    g.out1_bias = tape_.bar(b.adj_v).sum(0);
    at::mm_out(y_bar, tape_.bar(b.adj_v), w.out1);
    filter(t);
    if (tangent_) {
      hosts::cfconv_pairwise(tape_.pairs.by_neighbor(), y_bar, b.w, dots_, tape_.slope(b.adj_y), radial_part(b.w),
                             xp_bar);
    } else {
      hosts::cfconv(tape_.pairs.by_neighbor(), y_bar, b.w, xp_bar);
    }
    // Of the first step neither the dot of x nor the slope of xp was made: the former is zero.
    g.in2f = t > 0 ? weight_gradient(b.adj_xp, tape_.x[t]) : at::mm(xp_bar.t(), tape_.value(tape_.x[t]));
    at::Tensor below = tape_.bar(tape_.adj_x[t]);
    at::addmm_out(below, x_bar, xp_bar, w.in2f);
  }

  void filter(size_t t) {
    const BlockWeights& w = tape_.weights.blocks[t];
    BlockTape& b = tape_.blocks[t];
    BlockWeights& g = gradient_.blocks[t];
    const int64_t pairs = tape_.pairs.pairs(), rows = tangent_ ? 2 * pairs : pairs, width = b.w.size(1);
    if (tape_.block_of_a != t) first_filter_layer(tape_, t);
    at::Tensor adjoint = tape_.scratch1.view({rows, width}, tape_.dtype);
    at::Tensor h = tape_.scratch2.view({rows, width}, tape_.dtype);
    const at::Tensor value = adjoint.narrow(0, 0, pairs), a = b.a.narrow(0, 0, pairs);
    hosts::FilterAdjoint f{.x = tape_.value(b.xp),
                           .xdot = {},
                           .ybar = tape_.bar(b.adj_y),
                           .gy = {},
                           .s = {},
                           .c = tape_.cut,
                           .cd = {},
                           .value = value,
                           .slope = {}};
    if (tangent_) {
      if (t > 0) f.xdot = tape_.dot(b.xp);
      f.gy = tape_.slope(b.adj_y);
      f.s = dots_;
      f.cd = tape_.cut_slope;
      f.slope = adjoint.narrow(0, pairs, pairs);
      hosts::activate_dual(tape_.activation, a, radial_part(b.a), h.narrow(0, 0, pairs), h.narrow(0, pairs, pairs));
    } else {
      hosts::activate(tape_.activation, a, h);
    }
    hosts::cfconv_filter_adjoint(tape_.pairs.view(), f);
    g.filter2 = at::mm(adjoint.t(), h);
    g.filter2_bias = value.sum(0);
    at::mm_out(h, adjoint, w.filter2);
    if (tangent_) {
      const at::Tensor h_value = h.narrow(0, 0, pairs), h_slope = h.narrow(0, pairs, pairs);
      hosts::activate_dual_adjoint(tape_.activation, a, radial_part(b.a), h_value, h_slope, h_value, h_slope);
    } else {
      hosts::activation_slope(tape_.activation, a, h, h);
    }
    const at::Tensor first = at::mm(h.t(), tape_.rbf.narrow(0, 0, rows));
    const int64_t n_rbf = first.size(1) - 1;
    g.filter1 = first.narrow(1, 0, n_rbf);
    g.filter1_bias = first.select(1, n_rbf);
  }

  at::Tensor radial_part(const at::Tensor& filter) const {
    return filter.narrow(0, tape_.pairs.pairs(), tape_.pairs.pairs());
  }

  PotentialTape& tape_;
  at::Tensor dots_;
  bool tangent_;
  int64_t rows_;
  PotentialWeights gradient_;
};

}  // namespace

std::vector<at::Tensor> run_backward(PotentialTape& tape, const PotentialCotangents& c) {
  at::Tensor dots;
  if (c.forces.defined() || c.stress.defined()) {
    dots = tape.dots_memory.view({tape.pairs.pairs()}, tape.dtype);
    if (tape.dtype == at::kFloat) {
      fill_dots<float>(tape, c, dots);
    } else {
      fill_dots<double>(tape, c, dots);
    }
    run_dots(tape, dots);
  }
  at::Tensor atoms = c.energy.defined() ? c.energy.index_select(0, tape.idx_m).unsqueeze(1) * tape.seed
                                        : at::zeros({tape.atoms, 1}, tape.dtype);
  if (c.per_atom.defined()) atoms = atoms + c.per_atom;
  return Reverse(tape, dots).run(atoms).flat();
}

}  // namespace spinel::models
