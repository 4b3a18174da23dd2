// The convolution with feature-wise linear modulation by the target.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "spinel/nn/conv/channels.h"
#include "spinel/nn/conv/message_passing.h"
#include "spinel/nn/conv/module_argument.h"
#include "spinel/nn/conv/numbered_modules.h"
#include "spinel/nn/dense/linear.h"

namespace spinel::nn {

struct FiLMConvOptions {
  Channels in_channels = -1;
  int64_t out_channels = 0;
  int64_t num_relations = 1;
  LayerArgument nn;            ///< from targets to 2 · out; none: linear maps. A copy for each relation is made of it
  LayerArgument act = "ReLU";  ///< none: messages are as they are
  Config aggr = "mean";
  MessagePassingOptions kwargs;
};

/// x_i' = act(γ_s ⊙ W_s x_i + β_s) + Σ_r aggr_j act(γ_r(x_i) ⊙ W_r x_j + β_r(x_i)), [β_r, γ_r] = film_r(x_i)
/// (Brockschmidt, arXiv:1906.12192). State: `lins.<r>.weight`, `films.<r>.*`, `lin_skip.weight`, `film_skip.*`.
class FiLMConv : public MessagePassing<FiLMConv> {
 public:
  explicit FiLMConv(FiLMConvOptions options);
  static OptionTable<FiLMConvOptions> options();

  std::string name() const override { return "FiLMConv"; }
  std::string to_string() const override;
  /// x [N, in], or of sources and targets; with several relations edge_type [E] in [0, relations), or the values of a
  /// sparse matrix.
  at::Tensor forward(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_type = {});
  ValueList call(const CallArguments& arguments) override;

  at::Tensor message(Arg<"x_j"> x_j, Arg<"beta_i"> beta_i, Arg<"gamma_i"> gamma_i);

 private:
  /// Whether all relations, and the node itself as one more, are mapped and passed at once, with no tensor of messages.
  bool is_joined(const Features& x) const;
  at::Tensor forward_joined(const at::Tensor& x, const Adjacency& edge_index, const at::Tensor& types);
  /// [β, γ] of targets.
  std::pair<at::Tensor, at::Tensor> modulation(Layer& film, const at::Tensor& target) const;
  at::Tensor activated(const at::Tensor& x) const { return act_ ? act_->forward(x) : x; }

  FiLMConvOptions options_;
  std::shared_ptr<Layer> act_;
  NumberedModules<Linear> lins_;
  NumberedModules<Layer> films_;
  Linear lin_skip_;
  std::unique_ptr<Layer> film_skip_;
};

}  // namespace spinel::nn
