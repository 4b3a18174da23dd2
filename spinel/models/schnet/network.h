// The parts of the SchNet network: embedding, interaction blocks, and the representation made of them.
#pragma once

#include <memory>
#include <vector>

#include "spinel/models/schnet/options.h"
#include "spinel/nn/cutoff.h"
#include "spinel/nn/dense/dense.h"
#include "spinel/nn/radial_basis.h"

namespace spinel::models {

/// The cutoff function that the options name.
std::unique_ptr<nn::CutoffFunction> make_cutoff(const SchNetOptions& options);

/// One row of features for each atomic number; N(0, 1) initialisation.
class SchNetEmbedding : public nn::Module {
 public:
  SchNetEmbedding(int64_t max_z, int64_t features);
  void reset_parameters() override;
  /// [N] → [N, features].
  at::Tensor forward(const at::Tensor& z) const;
  const at::Tensor& weight() const { return weight_; }

 private:
  at::Tensor weight_;
};

/// v_i = f2out(Σ_j in2f(x)_j ∘ W(d_ij)), W = filter_network(rbf) · f_c (Schütt et al., J. Chem. Phys. 148, 241722).
class SchNetInteraction : public nn::Module {
 public:
  SchNetInteraction(const SchNetOptions& options, const nn::Activation& activation);
  /// x [N, F], rbf [E, n_rbf], cutoff [E, 1], idx_i and idx_j [E] → [N, F].
  at::Tensor forward(const at::Tensor& x, const at::Tensor& rbf, const at::Tensor& cutoff, const at::Tensor& idx_i,
                     const at::Tensor& idx_j) const;

  nn::Dense in2f;
  nn::Mlp f2out;
  nn::Mlp filter_network;
};

/// Atom features from atomic numbers and distances. State keys are those of SchNetPack's `representation`.
class SchNetRepresentation : public nn::Module {
 public:
  explicit SchNetRepresentation(const SchNetOptions& options);
  /// z [N], d [E] → [N, F].
  at::Tensor forward(const at::Tensor& z, const at::Tensor& d, const at::Tensor& idx_i, const at::Tensor& idx_j) const;

  const SchNetEmbedding& embedding() const { return embedding_; }
  const nn::RadialBasis& radial_basis() const { return *radial_basis_; }
  const nn::CutoffFunction& cutoff() const { return *cutoff_; }
  int64_t num_interactions() const { return n_interactions_; }
  /// The block of step t; the same one for all with shared interactions.
  const SchNetInteraction& interaction(int64_t t) const { return *blocks_[blocks_.size() == 1 ? 0 : t]; }

 private:
  int64_t n_interactions_;
  SchNetEmbedding embedding_;
  std::unique_ptr<nn::RadialBasis> radial_basis_;
  std::unique_ptr<nn::CutoffFunction> cutoff_;
  std::vector<std::unique_ptr<SchNetInteraction>> blocks_;
};

}  // namespace spinel::models
