// The anti-symmetric graph convolution: a step of a stable differential equation.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>

#include "spinel/nn/activation.h"
#include "spinel/nn/conv/module_argument.h"
#include "spinel/nn/typing.h"

namespace spinel::nn {

struct AntiSymmetricConvOptions {
  int64_t in_channels = 0;
  ConvArgument phi;  ///< none: GCNConv without bias
  int64_t num_iters = 1;
  double epsilon = 0.1;  ///< length of a step
  double gamma = 0.1;    ///< strength of the diffusion
  Config act = "tanh";   ///< null: none
  Config act_kwargs;
  bool bias = true;
};

/// num_iters times x ← x + ε σ(x (W − Wᵀ − γ I)ᵀ + φ(x, edges) + b) (Gravina et al., openreview J3Y7cgZOOS). State: `W`
/// [in, in], `eye`, `phi.*`, `bias`.
class AntiSymmetricConv : public CallableModule {
 public:
  explicit AntiSymmetricConv(AntiSymmetricConvOptions options);
  static OptionTable<AntiSymmetricConvOptions> options();

  std::string name() const override { return "AntiSymmetricConv"; }
  std::string to_string() const override;
  void reset_parameters() override;
  /// x [N, in] → [N, in]. `others`: further arguments of phi.
  at::Tensor forward(const at::Tensor& x, const Adjacency& edge_index, const CallArguments& others = {});
  /// x and edge_index, then what phi takes.
  ValueList call(const CallArguments& arguments) override;

 private:
  AntiSymmetricConvOptions options_;
  std::shared_ptr<CallableModule> phi_;
  Activation act_;
  at::Tensor W_, eye_, bias_;
};

}  // namespace spinel::nn
