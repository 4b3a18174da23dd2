// Edges with loops and symmetric normalisation, as GCNConv and its relatives use them.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "spinel/nn/conv/message_edges.h"

namespace spinel::nn {

/// Edges and the weight of each in their order; undefined: all 1.
struct WeightedEdges {
  Adjacency edges;
  at::Tensor weight;
};

struct NormalizeOptions {
  bool improved = false;
  bool add_self_loops = true;
  Flow flow = Flow::source_to_target;
};

/// graph::gcn_norm of either form; weights of a matrix are its values. What depends on the edges alone is remembered
/// for the next call with them (remembered.h). x: features whose dimension `node_dim` counts the nodes and whose type
/// the weights get. Indices out of range, a matrix of other sizes: invalid_argument that `owner` begins.
WeightedEdges normalized_edges(const Adjacency& edges, const at::Tensor& edge_weight, const at::Tensor& x,
                               int64_t node_dim, const NormalizeOptions& options, const std::string& owner);

/// The edges as they are, after the same checks but for the nodes of a list, which are looked at where they are used.
WeightedEdges plain_edges(const Adjacency& edges, const at::Tensor& edge_weight, const at::Tensor& x, int64_t node_dim,
                          const std::string& owner);

/// An edge list without its loops and with one loop for each of `loops` nodes; of a matrix its diagonal is filled with
/// ones. Remembered.
Adjacency with_fresh_loops(const Adjacency& edges, int64_t loops);

/// Checks that the nodes of an edge list lie below the numbers of sources and of targets, or the sizes of a matrix
/// [targets, sources]. One pass over an edge list that is new, none over one that was here before.
void check_nodes(const Adjacency& edges, int64_t sources, int64_t targets, std::string_view owner,
                 Flow flow = Flow::source_to_target);
/// edge_weight [E] or undefined, one number for each edge; `owner` begins the message.
void check_edge_weight(const at::Tensor& edge_weight, const Adjacency& edges, std::string_view owner);

/// The edges of the first call, for layers with `cached`.
class CachedEdges {
 public:
  /// What is kept, or what `make` returns, which is then kept if `on`.
  template <typename Make>
  WeightedEdges get(bool on, Make&& make) {
    if (kept_) return *kept_;
    WeightedEdges made = make();
    if (on) kept_ = made;
    return made;
  }
  void clear() { kept_.reset(); }

 private:
  std::optional<WeightedEdges> kept_;
};

}  // namespace spinel::nn
