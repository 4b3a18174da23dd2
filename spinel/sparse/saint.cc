#include "spinel/sparse/saint.h"

#include "spinel/base/error.h"
#include "spinel/hosts/torch/operators.h"

namespace spinel::sparse {

SaintSubgraph saint_subgraph(const SparseTensor& src, const at::Tensor& node_idx) {
  using at::Tensor;
  using Signature = std::tuple<Tensor, Tensor, Tensor>(const Tensor&, const Tensor&, const Tensor&, const Tensor&);
  static const auto op = hosts::torch_operator("saint_subgraph").typed<Signature>();
  require(src.is_quadratic(), "saint_subgraph: the matrix has sizes {}; it must be square", sizes_text(src.sizes()));
  const Tensor rowptr = src.storage().rowptr(), col = src.storage().col();
  // Of the rows nothing is read, so that they need not be made.
  const auto [row, new_col, edge_index] = op.call(node_idx, rowptr, col, col);
  const int64_t k = node_idx.numel();
  return {trusted({.row = row, .col = new_col}, {k, k}, selected(src.storage().value(), edge_index), -1), edge_index};
}

}  // namespace spinel::sparse
