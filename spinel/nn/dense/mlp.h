// The multi-layer perceptron of graph networks: linear layers with norms, activations and dropout between.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "spinel/nn/activation.h"
#include "spinel/nn/dense/linear.h"
#include "spinel/nn/norm/norm.h"

namespace spinel::nn {

struct MLPOptions {
  /// Input, hidden and output widths; or, where it is empty, the four that follow.
  std::vector<int64_t> channel_list;
  int64_t in_channels = 0;  ///< -1: the width of the first input
  int64_t hidden_channels = 0;
  int64_t out_channels = 0;
  int64_t num_layers = 0;
  std::vector<double> dropout = {0};  ///< one for all layers (0 for the last, if plain), or one a layer
  Config act = "relu";                ///< null: none
  bool act_first = false;             ///< the activation before the norm
  Config act_kwargs;
  Config norm = "batch_norm";  ///< null: none
  Config norm_kwargs;
  bool plain_last = true;           ///< nothing behind the last linear layer
  std::vector<bool> bias = {true};  ///< one for all, or one a layer
};

/// State: `lins.<i>.weight`, `lins.<i>.bias`, `norms.<i>.*` (batch norms: `norms.<i>.module.*`).
class MLP : public Layer {
 public:
  /// Lists of another length than the layers: invalid_argument.
  explicit MLP(MLPOptions options);

  std::string name() const override { return "MLP"; }
  std::string to_string() const override;
  /// [N, in] → [N, out].
  at::Tensor forward(const at::Tensor& x) override { return forward(x, {}); }
  /// batch [N]: the graph of each row, for norms that ask; undefined: one graph.
  at::Tensor forward(const at::Tensor& x, const at::Tensor& batch, std::optional<int64_t> batch_size = {});
  /// The result, and what went into the last layer.
  std::pair<at::Tensor, at::Tensor> forward_with_embedding(const at::Tensor& x, const at::Tensor& batch = {},
                                                           std::optional<int64_t> batch_size = {});
  ValueList call(const CallArguments& arguments) override;

  std::optional<int64_t> in_channels() const override { return lins_.front()->in_channels(); }
  int64_t out_channels() const { return lins_.back()->out_channels(); }
  int64_t result_width(int64_t) const override { return out_channels(); }
  std::vector<LayerStep> steps() override;
  int64_t num_layers() const { return static_cast<int64_t>(lins_.size()); }

 private:
  at::Tensor run(at::Tensor x, const at::Tensor& batch, std::optional<int64_t> batch_size, at::Tensor* embedding);
  /// What stands behind linear layer k: activation, norm and dropout.
  at::Tensor behind(size_t k, at::Tensor x, const at::Tensor& batch, std::optional<int64_t> batch_size);

  MLPOptions options_;
  Activation act_;
  std::vector<std::unique_ptr<Linear>> lins_;
  std::vector<std::unique_ptr<Norm>> norms_;
};

/// The options of a config: dropout and bias are one value or a list.
MLPOptions mlp_options(const Config& arguments);

}  // namespace spinel::nn
