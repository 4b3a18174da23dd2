#include "spinel/models/schnet/evaluator.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>
#include <limits>

#include "spinel/atoms/vector.h"
#include "spinel/atoms/verlet_list.h"
#include "spinel/base/error.h"
#include "spinel/hosts/torch/parallel.h"
#include "spinel/kernels/cpu/activation.h"
#include "spinel/kernels/cpu/spline_conv.h"
#include "spinel/models/schnet/filter_table.h"

namespace spinel::models {
namespace {

using kernels::ActivationKind;
using kernels::kSplineRows;

constexpr int64_t kAtomGrain = 64;
constexpr int64_t kEdgeGrain = 1024;

/// Edges within the cutoff at the present positions, grouped by centre.
template <typename T>
struct Edges {
  std::vector<int32_t> first, neighbor, row;
  std::vector<double> distance;
  std::vector<Vector3> vector;  ///< from centre to neighbour, Å
  std::vector<T> value, slope;  ///< [edges, 6] spline weights, cutoff factor included

  int64_t size() const { return static_cast<int64_t>(neighbor.size()); }
  kernels::SplineEdges<T> view() const {
    return {
        static_cast<int64_t>(first.size()) - 1, first.data(), neighbor.data(), row.data(), value.data(), slope.data()};
  }
};

Vector3 pair_vector(const Frame& frame, const NeighborList& list, const std::vector<Vector3>& offsets, int64_t e) {
  Vector3 r;
  for (int k = 0; k < 3; ++k) {
    r[k] = frame.positions[list.neighbor[e]][k] + offsets[e][k] - frame.positions[list.center[e]][k];
  }
  return r;
}

/// A layer x Wᵀ + b with weights of its own.
struct Layer {
  explicit Layer(const nn::Dense& dense) : weight(dense.weight().detach().clone()) {
    if (dense.bias().defined()) bias = dense.bias().detach().clone();
  }
  void forward(const at::Tensor& x, at::Tensor& out) const {
    if (bias.defined()) {
      at::addmm_out(out, bias, x, weight.t());
    } else {
      at::mm_out(out, x, weight.t());
    }
  }
  at::Tensor weight;
  at::Tensor bias;
};

struct Block {
  explicit Block(const SchNetInteraction& from)
      : in2f(from.in2f), hidden(*from.f2out.layers()[0]), out(*from.f2out.layers()[1]) {}
  Layer in2f, hidden, out;
  at::Tensor table;  ///< [rows, filters]
};

template <typename T>
class SchNetEvaluator : public train::Evaluator {
 public:
  SchNetEvaluator(const SchNet& model, double skin, ActivationKind activation, ActivationKind head_activation);
  /// Replaces the filter networks by tables; false: one is too rough.
  bool tabulate(const SchNet& model);
  train::Evaluation evaluate(const Frame& frame) override;

 private:
  void resize(int64_t atoms);
  void find_edges(const Frame& frame);
  void weigh_edges();
  double forward(const Frame& frame);
  void backward();
  train::Evaluation collect(const Frame& frame, double energy) const;

  at::TensorOptions options_ = at::TensorOptions(c10::CppTypeToScalarType<T>::value);
  double cutoff_;
  bool average_;
  ActivationKind activation_, head_activation_;
  at::Tensor embedding_;
  std::unique_ptr<nn::CutoffFunction> cutoff_function_;
  std::vector<Block> blocks_;
  std::vector<const SchNetInteraction*> sources_;  ///< what the blocks were made from; used by tabulate()
  std::vector<int64_t> step_block_;                ///< the block of each interaction step
  double origin_ = 0, step_ = 0;                   ///< the knots of the tables, Å
  std::vector<Layer> head_;

