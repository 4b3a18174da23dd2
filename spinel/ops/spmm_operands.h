// The matrices of sparse products, checked, and the arguments of the operators of spmm.h as the kernels of both devices
// take them.
#pragma once

#include <string_view>

#include "spinel/kernels/cpu/spmm_select.h"
#include "spinel/ops/sparse_operands.h"

namespace spinel::ops {

/// A sparse matrix: its arrays, and value [entries] without gaps in memory or undefined (all 1).
struct CsrTensors {
  CsrArrays arrays;
  Tensor value;
  int64_t rows() const { return arrays.rows(); }
  int64_t entries() const { return arrays.entries(); }
  kernels::CsrOperand operand(int64_t columns) const;
};

/// `names` are those of errors; `dtype` is that of the dense operand, which the values must have. Wrong ranks, sizes or
/// types: invalid_argument. What the indices hold, kernels check.
CsrTensors read_csr(const Host& host, const kernels::CsrNames& names, const Tensor& rowptr, const Tensor& col,
                    const Tensor& value, ScalarType dtype);

/// The same matrix in column order, for products with its transpose. What is undefined of row [entries], colptr
/// [columns + 1] and csr2csc [entries] is computed.
struct CscTensors {
  CsrTensors csr;
  IndexArray row, colptr, csr2csc;
  /// The transpose; with `mean` its entries are divided by the number of entries of their row.
  kernels::CsrOperand operand(bool mean) const;
};
CscTensors read_csc(const Host& host, CsrTensors csr, const Tensor& row, const Tensor& colptr, const Tensor& csr2csc,
                    int64_t columns);

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
/// The sizes of a dense operand with another number of rows; the rank is checked.
std::vector<Size> dense_sizes(std::string_view op, const TensorSpec& dense, Size rows);

/// Each holds the tensors that its call points into. Wrong ranks, sizes, types: invalid_argument.
struct SpmmOperands {
  DenseTensor x;
  CscTensors a;  ///< of a product its csr alone
  kernels::SpmmCall call;
};
/// Of _spmm, _spmm_paired and of _spmm_transposed.
SpmmOperands product_operands(const Host& host, Arguments arguments, bool mean, const Tensor& result);
SpmmOperands transposed_operands(const Host& host, Arguments arguments, const Tensor& result);

/// Of _sampled_product.
struct SampledOperands {
  DenseTensor left, right;
  CsrTensors a;
  kernels::SampledProductCall call;
};
SampledOperands sampled_operands(const Host& host, Arguments arguments, const Tensor& result);

/// Of _spmm_select.
struct SelectOperands {
  DenseTensor x;
  CsrTensors a;
  kernels::SpmmSelectCall call;
};
SelectOperands select_operands(const Host& host, Arguments arguments, std::span<Tensor> results);

/// Of _selected_product, _selected_transposed and _selected_sampled; operands that one does not have are undefined.
struct SelectedOperands {
  DenseTensor left, right;
  CsrTensors a;
  Tensor entries;
  kernels::SelectedCall call;
};
SelectedOperands selected_product_operands(const Host& host, Arguments arguments, const Tensor& result);
SelectedOperands selected_transposed_operands(const Host& host, Arguments arguments, const Tensor& result);
SelectedOperands selected_sampled_operands(const Host& host, Arguments arguments, const Tensor& result);

/// The forwards on CUDA; null in builds without it.
extern const Forward spmm_cuda, spmm_paired_cuda, spmm_transposed_cuda, sampled_product_cuda, spmm_select_cuda,
    selected_product_cuda, selected_transposed_cuda, selected_sampled_cuda;

}  // namespace spinel::ops
