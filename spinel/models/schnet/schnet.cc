#include "spinel/models/schnet/schnet.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

#include "spinel/base/error.h"
#include "spinel/models/schnet/evaluator.h"

namespace spinel::models {
namespace {

/// Sums of the rows of `values` [N, …] by graph → [graphs, …].
at::Tensor sum_by_graph(const at::Tensor& values, const at::Tensor& idx_m, int64_t graphs) {
  std::vector<int64_t> sizes = values.sizes().vec();
  sizes[0] = graphs;
  return at::zeros(sizes, values.options()).index_add(0, idx_m, values);
}

void require_shape(const at::Tensor& t, const char* name, at::IntArrayRef sizes) {
  bool right = t.dim() == static_cast<int64_t>(sizes.size());
  for (size_t k = 0; right && k < sizes.size(); ++k) right = sizes[k] < 0 || t.size(k) == sizes[k];
  std::string wanted;
  for (int64_t size : sizes) wanted += (wanted.empty() ? "" : ", ") + (size < 0 ? "any" : std::to_string(size));
  require(right, "SchNet: {} has shape [{}]; it must be [{}]", name, join_text(t.sizes(), ", "), wanted);
}

void require_range(const at::Tensor& index, const char* name, int64_t bound) {
  if (index.numel() == 0) return;
  const auto [low, high] = at::aminmax(index);
  require(low.item<int64_t>() >= 0 && high.item<int64_t>() < bound,
          "SchNet: {} holds values from {} to {}; they must "
          "lie in [0, {})",
          name, low.item<int64_t>(), high.item<int64_t>(), bound);
}

/// What is needed to read no memory but that of the tensors, whatever a caller or file hands in.
void check_inputs(const NamedTensors& inputs, int64_t max_z) {
  const int64_t atoms = inputs.at("z", "SchNet").size(0);
  const int64_t edges = inputs.at("idx_i", "SchNet").size(0);
  const int64_t graphs = inputs.at("n_atoms", "SchNet").size(0);
  require_shape(inputs.at("z"), "z", {atoms});
  require_shape(inputs.at("pos", "SchNet"), "pos", {atoms, 3});
  require_shape(inputs.at("idx_i"), "idx_i", {edges});
  require_shape(inputs.at("idx_j", "SchNet"), "idx_j", {edges});
  require_shape(inputs.at("offsets", "SchNet"), "offsets", {edges, 3});
  require_shape(inputs.at("idx_m", "SchNet"), "idx_m", {atoms});
  require_shape(inputs.at("n_atoms"), "n_atoms", {graphs});
  require_range(inputs.at("z"), "z (atomic numbers)", max_z);
  require_range(inputs.at("idx_i"), "idx_i", atoms);
  require_range(inputs.at("idx_j"), "idx_j", atoms);
  require_range(inputs.at("idx_m"), "idx_m", graphs);
}

/// Volumes [B, 1, 1] of cells [B, 3, 3]; positive for left-handed cells too, so that the stress keeps its sign.
at::Tensor volumes(const at::Tensor& cell) {
  const at::Tensor normal = at::linalg_cross(cell.select(1, 1), cell.select(1, 2), -1);
  return (cell.select(1, 0) * normal).sum(-1).abs().view({-1, 1, 1});
}

at::Tensor distances(const at::Tensor& pos, const at::Tensor& offsets, const at::Tensor& idx_i,
                     const at::Tensor& idx_j) {
  const at::Tensor r = pos.index_select(0, idx_j) - pos.index_select(0, idx_i) + offsets;
  return at::linalg_vector_norm(r, 2, at::IntArrayRef{1});
}

}  // namespace

SchNet::SchNet(const SchNetOptions& options)
    : options_(options),
      representation_(options),
      outnet_(nn::mlp_widths(options.n_atom_basis, 1, options.head.n_layers, options.head.n_hidden),
              nn::make_activation(options.head.activation)) {
  add_child("representation", representation_);
  add_child("output_modules.0.outnet", outnet_);
}

std::vector<train::OutputDoc> SchNet::outputs() const {
  const SchNetHeadOptions& head = options_.head;
  if (!options_.is_potential()) return {{"dipole_moment", "e Å", false}, {"partial_charges", "e", true}};
  std::vector<train::OutputDoc> docs{{head.output_key, head.unit, false},
                                     {head.output_key + "_per_atom", head.unit, true}};
  if (head.forces) docs.push_back({"forces", head.unit + "/Å", true});
  if (head.stress) docs.push_back({"stress", head.unit + "/Å³", false});
  return docs;
}

NamedTensors SchNet::call(const NamedTensors& inputs) {
  check_inputs(inputs, options_.max_z);
  return fast_path_ && has_fast_path(*this, inputs) ? call_fast(*this, inputs, tapes_) : call_general(inputs);
}

std::unique_ptr<train::Evaluator> SchNet::make_evaluator() const {
  std::unique_ptr<train::Evaluator> evaluator = make_schnet_evaluator(*this);
  return evaluator ? std::move(evaluator) : Model::make_evaluator();
}

NamedTensors SchNet::call_general(const NamedTensors& inputs) const {
  return options_.is_potential() ? atomwise(inputs) : dipole(inputs);
}

NamedTensors SchNet::atomwise(const NamedTensors& inputs) const {
  const SchNetHeadOptions& head = options_.head;
  const bool record = at::GradMode::is_enabled();
  at::AutoGradMode enable(record || head.forces || head.stress);

  at::Tensor pos = inputs.at("pos");
  at::Tensor offsets = inputs.at("offsets");
  const at::Tensor& idx_i = inputs.at("idx_i");
  const at::Tensor& idx_j = inputs.at("idx_j");
  const at::Tensor& idx_m = inputs.at("idx_m");
  const at::Tensor& n_atoms = inputs.at("n_atoms");
  const int64_t graphs = n_atoms.size(0);
  if (head.forces && !pos.requires_grad()) pos = pos.detach().requires_grad_();

  std::vector<at::Tensor> by;
  if (head.forces) by.push_back(pos);
  at::Tensor moved = pos;
  if (head.stress) {
    require_shape(inputs.at("cell", "SchNet with stress"), "cell", {graphs, 3, 3});
    const at::Tensor strain = at::zeros({graphs, 3, 3}, pos.options()).requires_grad_();
    by.push_back(strain);
    const at::Tensor strain_of_atom = strain.index_select(0, idx_m);
    moved = pos + at::matmul(pos.unsqueeze(1), strain_of_atom).squeeze(1);
    offsets = offsets + at::matmul(offsets.unsqueeze(1), strain_of_atom.index_select(0, idx_i)).squeeze(1);
  }

  const at::Tensor x = representation_.forward(inputs.at("z"), distances(moved, offsets, idx_i, idx_j), idx_i, idx_j);
  const at::Tensor per_atom = outnet_.forward(x);
  at::Tensor energy = sum_by_graph(per_atom, idx_m, graphs).squeeze(-1);
  if (head.aggregation_mode == "avg") energy = energy / n_atoms;

  NamedTensors result{{head.output_key, energy}, {head.output_key + "_per_atom", per_atom}};
  if (!by.empty()) {
    std::vector<at::Tensor> slopes(by.size());
    if (energy.requires_grad()) {
      slopes = torch::autograd::grad({energy}, by, {at::ones_like(energy)}, std::nullopt, record && is_training(),
                                     /*allow_unused=*/true);
    }
    for (size_t k = 0; k < by.size(); ++k) {
      if (!slopes[k].defined()) slopes[k] = at::zeros_like(by[k]);
    }
    if (head.forces) result.set("forces", -slopes.front());
    if (head.stress) result.set("stress", slopes.back() / volumes(inputs.at("cell")));
  }
  if (!record) {
    for (auto& [name, tensor] : result) tensor = tensor.detach();
  }
  return result;
}

NamedTensors SchNet::dipole(const NamedTensors& inputs) const {
  const at::Tensor& pos = inputs.at("pos");
  const at::Tensor& idx_i = inputs.at("idx_i");
  const at::Tensor& idx_j = inputs.at("idx_j");
  const at::Tensor& idx_m = inputs.at("idx_m");
  const at::Tensor& n_atoms = inputs.at("n_atoms");
  const int64_t graphs = n_atoms.size(0);

  const at::Tensor d = distances(pos, inputs.at("offsets"), idx_i, idx_j);
  at::Tensor charges = outnet_.forward(representation_.forward(inputs.at("z"), d, idx_i, idx_j));
  if (options_.head.correct_charges) {
    at::Tensor missing = -sum_by_graph(charges, idx_m, graphs);
    if (const at::Tensor* total = inputs.find("total_charge")) missing = missing + total->view({graphs, 1});
    charges = charges + (missing / n_atoms.unsqueeze(-1)).index_select(0, idx_m);
  }
  at::Tensor moment = sum_by_graph(pos * charges, idx_m, graphs);
  if (options_.head.predict_magnitude) moment = at::linalg_vector_norm(moment, 2, at::IntArrayRef{1});
  return {{"dipole_moment", moment}, {"partial_charges", charges}};
}

std::unique_ptr<train::Model> make_schnet(const Config& arguments) {
  return std::make_unique<SchNet>(parse_schnet_options(arguments));
}

}  // namespace spinel::models
