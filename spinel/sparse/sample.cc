#include "spinel/sparse/sample.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/hosts/torch/operators.h"

namespace spinel::sparse {
namespace {

using at::Tensor;

constexpr int64_t unknown_order = -1;

void require_square(const SparseTensor& src, const char* function) {
  require(src.is_quadratic(), "{}: the matrix has sizes {}; it must be square", function, sizes_text(src.sizes()));
}

}  // namespace

Tensor sample(const SparseTensor& src, int64_t num_neighbors, const Tensor& subset) {
  using Signature = Tensor(const Tensor&, const Tensor&, int64_t, const std::optional<Tensor>&);
  static const auto op = hosts::torch_operator("sample").typed<Signature>();
  const auto rows = subset.defined() ? std::optional(subset) : std::nullopt;
  return op.call(src.storage().rowptr(), src.storage().col(), num_neighbors, rows);
}

SampledAdj sample_adj(const SparseTensor& src, const Tensor& subset, int64_t num_neighbors, bool replace) {
  using Signature =
      std::tuple<Tensor, Tensor, Tensor, Tensor>(const Tensor&, const Tensor&, const Tensor&, int64_t, bool);
  static const auto op = hosts::torch_operator("sample_adj").typed<Signature>();
  const auto [rowptr, col, n_id, e_id] =
      op.call(src.storage().rowptr(), src.storage().col(), subset, num_neighbors, replace);
  return {trusted({.rowptr = rowptr, .col = col}, {subset.numel(), n_id.numel()}, selected(src.storage().value(), e_id),
                  unknown_order),
          n_id};
}

NeighborSample neighbor_sample(const SparseTensor& src, const Tensor& input_node,
                               const std::vector<int64_t>& num_neighbors, bool replace, bool directed) {
  using Signature = std::tuple<Tensor, Tensor, Tensor, Tensor>(const Tensor&, const Tensor&, const Tensor&,
                                                               at::IntArrayRef, bool, bool);
  static const auto op = hosts::torch_operator("neighbor_sample").typed<Signature>();
  require_square(src, "neighbor_sample");
  const auto [colptr, row, value] = src.csc();
  const auto [nodes, rows, cols, edges] = op.call(colptr, row, input_node, num_neighbors, replace, directed);
  return {nodes, rows, cols, edges};
}

EgoSample ego_k_hop_sample_adj(const SparseTensor& src, const Tensor& idx, int64_t depth, int64_t num_neighbors,
                               bool replace) {
  using Signature = std::tuple<Tensor, Tensor, Tensor, Tensor, Tensor, Tensor>(const Tensor&, const Tensor&,
                                                                               const Tensor&, int64_t, int64_t, bool);
  static const auto op = hosts::torch_operator("ego_k_hop_sample_adj").typed<Signature>();
  require_square(src, "ego_k_hop_sample_adj");
  const auto [rowptr, col, n_id, e_id, ptr, root] =
      op.call(src.storage().rowptr(), src.storage().col(), idx, depth, num_neighbors, replace);
  return {trusted({.rowptr = rowptr, .col = col}, {n_id.numel(), n_id.numel()}, selected(src.storage().value(), e_id),
                  unknown_order),
          n_id, ptr, root};
}

}  // namespace spinel::sparse
