// The frequency adaptive graph convolution.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "spinel/nn/conv/attention.h"
#include "spinel/nn/conv/message_passing.h"
#include "spinel/nn/conv/normalized_edges.h"
#include "spinel/nn/dense/linear.h"

namespace spinel::nn {

struct FAConvOptions {
  int64_t channels = 0;
  double eps = 0.1;     ///< share of the first features
  double dropout = 0;   ///< of the attention weights, in training
  bool cached = false;  ///< the normalised edges of the first call serve all later ones
  bool add_self_loops = true;
  bool normalize = true;  ///< else edge_weight must be given
  MessagePassingOptions kwargs;
};

/// x_i' = ε x0_i + Σ_j tanh(a_l · x_j + a_r · x_i) w_ji x_j (Bo et al., arXiv:2101.00797). State: `att_l.weight`,
/// `att_r.weight` [1, channels].
class FAConv : public MessagePassing<FAConv> {
 public:
  explicit FAConv(FAConvOptions options);
  static OptionTable<FAConvOptions> options();

  std::string name() const override { return "FAConv"; }
  std::string to_string() const override;
  void reset_parameters() override;
  /// x, x_0 [N, channels]. edge_weight [E] exactly without normalize.
  at::Tensor forward(const at::Tensor& x, const at::Tensor& x_0, const Adjacency& edge_index,
                     const at::Tensor& edge_weight = {});
  /// The same with tanh(…) of all edges, loops among them.
  AttentionResult forward_with_attention(const at::Tensor& x, const at::Tensor& x_0, const Adjacency& edge_index,
                                         const at::Tensor& edge_weight = {});
  ValueList call(const CallArguments& arguments) override;

  at::Tensor edge_update(Arg<"alpha_j"> alpha_j, Arg<"alpha_i"> alpha_i);
  Message message(Arg<"x_j"> x_j, Arg<"alpha"> alpha, Arg<"edge_weight"> edge_weight);

 private:
  ValueList call_values(const at::Tensor& x, const at::Tensor& x_0, const Adjacency& edge_index,
                        const at::Tensor& edge_weight, const std::optional<bool>& return_attention_weights);

  FAConvOptions options_;
  Linear att_l_, att_r_;
  CachedEdges cached_;
};

struct GCN2ConvOptions {
  int64_t channels = 0;
  double alpha = 0;             ///< share of the first features
  std::optional<double> theta;  ///< with layer ℓ: β = ln(θ / ℓ + 1); without both 1
  std::optional<int64_t> layer;
  bool shared_weights = true;  ///< one matrix for the propagated and the first features
  bool cached = false;
  bool add_self_loops = true;
  bool normalize = true;
  MessagePassingOptions kwargs;
};

/// x' = ((1 − α) P x + α x0) ((1 − β) I + β Θ1), without shared weights each term with its own Θ (Chen et al.,
/// arXiv:2007.02133). State: `weight1`, `weight2` [channels, channels].
class GCN2Conv : public MessagePassing<GCN2Conv> {
 public:
  /// theta without layer or the reverse: invalid_argument.
  explicit GCN2Conv(GCN2ConvOptions options);
  static OptionTable<GCN2ConvOptions> options();

  std::string name() const override { return "GCN2Conv"; }
  std::string to_string() const override;
  void reset_parameters() override;
  /// x [N, channels], x_0 with at least as many rows, of which the first N count.
  at::Tensor forward(const at::Tensor& x, const at::Tensor& x_0, const Adjacency& edge_index,
                     const at::Tensor& edge_weight = {});
  ValueList call(const CallArguments& arguments) override;

  Message message(Arg<"x_j"> x_j, Arg<"edge_weight"> edge_weight) { return weighted(edge_weight, x_j); }

 private:
  GCN2ConvOptions options_;
  double beta_ = 1;
  at::Tensor weight1_, weight2_;
  CachedEdges cached_;
};

}  // namespace spinel::nn
