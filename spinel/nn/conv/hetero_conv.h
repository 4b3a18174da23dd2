// A convolution for each edge type of a heterogeneous graph.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "spinel/base/options.h"
#include "spinel/nn/call.h"
#include "spinel/nn/conv/typed_graph.h"

namespace spinel::nn {

struct HeteroConvOptions {
  Config convs;         ///< {source__relation__target: convolution}, each as make_conv() takes it
  Config aggr = "sum";  ///< sum, mean, min, max, cat; null: results side by side, [N, results, out]
};

/// Runs every convolution on the nodes and edges of its type and combines the results of each target type. State:
/// `convs.<source___relation___target>.*` with '<' and '>' in the key, dots of names as '#'.
class HeteroConv : public CallableModule {
 public:
  using Convs = std::vector<std::pair<EdgeType, std::unique_ptr<CallableModule>>>;

  /// Another aggr, a convolution that adds loops for edges between two node types: invalid_argument. Warns of source
  /// types that are no target, as their features are not updated.
  explicit HeteroConv(Convs convs, std::optional<std::string> aggr = "sum");
  explicit HeteroConv(const HeteroConvOptions& options);
  static OptionTable<HeteroConvOptions> options();

  std::string name() const override { return "HeteroConv"; }
  std::string to_string() const override;

  /// x_dict [N, in] by node type, edges by edge type → results by target type, in order of the convolutions. Edge types
  /// without edges are left out.
  NamedTensors forward(const NamedTensors& x_dict, const EdgeDict<Adjacency>& edge_index_dict);

  /// Any dictionaries: of each the convolution of an edge type gets the entry of that type; else the node types' entry,
  /// where source and target are the same; else the pair of both, of which one may be missing. A dictionary that has
  /// none of these is no argument of that convolution. One without an argument by its edge type is left out. Keywords
  /// end in `_dict`: edge_attr_dict becomes edge_attr. Another keyword, a convolution that gives no tensor:
  /// invalid_argument.
  NamedTensors run(const CallArguments& arguments);
  ValueList call(const CallArguments& arguments) override;

  /// The convolution of an edge type; unknown: not_found with the nearest.
  CallableModule& at(const EdgeType& type) const;

 private:
  at::Tensor combined(const std::vector<at::Tensor>& results) const;

  Convs convs_;
  std::optional<std::string> aggr_;
};

}  // namespace spinel::nn
