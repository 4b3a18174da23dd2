// Attention over incoming edges whose scores are sums of one number of either node, made and applied in one pass.
#pragma once

#include <ATen/core/Tensor.h>

#include "spinel/nn/conv/message_edges.h"

namespace spinel::nn {

/// One number a node and head: a_h · x_h of features x [N, H, C] and vectors att [1, H, C], for each of `vectors` side
/// by side: [N, vectors · H].
at::Tensor head_scores(const at::Tensor& x, at::TensorList vectors);

/// Scores of edges (i ← j): source_j + target_i.
struct AttentionScores {
  at::Tensor source;  ///< [size_j, H]
  at::Tensor target;  ///< [size_i, H]; undefined: source is [N, 2 H] and holds both, as head_scores() of two vectors
};

/// Row i: Σ_j α_ij x_j over the edges into i for each head, α the softmax over them of leaky_relu(scores), 0 without
/// edges: [size_i, H, C] of x [size_j, H, C]. On the CPU in float32 and float64 no number of an edge is stored, forward
/// or backward. Elsewhere, and where a gradient is to be differentiated again, weights are made as a tensor [E, H].
at::Tensor graph_attention(const at::Tensor& x, const AttentionScores& scores, const MessageEdges& edges,
                           double negative_slope);

}  // namespace spinel::nn
