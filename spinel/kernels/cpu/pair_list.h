// The pairs of atoms behind a list of directed edges: i→j and j→i over the same lattice shift are one pair.
#pragma once

#include <cstdint>
#include <vector>

#include "spinel/kernels/cpu/cfconv.h"

namespace spinel::kernels {

/// Edges in CSR form by their centre, each with the number of its pair. Where an edge has no counterpart (a list that
/// is not symmetric) it is a pair of its own, and the transposed list is kept beside it.
struct PairList {
  int64_t atoms = 0;
  bool symmetric = true;
  std::vector<int32_t> first, neighbor, row;                       ///< by centre
  std::vector<int32_t> source_first, source_neighbor, source_row;  ///< by neighbour; empty if symmetric
  std::vector<int32_t> i, j;                                       ///< [pairs] centre and neighbour
  std::vector<uint8_t> both;                                       ///< [pairs] also the edge back
  std::vector<int32_t> edge;                                       ///< [pairs] the edge, in the order given

  int64_t pairs() const { return static_cast<int64_t>(i.size()); }
  PairView view() const { return {pairs(), i.data(), j.data(), both.data()}; }
  EdgeView by_center() const { return {atoms, first.data(), neighbor.data(), row.data()}; }
  /// Edges grouped by the atom they come from; for the adjoint of a sum over by_center().
  EdgeView by_neighbor() const {
    if (symmetric) return by_center();
    return {atoms, source_first.data(), source_neighbor.data(), source_row.data()};
  }
};

/// `center`, `neighbor` [edges] in [0, atoms), `offsets` [edges, 3]: shift·cell of each edge in Å. Edges in any order;
/// those sorted by (center, neighbor) are fastest. More than 2^31 - 1 edges or atoms: invalid_argument.
template <typename T>
PairList make_pair_list(int64_t atoms, int64_t edges, const int64_t* center, const int64_t* neighbor, const T* offsets);

}  // namespace spinel::kernels
