// What every graph convolution must do, run over a list of descriptions.
#pragma once

#include <ATen/ATen.h>

#include <ostream>
#include <string>
#include <vector>

#include "spinel/nn/call.h"

namespace spinel::nn {

/// One convolution with arguments. Its forward takes x and edge_index, and of `inputs` those that it knows.
struct ConvCase {
  std::string name;
  std::string arguments;            ///< JSON
  std::vector<std::string> inputs;  ///< "edge_weight", "edge_attr", "edge_type", "pos", "normal", "x_0", …
  // What it does not support, by name.
  bool pair = true;          ///< (x, x) and (x of sources, x of targets)
  bool sparse = true;        ///< a matrix instead of an edge list
  bool sparse_equal = true;  ///< with the same result
  bool batch = true;         ///< graphs do not see each other
  bool double_backward = true;
  bool no_nodes = true;  ///< an empty graph without nodes
  int64_t in = 4;        ///< width of x
  int64_t layers = 0;    ///< where not 0: x is [nodes, layers, in]
};
inline std::ostream& operator<<(std::ostream& out, const ConvCase& one) {
  return out << one.name << " " << one.arguments;
}

/// A graph with everything that a convolution may want of it.
struct TestGraph {
  at::Tensor x, pos, normal, x_0, edge_index, edge_weight, edge_attr, edge_type, node_type;
  int64_t nodes() const { return x.size(0); }
  const at::Tensor& named(const std::string& name) const;
};
/// No edge is there twice; loops only if asked for. float64.
TestGraph random_graph(int64_t nodes, int64_t edges, int64_t width, bool loops = false);

}  // namespace spinel::nn
