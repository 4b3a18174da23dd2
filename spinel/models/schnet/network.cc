#include "spinel/models/schnet/network.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

namespace spinel::models {
namespace {

std::unique_ptr<nn::RadialBasis> make_basis(const SchNetOptions& options) {
  Config arguments = Config::map({{"n_rbf", options.n_rbf}, {"cutoff", options.rbf_end.value_or(options.cutoff)}});
  if (options.rbf_start) arguments.set("start", *options.rbf_start);
  if (options.trainable_rbf) arguments.set("trainable", true);
  return nn::radial_basis_list().at(options.radial_basis, "SchNet: radial_basis: ").make(arguments);
}

}  // namespace

std::unique_ptr<nn::CutoffFunction> make_cutoff(const SchNetOptions& options) {
  return nn::cutoff_list().at(options.cutoff_fn, "SchNet: cutoff_fn: ").make(Config::map({{"cutoff", options.cutoff}}));
}

SchNetEmbedding::SchNetEmbedding(int64_t max_z, int64_t features) {
  add_parameter("weight", weight_ = at::empty({max_z, features}));
  SchNetEmbedding::reset_parameters();
}

void SchNetEmbedding::reset_parameters() {
  at::NoGradGuard no_grad;
  weight_.normal_();
}

at::Tensor SchNetEmbedding::forward(const at::Tensor& z) const { return weight_.index_select(0, z); }

SchNetInteraction::SchNetInteraction(const SchNetOptions& options, const nn::Activation& activation)
    : in2f(options.n_atom_basis, options.filters(), false),
      f2out({options.filters(), options.n_atom_basis, options.n_atom_basis}, activation),
      filter_network({options.n_rbf, options.filters(), options.filters()}, activation) {
  add_child("in2f", in2f);
  add_child("f2out", f2out);
  add_child("filter_network", filter_network);
}

at::Tensor SchNetInteraction::forward(const at::Tensor& x, const at::Tensor& rbf, const at::Tensor& cutoff,
                                      const at::Tensor& idx_i, const at::Tensor& idx_j) const {
  const at::Tensor filter = filter_network.forward(rbf) * cutoff;
  const at::Tensor messages = in2f.forward(x).index_select(0, idx_j) * filter;
  const at::Tensor sums = at::zeros({x.size(0), messages.size(1)}, messages.options()).index_add(0, idx_i, messages);
  return f2out.forward(sums);
}

SchNetRepresentation::SchNetRepresentation(const SchNetOptions& options)
    : n_interactions_(options.n_interactions),
      embedding_(options.max_z, options.n_atom_basis),
      radial_basis_(make_basis(options)),
      cutoff_(make_cutoff(options)) {
  add_child("embedding", embedding_);
  add_child("radial_basis", *radial_basis_);
  add_child("cutoff_fn", *cutoff_);
  const nn::Activation activation = nn::make_activation(options.activation);
  for (int64_t t = 0; t < n_interactions_; ++t) {
    if (t == 0 || !options.shared_interactions) {
      blocks_.push_back(std::make_unique<SchNetInteraction>(options, activation));
    }
    add_child("interactions." + std::to_string(t), *blocks_.back());
  }
}

at::Tensor SchNetRepresentation::forward(const at::Tensor& z, const at::Tensor& d, const at::Tensor& idx_i,
                                         const at::Tensor& idx_j) const {
  const at::Tensor rbf = radial_basis_->forward(d);
  const at::Tensor factor = cutoff_->forward(d).unsqueeze(-1);
  at::Tensor x = embedding_.forward(z);
  for (int64_t t = 0; t < n_interactions_; ++t) x = x + interaction(t).forward(x, rbf, factor, idx_i, idx_j);
  return x;
}

}  // namespace spinel::models