  VerletList verlet_;
  Edges<T> edges_;
  std::vector<T> slope_sum_;  ///< [edges] dE/dd of the edge's pair
  at::Tensor x_, y_, gx_, gy_;
  std::vector<at::Tensor> filtered_;  ///< in2f(x) of each step
  std::vector<at::Tensor> hidden_;    ///< f2out's first layer of each step, before its activation
  std::vector<at::Tensor> head_in_, head_pre_;
};

template <typename T>
T* data(at::Tensor& t) {
  return t.mutable_data_ptr<T>();
}

template <typename T>
SchNetEvaluator<T>::SchNetEvaluator(const SchNet& model, double skin, ActivationKind activation,
                                    ActivationKind head_activation)
    : cutoff_(model.options().cutoff),
      average_(model.options().head.aggregation_mode == "avg"),
      activation_(activation),
      head_activation_(head_activation),
      embedding_(model.representation().embedding().weight().detach().clone()),
      cutoff_function_(make_cutoff(model.options())),
      verlet_(cutoff_, skin) {
  cutoff_function_->to(at::kDouble);  // its constants are rounded to float32 once, arithmetic with them is not
  const SchNetRepresentation& representation = model.representation();
  for (int64_t t = 0; t < representation.num_interactions(); ++t) {
    const SchNetInteraction* block = &representation.interaction(t);
    const auto known = std::find(sources_.begin(), sources_.end(), block);
    step_block_.push_back(known - sources_.begin());
    if (known != sources_.end()) continue;
    sources_.push_back(block);
    blocks_.emplace_back(*block);
  }
  for (const auto& layer : model.outnet().layers()) head_.emplace_back(*layer);
}

/// The filter network without its cutoff factor, which is not smooth at the cutoff and stays outside of the table.
at::Tensor filter_network(const nn::RadialBasis& basis, const SchNetInteraction& block, const at::Tensor& d) {
  at::Tensor h = basis.with_derivative(d).first.to(at::kDouble);
  for (const auto& layer : block.filter_network.layers()) {
    const at::Tensor bias = layer->bias().detach().to(at::kDouble);
    h = layer->activation()(at::addmm(bias, h, layer->weight().detach().to(at::kDouble).t()));
  }
  return h;
}

template <typename T>
bool SchNetEvaluator<T>::tabulate(const SchNet& model) {
  const SchNetRepresentation& representation = model.representation();
  const FilterTolerance tolerance =
      std::is_same_v<T, float> ? FilterTolerance{1e-7, 1e-6} : FilterTolerance{1e-12, 1e-10};
  // All networks in one table, so that an edge has one set of spline weights.
  const auto filters = [&](const at::Tensor& d) {
    std::vector<at::Tensor> parts;
    for (const SchNetInteraction* block : sources_) {
      parts.push_back(filter_network(representation.radial_basis(), *block, d));
    }
    return at::cat(parts, 1);
  };
  const std::optional<FilterTable> table = make_filter_table(filters, cutoff_, tolerance);
  if (!table) return false;
  origin_ = table->origin;
  step_ = table->step;
  const std::vector<at::Tensor> parts = table->coefficients.chunk(static_cast<int64_t>(blocks_.size()), 1);
  for (size_t b = 0; b < blocks_.size(); ++b) blocks_[b].table = parts[b].to(options_.dtype()).contiguous();
  return true;
}

template <typename T>
void SchNetEvaluator<T>::resize(int64_t atoms) {
  if (x_.defined() && x_.size(0) == atoms) return;
  const int64_t features = embedding_.size(1), filters = blocks_.front().in2f.weight.size(0);
  x_ = at::empty({atoms, features}, options_);
  gx_ = at::empty({atoms, features}, options_);
  y_ = at::empty({atoms, filters}, options_);
  gy_ = at::empty({atoms, filters}, options_);
  filtered_.clear();
  hidden_.clear();
  for (size_t t = 0; t < step_block_.size(); ++t) {
    filtered_.push_back(at::empty({atoms, filters}, options_));
    hidden_.push_back(at::empty({atoms, features}, options_));
  }
  head_in_.assign(head_.size(), {});
  head_pre_.assign(head_.size(), {});
  for (size_t l = 0; l < head_.size(); ++l) {
    head_in_[l] = l == 0 ? x_ : at::empty({atoms, head_[l].weight.size(1)}, options_);
    head_pre_[l] = at::empty({atoms, head_[l].weight.size(0)}, options_);
  }
}

template <typename T>
void SchNetEvaluator<T>::find_edges(const Frame& frame) {
  const ParallelFor& parallel = torch_parallel();
  const NeighborList& list = verlet_.update(frame, parallel);
  const std::vector<Vector3>& offsets = verlet_.offsets();
  const int64_t atoms = frame.size();
  edges_.first.assign(atoms + 1, 0);
  parallel.run(atoms, kAtomGrain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      int32_t count = 0;
      for (int64_t e = list.first[i]; e < list.first[i + 1]; ++e) {
        count += length(pair_vector(frame, list, offsets, e)) < cutoff_;
      }
      edges_.first[i + 1] = count;
    }
  });
  int64_t total = 0;
  for (int64_t i = 0; i < atoms; ++i) {
    total += edges_.first[i + 1];
    require(total <= std::numeric_limits<int32_t>::max(),
            "SchNet: the frame has more than 2^31 pairs; use fewer atoms");
    edges_.first[i + 1] = static_cast<int32_t>(total);
  }
  edges_.neighbor.resize(total);
  edges_.row.resize(total);
  edges_.distance.resize(total);
  edges_.vector.resize(total);
  edges_.value.resize(total * kSplineRows);
  edges_.slope.resize(total * kSplineRows);
  parallel.run(atoms, kAtomGrain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      int64_t to = edges_.first[i];
      for (int64_t e = list.first[i]; e < list.first[i + 1]; ++e) {
        const Vector3 r = pair_vector(frame, list, offsets, e);
        const double d = length(r);
        if (!(d < cutoff_)) continue;
        require(d > 0, "SchNet: atoms {} and {} are at the same place; they must be apart", i, list.neighbor[e]);
        edges_.neighbor[to] = static_cast<int32_t>(list.neighbor[e]);
        edges_.vector[to] = r;
        edges_.distance[to++] = d;
      }
    }
  });
}

