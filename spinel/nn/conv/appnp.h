// Propagation by personalised PageRank, and LightGCN's convolution: layers without parameters.
#pragma once

#include <cstdint>
#include <string>

#include "spinel/nn/conv/message_passing.h"
#include "spinel/nn/conv/normalized_edges.h"

namespace spinel::nn {

struct APPNPOptions {
  int64_t K = 1;        ///< steps
  double alpha = 0.1;   ///< probability of going back
  double dropout = 0;   ///< of the edges' weights at each step, in training
  bool cached = false;  ///< the normalised edges of the first call serve all later ones
  bool add_self_loops = true;
  bool normalize = true;
  MessagePassingOptions kwargs;
};

/// Z ← (1 − α) Â Z + α x, K times from Z = x (Gasteiger et al., arXiv:1810.05997). No state.
class APPNP : public MessagePassing<APPNP> {
 public:
  explicit APPNP(APPNPOptions options);
  static OptionTable<APPNPOptions> options();

  std::string name() const override { return "APPNP"; }
  std::string to_string() const override;
  void reset_parameters() override;
  /// x [.., N, F], edge_weight [E] or undefined → the same shape.
  at::Tensor forward(const at::Tensor& x, const Adjacency& edge_index, const at::Tensor& edge_weight = {});
  ValueList call(const CallArguments& arguments) override;

  Message message(Arg<"x_j"> x_j, Arg<"edge_weight"> edge_weight) { return weighted(edge_weight, x_j); }

 private:
  /// Some edges' weights are 0, the others larger; without weights they are 1.
  at::Tensor dropped(const WeightedEdges& edges, const at::Tensor& like) const;

  APPNPOptions options_;
  CachedEdges cached_;
};

struct LGConvOptions {
  bool normalize = true;
  MessagePassingOptions kwargs;
};

/// x_i' = Σ_j e_ji / √(d_i d_j) x_j (He et al., arXiv:2002.02126). No state.
class LGConv : public MessagePassing<LGConv> {
 public:
  explicit LGConv(LGConvOptions options = {});
  static OptionTable<LGConvOptions> options();

  std::string name() const override { return "LGConv"; }
  at::Tensor forward(const at::Tensor& x, const Adjacency& edge_index, const at::Tensor& edge_weight = {});
  ValueList call(const CallArguments& arguments) override;

  Message message(Arg<"x_j"> x_j, Arg<"edge_weight"> edge_weight) { return weighted(edge_weight, x_j); }

 private:
  bool normalize_;
};

}  // namespace spinel::nn
