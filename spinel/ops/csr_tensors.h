// The tensors of a sparse matrix as arguments of operators: checked, and as kernels read them.
#pragma once

#include <string_view>

#include "spinel/kernels/cpu/spmm.h"
#include "spinel/ops/op_def.h"

namespace spinel::ops {

/// rowptr [rows + 1] and col [entries], of one integer type (int32 or int64), value [entries] or undefined (all 1),
/// without gaps in memory.
struct CsrTensors {
  Tensor rowptr, col, value;
  int64_t rows() const { return rowptr.numel() - 1; }
  int64_t entries() const { return col.numel(); }
  kernels::CsrOperand operand(int64_t columns) const;
};

/// `op` is named in errors; `dtype` is that of the dense operand, which the values must have. Wrong ranks, sizes or
/// types: invalid_argument. What the indices hold, kernels check.
CsrTensors read_csr(const Host& host, std::string_view op, const Tensor& rowptr, const Tensor& col, const Tensor& value,
                    ScalarType dtype);

/// The same matrix in column order, for products with its transpose. What is undefined of row [entries], colptr
/// [columns + 1] and csr2csc [entries] is computed.
struct CscTensors {
  CsrTensors csr;
  Tensor row, colptr, csr2csc;
  /// The transpose; with `mean` its entries are divided by the number of entries of their row.
  kernels::CsrOperand operand(bool mean) const;
};
CscTensors read_csc(const Host& host, std::string_view op, CsrTensors csr, const Tensor& row, const Tensor& colptr,
                    const Tensor& csr2csc, int64_t columns);

/// A dense operand [rows, width] or [batch, rows, width], without gaps in memory.
struct DenseTensor {
  Tensor tensor;
  int64_t batch = 1, rows = 0, width = 0;
};
/// Types that sparse products do not take, other ranks, another number of rows: invalid_argument.
DenseTensor read_dense(const Host& host, std::string_view op, std::string_view name, const Tensor& tensor,
                       int64_t rows);
/// The dtypes rule of operators whose result has that of the first argument.
std::vector<ScalarType> dtype_of_first(const SpecArguments& arguments);
/// The rows that a rowptr of those sizes is for.
Size pointed_rows(std::string_view op, const TensorSpec& rowptr);
/// The sizes of a dense operand with another number of rows; the rank is checked.
std::vector<Size> dense_sizes(std::string_view op, const TensorSpec& dense, Size rows);

}  // namespace spinel::ops
