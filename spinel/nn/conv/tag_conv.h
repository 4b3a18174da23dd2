// Topology adaptive and MixHop convolutions: a linear map of each power of the adjacency.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "spinel/nn/conv/message_passing.h"
#include "spinel/nn/conv/numbered_modules.h"
#include "spinel/nn/dense/linear.h"

namespace spinel::nn {

struct TAGConvOptions {
  int64_t in_channels = 0;
  int64_t out_channels = 0;
  int64_t K = 3;  ///< hops
  bool bias = true;
  bool normalize = true;  ///< symmetric normalisation, without loops
  MessagePassingOptions kwargs;
};

/// Σ_{k=0..K} (D^-½ A D^-½)^k x W_k + b (Du et al., arXiv:1710.10370). State: `lins.<k>.weight`, `bias`.
class TAGConv : public MessagePassing<TAGConv> {
 public:
  explicit TAGConv(TAGConvOptions options);
  static OptionTable<TAGConvOptions> options();

  std::string name() const override { return "TAGConv"; }
  std::string to_string() const override;
  void reset_parameters() override;
  /// x [.., N, in], edge_weight [E] or undefined → [.., N, out].
  at::Tensor forward(const at::Tensor& x, const Adjacency& edge_index, const at::Tensor& edge_weight = {});
  ValueList call(const CallArguments& arguments) override;

  Message message(Arg<"x_j"> x_j, Arg<"edge_weight"> edge_weight) { return weighted(edge_weight, x_j); }

 private:
  TAGConvOptions options_;
  NumberedModules<Linear> lins_;
  at::Tensor bias_;
};

struct MixHopConvOptions {
  int64_t in_channels = -1;
  int64_t out_channels = 0;
  std::vector<int64_t> powers = {0, 1, 2};
  bool add_self_loops = true;
  bool bias = true;
  MessagePassingOptions kwargs;
};

/// Â^p x W_p side by side for the powers p in their order, plus b (Abu-El-Haija et al., arXiv:1905.00067). State:
/// `lins.<p>.weight` of those powers, `bias` [powers · out].
class MixHopConv : public MessagePassing<MixHopConv> {
 public:
  /// No powers, or a negative one: invalid_argument.
  explicit MixHopConv(MixHopConvOptions options);
  static OptionTable<MixHopConvOptions> options();

  std::string name() const override { return "MixHopConv"; }
  std::string to_string() const override;
  void reset_parameters() override;
  at::Tensor forward(const at::Tensor& x, const Adjacency& edge_index, const at::Tensor& edge_weight = {});
  ValueList call(const CallArguments& arguments) override;

  Message message(Arg<"x_j"> x_j, Arg<"edge_weight"> edge_weight) { return weighted(edge_weight, x_j); }

 private:
  /// Children under the numbers of their powers; a power that is not wanted has none.
  class Powers : public Module {
   public:
    void add(int64_t power, int64_t in, int64_t out);
    Linear* find(int64_t power) const;

   private:
    std::vector<std::pair<int64_t, std::unique_ptr<Linear>>> lins_;
  };

  MixHopConvOptions options_;
  Powers lins_;
  at::Tensor bias_;
};

}  // namespace spinel::nn
