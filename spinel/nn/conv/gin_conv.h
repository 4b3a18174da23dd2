// The convolutions of graph isomorphism networks, without and with features of edges.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "spinel/nn/conv/message_passing.h"
#include "spinel/nn/conv/module_argument.h"
#include "spinel/nn/dense/linear.h"

namespace spinel::nn {

struct GINConvOptions {
  LayerArgument nn;
  double eps = 0;
  bool train_eps = false;  ///< eps is a parameter, not a buffer
  MessagePassingOptions kwargs;
};

/// nn((1 + ε) x_i + aggr_j x_j) (Xu et al., arXiv:1810.00826). State: `eps` [1], `nn.*`. Values of a sparse matrix are
/// not looked at.
class GINConv : public MessagePassing<GINConv> {
 public:
  /// Without nn: invalid_argument.
  explicit GINConv(GINConvOptions options);
  static OptionTable<GINConvOptions> options();

  std::string name() const override { return "GINConv"; }
  std::string to_string() const override;
  void reset_parameters() override;
  /// Without features of the targets they do not count.
  at::Tensor forward(const Features& x, const Adjacency& edge_index, const Size& size = {});
  ValueList call(const CallArguments& arguments) override;

 private:
  double initial_eps_;
  std::shared_ptr<Layer> nn_;
  at::Tensor eps_;
};

struct GINEConvOptions {
  LayerArgument nn;
  double eps = 0;
  bool train_eps = false;
  std::optional<int64_t> edge_dim;  ///< edges are mapped from this width (-1: as it comes) to that of the nodes
  MessagePassingOptions kwargs;
};

/// nn((1 + ε) x_i + Σ_j ReLU(x_j + e_ji)) (Hu et al., arXiv:1905.12265). State: `eps` [1], `nn.*`, with edge_dim
/// `lin.weight`, `lin.bias`.
class GINEConv : public MessagePassing<GINEConv> {
 public:
  /// edge_dim with an nn that does not say its input's width: invalid_argument.
  explicit GINEConv(GINEConvOptions options);
  static OptionTable<GINEConvOptions> options();

  std::string name() const override { return "GINEConv"; }
  std::string to_string() const override;
  void reset_parameters() override;
  /// edge_attr [E, D] (or the values of a sparse matrix). Without edge_dim its width must be that of x.
  at::Tensor forward(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_attr = {},
                     const Size& size = {});
  ValueList call(const CallArguments& arguments) override;

  Message message(Arg<"x_j"> x_j, Arg<"edge_attr"> edge_attr);

 private:
  double initial_eps_;
  std::shared_ptr<Layer> nn_;
  std::unique_ptr<Linear> lin_;
  at::Tensor eps_;
};

}  // namespace spinel::nn
