// Relational graph convolutions: a weight for each type of edge.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "spinel/nn/conv/channels.h"
#include "spinel/nn/conv/message_passing.h"

namespace spinel::nn {

struct RGCNConvOptions {
  Channels in_channels = 0;
  int64_t out_channels = 0;
  int64_t num_relations = 0;
  std::optional<int64_t> num_bases;   ///< weights are mixtures of so many matrices
  std::optional<int64_t> num_blocks;  ///< weights are block diagonal
  Config aggr = "mean";
  bool root_weight = true;
  bool is_sorted = false;  ///< a hint of the reference: edges come in order of types
  bool bias = true;
  MessagePassingOptions kwargs;
};

/// What both forms share: the parameters and the node itself.
/// State: `weight` [relations, in, out], with bases [bases, in, out] and `comp` [relations, bases], with blocks
/// [relations, blocks, in / blocks, out / blocks]; `root` [in, out], `bias`.
class RelationalWeights {
 public:
  RelationalWeights(const RGCNConvOptions& options, const char* owner);
  void reset() const;
  /// [relations, in, out], also of bases and of blocks.
  at::Tensor dense() const;
  /// out + x W_root + b; x are features or node numbers.
  at::Tensor with_root(const at::Tensor& out, const at::Tensor& x) const;

  at::Tensor weight, comp, root, bias;

 private:
  RGCNConvOptions options_;
};

/// Features, or node numbers, of both ends: None counts the nodes.
struct RelationalInput {
  at::Tensor source, target;
};

/// x_i' = Θ_root x_i + Σ_r aggr_{j ∈ N_r(i)} Θ_r x_j + b (Schlichtkrull et al., arXiv:1703.06103). One product over the
/// edges of each relation.
class RGCNConv : public MessagePassing<RGCNConv> {
 public:
  /// Bases and blocks together, blocks that do not divide the widths: invalid_argument.
  explicit RGCNConv(RGCNConvOptions options);
  static OptionTable<RGCNConvOptions> options();

  std::string name() const override { return "RGCNConv"; }
  std::string to_string() const override;
  void reset_parameters() override;
  /// x [N, in], node numbers [N] int64, None (node n is number n of in_channels), or a pair. edge_type [E] in [0,
  /// relations), or the values of a sparse matrix.
  at::Tensor forward(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_type = {});
  ValueList call(const CallArguments& arguments) override;

 private:
  RGCNConvOptions options_;
  RelationalWeights weights_;
};

/// The same in one pass over all edges, with the messages of all relations in memory; aggr is add, sum or mean.
class FastRGCNConv : public MessagePassing<FastRGCNConv> {
 public:
  explicit FastRGCNConv(RGCNConvOptions options);
  static OptionTable<RGCNConvOptions> options();

  std::string name() const override { return "FastRGCNConv"; }
  std::string to_string() const override;
  void reset_parameters() override;
  at::Tensor forward(const Features& x, const Adjacency& edge_index, const at::Tensor& edge_type = {});
  ValueList call(const CallArguments& arguments) override;

  at::Tensor message(Arg<"x_j"> x_j, Arg<"edge_type"> edge_type);
  at::Tensor aggregate(const at::Tensor& messages, Arg<"edge_type"> edge_type, Arg<"index"> index,
                       Arg<"dim_size"> dim_size, Arg<"edges"> edges);

 private:
  RGCNConvOptions options_;
  RelationalWeights weights_;
};

}  // namespace spinel::nn
