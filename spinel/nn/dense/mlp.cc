#include "spinel/nn/dense/mlp.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/nn/layer_components.h"

namespace spinel::nn {
namespace {

/// All widths, from either form of the options.
std::vector<int64_t> widths_of(const MLPOptions& options) {
  if (!options.channel_list.empty()) {
    require(options.channel_list.size() >= 2, "MLP: channel_list has {} widths; input and output are needed",
            options.channel_list.size());
    return options.channel_list;
  }
  require(options.num_layers >= 1, "MLP: num_layers is {}; at least 1 is needed, or a channel_list",
          options.num_layers);
  std::vector<int64_t> widths{options.in_channels};
  widths.insert(widths.end(), static_cast<size_t>(options.num_layers - 1), options.hidden_channels);
  widths.push_back(options.out_channels);
  return widths;
}

/// One item a layer, of one for all or of as many.
template <typename T>
std::vector<T> for_layers(const std::vector<T>& given, size_t layers, const char* name) {
  if (given.size() == 1) return std::vector<T>(layers, given[0]);
  require(given.size() == layers, "MLP: {} has {} entries but there are {} layers", name, given.size(), layers);
  return given;
}

Config named(const Config& name, const Config& arguments) {
  if (arguments.is_null() || arguments.as_map().empty() || !name.is_string()) return name;
  return Config::map({{name.as_string(), arguments}});
}

}  // namespace

MLP::MLP(MLPOptions options) : options_(std::move(options)) {
  const std::vector<int64_t> widths = widths_of(options_);
  const size_t layers = widths.size() - 1;
  const bool dropout_for_all = options_.dropout.size() == 1;
  options_.dropout = for_layers(options_.dropout, layers, "dropout");
  if (dropout_for_all && options_.plain_last) options_.dropout.back() = 0;
  for (const double p : options_.dropout) require(p >= 0 && p <= 1, "MLP: dropout is {}; it must lie in [0, 1]", p);
  options_.bias = for_layers(options_.bias, layers, "bias");
  if (!options_.act.is_null()) act_ = make_activation(named(options_.act, options_.act_kwargs));
  for (size_t k = 0; k < layers; ++k) {
    lins_.push_back(std::make_unique<Linear>(widths[k], widths[k + 1], LinearOptions{.bias = options_.bias[k]}));
    add_child("lins." + std::to_string(k), *lins_.back());
  }
  const size_t normed = options_.plain_last ? layers - 1 : layers;
  for (size_t k = 0; k < normed; ++k) {
    norms_.push_back(make_norm(options_.norm, widths[k + 1], options_.norm_kwargs));
    if (norms_.back()) add_child("norms." + std::to_string(k), *norms_.back());
  }
}

std::string MLP::to_string() const {
  std::vector<int64_t> widths{lins_.front()->in_channels().value_or(-1)};
  for (const auto& lin : lins_) widths.push_back(lin->out_channels());
  return "MLP(" + join_text(widths, ", ") + ")";
}

at::Tensor MLP::behind(size_t k, at::Tensor x, const at::Tensor& batch, std::optional<int64_t> batch_size) {
  if (k < norms_.size()) {
    if (options_.act_first) x = act_(x);
    if (norms_[k]) x = norms_[k]->forward(x, batch, batch_size);
    if (!options_.act_first) x = act_(x);
  }
  return at::dropout(x, options_.dropout[k], is_training());
}

at::Tensor MLP::run(at::Tensor x, const at::Tensor& batch, std::optional<int64_t> batch_size, at::Tensor* embedding) {
  for (size_t k = 0; k < lins_.size(); ++k) {
    x = behind(k, lins_[k]->forward(x), batch, batch_size);
    if (embedding && k < norms_.size()) *embedding = x;
  }
  return x;
}

std::vector<LayerStep> MLP::steps() {
  std::vector<LayerStep> all;
  for (size_t k = 0; k < lins_.size(); ++k) {
    all.push_back(lins_[k]->steps()[0]);
    const bool is_plain = k == norms_.size() && (options_.dropout[k] == 0 || !is_training());
    if (!is_plain) all.push_back({[this, k](const at::Tensor& x) { return behind(k, x, {}, {}); }, nullptr});
  }
  return all;
}

at::Tensor MLP::forward(const at::Tensor& x, const at::Tensor& batch, std::optional<int64_t> batch_size) {
  return run(x, batch, batch_size, nullptr);
}

std::pair<at::Tensor, at::Tensor> MLP::forward_with_embedding(const at::Tensor& x, const at::Tensor& batch,
                                                              std::optional<int64_t> batch_size) {
  at::Tensor embedding = x;
  at::Tensor out = run(x, batch, batch_size, &embedding);
  return {std::move(out), std::move(embedding)};
}

ValueList MLP::call(const CallArguments& arguments) {
  using Forward = at::Tensor (MLP::*)(const at::Tensor&, const at::Tensor&, std::optional<int64_t>);
  return call_forward(*this, static_cast<Forward>(&MLP::forward),
                      {{"x"}, {"batch", Config()}, {"batch_size", Config()}}, arguments);
}

namespace {

/// As the options, but with one value or a list where either may be given.
struct MLPArguments {
  std::vector<int64_t> channel_list;
  std::optional<int64_t> in_channels, hidden_channels, out_channels, num_layers;
  Config dropout = 0.0;
  Config act = "relu";
  bool act_first = false;
  Config act_kwargs;
  Config norm = "batch_norm";
  Config norm_kwargs;
  bool plain_last = true;
  Config bias = true;
};

OptionTable<MLPArguments> mlp_table() {
  OptionTable<MLPArguments> table("MLP");
  table.add("channel_list", &MLPArguments::channel_list, "widths from the input to the output");
  table.add("in_channels", &MLPArguments::in_channels, "width of the input, without channel_list");
  table.add("hidden_channels", &MLPArguments::hidden_channels, "width of the hidden layers");
  table.add("out_channels", &MLPArguments::out_channels, "width of the result");
  table.add("num_layers", &MLPArguments::num_layers, "number of linear layers");
  table.add("dropout", &MLPArguments::dropout, "probability, one for all layers or a list");
  table.add("act", &MLPArguments::act, "activation; null: none");
  table.add("act_first", &MLPArguments::act_first, "the activation before the norm");
  table.add("act_kwargs", &MLPArguments::act_kwargs, "arguments of the activation");
  table.add("norm", &MLPArguments::norm, "norm; null: none");
  table.add("norm_kwargs", &MLPArguments::norm_kwargs, "arguments of the norm");
  table.add("plain_last", &MLPArguments::plain_last, "nothing behind the last linear layer");
  table.add("bias", &MLPArguments::bias, "one for all layers or a list");
  return table;
}

}  // namespace

MLPOptions mlp_options(const Config& arguments) {
  const MLPArguments a = mlp_table().parse(arguments);
  MLPOptions options;
  options.channel_list = a.channel_list;
  if (a.channel_list.empty()) {
    options.in_channels = a.in_channels.value_or(0);
    options.hidden_channels = a.hidden_channels.value_or(0);
    options.out_channels = a.out_channels.value_or(0);
    options.num_layers = a.num_layers.value_or(0);
    require(a.in_channels && a.out_channels && a.num_layers && (a.hidden_channels || *a.num_layers == 1),
            "MLP: widths are missing; a channel_list, or in_channels, hidden_channels, out_channels and num_layers are "
            "needed");
  }
  options.dropout = a.dropout.is_list() ? a.dropout.as_doubles() : std::vector<double>{a.dropout.as_double()};
  options.act = a.act;
  options.act_first = a.act_first;
  options.act_kwargs = a.act_kwargs;
  options.norm = a.norm;
  options.norm_kwargs = a.norm_kwargs;
  options.plain_last = a.plain_last;
  options.bias.clear();
  if (!a.bias.is_list()) options.bias.push_back(a.bias.as_bool());
  else
    for (const Config& one : a.bias.as_list()) options.bias.push_back(one.as_bool());
  return options;
}

LayerComponents mlp_components() {
  return {{"MLP", "linear layers with norms, activations and dropout between", mlp_table().docs(),
           [](const Config& arguments) -> std::unique_ptr<Layer> {
             return std::make_unique<MLP>(mlp_options(arguments));
           }}};
}

}  // namespace spinel::nn
