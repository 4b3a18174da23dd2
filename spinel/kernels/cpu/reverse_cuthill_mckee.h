// The reverse Cuthill-McKee order of a symmetric matrix: neighbours get numbers close together.
#pragma once

#include <cstdint>

#include "spinel/kernels/cpu/csr_graph.h"

namespace spinel::kernels {

/// Writes the order [num_rows], in O(nnz · log of the largest degree). The graph is square and its pattern symmetric.
/// The choices are SciPy's, so the order is too: the degree of a row counts its entries, one that has a diagonal entry
/// one more; searches start at the nodes by increasing degree, and go breadth-first; what one node adds is put by
/// increasing degree, equal ones in the order of columns; the whole is reversed. (Cuthill and McKee, ACM '69; George
/// and Liu, Computer Solution of Large Sparse Positive Definite Systems, 1981.)
template <typename Index>
void reverse_cuthill_mckee(const CsrGraph<Index>& graph, Index* order);

}  // namespace spinel::kernels
