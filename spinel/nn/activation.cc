#include "spinel/nn/activation.h"

#include <ATen/ATen.h>

#include <numbers>

namespace spinel::nn {
namespace {

struct NoOptions {};

struct SlopeOptions {
  double negative_slope = 0.01;
};

struct AlphaOptions {
  double alpha = 1.0;
};

struct SoftplusOptions {
  double beta = 1.0;
};

struct GeluOptions {
  std::string approximate = "none";
};

OptionTable<SlopeOptions> slope_table() {
  OptionTable<SlopeOptions> table("leaky_relu");
  table.add("negative_slope", &SlopeOptions::negative_slope, "slope for x < 0");
  return table;
}

OptionTable<AlphaOptions> alpha_table(const std::string& name) {
  OptionTable<AlphaOptions> table(name);
  table.add("alpha", &AlphaOptions::alpha, "the value -alpha is approached for x to minus infinity").positive();
  return table;
}

OptionTable<SoftplusOptions> softplus_table() {
  OptionTable<SoftplusOptions> table("softplus");
  table.add("beta", &SoftplusOptions::beta, "sharpness: log(1 + exp(beta x)) / beta").positive();
  return table;
}

OptionTable<GeluOptions> gelu_table() {
  OptionTable<GeluOptions> table("gelu");
  table.add("approximate", &GeluOptions::approximate, "formula").choices({"none", "tanh"});
  return table;
}

/// A component without options, made from a plain function.
Component<ActivationFunction(const Config&)> plain(std::string name, std::string summary,
                                                   at::Tensor (*function)(const at::Tensor&)) {
  const OptionTable<NoOptions> table(name);
  return {std::move(name), std::move(summary), {}, [table, function](const Config& arguments) {
            table.parse(arguments);
            return ActivationFunction(function);
          }};
}

template <typename Options, typename Apply>
Component<ActivationFunction(const Config&)> with(const OptionTable<Options>& table, std::string summary, Apply apply) {
  return {table.component(), std::move(summary), table.docs(), [table, apply](const Config& arguments) {
            return ActivationFunction(
                [apply, options = table.parse(arguments)](const at::Tensor& x) { return apply(x, options); });
          }};
}

}  // namespace

at::Tensor shifted_softplus(const at::Tensor& x) { return at::softplus(x).sub(std::numbers::ln2); }

const ActivationList& activation_list() {
  static const ActivationList list(
      "activation",
      {
          plain("identity", "x", [](const at::Tensor& x) { return x; }),
          plain("relu", "max(x, 0)", [](const at::Tensor& x) { return at::relu(x); }),
          plain("silu", "x sigmoid(x), also called swish", [](const at::Tensor& x) { return at::silu(x); }),
          plain("swish", "the same as silu", [](const at::Tensor& x) { return at::silu(x); }),
          plain("sigmoid", "1 / (1 + exp(-x))", [](const at::Tensor& x) { return at::sigmoid(x); }),
          plain("tanh", "hyperbolic tangent", [](const at::Tensor& x) { return at::tanh(x); }),
          plain("shifted_softplus", "log(1 + exp(x)) - log(2)", shifted_softplus),
          plain("ssp", "the same as shifted_softplus", shifted_softplus),
          plain("selu", "scaled elu (arXiv:1706.02515)", [](const at::Tensor& x) { return at::selu(x); }),
          plain("mish", "x tanh(softplus(x))", [](const at::Tensor& x) { return at::mish(x); }),
          plain("softsign", "x / (1 + |x|)", [](const at::Tensor& x) { return x / (1 + at::abs(x)); }),
          with(softplus_table(), "log(1 + exp(beta x)) / beta",
               [](const at::Tensor& x, const SoftplusOptions& o) { return at::softplus(x, o.beta); }),
          with(alpha_table("elu"), "x for x > 0, else alpha (exp(x) - 1)",
               [](const at::Tensor& x, const AlphaOptions& o) { return at::elu(x, o.alpha); }),
          with(alpha_table("celu"), "max(x, 0) + min(alpha (exp(x / alpha) - 1), 0)",
               [](const at::Tensor& x, const AlphaOptions& o) { return at::celu(x, o.alpha); }),
          with(slope_table(), "x for x > 0, else negative_slope x",
               [](const at::Tensor& x, const SlopeOptions& o) { return at::leaky_relu(x, o.negative_slope); }),
          with(gelu_table(), "x times the standard normal distribution function of x",
               [](const at::Tensor& x, const GeluOptions& o) { return at::gelu(x, o.approximate); }),
      });
  return list;
}

Activation make_activation(const Config& value) {
  const NamedArguments call = named_arguments(value);
  return {call.name, call.arguments.is_map() && !call.arguments.as_map().empty(),
          activation_list().at(call.name, call.where).make(call.arguments)};
}

}  // namespace spinel::nn
