#include "spinel/sparse/random_walk.h"

#include "spinel/base/error.h"
#include "spinel/hosts/torch/operators.h"

namespace spinel::sparse {
namespace {

void require_walkable(const SparseTensor& src) {
  require(src.is_quadratic(), "random_walk: the matrix has sizes {}; it must be square", sizes_text(src.sizes()));
}

}  // namespace

at::Tensor random_walk(const SparseTensor& src, const at::Tensor& start, int64_t walk_length) {
  using Signature = at::Tensor(const at::Tensor&, const at::Tensor&, const at::Tensor&, int64_t);
  static const auto op = hosts::torch_operator("random_walk").typed<Signature>();
  require_walkable(src);
  return op.call(src.storage().rowptr(), src.storage().col(), start, walk_length);
}

Walks node2vec_walk(const SparseTensor& src, const at::Tensor& start, int64_t walk_length, double p, double q) {
  using Signature = std::tuple<at::Tensor, at::Tensor>(const at::Tensor&, const at::Tensor&, const at::Tensor&, int64_t,
                                                       double, double, bool);
  static const auto op = hosts::torch_operator("node2vec_walk").typed<Signature>();
  require_walkable(src);
  const bool is_sorted = src.storage().pattern()->order() >= Order::entries;
  const auto [nodes, edges] = op.call(src.storage().rowptr(), src.storage().col(), start, walk_length, p, q, is_sorted);
  return {nodes, edges};
}

}  // namespace spinel::sparse
