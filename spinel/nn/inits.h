// Initialisations of parameters, from a generator or torch's global one.
#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>

namespace spinel::nn {

/// Each fills `tensor` in place without recording it for gradients; an undefined tensor is left alone.
using OptionalGenerator = std::optional<at::Generator>;

/// U(±√(6 / (fan_in + fan_out))) over the last two dimensions (Glorot and Bengio, 2010).
void glorot(at::Tensor tensor, const OptionalGenerator& generator = {});
/// U(±√(6 / ((1 + a²) fan))) (He et al., arXiv:1502.01852); a = √5 gives ±1/√fan.
void kaiming_uniform(at::Tensor tensor, int64_t fan, double a, const OptionalGenerator& generator = {});
/// U(±1/√size); of no size ±0.
void uniform(at::Tensor tensor, int64_t size, const OptionalGenerator& generator = {});
/// U(low, high).
void uniform_between(at::Tensor tensor, double low, double high, const OptionalGenerator& generator = {});
void normal(at::Tensor tensor, double mean, double std, const OptionalGenerator& generator = {});
void constant(at::Tensor tensor, double value);
inline void zeros(at::Tensor tensor) { constant(std::move(tensor), 0); }
inline void ones(at::Tensor tensor) { constant(std::move(tensor), 1); }

}  // namespace spinel::nn
