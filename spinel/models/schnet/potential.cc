#include "spinel/models/schnet/potential.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/custom_function.h>

#include "spinel/base/error.h"
#include "spinel/hosts/torch/cfconv.h"
#include "spinel/models/schnet/potential_tape.h"

namespace spinel::models {

at::Tensor Buffer::view(at::IntArrayRef sizes, at::ScalarType dtype) {
  int64_t count = 1;
  for (int64_t size : sizes) count *= size;
  if (!memory_.defined() || memory_.numel() < count || memory_.scalar_type() != dtype) {
    memory_ = at::Tensor();  // freed first: old and new memory need not be there together
    memory_ = at::empty({count}, dtype);
  }
  return memory_.narrow(0, 0, count).view(sizes);
}

PotentialWeights PotentialWeights::of(const SchNet& model) {
  PotentialWeights weights;
  weights.embedding = model.representation().embedding().weight();
  for (int64_t t = 0; t < model.representation().num_interactions(); ++t) {
    const SchNetInteraction& block = model.representation().interaction(t);
    const auto& filter = block.filter_network.layers();
    const auto& out = block.f2out.layers();
    weights.blocks.push_back({block.in2f.weight(), filter[0]->weight(), filter[0]->bias(), filter[1]->weight(),
                              filter[1]->bias(), out[0]->weight(), out[0]->bias(), out[1]->weight(), out[1]->bias()});
  }
  for (const auto& layer : model.outnet().layers()) weights.head.emplace_back(layer->weight(), layer->bias());
  return weights;
}

std::vector<at::Tensor> PotentialWeights::flat() const {
  std::vector<at::Tensor> flat{embedding};
  for (const BlockWeights& b : blocks) {
    for (const at::Tensor& w :
         {b.in2f, b.filter1, b.filter1_bias, b.filter2, b.filter2_bias, b.out1, b.out1_bias, b.out2, b.out2_bias}) {
      flat.push_back(w);
    }
  }
  for (const auto& [weight, bias] : head) flat.insert(flat.end(), {weight, bias});
  return flat;
}

PotentialWeights PotentialWeights::from_flat(at::TensorList flat, size_t blocks) {
  PotentialWeights w;
  size_t k = 0;
  w.embedding = flat[k++];
  for (size_t t = 0; t < blocks; ++t, k += BlockWeights::kCount) {
    w.blocks.push_back({flat[k], flat[k + 1], flat[k + 2], flat[k + 3], flat[k + 4], flat[k + 5], flat[k + 6],
                        flat[k + 7], flat[k + 8]});
  }
  for (; k + 1 < flat.size(); k += 2) w.head.emplace_back(flat[k], flat[k + 1]);
  return w;
}

namespace {

void prepare_geometry(PotentialTape& tape, const SchNet& model, const NamedTensors& inputs) {
  tape.pairs = hosts::make_pair_list(tape.atoms, inputs.at("idx_i"), inputs.at("idx_j"), inputs.at("offsets"));
  const int64_t pairs = tape.pairs.pairs();
  tape.vector = tape.vector_memory.view({pairs, 3}, tape.dtype);
  tape.distance = tape.distance_memory.view({pairs}, tape.dtype);
  hosts::pair_vectors(tape.pairs, inputs.at("pos"), inputs.at("offsets"), tape.vector, tape.distance);
  const auto [basis, basis_slope] = model.representation().radial_basis().with_derivative(tape.distance);
  std::tie(tape.cut, tape.cut_slope) = model.representation().cutoff().with_derivative(tape.distance);
  tape.rbf = tape.rbf_memory.view({tape.filter_rows(), basis.size(1) + 1}, tape.dtype);
  const auto fill = [&](int64_t row, const at::Tensor& values, double bias) {
    const at::Tensor rows = tape.rbf.narrow(0, row, pairs);
    rows.narrow(1, 0, basis.size(1)).copy_(values);
    rows.select(1, basis.size(1)).fill_(bias);
  };
  fill(0, basis, 1.0);
  if (tape.forces) fill(pairs, basis_slope, 0.0);
}

void prepare_blocks(PotentialTape& tape, int64_t features, int64_t filters) {
  const size_t steps = tape.weights.blocks.size();
  const int64_t rows = tape.stack() * tape.atoms;
  tape.block_memory.resize(std::max(tape.block_memory.size(), steps));
  tape.x_memory.resize(std::max(tape.x_memory.size(), steps + 1));
  tape.adj_x_memory.resize(tape.x_memory.size());
  tape.blocks.clear();
  tape.x.clear();
  tape.adj_x.clear();
  const auto atoms = [&](Buffer& buffer, int64_t width) { return buffer.view({rows, width}, tape.dtype); };
  for (size_t t = 0; t <= steps; ++t) {
    const size_t slot = tape.differentiable ? t : 0;
    tape.x.push_back(atoms(tape.x_memory[slot], features));
    tape.adj_x.push_back(atoms(tape.adj_x_memory[slot], features));
    if (t == steps) break;
    BlockBuffers &own = tape.block_memory[t], &shared = tape.block_memory[slot];
    tape.blocks.push_back({.a = tape.block_memory[0].a.view({tape.filter_rows(), filters}, tape.dtype),
                           .w = own.w.view({tape.filter_rows(), filters}, tape.dtype),
                           .xp = atoms(own.xp, filters),
                           .y = atoms(shared.y, filters),
                           .v = atoms(own.v, features),
                           .u = atoms(shared.u, features),
                           .adj_xp = atoms(shared.adj_xp, filters),
                           .adj_y = atoms(shared.adj_y, filters),
                           .adj_v = atoms(shared.adj_v, features),
                           .adj_u = atoms(shared.adj_u, features)});
  }
}

void prepare_head(PotentialTape& tape) {
  const size_t layers = tape.weights.head.size();
  const int64_t rows = tape.stack() * tape.atoms;
  tape.head_memory.resize(layers);
  tape.head.clear();
  for (size_t k = 0; k < layers; ++k) {
    const at::Tensor& weight = tape.weights.head[k].first;
    HeadBuffers& memory = tape.head_memory[k];
    const auto atoms = [&](Buffer& buffer, int64_t width) { return buffer.view({rows, width}, tape.dtype); };
    tape.head.push_back({.a = atoms(memory.a, weight.size(0)),
                         .z = k == 0 ? tape.x.back() : atoms(memory.z, weight.size(1)),
                         .adj_a = atoms(memory.adj_a, weight.size(0)),
                         .adj_z = k == 0 ? tape.adj_x.back() : atoms(memory.adj_z, weight.size(1))});
  }
}

/// Holds a tape in the autograd graph.
struct TapeHolder : torch::CustomClassHolder {
  explicit TapeHolder(std::shared_ptr<PotentialTape> tape) : tape(std::move(tape)) {}
  std::shared_ptr<PotentialTape> tape;
};

std::vector<at::Tensor> as_list(const PotentialTape& tape, const PotentialResult& result) {
  std::vector<at::Tensor> list{result.energy, result.per_atom};
  if (tape.forces) list.push_back(result.forces);
  if (tape.stress) list.push_back(result.stress);
  return list;
}

struct PotentialFunction : torch::autograd::Function<PotentialFunction> {
  static torch::autograd::variable_list forward(torch::autograd::AutogradContext* context,
                                                std::shared_ptr<PotentialTape> tape, at::TensorList weights) {
    // Saved as variables, so that a change of a weight before the backward pass is an error and not a wrong gradient.
    context->save_for_backward(weights.vec());
    context->saved_data["tape"] = c10::IValue::make_capsule(c10::make_intrusive<TapeHolder>(tape));
    return as_list(*tape, run_forward(*tape));
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list cotangents) {
    require(!at::GradMode::is_enabled(),
            "SchNet: a derivative of a parameter gradient is asked for, which its fast path "
            "does not have; call set_fast_path(false) first");
    const auto capsule = context->saved_data["tape"].toCapsule();
    PotentialTape& tape = *static_cast<TapeHolder*>(capsule.get())->tape;
    tape.weights = PotentialWeights::from_flat(context->get_saved_variables(), tape.weights.blocks.size());
    PotentialCotangents c{.energy = cotangents[0], .per_atom = cotangents[1], .forces = {}, .stress = {}};
    if (tape.forces) c.forces = cotangents[2];
    if (tape.stress) c.stress = cotangents[3];
    torch::autograd::variable_list gradients{at::Tensor()};
    for (at::Tensor& gradient : run_backward(tape, c)) gradients.push_back(std::move(gradient));
    return gradients;
  }
};

}  // namespace

void prepare(PotentialTape& tape, const SchNet& model, const NamedTensors& inputs) {
  const SchNetOptions& options = model.options();
  const auto& head = options.head;
  tape.activation = *kernels::activation_kind(nn::make_activation(options.activation).name);
  tape.head_activation = *kernels::activation_kind(nn::make_activation(head.activation).name);
  tape.forces = head.forces || head.stress;
  tape.stress = head.stress;
  tape.average = head.aggregation_mode == "avg";
  tape.dtype = inputs.at("pos").scalar_type();
  tape.z = inputs.at("z").contiguous();
  tape.idx_m = inputs.at("idx_m").contiguous();
  tape.n_atoms = inputs.at("n_atoms");
  tape.atoms = tape.z.size(0);
  tape.graphs = tape.n_atoms.size(0);
  tape.seed = tape.average ? at::reciprocal(tape.n_atoms.to(tape.dtype)).index_select(0, tape.idx_m).unsqueeze(1)
                           : at::ones({tape.atoms, 1}, tape.dtype);
  if (tape.stress) tape.volume = at::linalg_det(inputs.at("cell").to(at::kDouble)).abs().to(tape.dtype);
  prepare_geometry(tape, model, inputs);
  prepare_blocks(tape, options.n_atom_basis, options.filters());
  prepare_head(tape);
}

struct TapePool::Store {
  std::mutex mutex;
  std::vector<std::unique_ptr<PotentialTape>> free;
};

TapePool::TapePool() {
  static std::mutex mutex;
  static std::weak_ptr<Store> shared;
  const std::lock_guard lock(mutex);
  store_ = shared.lock();
  if (!store_) shared = store_ = std::make_shared<Store>();
}

TapePool::~TapePool() = default;

size_t TapePool::num_free() const {
  const std::lock_guard lock(store_->mutex);
  return store_->free.size();
}

std::shared_ptr<PotentialTape> TapePool::take(at::ScalarType dtype) {
  std::unique_ptr<PotentialTape> tape;
  {
    const std::lock_guard lock(store_->mutex);
    // The one used last, as its memory may still be in the cache.
    const auto found = std::find_if(store_->free.rbegin(), store_->free.rend(),
                                    [dtype](const auto& free) { return free->dtype == dtype; });
    if (found != store_->free.rend()) {
      tape = std::move(*found);
      store_->free.erase(std::next(found).base());
    }
  }
  if (!tape) tape = std::make_unique<PotentialTape>();
  // The deleter keeps the store, not the pool, alive: a graph may outlive the model.
  return {tape.release(), [store = store_](PotentialTape* used) {
            std::unique_ptr<PotentialTape> owned(used);
            owned->weights = {};
            const std::lock_guard lock(store->mutex);
            store->free.push_back(std::move(owned));
          }};
}

bool has_fast_path(const SchNet& model, const NamedTensors& inputs) {
  const SchNetOptions& options = model.options();
  if (!options.is_potential() || options.trainable_rbf) return false;
  for (const Config* name : {&options.activation, &options.head.activation}) {
    const nn::Activation activation = nn::make_activation(*name);
    if (activation.has_arguments || !kernels::activation_kind(activation.name)) return false;
  }
  const at::ScalarType dtype = model.representation().embedding().weight().scalar_type();
  if (dtype != at::kFloat && dtype != at::kDouble) return false;
  for (const auto& [name, tensor] : inputs) {
    if (!tensor.is_cpu() || tensor.requires_grad()) return false;
    if (tensor.is_floating_point() && tensor.scalar_type() != dtype) return false;
  }
  return inputs.at("idx_i").size(0) > 0;
}

NamedTensors call_fast(const SchNet& model, const NamedTensors& inputs, TapePool& pool) {
  const std::shared_ptr<PotentialTape> tape = pool.take(inputs.at("pos").scalar_type());
  const PotentialWeights weights = PotentialWeights::of(model);
  const std::vector<at::Tensor> flat = weights.flat();
  tape->differentiable = at::GradMode::is_enabled() &&
                         std::any_of(flat.begin(), flat.end(), [](const at::Tensor& w) { return w.requires_grad(); });
  tape->weights = weights;
  {
    at::NoGradGuard no_grad;
    prepare(*tape, model, inputs);
  }
  std::vector<at::Tensor> list;
  if (tape->differentiable) {
    list = PotentialFunction::apply(tape, at::TensorList(flat));
  } else {
    at::NoGradGuard no_grad;
    list = as_list(*tape, run_forward(*tape));
  }
  const SchNetHeadOptions& head = model.options().head;
  NamedTensors result{{head.output_key, list[0]}, {head.output_key + "_per_atom", list[1]}};
  if (head.forces) result.set("forces", list[2]);
  if (head.stress) result.set("stress", list[3]);
  return result;
}

}  // namespace spinel::models
