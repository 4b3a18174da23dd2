// Networks of equal graph convolutions with norms, activations, dropout and jumping knowledge between.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "spinel/base/component.h"
#include "spinel/nn/activation.h"
#include "spinel/nn/call.h"
#include "spinel/nn/dense/linear.h"
#include "spinel/nn/models/jumping_knowledge.h"
#include "spinel/nn/norm/norm.h"

namespace spinel::nn {

/// The arguments that all networks share, by torch_geometric's names.
struct BasicGNNOptions {
  int64_t in_channels = -1;  ///< -1: the width of the first input
  int64_t hidden_channels = 0;
  int64_t num_layers = 0;               ///< of message passing
  std::optional<int64_t> out_channels;  ///< absent: hidden_channels
  double dropout = 0;                   ///< of nodes' features behind all layers but the last, in training
  Config act = "relu";                  ///< null: none
  bool act_first = false;               ///< the activation before the norm
  Config act_kwargs;
  Config norm;  ///< null: none
  Config norm_kwargs;
  std::optional<std::string> jk;  ///< last, cat, max or lstm; a linear layer follows. Absent: the last layer's result
};

/// What of a kind of network differs: which convolution, how it is made, and which data of edges it takes.
struct GNNKind {
  std::string name;  ///< "GCN"
  std::string summary;
  /// The convolution whose options the network passes on.
  std::string conv;
  bool takes_edge_weight = false, takes_edge_attr = false;
  /// Options of the network that the convolution has under no name.
  std::vector<OptionDoc> own_options;
  /// Options of the convolution that the network sets by itself.
  std::vector<std::string> fixed_options;
  /// `{Name: {arguments}}` of a convolution from the width `in` to `out`; `kwargs`: the options passed on; `is_output`:
  /// it gives the network's result.
  Config (*make_conv)(int64_t in, int64_t out, const Config& kwargs, const BasicGNNOptions& options,
                      bool is_output) = nullptr;
};

/// GCN, GraphSAGE, GIN, GAT, PNA, EdgeCNN.
const std::vector<GNNKind>& gnn_kinds();

/// State, under torch_geometric's keys: `convs.<i>.*`, `norms.<i>.*`, `jk.*`, `lin.weight`, `lin.bias`.
class BasicGNN : public CallableModule {
 public:
  /// `kwargs`: options of the convolutions (and the kind's own). Unknown ones, widths below 1, another jk:
  /// invalid_argument.
  BasicGNN(const GNNKind& kind, BasicGNNOptions options, Config kwargs = Config::map());

  std::string name() const override { return kind_.name; }
  std::string to_string() const override;
  /// x [N, in], edges as edge_index or adj_t, edge_weight [E] and edge_attr [E, D] where the kind takes them (else they
  /// must be undefined), batch [N] the graph of each node for norms that ask → [N, out].
  at::Tensor forward(const at::Tensor& x, const Adjacency& edge_index, const at::Tensor& edge_weight = {},
                     const at::Tensor& edge_attr = {}, const at::Tensor& batch = {},
                     std::optional<int64_t> batch_size = {});
  ValueList call(const CallArguments& arguments) override;

  const GNNKind& kind() const { return kind_; }
  const BasicGNNOptions& options() const { return options_; }
  int64_t out_channels() const { return options_.out_channels.value_or(options_.hidden_channels); }
  /// Whether features of edges count: the kind takes them and its edge_dim is given.
  bool uses_edge_attr() const;
  /// All arguments with their values, as make_gnn() takes them.
  Config arguments() const;

 private:
  at::Tensor convolve(CallableModule& conv, const at::Tensor& x, const Adjacency& edge_index,
                      const at::Tensor& edge_weight, const at::Tensor& edge_attr) const;

  const GNNKind& kind_;
  BasicGNNOptions options_;
  Config kwargs_;
  Activation act_;
  std::vector<std::unique_ptr<CallableModule>> convs_;
  std::vector<std::unique_ptr<Norm>> norms_;  ///< one a layer; null: none there
  std::unique_ptr<JumpingKnowledge> jk_;
  std::unique_ptr<Linear> lin_;
};

using GNNList = ComponentList<std::unique_ptr<BasicGNN>(const Config& arguments)>;
/// All kinds by name; `SAGE` is GraphSAGE.
const GNNList& gnn_list();
/// The options of a kind: those of BasicGNNOptions, its own, and the convolution's.
std::vector<OptionDoc> gnn_option_docs(const GNNKind& kind);
/// Splits the arguments into the two parts. Unknown keys: invalid_argument with the nearest one.
std::unique_ptr<BasicGNN> make_gnn(const GNNKind& kind, const Config& arguments);

}  // namespace spinel::nn
