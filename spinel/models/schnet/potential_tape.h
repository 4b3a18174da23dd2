// The state of SchNet's path without autograd: weights, pairs, and everything a forward pass leaves for the gradient.
// Private to potential*.cc.
//
// Notation. E = Σ_m E_m is the sum of the energies of a batch. A dot marks the derivative along a direction in
// positions and strain, a bar the adjoint of a scalar S(θ) = Σ c_i e_i + Ė, where the direction is chosen from the
// cotangents of forces and stress: the gradient of any loss of energies, forces and stress is that of such an S. Then
// the adjoint of ẋ is ∂E/∂x, which the forces need anyway, so that one tangent pass and one reverse pass give all
// parameter gradients (forward over reverse, Pearlmutter, Neural Computation 6, 147 (1994)).
//
// Tensors of atoms hold the value in rows [0, N) and its dot in rows [N, 2N); adjoint tensors hold the bar in the rows
// of the value and ∂E/∂· in those of the dot. Every weight gradient is so one matrix product over 2N rows. Filters
// likewise hold W(d) in rows [0, P) and dW/dd in rows [P, 2P).
#pragma once

#include <ATen/core/Tensor.h>

#include <mutex>
#include <vector>

#include "spinel/kernels/cpu/activation.h"
#include "spinel/kernels/cpu/pair_list.h"
#include "spinel/models/schnet/schnet.h"

namespace spinel::models {

/// Memory that grows to the largest request and is handed out again.
class Buffer {
 public:
  at::Tensor view(at::IntArrayRef sizes, at::ScalarType dtype);

 private:
  at::Tensor memory_;
};

struct BlockWeights {
  at::Tensor in2f, filter1, filter1_bias, filter2, filter2_bias, out1, out1_bias, out2, out2_bias;
  static constexpr size_t kCount = 9;
};

/// The parameters in the order in which the autograd node takes them.
struct PotentialWeights {
  at::Tensor embedding;
  std::vector<BlockWeights> blocks;                     ///< one per step; repeated if shared
  std::vector<std::pair<at::Tensor, at::Tensor>> head;  ///< weight, bias per layer

  static PotentialWeights of(const SchNet& model);
  std::vector<at::Tensor> flat() const;
  static PotentialWeights from_flat(at::TensorList flat, size_t blocks);
};

/// What one interaction step keeps. Inference keeps only filter, xp and v per step and shares the rest; `a` is always
/// shared, as the gradient makes it anew from the radial basis for a few products.
struct BlockBuffers {
  Buffer a, w, xp, y, v, u, adj_xp, adj_y, adj_v, adj_u;
};
struct BlockTape {
  at::Tensor a;  ///< [R·P, n_filters] first filter layer before its activation
  at::Tensor w;  ///< [R·P, n_filters] filter with cutoff, and its radial derivative
  at::Tensor xp, y, v, u;
  at::Tensor adj_xp, adj_y, adj_v, adj_u;
};
struct HeadBuffers {
  Buffer a, z, adj_a, adj_z;
};
struct HeadTape {
  at::Tensor a, z, adj_a, adj_z;  ///< layer's result before activation, its input, and their adjoints
};

struct PotentialTape {
  // What is asked for.
  kernels::ActivationKind activation, head_activation;
  bool forces = false, stress = false, average = false;
  bool differentiable = false;
  at::ScalarType dtype = at::kFloat;
  PotentialWeights weights;

  // The batch.
  kernels::PairList pairs;
  int64_t atoms = 0, graphs = 0;
  at::Tensor z, idx_m, n_atoms, volume;  ///< volume [B] of the cells
  at::Tensor vector, distance;           ///< [P,3], [P]
  at::Tensor cut, cut_slope;             ///< [P]
  at::Tensor rbf;                        ///< [R·P, n_rbf + 1]; the last column is 1 (its derivative 0): the bias
  at::Tensor seed;                       ///< [N,1] ∂E/∂e_i

  // Passes.
  std::vector<BlockTape> blocks;
  size_t block_of_a = 0;             ///< the step whose first filter layer stands in the shared memory
  std::vector<at::Tensor> x, adj_x;  ///< [steps + 1]
  std::vector<HeadTape> head;

  int64_t filter_rows() const { return (forces ? 2 : 1) * pairs.pairs(); }
  /// 2 where values and dots are both kept.
  int64_t stack() const { return differentiable && forces ? 2 : 1; }
  at::Tensor value(const at::Tensor& t) const { return t.narrow(0, 0, atoms); }
  at::Tensor dot(const at::Tensor& t) const { return t.narrow(0, atoms, atoms); }
  at::Tensor bar(const at::Tensor& t) const { return t.narrow(0, 0, atoms); }
  /// The rows of an adjoint tensor that hold ∂E/∂·.
  at::Tensor slope(const at::Tensor& t) const { return t.narrow(0, stack() == 2 ? atoms : 0, atoms); }

  // Memory, kept from call to call.
  std::vector<BlockBuffers> block_memory;
  std::vector<HeadBuffers> head_memory;
  std::vector<Buffer> x_memory, adj_x_memory;
  Buffer vector_memory, distance_memory, rbf_memory, dots_memory, scratch1, scratch2;
};

struct PotentialResult {
  at::Tensor energy;    ///< [B]
  at::Tensor per_atom;  ///< [N,1]
  at::Tensor forces;    ///< [N,3], undefined unless asked for
  at::Tensor stress;    ///< [B,3,3], likewise
};

/// Cotangents of a PotentialResult; undefined ones are zero.
using PotentialCotangents = PotentialResult;

/// Lays out the tape for a batch: pairs, distances, radial basis, memory.
void prepare(PotentialTape& tape, const SchNet& model, const NamedTensors& inputs);
/// The first filter layer of step t, into its `a`.
void first_filter_layer(PotentialTape& tape, size_t t);
/// Values, forces and stress.
PotentialResult run_forward(PotentialTape& tape);
/// Gradients in the order of PotentialWeights::flat().
std::vector<at::Tensor> run_backward(PotentialTape& tape, const PotentialCotangents& cotangents);

}  // namespace spinel::models
