// Layers over pairs of nodes whose first linear map is made of the nodes instead: W [a_i, b_j] = W_a a_i + W_b b_j.
#pragma once

#include <ATen/core/Tensor.h>

#include "spinel/nn/conv/lifted.h"
#include "spinel/nn/conv/message_passing_base.h"
#include "spinel/nn/layer.h"

namespace spinel::nn {

/// The linear map that the layer of the messages of `conv` begins with. Null where it begins with something else, where
/// hooks or an explanation see the messages' parts, and where there are fewer edges than `nodes`, all nodes that it
/// would be made of, so that nothing is saved.
const Linear* linear_of_nodes(Layer& layer, const MessagePassingBase& conv, const Adjacency& edges, int64_t nodes);

/// The layer behind its linear map, from the parts of that map at both ends.
at::Tensor forward_behind_linear(Layer& layer, const Lifted& of_i, const Lifted& of_j);
/// The same from the part of the sources and from what the edges have themselves, [E, D]: the columns of the weight
/// from `first` on are theirs. Differences of positions are mapped so, as those of mapped positions would cancel.
at::Tensor forward_behind_linear(Layer& layer, const Lifted& of_j, const at::Tensor& edges, int64_t first);

}  // namespace spinel::nn
