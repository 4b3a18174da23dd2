// The kinds of arguments that layers on graphs take: features of one or two sets of nodes, adjacencies, sizes.
#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "spinel/sparse/sparse_tensor.h"

namespace spinel::nn {

/// Features of all nodes, or those of sources and of targets of a bipartite graph, where the targets' may be missing
/// (undefined). PyG's Union[Tensor, PairTensor, OptPairTensor].
class Features {
 public:
  Features() = default;
  Features(at::Tensor x) : source_(std::move(x)) {}
  Features(at::Tensor source, at::Tensor target)
      : source_(std::move(source)), target_(std::move(target)), is_pair_(true) {}

  bool is_pair() const { return is_pair_; }
  bool defined() const { return source_.defined() || target_.defined(); }
  /// Of role j; a single tensor plays both roles.
  const at::Tensor& source() const { return source_; }
  /// Of role i.
  const at::Tensor& target() const { return is_pair_ ? target_ : source_; }

 private:
  at::Tensor source_, target_;
  bool is_pair_ = false;
};

/// edge_index [2, E] (row 0 source, row 1 target), or adj_t, the transposed adjacency [targets, sources].
class Adjacency {
 public:
  Adjacency() = default;
  Adjacency(at::Tensor edge_index) : edge_index_(std::move(edge_index)) {}
  Adjacency(sparse::SparseTensor adj_t) : adj_t_(std::move(adj_t)) {}

  bool is_sparse() const { return adj_t_.has_value(); }
  bool defined() const { return is_sparse() || edge_index_.defined(); }
  /// Undefined for a sparse one.
  const at::Tensor& edge_index() const { return edge_index_; }
  /// Only of a sparse one.
  const sparse::SparseTensor& adj_t() const { return *adj_t_; }
  int64_t num_edges() const { return is_sparse() ? adj_t_->nnz() : edge_index_.size(1); }

 private:
  at::Tensor edge_index_;
  std::optional<sparse::SparseTensor> adj_t_;
};

/// (sources, targets), where they are said.
using Size = std::optional<std::array<int64_t, 2>>;

}  // namespace spinel::nn
