#include "spinel/ops/csr_argument.h"

#include "spinel/base/error.h"

namespace spinel::ops {

Tensor index_vector(const Host& host, const Tensor& tensor, const char* op, const char* name) {
  require(tensor.defined(), "{}: {} is undefined; a tensor is needed", op, name);
  const ScalarType dtype = tensor.scalar_type();
  require(dtype == ScalarType::int32 || dtype == ScalarType::int64, "{}: {} is {}; indices are int32 or int64", op,
          name, registry::to_string(dtype));
  require(tensor.dim() == 1, "{}: {} has {} dimensions; it must have one", op, name, tensor.dim());
  return host.contiguous(tensor, MemoryFormat::contiguous);
}

Tensor index_vector(const Host& host, const Tensor& tensor, const char* op, const char* name, ScalarType dtype) {
  Tensor vector = index_vector(host, tensor, op, name);
  require(vector.scalar_type() == dtype, "{}: {} is {} but the graph is {}; all indices must have one type", op, name,
          registry::to_string(vector.scalar_type()), registry::to_string(dtype));
  return vector;
}

CsrArgument::CsrArgument(const Host& host, const Tensor& pointers, const Tensor& indices,
                         const kernels::CsrNames& names)
    : names_(names), pointers_(index_vector(host, pointers, names.op, names.pointers)) {
  indices_ = nodes(host, indices, names.indices);
  require(pointers_.numel() > 0, "{}: {} is empty; it has one entry more than the graph has nodes", names.op,
          names.pointers);
}

}  // namespace spinel::ops
