#include "spinel/nn/dense/linear.h"

#include <ATen/ATen.h>

#include <cmath>

#include "spinel/base/error.h"
#include "spinel/base/suggest.h"
#include "spinel/nn/dense/linear_product.h"
#include "spinel/nn/inits.h"
#include "spinel/nn/layer_components.h"

namespace spinel::nn {
namespace {

void check_initializer(const char* argument, const std::optional<std::string>& name,
                       const std::vector<std::string>& known) {
  if (!name) return;
  for (const std::string& one : known) {
    if (*name == one) return;
  }
  fail(ErrorKind::invalid_argument, "Linear: {} '{}' is none{}", argument, *name, suggestion(*name, known));
}

}  // namespace

Linear::Linear(int64_t in_channels, int64_t out_channels, LinearOptions options)
    : in_channels_(in_channels), out_channels_(out_channels), options_(std::move(options)) {
  require(in_channels >= -1 && out_channels >= 0,
          "Linear: it maps {} to {} features; they must not be negative, but for in_channels -1", in_channels,
          out_channels);
  check_initializer("weight_initializer", options_.weight_initializer, {"glorot", "uniform", "kaiming_uniform"});
  check_initializer("bias_initializer", options_.bias_initializer, {"zeros"});
  if (in_channels < 0) add_lazy_parameter("weight", weight_);
  else add_parameter("weight", weight_ = at::empty({out_channels, in_channels}));
  if (options_.bias) bias_ = at::empty({out_channels});
  add_parameter("bias", bias_);
  Linear::reset_parameters();
}

void Linear::reset_parameters() {
  if (in_channels_ < 0) return;
  if (!options_.weight_initializer || *options_.weight_initializer == "kaiming_uniform") {
    kaiming_uniform(weight_, in_channels_, std::sqrt(5.0));
  } else if (*options_.weight_initializer == "glorot") {
    glorot(weight_);
  } else {
    uniform(weight_, in_channels_);
  }
  if (options_.bias_initializer) zeros(bias_);
  else uniform(bias_, in_channels_);
}

void Linear::on_materialized() {
  if (weight_.dim() == 2) in_channels_ = weight_.size(1);
}

at::Tensor Linear::forward(const at::Tensor& x) { return linear_product(x, weight_for(x), bias_); }

const at::Tensor& Linear::weight_for(const at::Tensor& x) {
  require(x.dim() > 0, "{}: x is a number; its last dimension must be the features", name());
  if (in_channels_ < 0) {
    in_channels_ = x.size(-1);
    materialize(weight_, {out_channels_, in_channels_});
    reset_parameters();
  }
  require(x.size(-1) == in_channels_, "{}: x has {} features but in_channels is {}", name(), x.size(-1), in_channels_);
  return weight_;
}

std::vector<LayerStep> Linear::steps() {
  return {{[this](const at::Tensor& x) { return forward(x); }, in_channels_ < 0 ? nullptr : this}};
}

std::optional<int64_t> Linear::in_channels() const {
  return in_channels_ < 0 ? std::nullopt : std::optional(in_channels_);
}

std::string Linear::to_string() const {
  return format("{}({}, {}, bias={})", name(), in_channels_, out_channels_, bias_.defined() ? "True" : "False");
}

namespace {

/// torch.nn.Linear's names of the widths, and those of graph networks.
struct LinearArguments {
  std::optional<int64_t> in_features, out_features, in_channels, out_channels;
  bool bias = true;
  std::optional<std::string> weight_initializer, bias_initializer;
};

OptionTable<LinearArguments> linear_table() {
  OptionTable<LinearArguments> table("Linear");
  table.add("in_features", &LinearArguments::in_features, "width of the input");
  table.add("out_features", &LinearArguments::out_features, "width of the result");
  table.add("in_channels", &LinearArguments::in_channels, "the same as in_features; -1: that of the first input");
  table.add("out_channels", &LinearArguments::out_channels, "the same as out_features");
  table.add("bias", &LinearArguments::bias, "whether a bias is added");
  table.add("weight_initializer", &LinearArguments::weight_initializer, "glorot, uniform or kaiming_uniform");
  table.add("bias_initializer", &LinearArguments::bias_initializer, "zeros; null: uniform");
  return table;
}

int64_t width(const char* name, const std::optional<int64_t>& features, const std::optional<int64_t>& channels) {
  require(features.has_value() != channels.has_value(),
          "Linear: {}_features and {}_channels are {} given; one is needed", name, name, features ? "both" : "not");
  return features ? *features : *channels;
}

}  // namespace

LayerComponents dense_layer_components() {
  return {{"Linear", "x times a matrix, plus a bias", linear_table().docs(),
           [](const Config& arguments) -> std::unique_ptr<Layer> {
             LinearArguments a = linear_table().parse(arguments);
             return std::make_unique<Linear>(width("in", a.in_features, a.in_channels),
                                             width("out", a.out_features, a.out_channels),
                                             LinearOptions{a.bias, a.weight_initializer, a.bias_initializer});
           }}};
}

}  // namespace spinel::nn