template <typename T>
void SchNetEvaluator<T>::weigh_edges() {
  const at::Tensor d = at::from_blob(edges_.distance.data(), {edges_.size()}, at::TensorOptions(at::kDouble));
  const auto [factor, factor_slope] = cutoff_function_->with_derivative(d);
  const at::Tensor f = factor.to(at::kDouble).contiguous(), fd = factor_slope.to(at::kDouble).contiguous();
  const double *c = f.const_data_ptr<double>(), *cd = fd.const_data_ptr<double>();
  torch_parallel().run(edges_.size(), kEdgeGrain, [&](int64_t begin, int64_t end) {
    for (int64_t e = begin; e < end; ++e) {
      const kernels::SplineBasis basis = kernels::spline_basis(edges_.distance[e], origin_, step_);
      edges_.row[e] = basis.row;
      for (int k = 0; k < kSplineRows; ++k) {
        edges_.value[e * kSplineRows + k] = static_cast<T>(basis.value[k] * c[e]);
        edges_.slope[e * kSplineRows + k] = static_cast<T>(basis.slope[k] * c[e] + basis.value[k] * cd[e]);
      }
    }
  });
}

template <typename T>
double SchNetEvaluator<T>::forward(const Frame& frame) {
  const ParallelFor& parallel = torch_parallel();
  const at::Tensor z = at::from_blob(const_cast<int64_t*>(frame.numbers.data()), {frame.size()}, at::kLong);
  at::index_select_out(x_, embedding_, 0, z);
  for (size_t t = 0; t < step_block_.size(); ++t) {
    const Block& block = blocks_[step_block_[t]];
    block.in2f.forward(x_, filtered_[t]);
    kernels::spline_conv<T>(edges_.view(), y_.size(1), block.table.template const_data_ptr<T>(),
                            filtered_[t].template const_data_ptr<T>(), data<T>(y_), parallel);
    block.hidden.forward(y_, hidden_[t]);
    kernels::activate<T>(activation_, gx_.numel(), data<T>(hidden_[t]), data<T>(gx_), parallel);
    x_.addmm_(gx_, block.out.weight.t()).add_(block.out.bias);
  }
  for (size_t l = 0; l < head_.size(); ++l) {
    head_[l].forward(head_in_[l], head_pre_[l]);
    if (l + 1 == head_.size()) break;
    kernels::activate<T>(head_activation_, head_pre_[l].numel(), data<T>(head_pre_[l]), data<T>(head_in_[l + 1]),
                         parallel);
  }
  return head_pre_.back().sum(at::kDouble).template item<double>();
}

