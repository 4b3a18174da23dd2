// Propagation without parameters: neighbours are aggregated and combined with the node itself.
#pragma once

#include <optional>
#include <string>

#include "spinel/nn/conv/message_passing.h"

namespace spinel::nn {

struct SimpleConvOptions {
  Config aggr = "sum";
  std::optional<std::string> combine_root;  ///< "sum", "cat" or "self_loop"; absent: neighbours alone
  MessagePassingOptions kwargs;
};

/// x_i' = aggr_j e_ji x_j, with x_i added (sum), put before it (cat), or as one more neighbour (self_loop). No state.
/// Over a sparse matrix its values are the weights.
class SimpleConv : public MessagePassing<SimpleConv> {
 public:
  /// Another combine_root: invalid_argument.
  explicit SimpleConv(SimpleConvOptions options);
  static OptionTable<SimpleConvOptions> options();

  std::string name() const override { return "SimpleConv"; }
  /// self_loop with two sets of nodes: invalid_argument.
  at::Tensor forward(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_weight = {},
                     const Size& size = {});
  ValueList call(const CallArguments& arguments) override;

  Message message(Arg<"x_j"> x_j, Arg<"edge_weight"> edge_weight) { return weighted(edge_weight, x_j); }

 private:
  SimpleConvOptions options_;
};

}  // namespace spinel::nn
