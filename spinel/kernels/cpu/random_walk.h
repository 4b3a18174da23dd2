// Random walks on a graph: uniform ones, and node2vec's, which favour or avoid the way back.
#pragma once

#include <cstdint>

#include "spinel/base/parallel.h"
#include "spinel/kernels/cpu/csr_graph.h"

namespace spinel::kernels {

/// Walks of `length` steps. At a node without out-edges a walk stays; that step has the edge −1.
template <typename Index>
struct WalkProblem {
  CsrGraph<Index> graph;         ///< square
  const Index* start = nullptr;  ///< [num_walks]
  int64_t num_walks = 0;
  int64_t length = 0;
  Index* nodes = nullptr;  ///< [num_walks, length + 1], the start first
  Index* edges = nullptr;  ///< [num_walks, length], positions in col; null: not wanted
};

/// Step l of walk i takes out-edge floor(uniform[i, l] · degree), as torch_sparse does; draws outside [0, 1) count as
/// the nearest inside.
template <typename Index>
void random_walk(const WalkProblem<Index>& problem, const float* uniform, const ParallelFor& parallel);

/// The weights of node2vec (Grover and Leskovec, KDD 2016): a walk that came from t to v goes on to x with a
/// probability in proportion to 1/p if x = t, to 1 if x has an edge to t, to 1/q else. The first step is uniform.
struct Node2VecOptions {
  double p = 1, q = 1;     ///< in [1e-100, 1e100]
  bool is_sorted = false;  ///< columns rise within each row: edges are looked up by bisection
  uint64_t seed = 0;
};

/// By rejection: expected O(1) draws a step. After 32 rejections the step is drawn from the weights of all out-edges
/// instead, which keeps the probabilities exact and bounds the time for any p and q.
template <typename Index>
void node2vec_walk(const WalkProblem<Index>& problem, const Node2VecOptions& options, const ParallelFor& parallel);

}  // namespace spinel::kernels
