// A module from one tensor to one, and how such modules are made by name: `nn` of GINConv, `gate_nn` of aggregations.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <optional>

#include "spinel/base/component.h"
#include "spinel/nn/call.h"

namespace spinel::nn {

class Layer : public CallableModule {
 public:
  /// [..., in] → [..., out].
  virtual at::Tensor forward(const at::Tensor& x) = 0;
  /// The width that the input must have, where the layer says one (of several layers the first that does).
  virtual std::optional<int64_t> in_channels() const { return std::nullopt; }
  /// The width of the result for inputs of this width; activations and norms keep it.
  virtual int64_t result_width(int64_t in_width) const { return in_width; }
  ValueList call(const CallArguments& arguments) override;
};

using LayerList = ComponentList<std::unique_ptr<Layer>(const Config& arguments)>;
/// Linear, MLP, Sequential, BatchNorm1d, the activations (ReLU, Tanh, …), the norms.
const LayerList& layer_list();
/// From `Name` or `{Name: {arguments}}`; null gives none. Unknown name: not_found with the nearest one.
std::unique_ptr<Layer> make_layer(const Config& value);

}  // namespace spinel::nn
