// A fully connected layer with an optional activation, and stacks of such layers.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "spinel/nn/activation.h"
#include "spinel/nn/dense/linear.h"

namespace spinel::nn {

/// activation(x Wᵀ + b), a Linear whose weight begins Xavier-uniform and whose bias begins at zero.
class Dense : public Linear {
 public:
  Dense(int64_t in, int64_t out, bool bias = true, Activation activation = {});
  std::string name() const override { return "Dense"; }
  /// [..., in] → [..., out].
  at::Tensor forward(const at::Tensor& x) const;
  at::Tensor forward(const at::Tensor& x) override { return std::as_const(*this).forward(x); }

  const Activation& activation() const { return activation_; }

 private:
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
