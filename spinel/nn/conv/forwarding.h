// What wrappers around any convolution share: calls that are passed on, activations by name.
#pragma once

#include <ATen/core/Tensor.h>

#include <string>

#include "spinel/base/config.h"
#include "spinel/nn/activation.h"
#include "spinel/nn/call.h"

namespace spinel::nn {

/// The first two arguments of a call, and the others.
struct ForwardedCall {
  at::Tensor x;
  Adjacency edge_index;
  CallArguments others;
};
/// x and edge_index by position or by name. One is missing or of another kind: invalid_argument that `owner` begins.
ForwardedCall split_call(const CallArguments& arguments, const std::string& owner);

/// The first result of conv(x, edge_index, others…). No tensor: invalid_argument that `owner` begins.
at::Tensor call_conv(CallableModule& conv, const at::Tensor& x, const Adjacency& edge_index,
                     const CallArguments& others, const std::string& owner);

/// `act` with `kwargs` as its arguments; null: the identity.
Activation named_activation(const Config& act, const Config& kwargs);

}  // namespace spinel::nn
