#include "spinel/ops/csr_tensors.h"

#include "spinel/base/error.h"
#include "spinel/kernels/cpu/csr_transpose.h"
#include "spinel/kernels/cpu/spmm_element.h"
#include "spinel/ops/dtype.h"

namespace spinel::ops {
namespace {

const void* data_or_null(const Tensor& tensor) { return tensor.defined() ? tensor.data() : nullptr; }

Tensor without_gaps(const Host& host, const Tensor& tensor) {
  return host.contiguous(tensor, MemoryFormat::contiguous);
}

/// One of the lists of indices: of `index`'s type and that length.
Tensor read_indices(const Host& host, std::string_view op, std::string_view name, const Tensor& tensor,
                    ScalarType index, int64_t length) {
  require(tensor.dim() == 1 && tensor.scalar_type() == index,
          "{}: {} is {} with {} dimensions; {} with 1, as col, is needed", op, name,
          registry::to_string(tensor.scalar_type()), tensor.dim(), registry::to_string(index));
  require(length < 0 || tensor.numel() == length, "{}: {} has {} elements; {} are needed", op, name, tensor.numel(),
          length);
  return without_gaps(host, tensor);
}

}  // namespace

kernels::CsrOperand CsrTensors::operand(int64_t columns) const {
  return {kernel_dtype(col.scalar_type()), rows(), columns, entries(), rowptr.data(), col.data(), data_or_null(value)};
}

CsrTensors read_csr(const Host& host, std::string_view op, const Tensor& rowptr, const Tensor& col, const Tensor& value,
                    ScalarType dtype) {
  const ScalarType index = col.scalar_type();
  require(col.dim() == 1 && (index == ScalarType::int32 || index == ScalarType::int64),
          "{}: col is {} with {} dimensions; int32 or int64 with 1 is needed", op, registry::to_string(index),
          col.dim());
  CsrTensors csr{read_indices(host, op, "rowptr", rowptr, index, -1), without_gaps(host, col), {}};
  require(csr.rowptr.numel() > 0, "{}: rowptr is empty; it must have one element more than there are rows", op);
  if (!value.defined()) return csr;
  require(value.dim() == 1 && value.numel() == csr.entries(),
          "{}: value has {} dimensions and {} elements; one for each of the {} entries of col is needed", op,
          value.dim(), value.numel(), csr.entries());
  require(value.scalar_type() == dtype, "{}: value is {} but the other operand {}; both must be the same", op,
          registry::to_string(value.scalar_type()), registry::to_string(dtype));
  csr.value = without_gaps(host, value);
  return csr;
}

kernels::CsrOperand CscTensors::operand(bool mean) const {
  return {kernel_dtype(row.scalar_type()),
          colptr.numel() - 1,
          csr.rows(),
          csr.entries(),
          colptr.data(),
          row.data(),
          data_or_null(csr.value),
          csr2csc.data(),
          mean ? csr.rowptr.data() : nullptr};
}

CscTensors read_csc(const Host& host, std::string_view op, CsrTensors csr, const Tensor& row, const Tensor& colptr,
                    const Tensor& csr2csc, int64_t columns) {
  const ScalarType index = csr.col.scalar_type();
  const int64_t entries = csr.entries();
  CscTensors csc{std::move(csr), {}, {}, {}};
  const auto empty = [&](int64_t length) { return host.empty({length}, index, csc.csr.col.device()); };
  const bool is_given = colptr.defined() && csr2csc.defined();
  csc.row = row.defined() ? read_indices(host, op, "row", row, index, entries) : empty(entries);
  csc.colptr = is_given ? read_indices(host, op, "colptr", colptr, index, columns + 1) : empty(columns + 1);
  csc.csr2csc = is_given ? read_indices(host, op, "csr2csc", csr2csc, index, entries) : empty(entries);
  if (is_given && row.defined()) return csc;
  require(csc.csr.col.device().type == registry::DeviceType::cpu,
          "{}: row, colptr and csr2csc are needed on {}; on the CPU alone they are computed", op,
          registry::to_string(csc.csr.col.device()));
  const Tensor scratch = is_given ? empty(columns + 1) : csc.colptr;
  kernels::transpose_csr(csc.csr.operand(columns), scratch.data(), row.defined() ? nullptr : csc.row.data(),
                         is_given ? nullptr : csc.csr2csc.data());
  return csc;
}

DenseTensor read_dense(const Host& host, std::string_view op, std::string_view name, const Tensor& tensor,
                       int64_t rows) {
  const ScalarType dtype = tensor.scalar_type();
  const bool is_known = contains(Elements::real, dtype) && kernels::is_product_element(kernel_dtype(dtype));
  require(is_known, "{}: {} is {}; float64, float32, bfloat16, float16, int64 or int32 is needed", op, name,
          registry::to_string(dtype));
  const int64_t dims = tensor.dim();
  require(dims == 2 || dims == 3, "{}: {} has {} dimensions; [rows, width] or [batch, rows, width] is needed", op, name,
          dims);
  DenseTensor dense{without_gaps(host, tensor), dims == 3 ? tensor.size(0) : 1, tensor.size(dims - 2),
                    tensor.size(dims - 1)};
  require(rows < 0 || dense.rows == rows, "{}: {} has {} rows; {} are needed", op, name, dense.rows, rows);
  return dense;
}

std::vector<ScalarType> dtype_of_first(const SpecArguments& arguments) { return {arguments.tensor(0).dtype}; }

Size pointed_rows(std::string_view op, const TensorSpec& rowptr) {
  const std::vector<Size>& sizes = rowptr.sizes;
  require(sizes.size() == 1, "{}: rowptr has {} dimensions; 1 is needed", op, sizes.size());
  require(!sizes[0].is_number() || sizes[0].value() > 0,
          "{}: rowptr is empty; it must have one element more than there are rows", op);
  return sizes[0] - 1;
}

std::vector<Size> dense_sizes(std::string_view op, const TensorSpec& dense, Size rows) {
  const size_t dims = dense.sizes.size();
  require(dims == 2 || dims == 3,
          "{}: the dense operand has {} dimensions; [rows, width] or [batch, rows, width] is needed", op, dims);
  std::vector<Size> sizes = dense.sizes;
  sizes[dims - 2] = rows;
  return sizes;
}

}  // namespace spinel::ops
