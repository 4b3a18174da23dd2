// Activation functions by their standard names.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <string>
#include <string_view>

#include "spinel/base/component.h"

namespace spinel::nn {

/// Elementwise and twice differentiable wherever the function itself is.
using ActivationFunction = std::function<at::Tensor(const at::Tensor&)>;

/// An activation with the name it was made by; layers keep it, so that fused paths can recognise it.
struct Activation {
  std::string name = "identity";
  bool has_arguments = false;  ///< made with arguments of its own, so that the name alone does not describe it
  ActivationFunction function;
  at::Tensor operator()(const at::Tensor& x) const { return function ? function(x) : x; }
};

/// Softplus(x) − ln 2, which is 0 at 0 (Schütt et al., arXiv:1706.08566, section 4.1).
at::Tensor shifted_softplus(const at::Tensor& x);

using ActivationList = ComponentList<ActivationFunction(const Config& arguments)>;
const ActivationList& activation_list();

/// From `name` or `{name: {arguments}}`. Unknown name: not_found with the nearest one.
Activation make_activation(const Config& value);

}  // namespace spinel::nn
