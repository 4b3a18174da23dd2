// Sums over neighbours of features that no training step changes, kept from the second on.
#pragma once

#include <ATen/core/Tensor.h>

#include "spinel/nn/conv/message_edges.h"

namespace spinel::nn {

/// edges.product(x, weight, reduce). In gradient mode, where x and weight need no gradients, one that is asked for
/// again (the same edges and tensors, not written to since) is kept as long as x lives, among the 16 last things
/// derived from x: as much memory as x has. The result may be the one that other calls get; it must not be written to.
at::Tensor constant_product(const at::Tensor& x, const at::Tensor& weight, const MessageEdges& edges,
                            sparse::Reduce reduce);

}  // namespace spinel::nn
