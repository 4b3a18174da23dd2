// The parts of the list of layers, each beside the layers that it lists.
#pragma once

#include <memory>
#include <vector>

#include "spinel/nn/layer.h"

namespace spinel::nn {

using LayerComponents = std::vector<Component<std::unique_ptr<Layer>(const Config&)>>;

/// Linear.
LayerComponents dense_layer_components();
/// MLP.
LayerComponents mlp_components();
/// Norms over rows, and BatchNorm1d.
LayerComponents norm_layer_components();
/// torch.nn's names of activations: ReLU, LeakyReLU, …
LayerComponents activation_layer_components();
/// Sequential.
LayerComponents container_components();

}  // namespace spinel::nn
