#include "spinel/nn/inits.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cmath>

#include "spinel/base/error.h"

namespace spinel::nn {

void uniform_between(at::Tensor tensor, double low, double high, const OptionalGenerator& generator) {
  if (!tensor.defined()) return;
  at::NoGradGuard no_grad;
  tensor.uniform_(low, high, generator);
}

void glorot(at::Tensor tensor, const OptionalGenerator& generator) {
  if (!tensor.defined()) return;
  require(tensor.dim() >= 2, "glorot: the tensor has {} dimensions; at least 2 are needed", tensor.dim());
  const double bound = std::sqrt(6.0 / static_cast<double>(tensor.size(-2) + tensor.size(-1)));
  uniform_between(std::move(tensor), -bound, bound, generator);
}

void kaiming_uniform(at::Tensor tensor, int64_t fan, double a, const OptionalGenerator& generator) {
  const double bound = fan > 0 ? std::sqrt(6.0 / ((1 + a * a) * static_cast<double>(fan))) : 0;
  uniform_between(std::move(tensor), -bound, bound, generator);
}

void uniform(at::Tensor tensor, int64_t size, const OptionalGenerator& generator) {
  const double bound = size > 0 ? 1 / std::sqrt(static_cast<double>(size)) : 0;
  uniform_between(std::move(tensor), -bound, bound, generator);
}

void normal(at::Tensor tensor, double mean, double std, const OptionalGenerator& generator) {
  if (!tensor.defined()) return;
  at::NoGradGuard no_grad;
  tensor.normal_(mean, std, generator);
}

void constant(at::Tensor tensor, double value) {
  if (!tensor.defined()) return;
  at::NoGradGuard no_grad;
  tensor.fill_(value);
}

}  // namespace spinel::nn
