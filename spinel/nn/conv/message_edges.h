// The edges of one pass of messages: which nodes they join, grouped by either end, and products along them.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "spinel/graph/groups.h"
#include "spinel/graph/utils/edges.h"
#include "spinel/nn/typing.h"
#include "spinel/sparse/sparse_tensor.h"

namespace spinel::nn {

using graph::Flow;

/// An end of an edge: the node i that takes the message, or j that sends it.
enum class End { i, j };

/// E edges of a graph with size_i targets and size_j sources, numbered as they were given. Orders and pointers are
/// derived on demand and remembered for the next call with the same tensor or matrix (remembered.h). Gradients pass
/// through everything that takes features or weights. Copies are cheap.
class MessageEdges {
 public:
  MessageEdges() = default;
  /// Indices are checked against the sizes when they are first used: in the pass that sorts them. No integers [2, E], a
  /// matrix of other sizes, a reversed flow over a matrix, an index out of range: invalid_argument that `owner` begins.
  MessageEdges(const Adjacency& adjacency, Flow flow, int64_t size_i, int64_t size_j, std::string owner);

  bool is_sparse() const { return adjacency_.is_sparse(); }
  int64_t count() const { return adjacency_.num_edges(); }
  /// The same for edges of the same list or matrix with the same flow and sizes, another one for all others.
  int64_t number() const;
  int64_t size(End end) const { return end == End::i ? size_i_ : size_j_; }
  /// [E] int64 the node at this end of each edge.
  at::Tensor index(End end) const;
  /// [size_i + 1] where each target's edges begin; undefined for an edge list, whose edges may be in any order.
  at::Tensor ptr() const;
  /// The edges by the node at this end.
  graph::Groups groups(End end) const;

  /// x with size(end) nodes along `dim` → [.., E, ..]: the features at this end of each edge.
  at::Tensor lift(const at::Tensor& x, End end, int64_t dim) const;
  /// Row i: Σ_j w_ji x_j over the edges into i, or their mean, least or greatest value; 0 without edges. x [size_j, F]
  /// or [b, size_j, F] with weight [E] or none, or x [size_j, H, C] with weight [E, H]. Nothing of the size E × F is
  /// made, forward or backward. The gradients of min and max go to one edge each.
  at::Tensor product(const at::Tensor& x, const at::Tensor& weight, sparse::Reduce reduce) const;
  /// The transposed of the sum without weights: row j is the sum of x_i [size_i, F] over the edges out of j.
  at::Tensor product_back(const at::Tensor& x) const;
  /// a_i · b_j of each edge: a [size_i, F], b [size_j, F] → [E], or a [size_i, H, C], b [size_j, H, C] → [E, H];
  /// without gathered features, as product().
  at::Tensor dot(const at::Tensor& a, const at::Tensor& b) const;
  /// value [E, …] in the order of adj_t()'s entries, and back.
  at::Tensor in_order(const at::Tensor& value) const;
  at::Tensor from_order(const at::Tensor& value) const;
  /// The pattern [size_i, size_j] of all edges, without values, in order of targets.
  sparse::SparseTensor adj_t() const;
  /// [E] which edge each of its entries is; undefined where they are in order.
  at::Tensor edge_numbers() const { return order().perm; }

  /// Checks what needs no pass over the edges: type, rank, flow.
  static void check(const Adjacency& adjacency, Flow flow, std::string_view owner);

 private:
  struct Order {
    sparse::SparseTensor adj_t;
    at::Tensor perm;     ///< which edge each entry is; undefined: in order
    int64_t number = 0;  ///< another one for each order, so that what is in it can be remembered
  };
  Order order() const;
  int row_of(End end) const { return (end == End::i) == (flow_ == Flow::source_to_target) ? 1 : 0; }
  void fail_out_of_range(End end) const;

  Adjacency adjacency_;
  Flow flow_ = Flow::source_to_target;
  int64_t size_i_ = 0, size_j_ = 0;
  std::string owner_;
};

/// The edge list of either form: of a matrix its columns (sources) over its rows (targets).
at::Tensor edge_list(const Adjacency& adjacency);
/// The list with its rows exchanged; the same tensor for the next call with the same list.
at::Tensor reversed_edges(const at::Tensor& edge_index);
/// Values of a matrix; undefined for one without and for an edge list.
at::Tensor edge_values(const Adjacency& adjacency);

}  // namespace spinel::nn
