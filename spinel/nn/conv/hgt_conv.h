// The heterogeneous graph transformer convolution.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "spinel/nn/conv/message_passing.h"
#include "spinel/nn/conv/typed_graph.h"
#include "spinel/nn/dense/hetero_linear.h"

namespace spinel::nn {

struct HGTConvOptions {
  TypedChannels in_channels;  ///< by node type
  int64_t out_channels = 0;
  Metadata metadata;
  int64_t heads = 1;
  MessagePassingOptions kwargs;
};

/// h_i = Σ_j α_ij v_j M_r with α_ij the softmax, over all edges into i whatever their type, of (q_i · k_j A_r) p_r / √d
/// for each head, where q, k, v = Linear_type(x) and A_r, M_r, p_r belong to the edge type; x_i' =
/// Linear_type(gelu(h_i)), mixed with x_i by σ(skip_type) where it is as wide (Hu et al., arXiv:2003.01332).
///
/// State: `kqv_lin.lins.<type>.*` [3 · out, in], `out_lin.lins.<type>.*`, `k_rel.weight`, `v_rel.weight` [heads · edge
/// types, d, d] (row head · edge types + type), `skip.<type>` [1], `p_rel.<source__relation__target>` [1, heads].
class HGTConv : public MessagePassing<HGTConv> {
 public:
  /// heads that do not divide out_channels, metadata that contradict themselves: invalid_argument.
  explicit HGTConv(HGTConvOptions options);
  static OptionTable<HGTConvOptions> options();

  std::string name() const override { return "HGTConv"; }
  std::string to_string() const override;
  void reset_parameters() override;
  /// x_dict: [N, in] by node type; edges by edge type of the metadata, any of which may be missing. Results [N, out] of
  /// the types that are a target in the metadata, in order of in_channels.
  ///
  /// Over sparse matrices p_r is dealt out as the reference does: the n-th edge in order of targets gets the factor of
  /// the n-th edge in order of the dictionary, which may be of another type. Over edge lists each edge has its own.
  NamedTensors forward(const NamedTensors& x_dict, const EdgeDict<Adjacency>& edge_index_dict);
  ValueList call(const CallArguments& arguments) override;

  Message message(Arg<"query_i"> query_i, Arg<"key_j"> key_j, Arg<"value_j"> value_j, Arg<"factor"> factor,
                  Arg<"edges"> edges);

 private:
  struct Nodes;
  NamedTensors call_values(const NamedTensors& x_dict,
                           const std::vector<std::pair<std::string, Adjacency>>& edge_index_dict);
  int64_t number_of(const EdgeType& type) const;
  /// Keys and values of the sources of each edge type, one type after another, and all edges from them to the targets,
  /// which are numbered one node type after another.
  Nodes gather(const NamedTensors& x_dict, const EdgeDict<Adjacency>& edge_index_dict);
  at::Tensor mixed(const std::string& type, const at::Tensor& out, const at::Tensor& x) const;

  HGTConvOptions options_;
  HeteroDictLinear kqv_lin_, out_lin_;
  at::Tensor k_rel_, v_rel_;
  std::vector<std::pair<std::string, at::Tensor>> skip_;
  std::vector<at::Tensor> p_rel_;  ///< in order of edge types
};

}  // namespace spinel::nn
