#include "spinel/graph/utils/softmax.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/graph/operators.h"
#include "spinel/sparse/sparse_tensor.h"

namespace spinel::graph {

at::Tensor softmax(const at::Tensor& src, const Groups& groups, int64_t dim) {
  require(src.is_floating_point(), "softmax: src is {}; floating numbers are needed", at::toString(src.scalar_type()));
  const int64_t wrapped = sparse::wrapped_dim(dim, src.dim(), "softmax: dim");
  require(src.size(wrapped) == groups.num_elements(), "softmax: src has {} elements along dim {} but {} have a group",
          src.size(wrapped), dim, groups.num_elements());
  if (wrapped == 0) return op::softmax_csr(src, groups);
  return op::softmax_csr(src.movedim(wrapped, 0), groups).movedim(0, wrapped);
}

at::Tensor softmax(const at::Tensor& src, const at::Tensor& index, const at::Tensor& ptr,
                   std::optional<int64_t> num_nodes, int64_t dim) {
  require(index.defined() || ptr.defined(), "softmax: neither index nor ptr is given; one is needed");
  const Groups groups =
      ptr.defined() ? Groups::from_ptr(ptr, "softmax: ptr") : Groups::from_index(index, num_nodes, "softmax: index");
  return softmax(src, groups, dim);
}

}  // namespace spinel::graph
