// Messages that are functions of a sum of what both nodes and the edge bring, reduced in one pass without being stored.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

#include "spinel/kernels/cpu/edge_messages.h"
#include "spinel/nn/conv/lifted.h"
#include "spinel/nn/dense/linear.h"

namespace spinel::nn {

using kernels::EdgeActivation;
using kernels::EdgeReduction;

/// φ(target + source + edge + weight · attr) + offset of each edge; what is not defined is 0. Modulated: with target =
/// [shift, factor], twice as wide, it is φ(shift + factor ∘ source + …), and both are defined. With coefficients: each
/// head's number times its part of the features, or, mixed, times all of them.
struct EdgeTerms {
  Lifted target, source;  ///< [E, width] of nodes [N, width]
  at::Tensor edge;        ///< [E, width]
  at::Tensor attr;        ///< [E, D]
  at::Tensor weight;      ///< [width, D]
  bool modulated = false;
  EdgeActivation activation = EdgeActivation::identity;
  double slope = 0;        ///< of leaky_relu
  double offset = 0;       ///< not where the sum is wider than the message
  at::Tensor coefficient;  ///< [E, heads]
  bool mixed = false;

  /// [E, width], of gate half of it; with coefficients [E, heads, width / heads], mixed [E, heads, width].
  at::Tensor tensor() const;
};

/// How messages are reduced (kernels::EdgeReduction).
struct TermReduction {
  EdgeReduction kind = EdgeReduction::sum;
  at::Tensor coefficient;  ///< of weighted and mixed: [E, heads]
  at::Tensor vector;       ///< of dot: [heads, width / heads], or one for each target [size_i, heads, width / heads]
  at::Tensor scale;        ///< of softmax and attended: one number that may take a gradient; undefined: `number`
  double number = 1;
  bool weights_constant = false;  ///< of these: no gradient through their weights
};

/// Messages without coefficients reduced over the edges into each target [size_i, width], of mixed [size_i, heads ·
/// width], of attended [size_i, width / 2], or, by dot, to a number an edge and head [E, heads]. On the CPU in float32
/// and float64 no message is stored, forward or backward, and weight · attr is made for a few edges at a time.
/// Elsewhere, and where a gradient is to be differentiated again, they are made as tensors.
at::Tensor reduce_terms(const EdgeTerms& terms, const MessageEdges& edges, const TermReduction& reduction);
/// The same of messages made as tensors.
at::Tensor reduce_stored(const EdgeTerms& terms, const MessageEdges& edges, const TermReduction& reduction);
/// The sum of messages with coefficients: [size_i, heads, …].
at::Tensor sum_weighted_terms(const EdgeTerms& terms, const MessageEdges& edges);
/// Whether it is done in one pass, as far as that depends on the terms.
bool is_one_pass(const EdgeTerms& terms);

/// Features of heads [N, heads, C] side by side.
Lifted side_by_side(const Lifted& x);

/// x_j + lin(attr), or x_j + attr where there is no lin, for attr [E, D]. Attributes as wide as neither lin nor the
/// nodes: invalid_argument that `owner` begins.
EdgeTerms with_attributes(const Lifted& x_j, const at::Tensor& attr, Linear* lin, const std::string& owner);

}  // namespace spinel::nn
