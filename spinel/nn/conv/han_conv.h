// The heterogeneous graph attention convolution.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "spinel/nn/conv/message_passing.h"
#include "spinel/nn/conv/typed_graph.h"
#include "spinel/nn/dense/linear.h"

namespace spinel::nn {

struct HANConvOptions {
  TypedChannels in_channels;  ///< by node type
  int64_t out_channels = 0;
  Metadata metadata;
  int64_t heads = 1;
  double negative_slope = 0.2;
  double dropout = 0;  ///< of the attention weights of edges, in training
  MessagePassingOptions kwargs;
};

/// For each edge type r: z_i^r = ReLU(Σ_j α_ij h_j) with h = Linear_type(x) and α_ij = softmax_j LeakyReLU(a_s · h_j +
/// a_d · h_i) for each head; x_i' = Σ_r β_r z_i^r with β = softmax_r q · mean_i tanh(W z_i^r + b) (Wang et al.,
/// arXiv:1903.07293). State: `proj.<type>.*`, `lin_src.<source__relation__target>` and `lin_dst.…` [1, heads, d],
/// `k_lin.*`, `q` [1, out].
class HANConv : public MessagePassing<HANConv> {
 public:
  /// heads that do not divide out_channels, metadata that contradict themselves: invalid_argument.
  explicit HANConv(HANConvOptions options);
  static OptionTable<HANConvOptions> options();

  std::string name() const override { return "HANConv"; }
  std::string to_string() const override;
  void reset_parameters() override;

  struct Result {
    NamedTensors out;        ///< [N, out] of each type of x_dict; undefined for one without edges to it
    NamedTensors attention;  ///< β of each type, in order of its edge types; undefined for one without edges or nodes
  };
  /// x_dict: [N, in] by node type; edges by edge type of the metadata, any of which may be missing.
  NamedTensors forward(const NamedTensors& x_dict, const EdgeDict<Adjacency>& edge_index_dict);
  Result forward_with_attention(const NamedTensors& x_dict, const EdgeDict<Adjacency>& edge_index_dict);
  ValueList call(const CallArguments& arguments) override;

  Message message(Arg<"x_j"> x_j, Arg<"alpha_i"> alpha_i, Arg<"alpha_j"> alpha_j, Arg<"edges"> edges);

 private:
  ValueList call_values(const NamedTensors& x_dict,
                        const std::vector<std::pair<std::string, Adjacency>>& edge_index_dict,
                        bool return_semantic_attention_weights);
  /// The features [N, heads, d] of each node type.
  NamedTensors project(const NamedTensors& x_dict);
  /// z [N, out] of one edge type.
  at::Tensor pass(const EdgeType& type, const Adjacency& edges, const NamedTensors& features);
  void combine(const std::string& type, const std::vector<at::Tensor>& parts, Result& result);

  HANConvOptions options_;
  Linear k_lin_;
  at::Tensor q_;
  std::vector<std::pair<std::string, std::unique_ptr<Linear>>> proj_;
  std::vector<at::Tensor> lin_src_, lin_dst_;  ///< in order of edge types
};

}  // namespace spinel::nn