template <typename T>
void SchNetEvaluator<T>::backward() {
  const ParallelFor& parallel = torch_parallel();
  at::Tensor g = at::ones_like(head_pre_.back());
  for (size_t l = head_.size(); l-- > 0;) {
    g = at::mm(g, head_[l].weight);
    if (l == 0) break;
    kernels::activation_slope<T>(head_activation_, g.numel(), data<T>(head_pre_[l - 1]), data<T>(g), data<T>(g),
                                 parallel);
  }
  gx_.copy_(g);
  slope_sum_.assign(edges_.size(), T(0));
  for (size_t t = step_block_.size(); t-- > 0;) {
    const Block& block = blocks_[step_block_[t]];
    // x_ is free after the head and takes the gradient of the hidden layer.
    at::mm_out(x_, gx_, block.out.weight);
    kernels::activation_slope<T>(activation_, x_.numel(), data<T>(hidden_[t]), data<T>(x_), data<T>(x_), parallel);
    at::mm_out(gy_, x_, block.hidden.weight);
    kernels::spline_conv_backward<T>(edges_.view(), y_.size(1), block.table.template const_data_ptr<T>(),
                                     filtered_[t].template const_data_ptr<T>(), gy_.template const_data_ptr<T>(),
                                     data<T>(y_), slope_sum_.data(), parallel);
    gx_.addmm_(y_, block.in2f.weight);
  }
}

double volume(const Matrix3& cell) {
  const auto& [a, b, c] = cell;
  return std::abs(a[0] * (b[1] * c[2] - b[2] * c[1]) + a[1] * (b[2] * c[0] - b[0] * c[2]) +
                  a[2] * (b[0] * c[1] - b[1] * c[0]));
}

template <typename T>
train::Evaluation SchNetEvaluator<T>::collect(const Frame& frame, double energy) const {
  const double scale = average_ ? 1.0 / static_cast<double>(frame.size()) : 1.0;
  train::Evaluation result;
  result.energy = energy * scale;
  result.forces.resize(frame.size());
  Matrix3 virial{};  // each pair appears in both directions, hence the half below
  for (int64_t i = 0; i < frame.size(); ++i) {
    Vector3 force{};
    for (int32_t e = edges_.first[i]; e < edges_.first[i + 1]; ++e) {
      const double slope = scale * static_cast<double>(slope_sum_[e]) / edges_.distance[e];
      for (int a = 0; a < 3; ++a) {
        force[a] += slope * edges_.vector[e][a];
        for (int b = 0; b < 3; ++b) virial[a][b] += slope * edges_.vector[e][a] * edges_.vector[e][b] / 2;
      }
    }
    result.forces[i] = force;
  }
  if (frame.pbc[0] && frame.pbc[1] && frame.pbc[2]) {
    for (Vector3& row : virial) {
      for (double& entry : row) entry /= volume(frame.cell);
    }
    result.stress = virial;
  }
  return result;
}

template <typename T>
train::Evaluation SchNetEvaluator<T>::evaluate(const Frame& frame) {
  at::NoGradGuard no_grad;
  require(frame.size() > 0, "SchNet: the frame has no atoms; at least one is needed");
  for (int64_t i = 0; i < frame.size(); ++i) {
    require(frame.numbers[i] >= 0 && frame.numbers[i] < embedding_.size(0),
            "SchNet: atom {} has the atomic number {}; the model knows 0 to {}", i, frame.numbers[i],
            embedding_.size(0) - 1);
  }
  resize(frame.size());
  find_edges(frame);
  weigh_edges();
  const double energy = forward(frame);
  backward();
  return collect(frame, energy);
}

template <typename T>
std::unique_ptr<train::Evaluator> make(const SchNet& model, double skin, ActivationKind activation,
                                       ActivationKind head_activation) {
  auto evaluator = std::make_unique<SchNetEvaluator<T>>(model, skin, activation, head_activation);
  if (!evaluator->tabulate(model)) return nullptr;
  return evaluator;
}

std::optional<ActivationKind> kind_of(const nn::Activation& activation) {
  if (activation.has_arguments) return std::nullopt;
  return kernels::activation_kind(activation.name);
}

}  // namespace

std::unique_ptr<train::Evaluator> make_schnet_evaluator(const SchNet& model, const SchNetEvaluatorOptions& options) {
  at::NoGradGuard no_grad;
  const at::Tensor& weight = model.representation().embedding().weight();
  const auto activation = kind_of(model.representation().interaction(0).f2out.layers()[0]->activation());
  const auto head_activation = kind_of(model.outnet().layers().front()->activation());
  if (!model.options().is_potential() || !weight.is_cpu() || !activation || !head_activation) return nullptr;
  if (weight.scalar_type() == at::kFloat) return make<float>(model, options.skin, *activation, *head_activation);
  if (weight.scalar_type() == at::kDouble) return make<double>(model, options.skin, *activation, *head_activation);
  return nullptr;
}

}  // namespace spinel::models
