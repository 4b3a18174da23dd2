// Sums over neighbours of features that no training step changes, kept from the third step on.
#pragma once

#include <ATen/core/Tensor.h>

#include "spinel/nn/conv/message_edges.h"

namespace spinel::nn {

/// Whether this product of x and weight, which need no gradients, was asked for before while others are trained: with
/// the same edges and the same tensors, not written to since. False without gradient mode, and for tensors of inference
/// mode. A layer may then reduce its input before it maps it, as the products of constants can be kept.
bool recurs(const at::Tensor& x, const at::Tensor& weight, const MessageEdges& edges);

/// edges.product(x, weight, reduce). One that recurs is made once and kept as long as x lives, among the 16 last things
/// derived from x: as much memory as x has. The result may be the one that other calls get; it must not be written to.
at::Tensor constant_product(const at::Tensor& x, const at::Tensor& weight, const MessageEdges& edges,
                            sparse::Reduce reduce);

}  // namespace spinel::nn
