// A fully connected layer with an optional activation, and stacks of such layers.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "spinel/nn/activation.h"
#include "spinel/nn/module.h"

namespace spinel::nn {

/// activation(x Wᵀ + b). State: `weight` [out, in] (Xavier-uniform), `bias` [out] (zero).
class Dense : public Module {
 public:
  Dense(int64_t in, int64_t out, bool bias = true, Activation activation = {});
  void reset_parameters() override;
  /// [..., in] → [..., out].
  at::Tensor forward(const at::Tensor& x) const;

  const at::Tensor& weight() const { return weight_; }
  /// Undefined for a layer without bias.
  const at::Tensor& bias() const { return bias_; }
  const Activation& activation() const { return activation_; }

 private:
  at::Tensor weight_;
  at::Tensor bias_;
  Activation activation_;
};

/// Dense layers one after another under the names `0`, `1`, …; the last one is linear.
class Mlp : public Module {
 public:
  /// `widths`: input, hidden widths, output.
  Mlp(const std::vector<int64_t>& widths, const Activation& activation);
  at::Tensor forward(at::Tensor x) const;
  const std::vector<std::unique_ptr<Dense>>& layers() const { return layers_; }

 private:
  std::vector<std::unique_ptr<Dense>> layers_;
};

/// Widths of a network of `n_layers` layers from `in` to `out`: all hidden ones `n_hidden`, or, without it, each half
/// of the one before and not below `out`.
std::vector<int64_t> mlp_widths(int64_t in, int64_t out, int64_t n_layers, std::optional<int64_t> n_hidden = {});

}  // namespace spinel::nn
