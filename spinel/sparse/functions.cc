#include "spinel/sparse/functions.h"

#include <ATen/ATen.h>

#include "spinel/base/error.h"
#include "spinel/sparse/arithmetic.h"
#include "spinel/sparse/matmul.h"

namespace spinel::sparse {
namespace {

SparseTensor matrix_of(const at::Tensor& index, const at::Tensor& value, int64_t m, int64_t n, bool is_sorted = false) {
  return SparseTensor::from_edge_index(index, value, {m, n}, is_sorted);
}

IndexValue index_value(const SparseTensor& a) {
  return {at::stack({a.storage().row(), a.storage().col()}), a.storage().value()};
}

}  // namespace

IndexValue coalesce(const at::Tensor& index, const at::Tensor& value, int64_t m, int64_t n, std::string_view op) {
  return index_value(matrix_of(index, value, m, n).coalesce(op));
}

IndexValue transpose(const at::Tensor& index, const at::Tensor& value, int64_t m, int64_t n, bool coalesced) {
  require(index.defined() && index.dim() == 2 && index.size(0) == 2,
          "transpose: index has the sizes {}; [2, nnz] are needed",
          index.defined() ? sizes_text(index.sizes()) : "of nothing");
  const at::Tensor flipped = index.flip({0});
  return coalesced ? coalesce(flipped, value, n, m) : IndexValue{flipped, value};
}

IndexValue eye(int64_t m, std::optional<at::ScalarType> dtype, at::Device device) {
  return index_value(SparseTensor::eye(m, m, true, dtype, device));
}

IndexValue spadd(const at::Tensor& indexA, const at::Tensor& valueA, const at::Tensor& indexB, const at::Tensor& valueB,
                 int64_t m, int64_t n) {
  return index_value(add(matrix_of(indexA, valueA, m, n), matrix_of(indexB, valueB, m, n)));
}

at::Tensor spmm(const at::Tensor& index, const at::Tensor& value, int64_t m, int64_t n, const at::Tensor& matrix) {
  const SparseTensor a = matrix_of(index, value, m, n);
  return matmul(a, matrix.defined() && matrix.dim() == 1 ? matrix.unsqueeze(-1) : matrix);
}

IndexValue spspmm(const at::Tensor& indexA, const at::Tensor& valueA, const at::Tensor& indexB,
                  const at::Tensor& valueB, int64_t m, int64_t k, int64_t n, bool coalesced) {
  return index_value(matmul(matrix_of(indexA, valueA, m, k, !coalesced), matrix_of(indexB, valueB, k, n, !coalesced)));
}

at::Tensor to_torch_sparse(const at::Tensor& index, const at::Tensor& value, int64_t m, int64_t n) {
  require(value.defined() && value.dim() > 0, "to_torch_sparse: value has no rows; one for each entry is needed");
  std::vector<int64_t> sizes{m, n};
  sizes.insert(sizes.end(), value.sizes().begin() + 1, value.sizes().end());
  return at::sparse_coo_tensor(index.detach(), value, sizes, value.options().layout(at::kSparse));
}

IndexValue from_torch_sparse(const at::Tensor& coalesced) {
  require(coalesced.defined() && coalesced.layout() == at::kSparse && coalesced.is_coalesced(),
          "from_torch_sparse: the tensor is not coalesced and sparse; coalesce it first");
  return {coalesced.indices().detach(), coalesced.values()};
}

}  // namespace spinel::sparse
