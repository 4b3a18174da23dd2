// Random choices among edges: negative samples, dropped edges.
#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <optional>
#include <utility>

namespace spinel::graph {

struct NegativeSamplingOptions {
  /// Square of one number of nodes, or sources × targets of a bipartite graph; absent: what the edges need.
  std::optional<std::array<int64_t, 2>> num_nodes;
  bool is_bipartite = false;  ///< num_nodes are of two kinds: loops are pairs like others
  /// How many at most; absent: as many as there are edges.
  std::optional<int64_t> num_neg_samples;
  /// sparse: draws without a table of all pairs; the number found may then be less than asked for. dense: exact, by
  /// one byte a pair.
  bool dense = false;
  bool force_undirected = false;  ///< both directions of each pair
  std::optional<at::Generator> generator;
};
/// Pairs [2, n] that are no edges (and no loops of one kind of nodes), each once.
at::Tensor negative_sampling(const at::Tensor& edge_index, const NegativeSamplingOptions& options = {});
/// In each graph of the batch [N] (or of the batches of sources and targets) as many as it has edges, inside it.
at::Tensor batched_negative_sampling(const at::Tensor& edge_index, const std::array<at::Tensor, 2>& batch,
                                     const NegativeSamplingOptions& options = {});

struct DroppedEdges {
  at::Tensor edge_index;
  at::Tensor edge_id;  ///< [E'] positions of the edges that stay
};
/// Each edge is dropped with probability p (Bernoulli). force_undirected: of pairs of directed edges both or none; the
/// kept with row ≤ column, then their reverses. Not in training: all stay. p outside [0, 1]: invalid_argument.
DroppedEdges dropout_edge(const at::Tensor& edge_index, double p = 0.5, bool force_undirected = false,
                          bool training = true, const std::optional<at::Generator>& generator = {});

}  // namespace spinel::graph
