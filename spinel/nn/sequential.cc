#include "spinel/nn/sequential.h"

#include "spinel/base/error.h"
#include "spinel/nn/layer_components.h"

namespace spinel::nn {

Sequential::Sequential(std::vector<std::unique_ptr<Layer>> layers) : layers_(std::move(layers)) {
  for (size_t k = 0; k < layers_.size(); ++k) {
    require(layers_[k] != nullptr, "Sequential: layer {} is none; each must be one", k);
    add_child(std::to_string(k), *layers_[k]);
  }
}

std::string Sequential::to_string() const {
  std::vector<std::string> texts;
  for (const auto& layer : layers_) texts.push_back(layer->to_string());
  return "Sequential(" + join_text(texts, ", ") + ")";
}

at::Tensor Sequential::forward(const at::Tensor& x) {
  at::Tensor result = x;
  for (const auto& layer : layers_) result = layer->forward(result);
  return result;
}

std::optional<int64_t> Sequential::in_channels() const {
  for (const auto& layer : layers_) {
    if (const auto width = layer->in_channels()) return width;
  }
  return std::nullopt;
}

int64_t Sequential::result_width(int64_t in_width) const {
  for (const auto& layer : layers_) in_width = layer->result_width(in_width);
  return in_width;
}

std::vector<LayerStep> Sequential::steps() {
  std::vector<LayerStep> all;
  for (const auto& layer : layers_) {
    for (LayerStep& step : layer->steps()) all.push_back(std::move(step));
  }
  return all.empty() ? Layer::steps() : all;
}

namespace {

struct SequentialArguments {
  Config layers;
};

/// torch.nn's name of each activation of the list.
struct LayerName {
  const char* layer;
  const char* activation;
};
constexpr LayerName layer_names[] = {
    {"ReLU", "relu"},         {"LeakyReLU", "leaky_relu"},
    {"ELU", "elu"},           {"CELU", "celu"},
    {"SELU", "selu"},         {"GELU", "gelu"},
    {"SiLU", "silu"},         {"Mish", "mish"},
    {"Softplus", "softplus"}, {"Softsign", "softsign"},
    {"Tanh", "tanh"},         {"Sigmoid", "sigmoid"},
    {"Identity", "identity"},
};

}  // namespace

LayerComponents container_components() {
  OptionTable<SequentialArguments> table("Sequential");
  table.add("layers", &SequentialArguments::layers, "list of layers").required();
  return {{"Sequential", "layers one after another", table.docs(),
           [table](const Config& arguments) -> std::unique_ptr<Layer> {
             std::vector<std::unique_ptr<Layer>> layers;
             const SequentialArguments parsed = table.parse(arguments);
             for (const Config& one : parsed.layers.as_list()) layers.push_back(make_layer(one));
             return std::make_unique<Sequential>(std::move(layers));
           }}};
}

LayerComponents activation_layer_components() {
  LayerComponents components;
  for (const LayerName& names : layer_names) {
    const auto& activation = activation_list().at(names.activation);
    components.push_back(
        {names.layer, activation.summary, activation.options,
         [names, make = activation.make](const Config& arguments) -> std::unique_ptr<Layer> {
           return std::make_unique<ActivationLayer>(
               names.layer,
               Activation{names.activation, arguments.is_map() && !arguments.as_map().empty(), make(arguments)});
         }});
  }
  return components;
}

}  // namespace spinel::nn
