#include "spinel/sparse/rcm.h"

#include "spinel/base/error.h"
#include "spinel/hosts/torch/operators.h"

namespace spinel::sparse {

ReverseCuthillMcKee reverse_cuthill_mckee(const SparseTensor& src, std::optional<bool> is_symmetric) {
  using Signature = at::Tensor(const at::Tensor&, const at::Tensor&);
  static const auto op = hosts::torch_operator("reverse_cuthill_mckee").typed<Signature>();
  require(src.is_quadratic(), "reverse_cuthill_mckee: the matrix has sizes {}; it must be square",
          sizes_text(src.sizes()));
  const SparseTensor adj = (is_symmetric ? *is_symmetric : src.is_symmetric()) ? src : src.to_symmetric();
  const at::Tensor perm = op.call(adj.storage().rowptr(), adj.storage().col());
  return {adj.permute(perm), perm};
}

}  // namespace spinel::sparse
