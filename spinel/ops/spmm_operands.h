// The arguments of the operators of spmm.h as the kernels of both devices take them.
#pragma once

#include "spinel/kernels/cpu/spmm_select.h"
#include "spinel/ops/csr_tensors.h"

namespace spinel::ops {

/// Each holds the tensors that its call points into. Wrong ranks, sizes, types: invalid_argument.
struct SpmmOperands {
  DenseTensor x;
  CscTensors a;  ///< of a product its csr alone
  kernels::SpmmCall call;
};
/// Of _spmm and of _spmm_transposed.
SpmmOperands product_operands(const Host& host, Arguments arguments, const Tensor& result);
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
extern const Forward spmm_cuda, spmm_transposed_cuda, sampled_product_cuda, spmm_select_cuda, selected_product_cuda,
    selected_transposed_cuda, selected_sampled_cuda;

}  // namespace spinel::ops
