// A module from one tensor to one, and how such modules are made by name: `nn` of GINConv, `gate_nn` of aggregations.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "spinel/base/component.h"
#include "spinel/nn/call.h"

namespace spinel::nn {

class Linear;

/// One of the maps that a layer applies one after another.
struct LayerStep {
  std::function<at::Tensor(const at::Tensor&)> forward;
  const Linear* linear = nullptr;  ///< where the step is x Wᵀ + b and nothing else, with W of a known width
};

class Layer : public CallableModule {
 public:
  /// [..., in] → [..., out].
  virtual at::Tensor forward(const at::Tensor& x) = 0;
  /// The width that the input must have, where the layer says one (of several layers the first that does).
  virtual std::optional<int64_t> in_channels() const { return std::nullopt; }
  /// The width of the result for inputs of this width; activations and norms keep it.
  virtual int64_t result_width(int64_t in_width) const { return in_width; }
  /// forward() as steps; at least one. They refer to the layer. For callers that let a linear map change places with
  /// a sum or a gather, so that it is made of fewer rows.
  virtual std::vector<LayerStep> steps();
  ValueList call(const CallArguments& arguments) override;
};

/// x through the steps from `first` on, `last` of them left out at the end.
at::Tensor apply_steps(const std::vector<LayerStep>& steps, at::Tensor x, size_t first = 0, size_t last = 0);

using LayerList = ComponentList<std::unique_ptr<Layer>(const Config& arguments)>;
/// Linear, MLP, Sequential, BatchNorm1d, the activations (ReLU, Tanh, …), the norms.
const LayerList& layer_list();
/// From `Name` or `{Name: {arguments}}`; null gives none. Unknown name: not_found with the nearest one.
std::unique_ptr<Layer> make_layer(const Config& value);

}  // namespace spinel::nn
