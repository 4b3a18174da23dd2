#include "spinel/nn/layer.h"

#include "spinel/nn/layer_components.h"

namespace spinel::nn {

ValueList Layer::call(const CallArguments& arguments) {
  return call_forward(*this, &Layer::forward, {{"x"}}, arguments);
}

std::vector<LayerStep> Layer::steps() {
  return {{[this](const at::Tensor& x) { return forward(x); }, nullptr}};
}

at::Tensor apply_steps(const std::vector<LayerStep>& steps, at::Tensor x, size_t first, size_t last) {
  for (size_t k = first; k + last < steps.size(); ++k) x = steps[k].forward(x);
  return x;
}

const LayerList& layer_list() {
  static const LayerList list = [] {
    std::vector<Component<std::unique_ptr<Layer>(const Config&)>> all = dense_layer_components();
    for (auto* part : {&activation_layer_components, &container_components, &mlp_components, &norm_layer_components}) {
      for (auto& component : (*part)()) all.push_back(std::move(component));
    }
    return LayerList("layer", std::move(all));
  }();
  return list;
}

std::unique_ptr<Layer> make_layer(const Config& value) {
  if (value.is_null()) return nullptr;
  const NamedArguments call = named_arguments(value);
  return layer_list().at(call.name, call.where).make(call.arguments);
}

}  // namespace spinel::nn
